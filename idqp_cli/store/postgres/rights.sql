-- Who may do what, the second lock: the functions themselves are the first.
DO $$
DECLARE
    one text;
BEGIN
    FOR one IN SELECT format('idqp.%I', tablename) FROM pg_tables WHERE schemaname = 'idqp' LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', one);
    END LOOP;
    FOREACH one IN ARRAY ARRAY['users', 'tokens', 'datasets', 'rules', 'rule_switches', 'check_runs', 'check_run_rules',
        'metrics', 'incident_places', 'incidents', 'incident_events', 'acknowledgements', 'schema_versions', 'baselines',
        'models', 'alerts', 'alert_incidents', 'audit_events', 'audit_head', 'sessions', 'secrets']
    LOOP
        EXECUTE format('ALTER TABLE idqp.%I ENABLE ROW LEVEL SECURITY', one);
        IF one NOT IN ('sessions', 'secrets') THEN
            EXECUTE format('CREATE POLICY readers ON idqp.%I FOR SELECT USING ((SELECT idqp.may_read()))', one);
        END IF;
        IF one NOT IN ('users', 'tokens', 'sessions', 'secrets') THEN
            EXECUTE format('GRANT SELECT ON idqp.%I TO idqp_viewer, idqp_reviewer, idqp_maintainer, idqp_owner, idqp_ci,'
                ' idqp_app', one);
        END IF;
    END LOOP;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA idqp FROM PUBLIC;
GRANT USAGE ON SCHEMA idqp TO idqp_viewer, idqp_reviewer, idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
GRANT SELECT ON idqp.migrations TO idqp_viewer, idqp_reviewer, idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
GRANT SELECT (id, email, full_name, role, database_role, created_at, disabled_at, locked_until) ON idqp.users
    TO idqp_viewer, idqp_reviewer, idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
GRANT SELECT (id, name, scopes, created_by, created_at, expires_at, last_used_at, revoked_at) ON idqp.tokens
    TO idqp_viewer, idqp_reviewer, idqp_maintainer, idqp_owner, idqp_ci, idqp_app;

GRANT EXECUTE ON FUNCTION idqp.whoami, idqp.may_read, idqp.password_salt, idqp.log_in, idqp.log_out, idqp.token_used,
    idqp.change_password
    TO idqp_viewer, idqp_reviewer, idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
GRANT EXECUTE ON FUNCTION idqp.begin_writing, idqp.enqueue, idqp.claim_alerts, idqp.settle_alert,
    idqp.release_alert, idqp.retry_alerts
    TO idqp_reviewer, idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
GRANT EXECUTE ON FUNCTION idqp.update_incident TO idqp_reviewer, idqp_maintainer, idqp_owner, idqp_app;
GRANT EXECUTE ON FUNCTION idqp.record_run, idqp.record_schema, idqp.record_changes, idqp.save_model,
    idqp.save_baseline, idqp.drop_baseline
    TO idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
GRANT EXECUTE ON FUNCTION idqp.enable_rule TO idqp_maintainer, idqp_owner, idqp_app;
GRANT EXECUTE ON FUNCTION idqp.add_dataset, idqp.remove_dataset, idqp.add_user, idqp.change_role, idqp.disable_user,
    idqp.unlock_user, idqp.create_token, idqp.revoke_token
    TO idqp_owner, idqp_app;
