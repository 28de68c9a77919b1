-- The groups, for the whole cluster. Each person is a login role in one of them; what they may in this store is
-- in its own table of users. Programs that share one login role are in idqp_app and show a token.
DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['definer', 'viewer', 'reviewer', 'maintainer', 'owner', 'ci', 'app', 'login'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'idqp_' || one) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', 'idqp_' || one);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another store of the cluster was faster
            END;
        END IF;
        IF one <> 'definer' AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_auth_members m
            WHERE m.roleid = ('idqp_' || one)::regrole AND m.member = 'idqp_definer'::regrole AND m.admin_option
        ) THEN
            EXECUTE format('GRANT %I TO idqp_definer WITH ADMIN OPTION', 'idqp_' || one);
        END IF;
    END LOOP;
END $$;
