-- Let go of what is old: runs with their metrics, failing rows of resolved incidents, settled messages, ended sessions.

CREATE FUNCTION idqp.prune(before timestamptz, keep integer, dry boolean)
RETURNS TABLE (runs bigint, metrics bigint, samples bigint, alerts bigint, sessions bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    who text := idqp._require('{owner}');
    old_runs bigint[];
    old_alerts bigint[];
    old_incidents bigint[];
    old_sessions bigint[];
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
    SELECT count(*) INTO found FROM idqp.metrics m WHERE m.check_run_id = ANY (old_runs) AND m.run_at < before;
    IF NOT dry THEN
        DELETE FROM idqp.metrics m WHERE m.check_run_id = ANY (old_runs) AND m.run_at < before;
        DELETE FROM idqp.check_run_rules c WHERE c.check_run_id = ANY (old_runs);
        DELETE FROM idqp.check_runs r WHERE r.id = ANY (old_runs) AND r.run_at < before;
        UPDATE idqp.incidents i SET first_samples = NULL, last_samples = NULL WHERE i.id = ANY (old_incidents);
        DELETE FROM idqp.alert_incidents l WHERE l.alert_id = ANY (old_alerts);
        DELETE FROM idqp.alerts a WHERE a.id = ANY (old_alerts);
        DELETE FROM idqp.sessions s WHERE s.id = ANY (old_sessions);
        PERFORM idqp._audit(who, jsonb_build_array('store.prune', to_char(before AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            jsonb_build_object('runs', cardinality(old_runs), 'metrics', found, 'samples', cardinality(old_incidents),
                'alerts', cardinality(old_alerts), 'sessions', cardinality(old_sessions))));
    END IF;
    RETURN QUERY SELECT cardinality(old_runs)::bigint, found, cardinality(old_incidents)::bigint,
        cardinality(old_alerts)::bigint, cardinality(old_sessions)::bigint;
END $$;

REVOKE ALL ON FUNCTION idqp.prune FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idqp.prune TO idqp_owner, idqp_app;
