-- Models that runs leave for the next ones, and those of snapshots, as baselines are.

CREATE OR REPLACE FUNCTION idqp.save_model(dataset text, model text, settings text, arrays bytea, moment timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- What a run leaves for the next one is part of recording it.
    who text := CASE WHEN model LIKE 'run: %' THEN idqp._require('{owner,maintainer,ci}', 'runs:write')
        ELSE idqp._require('{owner,maintainer}') END;
BEGIN
    INSERT INTO idqp.models (dataset_id, name, settings, arrays, created_at)
    VALUES (idqp._dataset(dataset, moment), model, save_model.settings, save_model.arrays, moment)
    ON CONFLICT (dataset_id, name) DO UPDATE
        SET settings = excluded.settings, arrays = excluded.arrays, created_at = excluded.created_at;
    PERFORM idqp._audit(who, jsonb_build_array('model.save', dataset || ': ' || model, '{}'::jsonb));
END $$;

CREATE FUNCTION idqp.drop_model(dataset text, model text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- What a run leaves for the next one is part of recording it.
    who text := CASE WHEN model LIKE 'run: %' THEN idqp._require('{owner,maintainer,ci}', 'runs:write')
        ELSE idqp._require('{owner,maintainer}') END;
BEGIN
    DELETE FROM idqp.models WHERE dataset_id = idqp._known_dataset(dataset) AND name = model;
    IF FOUND THEN
        PERFORM idqp._audit(who, jsonb_build_array('model.drop', dataset || ': ' || model, '{}'::jsonb));
    END IF;
END $$;

REVOKE ALL ON FUNCTION idqp.drop_model FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idqp.drop_model TO idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
