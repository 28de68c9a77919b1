-- What tells the content that a run read from other content.

ALTER TABLE idqp.check_runs ADD COLUMN content text;

CREATE OR REPLACE FUNCTION idqp.record_run(run jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,ci}', 'runs:write');
    moment timestamptz := run->>'at';
    dataset bigint;
    number bigint;
BEGIN
    PERFORM idqp._make_partitions(moment);
    dataset := idqp._dataset(run->>'dataset', moment);
    INSERT INTO idqp.check_runs (run_id, dataset_id, run_at, actor, source, rows, status, score, metrics, content)
    VALUES (run->>'run_id', dataset, moment, who, run->>'source', (run->>'rows')::bigint, run->>'status',
        (run->>'score')::double precision, run->'metrics', run->>'content')
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
