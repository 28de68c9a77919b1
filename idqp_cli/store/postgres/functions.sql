-- The only ways to write. Each function finds out who acts, holds that against what it takes, and leaves a row in
-- the audit chain; each runs as idqp_definer, with names that no one else can put others in the place of.

CREATE FUNCTION idqp.whoami(OUT actor text, OUT role text, OUT scopes text, OUT expires_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    token text := nullif(current_setting('idqp.token', true), '');
    secret text := encode(sha256(convert_to(token, 'UTF8')), 'hex');
BEGIN
    actor := session_user;
    IF token IS NOT NULL THEN
        SELECT u.email, u.role, s.expires_at INTO actor, role, expires_at
        FROM idqp.sessions s JOIN idqp.users u ON u.id = s.user_id
        WHERE s.digest = secret AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
            AND u.disabled_at IS NULL;
        IF NOT FOUND THEN
            SELECT 'token:' || t.name, 'ci', t.scopes, t.expires_at INTO actor, role, scopes, expires_at
            FROM idqp.tokens t
            WHERE t.digest = secret AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp();
        END IF;
        actor := coalesce(actor, session_user);
        RETURN;
    END IF;
    SELECT u.email, CASE WHEN u.disabled_at IS NULL THEN u.role END INTO actor, role
    FROM idqp.users u WHERE u.database_role = session_user;
    IF NOT FOUND THEN
        actor := session_user;
        -- Whoever owns the database can do everything anyway.
        SELECT 'owner' INTO role FROM pg_database d
        WHERE d.datname = current_database() AND pg_has_role(session_user, d.datdba, 'MEMBER');
    END IF;
END $$;

CREATE FUNCTION idqp.may_read() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT w.role IS NOT NULL FROM idqp.whoami() w $$;

CREATE FUNCTION idqp._require(roles text[], scope text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who record;
BEGIN
    -- Waits for every other writer, and makes them wait until this transaction ends.
    PERFORM FROM idqp.audit_head FOR UPDATE;
    SELECT * INTO who FROM idqp.whoami();
    IF who.role IS NULL THEN
        RAISE EXCEPTION '% is no user of this store, or no longer; log in, or ask an Owner', who.actor
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT who.role = ANY (roles) OR (who.scopes IS NOT NULL AND NOT scope = ANY (string_to_array(who.scopes, ' '))) THEN
        RAISE EXCEPTION '% is % and may not do this; it takes %', who.actor, who.role, array_to_string(roles, ' or ')
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN who.actor;
END $$;

-- Write entries, each [action, object, detail], into the audit chain.
CREATE FUNCTION idqp._audit(actor text, VARIADIC entries jsonb[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entry jsonb;
    number bigint;
    previous text;
    found text;
    moment text := to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"');
BEGIN
    SELECT h.seq, h.hash INTO STRICT number, previous FROM idqp.audit_head h FOR UPDATE;
    FOREACH entry IN ARRAY entries LOOP
        number := number + 1;
        found := encode(sha256(convert_to(
            previous || '{"action":' || to_json(entry->>0) || ',"actor":' || to_json(actor) || ',"at":' || to_json(moment)
            || ',"detail":' || to_json((entry->2)::text) || ',"object":' || to_json(entry->>1) || ',"seq":' || number || '}',
            'UTF8')), 'hex');
        INSERT INTO idqp.audit_events
        VALUES (number, moment, actor, entry->>0, entry->>1, (entry->2)::text, previous, found);
        previous := found;
    END LOOP;
    UPDATE idqp.audit_head SET seq = number, hash = previous;
END $$;

CREATE FUNCTION idqp._append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the audit chain is only ever added to' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON idqp.audit_events
    FOR EACH ROW EXECUTE FUNCTION idqp._append_only();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON idqp.audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION idqp._append_only();

-- Make the month's partition of check_runs and incidents, and those of the three months after it.
CREATE FUNCTION idqp._make_partitions(moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent text;
    part text;
    month timestamp;
BEGIN
    IF moment < '1970-01-01Z' OR moment > clock_timestamp() + interval '1 day' THEN
        RAISE EXCEPTION 'the time % is not in the past; is the clock right?', moment USING ERRCODE = 'IQ004';
    END IF;
    FOREACH parent IN ARRAY ARRAY['check_runs', 'incidents'] LOOP
        FOR month IN SELECT date_trunc('month', moment AT TIME ZONE 'UTC') + make_interval(months => ahead)
            FROM generate_series(0, 3) ahead
        LOOP
            part := parent || to_char(month, '_YYYY_MM');
            IF to_regclass(format('idqp.%I', part)) IS NULL THEN
                -- Attaching locks out no reader; creating it as a partition would.
                EXECUTE format('CREATE TABLE idqp.%I (LIKE idqp.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS'
                    ' INCLUDING GENERATED)', part, parent);
                EXECUTE format('ALTER TABLE idqp.%I ATTACH PARTITION idqp.%I FOR VALUES FROM (%L) TO (%L)',
                    parent, part, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
            END IF;
        END LOOP;
    END LOOP;
END $$;

CREATE FUNCTION idqp._dataset(wanted text, moment timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found record;
BEGIN
    SELECT d.id, d.removed_at INTO found FROM idqp.datasets d WHERE d.name = wanted;
    IF found.id IS NULL THEN
        INSERT INTO idqp.datasets (name, created_at) VALUES (wanted, moment) RETURNING id, removed_at INTO found;
    END IF;
    IF found.removed_at IS NOT NULL THEN
        RAISE EXCEPTION '%: the dataset was removed from the store; `idqp dataset add` restores it', wanted
            USING ERRCODE = 'IQ004';
    END IF;
    RETURN found.id;
END $$;

CREATE FUNCTION idqp._known_dataset(wanted text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    number bigint;
BEGIN
    SELECT d.id INTO number FROM idqp.datasets d WHERE d.name = wanted AND d.removed_at IS NULL;
    IF number IS NULL THEN
        RAISE EXCEPTION 'the store has no dataset ''%''; `idqp dataset list` shows them', wanted USING ERRCODE = 'IQ002';
    END IF;
    RETURN number;
END $$;

-- Runs -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION idqp.begin_writing() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM idqp._require('{owner,maintainer,reviewer,ci}', 'runs:write');
END $$;

CREATE FUNCTION idqp.record_run(run jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,ci}', 'runs:write');
    moment timestamptz := run->>'at';
    dataset bigint;
    number bigint;
BEGIN
    PERFORM idqp._make_partitions(moment);
    dataset := idqp._dataset(run->>'dataset', moment);
    INSERT INTO idqp.check_runs (run_id, dataset_id, run_at, actor, source, rows, status, score, metrics)
    VALUES (run->>'run_id', dataset, moment, who, run->>'source', (run->>'rows')::bigint, run->>'status',
        (run->>'score')::double precision, run->'metrics')
    RETURNING id INTO number;
    INSERT INTO idqp.metrics
        (check_run_id, dataset_id, rule, segment, run_at, status, value, rows_evaluated, rows_failed)
    SELECT number, dataset, r->>'rule', r->>'segment', moment, r->>'status', (r->>'value')::double precision,
        (r->>'rows_evaluated')::bigint, (r->>'rows_failed')::bigint
    FROM jsonb_array_elements(run->'results') WITH ORDINALITY AS e(r, place) ORDER BY place;
    INSERT INTO idqp.rules
        (dataset_id, name, rule_type, params, threshold, severity, enabled, digest, created_at)
    SELECT dataset, r->>'name', r->>'type', r->'params', (r->>'threshold')::double precision, r->>'severity',
        (r->>'enabled')::boolean, r->>'digest', moment
    FROM jsonb_array_elements(run->'rules') WITH ORDINALITY AS e(r, place) ORDER BY place
    ON CONFLICT (dataset_id, digest) DO NOTHING;
    INSERT INTO idqp.check_run_rules
    SELECT DISTINCT number, k.id FROM jsonb_array_elements(run->'rules') r
    JOIN idqp.rules k ON k.dataset_id = dataset AND k.digest = r->>'digest';
    PERFORM idqp._audit(who, jsonb_build_array('check.record', run->>'dataset',
        jsonb_build_object('run_id', run->>'run_id', 'status', run->>'status')));
END $$;

-- A run keeps a schema that is compatible; with a comment, a person accepts one.
CREATE FUNCTION idqp.record_schema(
    dataset text, after text, version text, columns jsonb, moment timestamptz, comment text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := CASE WHEN comment IS NULL THEN idqp._require('{owner,maintainer,ci}', 'runs:write')
        ELSE idqp._require('{owner,maintainer}') END;
    latest text;
BEGIN
    SELECT s.version INTO latest FROM idqp.schema_versions s JOIN idqp.datasets d ON d.id = s.dataset_id
    WHERE d.name = record_schema.dataset ORDER BY s.id DESC LIMIT 1;
    IF latest IS DISTINCT FROM after THEN
        RETURN; -- another run has moved on
    END IF;
    INSERT INTO idqp.schema_versions (dataset_id, version, schema, created_at)
    VALUES (idqp._dataset(record_schema.dataset, moment), record_schema.version, columns, moment);
    PERFORM idqp._audit(who, jsonb_build_array('schema.record', record_schema.dataset,
        jsonb_strip_nulls(jsonb_build_object('version', record_schema.version, 'comment', comment))));
END $$;

-- Write what a run did to incidents, each change with the incident as it is afterwards; return their numbers in the
-- order of the changes. A run opens and resolves; whom an incident is with, and until when it sleeps, is for people.
CREATE FUNCTION idqp.record_changes(run_id text, moment timestamptz, changes jsonb) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,ci}', 'runs:write');
    one jsonb;
    place record;
    numbers bigint[] := '{}';
    entries jsonb[] := '{}';
BEGIN
    PERFORM idqp._make_partitions(moment);
    FOR one IN SELECT e.c FROM jsonb_array_elements(changes) WITH ORDINALITY AS e(c, n) ORDER BY n LOOP
        IF one->>'kind' = 'opened' THEN
            INSERT INTO idqp.incident_places (dataset_id, rule, segment, created_at)
            VALUES (idqp._dataset(one->>'dataset', moment), one->>'rule', one->>'segment', moment)
            RETURNING id, dataset_id, created_at INTO place;
            INSERT INTO idqp.incidents (id, dataset_id, rule, rule_type, segment, severity, status, created_at,
                last_seen_at, occurrences, metric_value, description, fingerprint, alerted_at,
                first_samples, last_samples)
            VALUES (place.id, place.dataset_id, one->>'rule', one->>'rule_type', one->>'segment', one->>'severity',
                'open', moment, moment, 1, (one->>'metric_value')::double precision, one->>'description',
                one->>'fingerprint', (one->>'alerted_at')::timestamptz, one->>'samples', one->>'samples');
        ELSIF one->>'kind' IN ('seen', 'escalated', 'reopened', 'passed', 'resolved') THEN
            SELECT p.id, p.dataset_id, p.created_at INTO STRICT place FROM idqp.incident_places p
            WHERE p.id = (one->>'number')::bigint;
            UPDATE idqp.incidents i SET
                status = CASE WHEN one->>'status' IN ('open', 'resolved') THEN one->>'status' ELSE i.status END,
                snoozed_until = CASE WHEN one->>'status' = 'snoozed' THEN i.snoozed_until END,
                resolution = NULL, resolved_at = (one->>'resolved_at')::timestamptz,
                rule_type = one->>'rule_type', severity = one->>'severity',
                last_seen_at = (one->>'last_seen_at')::timestamptz, occurrences = (one->>'occurrences')::bigint,
                passes = (one->>'passes')::bigint, metric_value = (one->>'metric_value')::double precision,
                description = one->>'description', alerted_at = (one->>'alerted_at')::timestamptz,
                last_samples = coalesce(one->>'samples', i.last_samples)
            WHERE i.id = place.id AND i.created_at = place.created_at;
        ELSE
            RAISE EXCEPTION 'a run cannot do ''%'' to an incident', one->>'kind' USING ERRCODE = 'IQ004';
        END IF;
        INSERT INTO idqp.incident_events (incident_id, at, kind, actor, run_id, metric_value, detail)
        VALUES (place.id, moment, one->>'kind', who, record_changes.run_id, (one->>'value')::double precision,
            one->>'message');
        numbers := numbers || place.id;
        IF one->>'kind' NOT IN ('seen', 'passed') THEN
            entries := entries || jsonb_build_array('incident.' || (one->>'kind'), place.id::text,
                jsonb_build_object('rule', one->>'rule', 'run_id', record_changes.run_id));
        END IF;
    END LOOP;
    PERFORM idqp._audit(who, VARIADIC entries);
    RETURN numbers;
END $$;

CREATE FUNCTION idqp.update_incident(change jsonb, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,reviewer}');
    wanted bigint := change->>'number';
BEGIN
    UPDATE idqp.incidents i SET status = change->>'status', assignee = change->>'assignee',
        snoozed_until = (change->>'snoozed_until')::timestamptz, resolution = change->>'resolution',
        resolved_at = CASE change->>'status' WHEN 'resolved' THEN coalesce(i.resolved_at, moment) END,
        passes = CASE change->>'kind' WHEN 'reopened' THEN 0 ELSE i.passes END
    FROM idqp.incident_places p WHERE p.id = wanted AND i.id = p.id AND i.created_at = p.created_at;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no incident %; `idqp incident list --all` shows them', wanted USING ERRCODE = 'IQ002';
    END IF;
    IF change->>'kind' = 'acknowledged' THEN
        INSERT INTO idqp.acknowledgements (incident_id, actor, comment, acknowledged_at)
        VALUES (wanted, who, change->>'detail', moment);
    END IF;
    INSERT INTO idqp.incident_events (incident_id, at, kind, actor, detail)
    VALUES (wanted, moment, change->>'kind', who, change->>'detail');
    PERFORM idqp._audit(who, jsonb_build_array('incident.' || (change->>'kind'), wanted::text,
        jsonb_build_object('comment', change->>'detail')));
END $$;

-- The outbox -------------------------------------------------------------------------------------------------------

-- Put messages into the outbox, and keep in their incidents that people were told.
CREATE FUNCTION idqp.enqueue(messages jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one jsonb;
    made bigint;
BEGIN
    PERFORM idqp._require('{owner,maintainer,reviewer,ci}', 'runs:write');
    FOR one IN SELECT e.m FROM jsonb_array_elements(messages) WITH ORDINALITY AS e(m, n) ORDER BY n LOOP
        INSERT INTO idqp.alerts (channel, dedup_key, payload, created_at, next_at)
        VALUES (one->>'channel', one->>'dedup_key', one->>'payload', (one->>'created_at')::timestamptz,
            (one->>'next_at')::timestamptz)
        ON CONFLICT (channel, dedup_key) DO NOTHING
        RETURNING id INTO made;
        IF FOUND THEN
            INSERT INTO idqp.alert_incidents (alert_id, incident_id)
            SELECT made, n::bigint FROM jsonb_array_elements_text(one->'incidents') n;
            UPDATE idqp.incidents i SET alerted_at = (one->>'created_at')::timestamptz
            FROM idqp.incident_places p JOIN idqp.alert_incidents t ON t.incident_id = p.id AND t.alert_id = made
            WHERE i.id = p.id AND i.created_at = p.created_at;
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION idqp.claim_alerts(moment timestamptz, until timestamptz, at_most integer, channels text[])
RETURNS TABLE (channel text, dedup_key text, payload text, created_at timestamptz, next_at timestamptz, id bigint,
    attempts integer, delivered_at timestamptz, last_error text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM idqp._require('{owner,maintainer,reviewer,ci}', 'runs:write');
    RETURN QUERY
    UPDATE idqp.alerts a SET claimed_until = until
    FROM (
        SELECT x.id FROM idqp.alerts x WHERE x.delivered_at IS NULL AND x.next_at <= moment
            AND (channels IS NULL OR x.channel = ANY (channels))
            AND NOT EXISTS (SELECT FROM idqp.alerts b WHERE b.channel = x.channel AND b.id <= x.id
                AND b.delivered_at IS NULL AND b.next_at IS NOT NULL
                AND (b.next_at > moment OR b.claimed_until > moment))
        ORDER BY x.id LIMIT at_most
    ) due
    WHERE a.id = due.id
    RETURNING a.channel, a.dedup_key, a.payload, a.created_at, a.next_at, a.id, a.attempts, a.delivered_at,
        a.last_error;
END $$;

CREATE FUNCTION idqp.settle_alert(number bigint, moment timestamptz, error text, due timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM idqp._require('{owner,maintainer,reviewer,ci}', 'runs:write');
    UPDATE idqp.alerts SET attempts = attempts + 1, delivered_at = CASE WHEN error IS NULL THEN moment END,
        last_error = error, next_at = due, claimed_until = NULL
    WHERE id = number AND delivered_at IS NULL;
END $$;

CREATE FUNCTION idqp.release_alert(number bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM idqp._require('{owner,maintainer,reviewer,ci}', 'runs:write');
    UPDATE idqp.alerts SET claimed_until = NULL WHERE id = number;
END $$;

CREATE FUNCTION idqp.retry_alerts(moment timestamptz, wanted text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    done integer;
BEGIN
    PERFORM idqp._require('{owner,maintainer,reviewer,ci}', 'runs:write');
    UPDATE idqp.alerts a SET next_at = moment
    WHERE a.delivered_at IS NULL AND a.channel = coalesce(wanted, a.channel)
        AND (a.claimed_until IS NULL OR a.claimed_until <= moment);
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END $$;

-- Datasets, rules, baselines, models ---------------------------------------------------------------------------------

CREATE FUNCTION idqp.add_dataset(dataset text, description text, owner text, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner}');
BEGIN
    INSERT INTO idqp.datasets AS d (name, description, owner, created_at)
    VALUES (dataset, add_dataset.description, add_dataset.owner, moment)
    ON CONFLICT (name) DO UPDATE SET removed_at = NULL, description = excluded.description, owner = excluded.owner
        WHERE d.removed_at IS NOT NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%: the dataset exists already', dataset USING ERRCODE = 'IQ002';
    END IF;
    PERFORM idqp._audit(who, jsonb_build_array('dataset.add', dataset, jsonb_build_object('owner', add_dataset.owner)));
END $$;

CREATE FUNCTION idqp.remove_dataset(dataset text, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner}');
    -- Once, and not for every row: a row that comes after would not find it any more.
    number bigint := idqp._known_dataset(dataset);
BEGIN
    UPDATE idqp.datasets SET removed_at = moment WHERE id = number;
    PERFORM idqp._audit(who, jsonb_build_array('dataset.remove', dataset, '{}'::jsonb));
END $$;

CREATE FUNCTION idqp.enable_rule(dataset text, rule text, enabled boolean, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    who text := idqp._require('{owner,maintainer}');
BEGIN
    INSERT INTO idqp.rule_switches (dataset_id, rule, enabled, changed_by, changed_at)
    VALUES (idqp._known_dataset(enable_rule.dataset), enable_rule.rule, enable_rule.enabled, who, moment)
    ON CONFLICT (dataset_id, rule) DO UPDATE
        SET enabled = excluded.enabled, changed_by = excluded.changed_by, changed_at = excluded.changed_at;
    PERFORM idqp._audit(who, jsonb_build_array(CASE WHEN enable_rule.enabled THEN 'rule.enable' ELSE 'rule.disable' END,
        enable_rule.dataset || ': ' || enable_rule.rule, '{}'::jsonb));
END $$;

CREATE FUNCTION idqp.save_baseline(dataset text, baseline text, summary text, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- What a run leaves for the next one is part of recording it.
    who text := CASE WHEN baseline LIKE 'run: %' THEN idqp._require('{owner,maintainer,ci}', 'runs:write')
        ELSE idqp._require('{owner,maintainer}') END;
BEGIN
    INSERT INTO idqp.baselines (dataset_id, name, summary, created_at, created_by)
    VALUES (idqp._dataset(dataset, moment), baseline, save_baseline.summary, moment, who)
    ON CONFLICT (dataset_id, name) DO UPDATE
        SET summary = excluded.summary, created_at = excluded.created_at, created_by = excluded.created_by;
    PERFORM idqp._audit(who, jsonb_build_array('baseline.save', dataset || ': ' || baseline, '{}'::jsonb));
END $$;

CREATE FUNCTION idqp.drop_baseline(dataset text, baseline text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- What a run leaves for the next one is part of recording it.
    who text := CASE WHEN baseline LIKE 'run: %' THEN idqp._require('{owner,maintainer,ci}', 'runs:write')
        ELSE idqp._require('{owner,maintainer}') END;
BEGIN
    DELETE FROM idqp.baselines WHERE dataset_id = idqp._known_dataset(dataset) AND name = baseline;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%: there is no baseline ''%''', dataset, baseline USING ERRCODE = 'IQ002';
    END IF;
    PERFORM idqp._audit(who, jsonb_build_array('baseline.drop', dataset || ': ' || baseline, '{}'::jsonb));
END $$;

CREATE FUNCTION idqp.save_model(dataset text, model text, settings text, arrays bytea, moment timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,ci}', 'runs:write');
BEGIN
    INSERT INTO idqp.models (dataset_id, name, settings, arrays, created_at)
    VALUES (idqp._dataset(dataset, moment), model, save_model.settings, save_model.arrays, moment)
    ON CONFLICT (dataset_id, name) DO UPDATE
        SET settings = excluded.settings, arrays = excluded.arrays, created_at = excluded.created_at;
    PERFORM idqp._audit(who, jsonb_build_array('model.save', dataset || ': ' || model, '{}'::jsonb));
END $$;
