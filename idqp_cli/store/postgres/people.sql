-- People, sessions and tokens. Whoever acts on them is found out as for every other write.

CREATE FUNCTION idqp._known_user(wanted text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    number bigint;
BEGIN
    SELECT u.id INTO number FROM idqp.users u WHERE u.email = wanted;
    IF number IS NULL THEN
        RAISE EXCEPTION 'there is no user ''%''; `idqp user list` shows them', wanted USING ERRCODE = 'IQ002';
    END IF;
    RETURN number;
END $$;

CREATE FUNCTION idqp._an_owner_remains() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM idqp.users u WHERE u.role = 'owner' AND u.disabled_at IS NULL) THEN
        RAISE EXCEPTION 'this is the last Owner; add another Owner first' USING ERRCODE = 'IQ002';
    END IF;
END $$;

-- Put the person's database role into the group of `role`, and out of all others; NULL is no group.
CREATE FUNCTION idqp._group(person bigint, role text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    login text;
    one text;
BEGIN
    SELECT u.database_role INTO login FROM idqp.users u WHERE u.id = person;
    IF login IS NULL THEN
        RETURN;
    END IF;
    IF login ~ '^(idqp_|pg_)' OR NOT EXISTS (
        SELECT FROM pg_roles r WHERE r.rolname = login AND r.rolcanlogin AND NOT r.rolsuper
    ) THEN
        RAISE EXCEPTION 'the database has no login role ''%''; its administrator makes it: CREATE ROLE ... LOGIN', login
            USING ERRCODE = 'IQ002';
    END IF;
    FOREACH one IN ARRAY ARRAY['viewer', 'reviewer', 'maintainer', 'owner', 'ci'] LOOP
        IF one = role THEN
            EXECUTE format('GRANT %I TO %I', 'idqp_' || one, login);
        ELSIF EXISTS (
            SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
            WHERE m.roleid = ('idqp_' || one)::regrole AND r.rolname = login
        ) THEN
            EXECUTE format('REVOKE %I FROM %I', 'idqp_' || one, login);
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION idqp._end_sessions(person bigint, moment timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ UPDATE idqp.sessions SET revoked_at = moment WHERE user_id = person AND revoked_at IS NULL $$;

CREATE FUNCTION idqp.add_user(email text, full_name text, role text, kept text, database_role text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    who text := idqp._require('{owner}');
    person bigint;
BEGIN
    IF role <> 'owner' AND NOT EXISTS (SELECT FROM idqp.users) THEN
        RAISE EXCEPTION 'the first user must be an Owner; use --role owner' USING ERRCODE = 'IQ002';
    END IF;
    BEGIN
        INSERT INTO idqp.users (email, full_name, role, password_hash, database_role, created_at)
        VALUES (email, full_name, role, kept, database_role, clock_timestamp()) RETURNING id INTO person;
    EXCEPTION WHEN unique_violation THEN
        RAISE EXCEPTION '%: a user with this address or database role exists already', email USING ERRCODE = 'IQ002';
    END;
    PERFORM idqp._group(person, role);
    PERFORM idqp._audit(who, jsonb_build_array('user.add', email, jsonb_build_object('role', role)));
END $$;

CREATE FUNCTION idqp.change_role(email text, role text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    who text := idqp._require('{owner}');
    person bigint := idqp._known_user(email);
BEGIN
    UPDATE idqp.users u SET role = change_role.role WHERE u.id = person;
    PERFORM idqp._an_owner_remains();
    PERFORM idqp._group(person, role) FROM idqp.users u WHERE u.id = person AND u.disabled_at IS NULL;
    PERFORM idqp._audit(who, jsonb_build_array('user.role', email, jsonb_build_object('role', role)));
END $$;

CREATE FUNCTION idqp.disable_user(email text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner}');
    person bigint := idqp._known_user(email);
BEGIN
    UPDATE idqp.users SET disabled_at = clock_timestamp() WHERE id = person;
    PERFORM idqp._an_owner_remains();
    PERFORM idqp._end_sessions(person, clock_timestamp());
    PERFORM idqp._group(person, NULL);
    PERFORM idqp._audit(who, jsonb_build_array('user.disable', email, '{}'::jsonb));
END $$;

CREATE FUNCTION idqp.unlock_user(email text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner}');
BEGIN
    UPDATE idqp.users SET failed_logins = 0, locked_until = NULL WHERE id = idqp._known_user(unlock_user.email);
    PERFORM idqp._audit(who, jsonb_build_array('user.unlock', email, '{}'::jsonb));
END $$;

CREATE FUNCTION idqp.change_password(email text, kept text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    who text := idqp._require('{owner,maintainer,reviewer,viewer}');
    person bigint := idqp._known_user(email);
BEGIN
    IF who <> email THEN
        PERFORM idqp._require('{owner}');
    END IF;
    UPDATE idqp.users SET password_hash = kept WHERE id = person;
    PERFORM idqp._end_sessions(person, clock_timestamp());
    PERFORM idqp._audit(who, jsonb_build_array('user.password', email, '{}'::jsonb));
END $$;

CREATE FUNCTION idqp.password_salt(email text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    alphabet text := './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
    octets bytea;
    salt text;
BEGIN
    SELECT left(u.password_hash, 29) INTO salt FROM idqp.users u WHERE u.email = password_salt.email;
    IF salt IS NULL THEN
        SELECT sha256(convert_to(s.value || password_salt.email, 'UTF8')) INTO octets FROM idqp.secrets s
        WHERE s.name = 'salt';
        SELECT '$2b$12$' || string_agg(substr(alphabet, get_byte(octets, i) % 64 + 1, 1), '' ORDER BY i)
            || substr('.Oeu', get_byte(octets, 21) % 4 + 1, 1) INTO salt
        FROM generate_series(0, 20) i;
    END IF;
    RETURN salt;
END $$;

CREATE FUNCTION idqp.log_in(email text, password_hash text, digest text, ends timestamptz)
RETURNS TABLE (address text, full_name text, role text, created_at timestamptz, database_role text,
    disabled_at timestamptz, locked_until timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    person record;
    until timestamptz;
    moment timestamptz := clock_timestamp();
BEGIN
    PERFORM FROM idqp.audit_head FOR UPDATE;
    SELECT * INTO person FROM idqp.users u WHERE u.email = log_in.email AND u.disabled_at IS NULL;
    IF person.id IS NULL OR person.locked_until > moment THEN
        RETURN;
    END IF;
    IF person.password_hash IS DISTINCT FROM left(log_in.password_hash, 29) || ':'
        || encode(sha256(convert_to(log_in.password_hash, 'UTF8')), 'hex')
    THEN
        IF person.failed_logins >= 4 THEN
            until := moment + least(interval '1 minute' * (1 << least(person.failed_logins - 4, 10)), interval '1 hour');
        END IF;
        UPDATE idqp.users SET failed_logins = failed_logins + 1, locked_until = until WHERE id = person.id;
        PERFORM idqp._audit(log_in.email, jsonb_build_array('login.refused', log_in.email,
            jsonb_build_object('locked_until', until)));
        RETURN;
    END IF;
    UPDATE idqp.users SET failed_logins = 0, locked_until = NULL WHERE id = person.id;
    INSERT INTO idqp.sessions (digest, user_id, created_at, expires_at)
    VALUES (log_in.digest, person.id, moment, least(ends, moment + interval '12 hours'));
    PERFORM idqp._audit(log_in.email, jsonb_build_array('login', log_in.email, '{}'::jsonb));
    RETURN QUERY SELECT u.email, u.full_name, u.role, u.created_at, u.database_role, u.disabled_at, u.locked_until
        FROM idqp.users u WHERE u.id = person.id;
END $$;

CREATE FUNCTION idqp.log_out(everywhere boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own record;
BEGIN
    PERFORM FROM idqp.audit_head FOR UPDATE;
    SELECT s.id, s.user_id, u.email INTO own FROM idqp.sessions s JOIN idqp.users u ON u.id = s.user_id
    WHERE s.revoked_at IS NULL
        AND s.digest = encode(sha256(convert_to(current_setting('idqp.token', true), 'UTF8')), 'hex');
    IF own.id IS NULL THEN
        RETURN;
    END IF;
    UPDATE idqp.sessions SET revoked_at = clock_timestamp()
    WHERE revoked_at IS NULL AND (id = own.id OR (everywhere AND user_id = own.user_id));
    PERFORM idqp._audit(own.email, jsonb_build_array('logout', own.email,
        jsonb_build_object('everywhere', everywhere)));
END $$;

CREATE FUNCTION idqp.create_token(name text, digest text, scopes text, ends timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    who text := idqp._require('{owner}');
BEGIN
    BEGIN
        INSERT INTO idqp.tokens (name, digest, scopes, created_by, created_at, expires_at)
        VALUES (name, digest, scopes, who, clock_timestamp(), least(ends, clock_timestamp() + interval '1 year'));
    EXCEPTION WHEN unique_violation THEN
        RAISE EXCEPTION '%: a token with this name exists already', name USING ERRCODE = 'IQ002';
    END;
    PERFORM idqp._audit(who, jsonb_build_array('token.create', name, jsonb_build_object('scopes', scopes)));
END $$;

CREATE FUNCTION idqp.revoke_token(name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner}');
BEGIN
    UPDATE idqp.tokens t SET revoked_at = coalesce(t.revoked_at, clock_timestamp()) WHERE t.name = revoke_token.name;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no token ''%''; `idqp token list` shows them', name USING ERRCODE = 'IQ002';
    END IF;
    PERFORM idqp._audit(who, jsonb_build_array('token.revoke', name, '{}'::jsonb));
END $$;

CREATE FUNCTION idqp.token_used() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE idqp.tokens SET last_used_at = clock_timestamp()
    WHERE digest = encode(sha256(convert_to(current_setting('idqp.token', true), 'UTF8')), 'hex')
$$;
