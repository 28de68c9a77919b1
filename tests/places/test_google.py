"""Objects of Google Cloud Storage are judged as the same files here."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Shell
from places.test_places import ENDINGS, ROWS, RULES, judged, written
from remote_servers import Google


@pytest.fixture
def known(google: Google, monkeypatch: pytest.MonkeyPatch) -> Google:
    """Return the server that idqp in this process finds by itself."""
    for name, value in google.env.items():
        monkeypatch.setenv(name, value)
    return google


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_object_is_judged_as_the_same_file_here(tmp_path: Path, known: Google, ending: str) -> None:
    data = written(tmp_path)[ending]
    (tmp_path / f"t.{ending}").write_bytes(data)
    here = judged(tmp_path, f"t.{ending}")
    assert judged(tmp_path, known.put(known.bucket(), f"some/50% off #1.{ending}", data)) == here


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "parquet"])
def test_a_glob_a_folder_and_partitions_are_judged_as_those_of_a_disk(
    tmp_path: Path, known: Google, ending: str
) -> None:
    data, bucket = written(tmp_path)[ending], known.bucket()
    for name in (f"day=2026-01-01/a.{ending}", f"day=2026-01-02/b.{ending}", f"day=2026-01-02/.c.{ending}"):
        (tmp_path / "parts" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "parts" / name).write_bytes(data)
        known.put(bucket, f"parts/{name}", data)
    known.put(bucket, f"partsother/x.{ending}", b"none of it")
    for path in ("parts", f"parts/**/*.{ending}", f"parts/day=*/[a-b].{ending}"):
        here = judged(tmp_path, path, key=["id"])
        assert (here["rows"], here["results"][-3]["rows_failed"]) == (2 * ROWS, 2 * ROWS)
        assert judged(tmp_path, f"gs://{bucket}/{path}", key=["id"]) == here


def test_the_rules_file_says_where_the_bucket_is(tmp_path: Path, google: Google) -> None:
    there = google.put(google.bucket(), "t.csv", written(tmp_path)["csv"])
    assert judged(tmp_path, there, read={"endpoint": google.url, "anonymous": True})["rows"] == ROWS


def test_only_new_objects_are_read(shell: Shell, google: Google) -> None:
    bucket = google.bucket()
    google.put(bucket, "in/a.csv", b"id\n1\n")
    shell.rules({"type": "unique", "column": "id"}, path=f"gs://{bucket}/in/*.csv", incremental=True)
    for key, body, code in (("a", None, 0), ("b", b"id\n2\n", 0), ("c", b"id\n1\n", 1)):
        if body is not None:
            google.put(bucket, f"in/{key}.csv", body)
        ran = shell.idqp("check", "--format", "json", env=google.env)
        assert (ran.code, ran.json["datasets"][0]["rows"]) == (code, 1), ran.err


def test_what_is_not_there_is_one_line(shell: Shell, google: Google) -> None:
    bucket = google.bucket()
    for path, told in ((f"gs://{bucket}/x.csv", "no such file"), (f"gs://{bucket}/in/", "contains no file")):
        shell.rules(*RULES, path=path)
        ran = shell.idqp("check", "--no-store", env=google.env)
        assert (ran.code, told in ran.err, "Traceback" in ran.err) == (3, True, False), ran.err
