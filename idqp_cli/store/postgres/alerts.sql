-- What each channel was told of an incident, the rules file that a dataset stands in, and an audit row for every write
-- into the outbox.
ALTER TABLE idqp.alert_incidents ADD COLUMN told text, ADD COLUMN severity text;
ALTER TABLE idqp.datasets ADD COLUMN rules_file text;

-- Part of recording a run, whose audit row is for both.
CREATE FUNCTION idqp.belongs(dataset text, file text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM idqp._require('{owner,maintainer,ci}', 'runs:write');
    UPDATE idqp.datasets d SET rules_file = file WHERE d.name = dataset AND d.rules_file IS DISTINCT FROM file;
END $$;

-- As before, but a run may also end an incident because it is no longer checked.
CREATE OR REPLACE FUNCTION idqp.record_changes(run_id text, moment timestamptz, changes jsonb) RETURNS bigint[]
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
                resolution = CASE WHEN one->>'status' = 'resolved' AND one->>'resolution' = 'no longer checked'
                    THEN one->>'resolution' END,
                resolved_at = (one->>'resolved_at')::timestamptz,
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

-- Put messages into the outbox, and keep in their incidents that people were told, and what.
CREATE OR REPLACE FUNCTION idqp.enqueue(messages jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,reviewer,ci}', 'runs:write');
    one jsonb;
    made bigint;
    channels text[] := '{}';
    numbers bigint[] := '{}';
    entries jsonb[];
BEGIN
    FOR one IN SELECT e.m FROM jsonb_array_elements(messages) WITH ORDINALITY AS e(m, n) ORDER BY n LOOP
        INSERT INTO idqp.alerts (channel, dedup_key, payload, created_at, next_at)
        VALUES (one->>'channel', one->>'dedup_key', one->>'payload', (one->>'created_at')::timestamptz,
            (one->>'next_at')::timestamptz)
        ON CONFLICT (channel, dedup_key) DO NOTHING
        RETURNING id INTO made;
        IF FOUND THEN
            channels := channels || (one->>'channel');
            numbers := numbers || made;
            INSERT INTO idqp.alert_incidents (alert_id, incident_id, told, severity)
            SELECT made, e.i::bigint, one->'told'->(e.n::integer - 1)->>0, one->'told'->(e.n::integer - 1)->>1
            FROM jsonb_array_elements_text(one->'incidents') WITH ORDINALITY AS e(i, n);
            UPDATE idqp.incidents i SET alerted_at = (one->>'created_at')::timestamptz
            FROM idqp.incident_places p JOIN idqp.alert_incidents t ON t.incident_id = p.id AND t.alert_id = made
            WHERE i.id = p.id AND i.created_at = p.created_at;
        END IF;
    END LOOP;
    SELECT array_agg(e.entry ORDER BY e.first) INTO entries FROM (
        SELECT min(n) AS first, jsonb_build_array('alert.queue', c,
            jsonb_build_object('first', min(n), 'messages', count(*))) AS entry
        FROM unnest(channels, numbers) AS q(c, n) GROUP BY c
    ) e;
    IF entries IS NOT NULL THEN
        PERFORM idqp._audit(who, VARIADIC entries);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION idqp.claim_alerts(moment timestamptz, until timestamptz, at_most integer, channels text[])
RETURNS TABLE (channel text, dedup_key text, payload text, created_at timestamptz, next_at timestamptz, id bigint,
    attempts integer, delivered_at timestamptz, last_error text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    who text := idqp._require('{owner,maintainer,reviewer,ci}', 'runs:write');
    due bigint[];
BEGIN
    SELECT array_agg(d.id ORDER BY d.id) INTO due FROM (
        SELECT x.id FROM idqp.alerts x WHERE x.delivered_at IS NULL AND x.next_at <= moment
            AND (channels IS NULL OR x.channel = ANY (channels))
            AND NOT EXISTS (SELECT FROM idqp.alerts b WHERE b.channel = x.channel AND b.id <= x.id
                AND b.delivered_at IS NULL AND b.next_at IS NOT NULL
                AND (b.next_at > moment OR b.claimed_until > moment))
        ORDER BY x.id LIMIT at_most
    ) d;
    IF due IS NULL THEN
        RETURN;
    END IF;
    PERFORM idqp._audit(who, jsonb_build_array('alert.claim', '', jsonb_build_object('alerts', to_jsonb(due))));
    RETURN QUERY
    UPDATE idqp.alerts a SET claimed_until = until WHERE a.id = ANY (due)
    RETURNING a.channel, a.dedup_key, a.payload, a.created_at, a.next_at, a.id, a.attempts, a.delivered_at,
        a.last_error;
END $$;

-- A payload takes the place of the message's, where a part of it has arrived.
DROP FUNCTION idqp.settle_alert(bigint, timestamptz, text, timestamptz);
CREATE FUNCTION idqp.settle_alert(
    number bigint, moment timestamptz, error text, due timestamptz, content text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,reviewer,ci}', 'runs:write');
BEGIN
    UPDATE idqp.alerts SET attempts = attempts + 1, delivered_at = CASE WHEN error IS NULL THEN moment END,
        last_error = error, next_at = due, claimed_until = NULL, payload = coalesce(content, payload)
    WHERE id = number AND delivered_at IS NULL;
    IF FOUND THEN
        PERFORM idqp._audit(who, jsonb_build_array(CASE WHEN error IS NULL THEN 'alert.deliver' ELSE 'alert.fail' END,
            number::text, jsonb_strip_nulls(jsonb_build_object('error', error))));
    END IF;
END $$;

CREATE OR REPLACE FUNCTION idqp.release_alert(number bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,reviewer,ci}', 'runs:write');
BEGIN
    UPDATE idqp.alerts SET claimed_until = NULL WHERE id = number AND claimed_until IS NOT NULL;
    IF FOUND THEN
        PERFORM idqp._audit(who, jsonb_build_array('alert.release', number::text, '{}'::jsonb));
    END IF;
END $$;

CREATE OR REPLACE FUNCTION idqp.retry_alerts(moment timestamptz, wanted text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,reviewer,ci}', 'runs:write');
    done integer;
BEGIN
    UPDATE idqp.alerts a SET next_at = moment
    WHERE a.delivered_at IS NULL AND a.channel = coalesce(wanted, a.channel)
        AND (a.claimed_until IS NULL OR a.claimed_until <= moment);
    GET DIAGNOSTICS done = ROW_COUNT;
    IF done > 0 THEN
        PERFORM idqp._audit(who, jsonb_build_array('alert.retry', coalesce(wanted, ''),
            jsonb_build_object('messages', done)));
    END IF;
    RETURN done;
END $$;

CREATE OR REPLACE FUNCTION idqp.token_used() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    used text;
BEGIN
    -- The chain's head first, as every other writer takes it.
    PERFORM FROM idqp.audit_head FOR UPDATE;
    UPDATE idqp.tokens SET last_used_at = clock_timestamp()
    WHERE digest = encode(sha256(convert_to(current_setting('idqp.token', true), 'UTF8')), 'hex')
    RETURNING name INTO used;
    IF used IS NOT NULL THEN
        PERFORM idqp._audit('token:' || used, jsonb_build_array('token.use', used, '{}'::jsonb));
    END IF;
END $$;

REVOKE ALL ON FUNCTION idqp.belongs, idqp.settle_alert FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idqp.belongs TO idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
GRANT EXECUTE ON FUNCTION idqp.settle_alert TO idqp_reviewer, idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
