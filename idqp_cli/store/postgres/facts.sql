-- A metric that runs measure is no result of a rule: it has a name and no status, and a rule only where it is measured
-- on rows of the rule's own. An event has the reason for which a person resolved the incident.

ALTER TABLE idqp.metrics ADD COLUMN metric text, ALTER COLUMN rule DROP NOT NULL, ALTER COLUMN status DROP NOT NULL;

-- Older stores have `metric: mean(x)` or `metric: RULE: mean(x)` as the rule, as if it had passed.
WITH packed AS (
    SELECT DISTINCT m.dataset_id, m.rule, substr(m.rule, 9) AS name FROM idqp.metrics m
    WHERE m.rule LIKE 'metric: %' AND m.status = 'passed' AND m.rows_evaluated IS NULL AND m.rows_failed IS NULL
        AND NOT EXISTS (SELECT FROM idqp.rules r WHERE r.dataset_id = m.dataset_id AND r.name = m.rule)
), told AS (
    SELECT p.dataset_id, p.rule AS was,
        CASE WHEN o.name IS NOT NULL THEN o.name
            WHEN p.name !~ '^(row_count|duplicate_share|\w+\(.+\))$'
            THEN substring(p.name FROM '^(.+): (?:row_count|duplicate_share|\w+\(.+\))$') END AS rule,
        CASE WHEN o.name IS NOT NULL THEN substr(p.name, length(o.name) + 3)
            WHEN p.name ~ '^(row_count|duplicate_share|\w+\(.+\))$' THEN p.name
            ELSE substring(p.name FROM '^.+: (row_count|duplicate_share|\w+\(.+\))$') END AS metric
    FROM packed p LEFT JOIN LATERAL (
        SELECT r.name FROM idqp.rules r WHERE r.dataset_id = p.dataset_id AND r.rule_type = 'anomaly'
            AND starts_with(p.name, r.name || ': ')
            AND substr(p.name, length(r.name) + 3) ~ '^(row_count|duplicate_share|\w+\(.+\))$'
        ORDER BY length(r.name) DESC LIMIT 1
    ) o ON true
)
UPDATE idqp.metrics m SET rule = t.rule, metric = t.metric, status = NULL FROM told t
WHERE t.metric IS NOT NULL AND m.dataset_id = t.dataset_id AND m.rule = t.was
    AND m.status = 'passed' AND m.rows_evaluated IS NULL AND m.rows_failed IS NULL;

DROP INDEX idqp.metrics_dataset_rule_run_at;
CREATE INDEX metrics_dataset_rule_metric_run_at ON idqp.metrics (dataset_id, rule, metric, run_at);

ALTER TABLE idqp.incident_events ADD COLUMN reason text;
UPDATE idqp.incident_events SET reason = split_part(detail, ':', 1)
WHERE kind IN ('resolved', 'judged') AND run_id IS NULL
    AND split_part(detail, ':', 1) IN ('fixed', 'expected', 'false_positive', 'duplicate');

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
    INSERT INTO idqp.metrics (check_run_id, dataset_id, rule, metric, segment, run_at, value)
    SELECT number, dataset, r->>'rule', r->>'metric', r->>'segment', moment, (r->>'value')::double precision
    FROM jsonb_array_elements(run->'measured') WITH ORDINALITY AS e(r, place) ORDER BY place;
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

CREATE OR REPLACE FUNCTION idqp.update_incident(change jsonb, moment timestamptz) RETURNS void
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
    INSERT INTO idqp.incident_events (incident_id, at, kind, actor, detail, reason)
    VALUES (wanted, moment, change->>'kind', who, change->>'detail', change->>'resolution');
    PERFORM idqp._audit(who, jsonb_build_array('incident.' || (change->>'kind'), wanted::text,
        jsonb_build_object('comment', change->>'detail')));
END $$;
