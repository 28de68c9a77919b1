-- How far the recorded runs have read the topics of datasets.

CREATE TABLE idqp.stream_offsets (
    dataset_id bigint NOT NULL REFERENCES idqp.datasets (id),
    topic text NOT NULL,
    partition integer NOT NULL,
    next bigint NOT NULL,
    run_id text,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (dataset_id, topic, partition)
);

REVOKE ALL ON idqp.stream_offsets FROM PUBLIC;
ALTER TABLE idqp.stream_offsets ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON idqp.stream_offsets FOR SELECT USING ((SELECT idqp.may_read()));
GRANT SELECT ON idqp.stream_offsets TO idqp_viewer, idqp_reviewer, idqp_maintainer, idqp_owner, idqp_ci, idqp_app;

-- Where reading begins of a partition that no run has read; `again` also of one that was read.
CREATE FUNCTION idqp.begin_stream(dataset text, positions jsonb, told jsonb, again boolean, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,ci}', 'runs:write');
    own bigint := idqp._dataset(begin_stream.dataset, moment);
BEGIN
    IF again THEN
        DELETE FROM idqp.stream_offsets o USING jsonb_array_elements(positions) p
        WHERE o.dataset_id = own AND o.topic = p->>0 AND o.partition = (p->>1)::integer;
    END IF;
    INSERT INTO idqp.stream_offsets (dataset_id, topic, partition, next, recorded_at)
    SELECT own, p->>0, (p->>1)::integer, (p->>2)::bigint, moment FROM jsonb_array_elements(positions) p
    ON CONFLICT (dataset_id, topic, partition) DO NOTHING;
    PERFORM idqp._audit(who, jsonb_build_array('stream.begin', begin_stream.dataset, told));
END $$;

-- Part of recording a run, whose audit row is for both. Returns the place, from 0, of a partition that another run
-- has read on in.
CREATE FUNCTION idqp.record_positions(run_id text, dataset text, positions jsonb, moment timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text := idqp._require('{owner,maintainer,ci}', 'runs:write');
    own bigint := idqp._known_dataset(record_positions.dataset);
    one jsonb;
    place integer := 0;
BEGIN
    FOR one IN SELECT p FROM jsonb_array_elements(positions) WITH ORDINALITY AS e(p, n) ORDER BY n LOOP
        UPDATE idqp.stream_offsets o
        SET next = (one->>3)::bigint, run_id = record_positions.run_id, recorded_at = moment
        WHERE o.dataset_id = own AND o.topic = one->>0 AND o.partition = (one->>1)::integer
            AND o.next = (one->>2)::bigint;
        IF NOT FOUND THEN
            RETURN place;
        END IF;
        place := place + 1;
    END LOOP;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION idqp.begin_stream, idqp.record_positions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idqp.begin_stream, idqp.record_positions TO idqp_maintainer, idqp_owner, idqp_ci, idqp_app;
