-- Files that somebody sent a server to be checked, what is let go of, and people whom a login provider knows.

ALTER TABLE idqp.check_requests ADD COLUMN uploaded text;

CREATE TABLE idqp.check_reports (
    name text PRIMARY KEY,
    asked_by text NOT NULL,
    report text NOT NULL
);
REVOKE ALL ON idqp.check_reports FROM PUBLIC;
ALTER TABLE idqp.check_reports ENABLE ROW LEVEL SECURITY;
-- A report is for whoever sent the files, and for those who may change rules.
CREATE POLICY readers ON idqp.check_reports FOR SELECT USING (
    (SELECT w.role IN ('owner', 'maintainer') FROM idqp.whoami() w)
    OR ((SELECT idqp.may_read()) AND asked_by = (SELECT w.actor FROM idqp.whoami() w))
);
GRANT SELECT ON idqp.check_reports
    TO idqp_viewer, idqp_reviewer, idqp_maintainer, idqp_owner, idqp_ci, idqp_app;

-- The process that has the files has the check from the begin; nobody else can do it.
CREATE FUNCTION idqp.queue_upload(name text, dataset text, uploaded text, lease interval) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    who text := idqp._require('{owner,maintainer,ci}', 'runs:write');
    moment timestamptz := clock_timestamp();
BEGIN
    INSERT INTO idqp.check_requests (name, dataset, asked_by, queued_at, claimed_until, attempts, started_at, uploaded)
    VALUES (name, dataset, who, moment, moment + lease, 1, moment, uploaded);
    PERFORM idqp._audit(who, jsonb_build_array('check.upload', name,
        jsonb_build_object('dataset', dataset, 'files', uploaded::jsonb)));
END $$;

CREATE FUNCTION idqp.keep_report(name text, attempt integer, report text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,ci}', 'runs:write');
BEGIN
    INSERT INTO idqp.check_reports (name, asked_by, report)
    SELECT c.name, c.asked_by, keep_report.report FROM idqp.check_requests c
    WHERE c.name = keep_report.name AND c.attempts = keep_report.attempt AND c.ended_at IS NULL
        AND c.uploaded IS NOT NULL
    ON CONFLICT DO NOTHING;
END $$;

REVOKE ALL ON FUNCTION idqp.queue_upload, idqp.keep_report FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idqp.queue_upload, idqp.keep_report TO idqp_maintainer, idqp_owner, idqp_ci, idqp_app;

