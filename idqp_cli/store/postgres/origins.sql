-- What left a baseline or a model is columns: the name of a snapshot, or a run's time and what tells its data from
-- other data; and a model has the rule that it was taught by, and a digest of what the rule says of how to learn.

CREATE FUNCTION idqp._origin(snapshot text, run_at timestamptz, content text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(snapshot,
        'run: ' || to_char(run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
        || CASE WHEN extract(microseconds FROM run_at)::bigint % 1000000 = 0 THEN ''
            ELSE to_char(run_at AT TIME ZONE 'UTC', '.US') END
        || '+00:00' || coalesce(' ' || content, ''))
$$;

CREATE FUNCTION idqp._model(snapshot text, run_at timestamptz, content text, rule text, digest text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN snapshot IS NULL THEN '' ELSE 'snapshot: ' END || idqp._origin(snapshot, run_at, content)
        || CASE WHEN snapshot IS NULL AND content IS NULL THEN ' -' ELSE '' END || ': ' || rule || ' ' || digest
$$;

-- What a run leaves for the next one is part of recording it; what a person saves is not.
CREATE FUNCTION idqp._require_origin(run_at timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF run_at IS NULL THEN
        RETURN idqp._require('{owner,maintainer}');
    END IF;
    RETURN idqp._require('{owner,maintainer,ci}', 'runs:write');
END $$;

ALTER TABLE idqp.baselines ADD COLUMN snapshot text, ADD COLUMN run_at timestamptz, ADD COLUMN content text;
UPDATE idqp.baselines SET
    snapshot = CASE WHEN name NOT LIKE 'run: %' THEN name END,
    run_at = CASE WHEN name LIKE 'run: %' THEN created_at END,
    content = substring(name FROM '^run: [^ ]+ (.+)$');
DELETE FROM idqp.baselines b USING idqp.baselines later
WHERE b.dataset_id = later.dataset_id AND b.run_at = later.run_at AND b.content IS NOT DISTINCT FROM later.content
    AND b.id < later.id;
ALTER TABLE idqp.baselines DROP COLUMN name, ADD CONSTRAINT baselines_origin CHECK (
    (snapshot IS NULL) <> (run_at IS NULL) AND (content IS NULL OR run_at IS NOT NULL));
CREATE UNIQUE INDEX baselines_one_per_origin ON idqp.baselines
    (dataset_id, coalesce(snapshot, ''), coalesce(run_at, '-infinity'), coalesce(content, ''));

ALTER TABLE idqp.models ADD COLUMN snapshot text, ADD COLUMN run_at timestamptz, ADD COLUMN content text,
    ADD COLUMN rule text, ADD COLUMN digest text;
UPDATE idqp.models m SET
    snapshot = CASE WHEN name LIKE 'run: %' THEN NULL ELSE coalesce(p.named[1], name) END,
    run_at = CASE WHEN name LIKE 'run: %' THEN created_at END,
    content = nullif(p.run[1], '-'),
    rule = coalesce(p.run[2], p.named[2], ''),
    digest = coalesce(p.run[3], p.named[3], '')
FROM (SELECT id, regexp_match(name, '^run: [^ ]+ ([^ ]+): (.*) ([^ ]+)$') AS run,
    regexp_match(name, '^snapshot: ([^:]+): (.*) ([^ ]+)$') AS named FROM idqp.models) p WHERE p.id = m.id;
DELETE FROM idqp.models m USING idqp.models later
WHERE m.dataset_id = later.dataset_id AND m.run_at = later.run_at AND m.content IS NOT DISTINCT FROM later.content
    AND m.rule = later.rule AND m.digest = later.digest AND m.id < later.id;
ALTER TABLE idqp.models DROP COLUMN name, ALTER COLUMN rule SET NOT NULL, ALTER COLUMN digest SET NOT NULL,
    ADD CONSTRAINT models_origin CHECK (
        (snapshot IS NULL) <> (run_at IS NULL) AND (content IS NULL OR run_at IS NOT NULL));
CREATE UNIQUE INDEX models_one_per_origin ON idqp.models
    (dataset_id, coalesce(snapshot, ''), coalesce(run_at, '-infinity'), coalesce(content, ''), rule, digest);

DROP FUNCTION idqp.save_baseline(text, text, text, timestamptz);
CREATE FUNCTION idqp.save_baseline(
    dataset text, snapshot text, run_at timestamptz, content text, summary text, moment timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    who text := idqp._require_origin(save_baseline.run_at);
BEGIN
    INSERT INTO idqp.baselines (dataset_id, snapshot, run_at, content, summary, created_at, created_by)
    VALUES (idqp._dataset(save_baseline.dataset, moment), save_baseline.snapshot, save_baseline.run_at,
        save_baseline.content, save_baseline.summary, moment, who)
    ON CONFLICT (dataset_id, coalesce(snapshot, ''), coalesce(run_at, '-infinity'), coalesce(content, '')) DO UPDATE
        SET summary = excluded.summary, created_at = excluded.created_at, created_by = excluded.created_by;
    PERFORM idqp._audit(who, jsonb_build_array('baseline.save', save_baseline.dataset || ': '
        || idqp._origin(save_baseline.snapshot, save_baseline.run_at, save_baseline.content), '{}'::jsonb));
END $$;

DROP FUNCTION idqp.drop_baseline(text, text);
CREATE FUNCTION idqp.drop_baseline(dataset text, snapshot text, run_at timestamptz, content text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require_origin(run_at);
    origin text := idqp._origin(snapshot, run_at, content);
BEGIN
    DELETE FROM idqp.baselines b WHERE b.dataset_id = idqp._known_dataset(dataset)
        AND b.snapshot IS NOT DISTINCT FROM drop_baseline.snapshot
        AND b.run_at IS NOT DISTINCT FROM drop_baseline.run_at
        AND b.content IS NOT DISTINCT FROM drop_baseline.content;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%: there is no baseline ''%''', dataset, origin USING ERRCODE = 'IQ002';
    END IF;
    PERFORM idqp._audit(who, jsonb_build_array('baseline.drop', dataset || ': ' || origin, '{}'::jsonb));
END $$;

DROP FUNCTION idqp.save_model(text, text, text, bytea, timestamptz);
CREATE FUNCTION idqp.save_model(dataset text, snapshot text, run_at timestamptz, content text, rule text, digest text,
    settings text, arrays bytea, moment timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    who text := idqp._require_origin(save_model.run_at);
BEGIN
    INSERT INTO idqp.models (dataset_id, snapshot, run_at, content, rule, digest, settings, arrays, created_at)
    VALUES (idqp._dataset(save_model.dataset, moment), save_model.snapshot, save_model.run_at, save_model.content,
        save_model.rule, save_model.digest, save_model.settings, save_model.arrays, moment)
    ON CONFLICT (dataset_id, coalesce(snapshot, ''), coalesce(run_at, '-infinity'), coalesce(content, ''), rule, digest)
        DO UPDATE SET settings = excluded.settings, arrays = excluded.arrays, created_at = excluded.created_at;
    PERFORM idqp._audit(who, jsonb_build_array('model.save', save_model.dataset || ': ' || idqp._model(
        save_model.snapshot, save_model.run_at, save_model.content, save_model.rule, save_model.digest), '{}'::jsonb));
END $$;

DROP FUNCTION idqp.drop_model(text, text);
CREATE FUNCTION idqp.drop_model(
    dataset text, snapshot text, run_at timestamptz, content text, rule text, digest text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require_origin(run_at);
BEGIN
    DELETE FROM idqp.models m WHERE m.dataset_id = idqp._known_dataset(dataset)
        AND m.snapshot IS NOT DISTINCT FROM drop_model.snapshot
        AND m.run_at IS NOT DISTINCT FROM drop_model.run_at
        AND m.content IS NOT DISTINCT FROM drop_model.content
        AND m.rule = drop_model.rule AND m.digest = drop_model.digest;
    IF FOUND THEN
        PERFORM idqp._audit(who, jsonb_build_array('model.drop',
            dataset || ': ' || idqp._model(snapshot, run_at, content, rule, digest), '{}'::jsonb));
    END IF;
END $$;

REVOKE ALL ON FUNCTION idqp._origin, idqp._model, idqp._require_origin, idqp.save_baseline, idqp.drop_baseline,
    idqp.save_model, idqp.drop_model FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idqp.save_baseline, idqp.drop_baseline, idqp.save_model, idqp.drop_model
    TO idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
