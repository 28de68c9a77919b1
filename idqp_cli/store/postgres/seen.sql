-- Which files of a dataset the recorded runs have read.

CREATE TABLE idqp.seen_files (
    dataset_id bigint NOT NULL REFERENCES idqp.datasets (id),
    digest text NOT NULL,
    name text NOT NULL,
    run_id text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (dataset_id, digest)
);

REVOKE ALL ON idqp.seen_files FROM PUBLIC;
ALTER TABLE idqp.seen_files ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON idqp.seen_files FOR SELECT USING ((SELECT idqp.may_read()));
GRANT SELECT ON idqp.seen_files TO idqp_viewer, idqp_reviewer, idqp_maintainer, idqp_owner, idqp_ci, idqp_app;

-- Part of recording a run, whose audit row is for both.
CREATE FUNCTION idqp.record_seen(run_id text, dataset text, files jsonb, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,ci}', 'runs:write');
BEGIN
    INSERT INTO idqp.seen_files (dataset_id, digest, name, run_id, seen_at)
    SELECT idqp._known_dataset(record_seen.dataset), f->>0, f->>1, record_seen.run_id, moment
    FROM jsonb_array_elements(files) f
    ON CONFLICT (dataset_id, digest) DO NOTHING;
END $$;

REVOKE ALL ON FUNCTION idqp.record_seen FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idqp.record_seen TO idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