-- Begin a session for somebody whom a login provider has proved. Whoever may call this can be everyone, so that it takes
-- a group of its own: GRANT idqp_login TO the login role of the server.
CREATE FUNCTION idqp.log_in_proved(email text, provider text, digest text, ends timestamptz)
RETURNS TABLE (address text, full_name text, role text, created_at timestamptz, database_role text,
    disabled_at timestamptz, locked_until timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    person record;
    moment timestamptz := clock_timestamp();
BEGIN
    PERFORM FROM idqp.audit_head FOR UPDATE;
    SELECT * INTO person FROM idqp.users u WHERE u.email = log_in_proved.email AND u.disabled_at IS NULL;
    IF person.id IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO idqp.sessions (digest, user_id, created_at, expires_at)
    VALUES (log_in_proved.digest, person.id, moment, least(ends, moment + interval '12 hours'));
    PERFORM idqp._audit(person.email, jsonb_build_array('login', person.email,
        jsonb_build_object('provider', log_in_proved.provider)));
    RETURN QUERY SELECT u.email, u.full_name, u.role, u.created_at, u.database_role, u.disabled_at, u.locked_until
        FROM idqp.users u WHERE u.id = person.id;
END $$;

REVOKE ALL ON FUNCTION idqp.log_in_proved FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idqp.log_in_proved TO idqp_login;
GRANT USAGE ON SCHEMA idqp TO idqp_login;

-- Begin a session in the place of the one that the token is of. Each page load does, and the chain tells of none. A session that was renewed already has been copied by
-- somebody: all that came of the same login end.
CREATE OR REPLACE FUNCTION idqp.renew_session(digest text, ends timestamptz)
RETURNS TABLE (address text, full_name text, role text, created_at timestamptz, database_role text,
    disabled_at timestamptz, locked_until timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    own record;
    moment timestamptz := clock_timestamp();
    began timestamptz;
BEGIN
    PERFORM FROM idqp.audit_head FOR UPDATE;
    SELECT s.*, u.email INTO own FROM idqp.sessions s JOIN idqp.users u ON u.id = s.user_id
    WHERE u.disabled_at IS NULL
        AND s.digest = encode(sha256(convert_to(current_setting('idqp.token', true), 'UTF8')), 'hex');
    IF own.id IS NULL THEN
        RETURN;
    END IF;
    IF own.renewed_at IS NOT NULL THEN
        UPDATE idqp.sessions s SET revoked_at = moment WHERE s.family = own.family AND s.revoked_at IS NULL;
        IF FOUND THEN
            PERFORM idqp._audit(own.email, jsonb_build_array('login.replayed', own.email, '{}'::jsonb));
        END IF;
        RETURN;
    END IF;
    began := coalesce(own.began_at, own.created_at);
    IF own.revoked_at IS NOT NULL OR own.expires_at <= moment OR began + interval '30 days' <= moment THEN
        RETURN;
    END IF;
    UPDATE idqp.sessions s
    SET revoked_at = moment, renewed_at = moment, family = coalesce(own.family, own.digest), began_at = began
    WHERE s.id = own.id;
    INSERT INTO idqp.sessions (digest, user_id, created_at, expires_at, family, began_at)
    VALUES (renew_session.digest, own.user_id, moment, least(ends, moment + interval '12 hours', began + interval '30 days'),
        coalesce(own.family, own.digest), began);
    RETURN QUERY SELECT u.email, u.full_name, u.role, u.created_at, u.database_role, u.disabled_at, u.locked_until
        FROM idqp.users u WHERE u.id = own.user_id;
END $$;

-- Let go of what is old: runs with their metrics, failing rows of resolved incidents, settled messages, ended sessions,
-- checks that a server was asked for.

DROP FUNCTION idqp.prune;
CREATE FUNCTION idqp.prune(before timestamptz, keep integer, dry boolean)
RETURNS TABLE (runs bigint, metrics bigint, samples bigint, alerts bigint, sessions bigint, checks bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    who text := idqp._require('{owner}');
    old_runs bigint[];
    old_alerts bigint[];
    old_incidents bigint[];
    old_sessions bigint[];
    old_checks text[];
    found bigint;
BEGIN
    SELECT coalesce(array_agg(r.id), '{}') INTO old_runs FROM (
        SELECT x.id, x.run_at, row_number() OVER (PARTITION BY x.dataset_id ORDER BY x.run_at DESC, x.id DESC) AS place
        FROM idqp.check_runs x
    ) r WHERE r.run_at < before AND r.place > keep;
    SELECT coalesce(array_agg(i.id), '{}') INTO old_incidents FROM idqp.incidents i
    WHERE i.status = 'resolved' AND i.resolved_at < before AND coalesce(i.first_samples, i.last_samples) IS NOT NULL;
    SELECT coalesce(array_agg(a.id), '{}') INTO old_alerts FROM idqp.alerts a
    WHERE a.created_at < before AND (a.delivered_at IS NOT NULL OR a.next_at IS NULL)
        -- What people were told of an incident that is not resolved is still to be taken back.
        AND NOT EXISTS (SELECT FROM idqp.alert_incidents t JOIN idqp.incidents i ON i.id = t.incident_id
            WHERE t.alert_id = a.id AND i.status <> 'resolved');
    SELECT coalesce(array_agg(s.id), '{}') INTO old_sessions FROM idqp.sessions s
    WHERE s.expires_at < before OR s.revoked_at < before;
    SELECT coalesce(array_agg(c.name), '{}') INTO old_checks FROM idqp.check_requests c WHERE c.ended_at < before;
    SELECT count(*) INTO found FROM idqp.metrics m WHERE m.check_run_id = ANY (old_runs) AND m.run_at < before;
    IF NOT dry THEN
        DELETE FROM idqp.metrics m WHERE m.check_run_id = ANY (old_runs) AND m.run_at < before;
        DELETE FROM idqp.check_run_rules c WHERE c.check_run_id = ANY (old_runs);
        DELETE FROM idqp.check_runs r WHERE r.id = ANY (old_runs) AND r.run_at < before;
        UPDATE idqp.incidents i SET first_samples = NULL, last_samples = NULL WHERE i.id = ANY (old_incidents);
        DELETE FROM idqp.alert_incidents l WHERE l.alert_id = ANY (old_alerts);
        DELETE FROM idqp.alerts a WHERE a.id = ANY (old_alerts);
        DELETE FROM idqp.sessions s WHERE s.id = ANY (old_sessions);
        DELETE FROM idqp.check_reports k WHERE k.name = ANY (old_checks);
        DELETE FROM idqp.check_requests c WHERE c.name = ANY (old_checks);
        PERFORM idqp._audit(who, jsonb_build_array('store.prune', to_char(before AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            jsonb_build_object('runs', cardinality(old_runs), 'metrics', found, 'samples', cardinality(old_incidents),
                'alerts', cardinality(old_alerts), 'sessions', cardinality(old_sessions),
                'checks', cardinality(old_checks))));
    END IF;
    RETURN QUERY SELECT cardinality(old_runs)::bigint, found, cardinality(old_incidents)::bigint,
        cardinality(old_alerts)::bigint, cardinality(old_sessions)::bigint,
        cardinality(old_checks)::bigint;
END $$;

REVOKE ALL ON FUNCTION idqp.prune FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idqp.prune TO idqp_owner, idqp_app;
