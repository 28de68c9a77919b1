"""Data that is elsewhere is read as if it were here: the same report from every place, in every format."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from copy import copy
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard

from conftest import Shell, checked
from idqp_cli.core.deadline import within
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.progress import TRAFFIC
from idqp_cli.ingest.places import azure, gcs
from idqp_cli.report.json import render
from idqp_cli.report.view import View
from remote_servers import S3, Files, behind

ROWS = 3_000
TABLE = (
    "SELECT i AS id, CASE WHEN i % 10 <> 0 THEN 'u' || i || '@example.com' END AS email,"
    f" i * 0.5 AS amount, ['new', 'paid', 'lost'][1 + (i % 3)::INT] AS status FROM range({ROWS}) t(i)"
)
RULES: list[dict[str, object]] = [
    {"type": "completeness", "column": "email"},
    {"type": "unique", "column": "id"},
    {"type": "range", "column": "amount", "max": 1_400},
    {"type": "accepted_values", "column": "status", "values": ["new", "paid"]},
]


def written(folder: Path) -> dict[str, bytes]:
    """Return one table in every format, by the ending of its file."""
    with duckdb.connect() as database:
        for ending, form in (("csv", "csv"), ("parquet", "parquet, ROW_GROUP_SIZE 1000"), ("jsonl", "json")):
            database.execute(f"COPY ({TABLE}) TO '{folder / f'made.{ending}'}' (FORMAT {form})")
    found = {ending: (folder / f"made.{ending}").read_bytes() for ending in ("csv", "parquet", "jsonl")}
    found["csv.gz"] = gzip.compress(found["csv"])
    found["csv.zst"] = zstandard.compress(found["csv"])
    found["jsonl.gz"] = gzip.compress(found["jsonl"])
    return found


ENDINGS = ("csv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "parquet")


def judged(folder: Path, path: str, **dataset: object) -> Any:  # noqa: ANN401 - a report is looked into freely
    """Check a path in process; return the report without what differs from place to place."""
    (report,) = json.loads(render(checked(folder, RULES, path=path, **dataset), View()))["datasets"]
    assert report["status"] == "failed", report.get("message")
    for sample in (sample for result in report["results"] for sample in result.get("samples", ())):
        sample.pop("file", None)
    return {key: value for key, value in report.items() if key != "source"}


@pytest.fixture
def known(s3: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """Return the S3 server that idqp in this process finds by itself."""
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    return s3


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_of_an_object_store_or_of_the_web_is_judged_as_the_same_file_here(
    tmp_path: Path, known: S3, web: Files, ending: str
) -> None:
    data = written(tmp_path)[ending]
    (tmp_path / f"t.{ending}").write_bytes(data)
    here = judged(tmp_path, f"t.{ending}")
    assert [result["status"] for result in here["results"]].count("failed") == 3
    before = TRAFFIC.so_far().came
    assert judged(tmp_path, known.put(known.bucket(), f"some/t.{ending}", data)) == here
    web.files[f"/some/t.{ending}"] = data
    assert judged(tmp_path, f"{web.url}/some/t.{ending}") == here
    # Text comes whole, Parquet by the ranges that are needed.
    assert TRAFFIC.so_far().came - before >= (1 if ending.endswith("parquet") else 2 * len(data))


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "parquet"])
def test_a_glob_a_folder_and_partitions_are_judged_as_those_of_a_disk(tmp_path: Path, known: S3, ending: str) -> None:
    data, bucket = written(tmp_path)[ending], known.bucket()
    for name in (f"day=2026-01-01/a.{ending}", f"day=2026-01-02/b.{ending}", f"day=2026-01-02/.c.{ending}", "_done"):
        body = b"" if name == "_done" else data
        (tmp_path / "parts" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "parts" / name).write_bytes(body)
        known.put(bucket, f"parts/{name}", body)
    known.put(bucket, "parts/day=2026-01-02/", b"")
    known.put(bucket, f"partsother/x.{ending}", b"none of it")
    for path in ("parts", f"parts/**/*.{ending}", f"parts/day=*/[a-b].{ending}"):
        here = judged(tmp_path, path, key=["id"])
        assert (here["rows"], here["results"][-3]["rows_failed"]) == (2 * ROWS, 2 * ROWS)
        assert judged(tmp_path, f"s3://{bucket}/{path}", key=["id"]) == here


@pytest.mark.parametrize(
    "key",
    ["a b.csv", "per%20cent.csv", "h#sh.csv", "q?.csv", "[x].csv", "😀.csv", "quo'te\".csv", "select.csv", "a&b=c.csv"],
)
@pytest.mark.one_in(3)
def test_any_name_of_an_object_can_be_said(shell: Shell, s3: S3, key: str) -> None:
    bucket = s3.bucket()
    for name in (key, "q1.csv", "x.csv"):
        s3.put(bucket, f"odd/{name}", b"id,v\n1,2\n")
    s3.put(bucket, "odd/other/x.csv", b"none")
    ran = shell.idqp("check", "--no-store", "--format", "json", f"s3://{bucket}/odd/{key}", env=s3.env)
    assert (ran.code, ran.json["datasets"][0]["rows"]) == (0, 1), ran.err


def test_parquet_is_read_by_ranges_and_only_the_columns_that_are_needed(shell: Shell, s3: S3) -> None:
    wide = ", ".join(f"hash(i + {number}) AS c{number}" for number in range(40))
    with duckdb.connect() as database:
        path = shell.folder / "wide.parquet"
        database.execute(f"COPY (SELECT i AS id, {wide} FROM range(20000) t(i)) TO '{path}' (FORMAT parquet)")
        data = path.read_bytes()
    there = s3.put(s3.bucket(), "wide.parquet", data)
    shell.rules({"type": "unique", "column": "id"}, {"type": "range", "column": "c7", "min": 0}, path=there)
    with behind(s3.url) as (url, trouble):
        ran = shell.idqp("check", "--no-store", env={**s3.env, "AWS_ENDPOINT_URL": url})
    ranges = [one[2].removeprefix("bytes=").split("-") for one in trouble.seen if one[2]]
    assert ran.code == 0, ran.err
    assert sum(int(end) - int(start) + 1 for start, end in ranges) < len(data) / 5
    assert len(trouble.seen) < 20


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_server_in_trouble_is_asked_again(
    tmp_path: Path, known: S3, web: Files, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    data = written(tmp_path)[ending]
    (tmp_path / f"t.{ending}").write_bytes(data)
    here = judged(tmp_path, f"t.{ending}")
    there = known.put(known.bucket(), f"t.{ending}", data)
    web.files[f"/t.{ending}"] = data
    for faults in (
        ["503", "drop", "429"],
        ["", "cut", "500"],
        ["", "", "cut", "drop"][: 4 if ending == "parquet" else 3],
    ):
        with behind(known.url) as (url, trouble):
            monkeypatch.setenv("AWS_ENDPOINT_URL", url)
            trouble.faults[:] = faults
            assert judged(tmp_path, there) == here
            assert not trouble.faults
        web.trouble.faults[:] = faults
        assert judged(tmp_path, f"{web.url}/t.{ending}") == here
        assert not web.trouble.faults


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_a_server_without_ranges_or_tags_is_asked_once_for_all(tmp_path: Path, web: Files, ending: str) -> None:
    data = written(tmp_path)[ending]
    (tmp_path / f"t.{ending}").write_bytes(data)
    here = judged(tmp_path, f"t.{ending}")
    web.files[f"/t.{ending}"] = data
    for web.ranges, web.tags, web.chunked in ((False, True, False), (True, False, False), (True, True, True)):
        assert judged(tmp_path, f"{web.url}/t.{ending}") == here
    web.trouble.faults[:] = ["", "cut", "503"]
    assert judged(tmp_path, f"{web.url}/t.{ending}") == here


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("number", [2, 3])
def test_a_file_that_changes_while_it_is_read_is_not_checked(
    shell: Shell, s3: S3, web: Files, ending: str, number: int
) -> None:
    data, other = written(shell.folder)[ending], b"id,email\n1,2\n"
    bucket = s3.bucket()
    there = s3.put(bucket, "t", data)
    with behind(s3.url) as (url, trouble):
        trouble.before = lambda _: s3.put(bucket, "t", other) if len(trouble.seen) == number else None  # type: ignore[assignment]
        shell.rules(*RULES, path=there)
        ran = shell.idqp("check", "--no-store", env={**s3.env, "AWS_ENDPOINT_URL": url})
    assert ran.code == 3
    assert f"{there}: the file changed while it was read (ETag " in ran.err
    assert f"{len(data):,} bytes, then ETag" in ran.err
    assert ", 13 bytes" in ran.err
    web.files["/t"] = data
    web.trouble.before = lambda _: web.files.update({"/t": other}) if len(web.trouble.seen) == number else None
    shell.rules(*RULES, path=f"{web.url}/t")
    ran = shell.idqp("check", "--no-store")
    assert (ran.code, "the file changed while it was read (ETag" in ran.err) == (3, True), ran.err


def test_a_login_and_a_signature_are_never_shown(shell: Shell, web: Files) -> None:
    web.files["/t.csv"] = b"id\n1\n1\n"
    web.login = "Basic bWU6czNjcjN0"
    signed = web.url.replace("http://", "http://me:s3cr3t@") + "/t.csv?X-Amz-Signature=abc123&page=7"
    words = ("check", signed, "--format", "json", "--output", "html=r.html", "--output", "junit=r.xml", "-v")
    ran = shell.idqp(*words)
    assert (ran.code, ran.json["datasets"][0]["rows"]) == (0, 2), ran.err
    assert ran.json["datasets"][0]["dataset"] == f"{web.url}/t.csv?…"
    listed = shell.idqp("dataset", "list")
    plan = shell.idqp("check", signed, "--explain")
    gone = shell.idqp("check", signed.replace("t.csv", "u.csv"), "--format", "json")
    assert (gone.code, "no such file" in gone.err) == (3, True)
    suggested = shell.idqp("suggest", signed)
    drawn = shell.idqp("schema", "show", signed)
    texts = [one.out + one.err for one in (ran, listed, plan, gone, suggested, drawn)]
    kept = [path.read_bytes().decode("latin-1") for path in shell.folder.rglob("*") if path.is_file()]
    for text in (*texts, *kept):
        assert not [word for word in ("s3cr3t", "abc123", "X-Amz", "bWU6") if word in text]


@pytest.mark.parametrize(
    "path", ["https://me:pw@host/t.csv", "https://host/t.csv?a=b&sig=abc", "az://c/t.csv?sv=1&sig=abc"]
)
def test_a_rules_file_holds_no_secret(shell: Shell, path: str) -> None:
    drift = {"type": "drift", "column": "id", "method": "psi", "baseline": {"file": path}}
    shell.rules(drift)
    ran = shell.idqp("check", "--no-store")
    assert (ran.code, "file: holds a secret" in ran.err) == (2, True), ran.err
    shell.rules(path=path)
    ran = shell.idqp("check", "--no-store")
    assert (ran.code, "path: holds a secret" in ran.err) == (2, True), ran.err
    shell.rules(path="${{ url }}")
    ran = shell.idqp("check", "--no-store", "--set", f"url={path.replace('host', '127.0.0.1:1')}", "--deadline", "1s")
    assert (ran.code, "abc" in ran.err + ran.out) == (3, False)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("s3://{bucket}/nothing.csv", "no such file"),
        ("s3://{bucket}/nothing/", "contains no file"),
        ("s3://{bucket}/nothing*.csv", "no file matches"),
        ("s3://no-such-bucket-here/x*.csv", "no such bucket"),
        ("s3:///x.csv", "names no bucket"),
        ("ftp://host/x.csv", "ftp:// is no place that idqp reads"),
        ("{web}/nothing.csv", "no such file"),
        ("{web}/page", "is a web page, not data"),
        ("{web}/*.csv", "a web server lists no files"),
        ("{web}/book.xlsx", "is a zip archive"),
        ("{web}/cut.parquet", "the Parquet file is cut off"),
        ("http://[x/x.csv", "is not an address of the web"),
        ("http:///x.csv", "names no host"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_exit_3(shell: Shell, s3: S3, web: Files, path: str, told: str) -> None:
    web.files |= {
        "/page": b"\n<!DOCTYPE html><html>",
        "/book.xlsx": b"PK\x03\x04....",
        "/cut.parquet": b"PAR1" * 5 + b"x",
    }
    ran = shell.idqp("check", "--no-store", path.format(bucket=s3.bucket(), web=web.url), env=s3.env)
    lines = [line for line in ran.err.splitlines() if line.startswith("idqp: error:")]
    assert (ran.code, len(lines), told in lines[0]) == (3, 1, True), ran.err


def test_a_server_that_cannot_be_reached_is_one_line(shell: Shell) -> None:
    hasty = "from idqp_cli.ingest.places import web\nweb.PAUSES = (0.1, 0.2)\n"
    ran = shell.idqp("check", "--no-store", "http://127.0.0.1:1/x.csv", first=hasty)
    lines = [line for line in ran.err.splitlines() if line.startswith("idqp: error:")]
    assert (ran.code, len(lines), "the server cannot be reached" in lines[0]) == (3, 1, True), ran.err


def test_an_empty_file_is_empty_everywhere(shell: Shell, s3: S3, web: Files) -> None:
    there = s3.put(s3.bucket(), "t.csv", b"")
    web.files["/t.csv"] = b""
    told = []
    for path in (str(shell.write("t.csv", b"")), there, f"{web.url}/t.csv"):
        ran = shell.idqp("check", "--no-store", path, env=s3.env)
        told.append((ran.code, ran.err.replace(path, "T").replace("t.csv", "T").splitlines()[-1]))
    assert told[0] == told[1] == told[2]


def test_a_deadline_ends_the_wait_for_a_server(shell: Shell, web: Files) -> None:
    web.trouble.faults[:] = ["503"] * 100
    ran = shell.idqp("check", "--no-store", f"{web.url}/t.csv", "--deadline", "2s")
    assert (ran.code, "not judged within the deadline of 2 s" in ran.err) == (3, True)


def test_rules_refer_to_data_that_is_elsewhere(shell: Shell, s3: S3, web: Files) -> None:
    bucket = s3.bucket()
    known = s3.put(bucket, "customers.csv", b"id\n1\n2\n")
    before = s3.put(bucket, "before.csv", b"id,customer\n" + b"".join(b"%d,1\n" % one for one in range(500)))
    web.files["/orders.csv"] = b"id,customer\n" + b"".join(b"%d,%d\n" % (one, one % 3) for one in range(600))
    rules = [
        {"type": "references", "column": "customer", "dataset": "customers", "to": "id"},
        {"type": "drift", "column": "customer", "method": "psi", "baseline": {"file": before}, "threshold": 0.2},
        {"type": "row_count", "equals": "customers"},
    ]
    datasets = {"orders": {"path": f"{web.url}/orders.csv", "rules": rules}, "customers": {"path": known}}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}))
    ran = shell.idqp("check", "orders", "--format", "json", "--no-store", env=s3.env)
    results = {one["type"]: one for one in ran.json["datasets"][0]["results"]}
    assert (ran.code, results["references"]["rows_failed"]) == (1, 200), ran.err
    assert results["drift"]["status"] == "failed", results["drift"]
    owned = shell.idqp("check", f"{web.url}/orders.csv", "--format", "json", "--no-store", env=s3.env)
    assert owned.json["datasets"][0]["dataset"] == "orders"


@pytest.mark.parametrize("ending", [pytest.param("csv", marks=pytest.mark.thorough), "parquet"])
def test_every_way_of_looking_takes_what_is_elsewhere(shell: Shell, s3: S3, ending: str) -> None:
    there = s3.put(s3.bucket(), f"t.{ending}", written(shell.folder)[ending])
    shell.rules(*RULES, path=there, key=["id"], pii=["email"])
    sampled = shell.idqp("check", "--no-store", "--sample", "100", "--format", "json", env=s3.env)
    assert (sampled.code, sampled.json["datasets"][0]["sample"]["rows"]) == (1, 100), sampled.err
    ran = shell.idqp("check", "--quarantine", "bad", env=s3.env)
    assert (ran.code, len(list((shell.folder / "bad").glob(f"t.{ending}")))) == (1, 1), ran.err
    shown = shell.idqp("schema", "diff", "t", there, env=s3.env)
    assert shown.code == 0, shown.err
    plan = shell.idqp("check", "--explain", env=s3.env)
    assert (plan.code, there in plan.out) == (0, True)
    suggested = shell.idqp("suggest", there, env=s3.env)
    assert (suggested.code, f"path: {there}" in suggested.out) == (0, True), suggested.err + suggested.out
    cached = shell.idqp("check", "--no-store", "--cache", env=s3.env)
    assert cached.code == 1


@pytest.mark.parametrize("option", ["--quarantine", "--good", "--metrics-file", "--output"])
def test_results_are_not_written_to_the_web(shell: Shell, option: str) -> None:
    shell.write("t.csv", "id\n1\n")
    where = "html=https://lake/r.html" if option == "--output" else "https://lake/r"
    ran = shell.idqp("check", "--no-store", "t.csv", option, where)
    assert (ran.code, "are written to" in ran.err) == (2, True), ran.err
    assert {path.name for path in shell.folder.iterdir()} == {"t.csv"}


def test_credentials_come_from_a_profile_and_a_bucket_without_is_public(shell: Shell, s3: S3) -> None:
    there = s3.put(s3.bucket(), "t.csv", b"id\n1\n")
    shell.write("aws", f"[profile team]\nregion = eu-west-1\nendpoint_url = {s3.url}\n")
    shell.write("keys", "[team]\naws_access_key_id = known\naws_secret_access_key = hidden\n")
    env = {
        "AWS_CONFIG_FILE": str(shell.folder / "aws"), "AWS_SHARED_CREDENTIALS_FILE": str(shell.folder / "keys"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    assert shell.idqp("check", "--no-store", there, env={**env, "AWS_PROFILE": "team"}).code == 0
    unknown = shell.idqp("check", "--no-store", there, env={**env, "AWS_PROFILE": "nobody"})
    assert (unknown.code, "the settings of AWS cannot be used" in unknown.err) == (3, True)
    s3.client.put_object_acl(Bucket=there.split("/")[2], Key="t.csv", ACL="public-read")
    assert shell.idqp("check", "--no-store", there, env={**env, "AWS_ENDPOINT_URL": s3.url}).code == 0


def test_a_place_without_its_extra_says_what_to_install(shell: Shell) -> None:
    blocked = (
        "import sys\nsys.modules['obstore'] = None\nsys.modules['urllib3'] = None\nsys.modules['botocore'] = None\n"
    )
    shell.write("blocked/sitecustomize.py", blocked)
    for path, extra in (
        ("s3://b/x.csv", "s3"),
        ("gs://b/x.csv", "gcs"),
        ("az://b/x.csv", "azure"),
        ("https://h/x.csv", "web"),
    ):
        ran = shell.idqp("check", "--no-store", path, env={"PYTHONPATH": str(shell.folder / "blocked")})
        assert (ran.code, f"pip install 'idqp[{extra}]'" in ran.err) == (3, True), ran.err


def test_a_file_here_imports_nothing_of_the_places(shell: Shell) -> None:
    shell.write("t.csv", "id\n1\n")
    program = (
        "import sys, idqp_cli.cli.app as cli\n"
        "sys.argv = ['idqp', 'check', '--no-store', 't.csv']\n"
        "try: cli.main()\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith(('obstore', 'fsspec', 'urllib3', 'botocore', 'idqp_cli.ingest.places.'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=shell.folder, capture_output=True, text=True, check=True)
    loaded = {f"idqp_cli.ingest.places.{name}" for name in ("local", "found", "writing")}
    assert set(eval(done.stdout.splitlines()[-1])) == loaded  # noqa: S307


def test_git_and_backfill_know_that_it_is_elsewhere(shell: Shell, s3: S3) -> None:
    there = s3.put(s3.bucket(), "t.csv", b"id\n1\n")
    shell.rules(path=there)
    ran = shell.idqp("check", "--backfill", there, env=s3.env)
    assert (ran.code, "--backfill takes files of this machine" in ran.err) == (2, True)


def test_records_of_several_places_are_one_dataset(shell: Shell, s3: S3, web: Files) -> None:
    here, there = shell.write("a.csv", "id\n1\n"), s3.put(s3.bucket(), "b.csv", b"id\n2\n")
    web.files["/c.csv"] = b"id\n2\n"
    shell.rules({"type": "unique", "column": "id"}, path="a.csv")
    words = (str(here), there, f"{web.url}/c.csv", there)
    ran = shell.idqp("check", "--dataset", "t", "--no-store", "--format", "json", *words, env=s3.env)
    (report,) = ran.json["datasets"]
    assert (ran.code, report["rows"]) == (1, 3), ran.err
    named = {sample["file"] for result in report["results"] for sample in result["samples"]}
    assert named == {there, f"{web.url}/c.csv"}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_check_with_limits_reads_what_is_elsewhere_in_its_own_process(
    shell: Shell, s3: S3, web: Files, ending: str
) -> None:
    data = written(shell.folder)[ending]
    web.files[f"/t.{ending}"] = data
    for path in (s3.put(s3.bucket(), f"t.{ending}", data), f"{web.url}/t.{ending}"):
        shell.rules(*RULES, path=path)
        words = ("check", "--no-store", "--format", "json", "--deadline", "40s", "--memory-limit", "2GB")
        ran = shell.idqp(*words, env=s3.env)
        assert (ran.code, ran.json["datasets"][0]["rows"]) == (1, ROWS), ran.err


@pytest.mark.parametrize("limit", [("--deadline", "3s"), ("--memory-limit", "500MB")])
def test_a_rule_that_takes_too_much_of_what_is_elsewhere_is_stopped(
    shell: Shell, s3: S3, web: Files, limit: tuple[str, str]
) -> None:
    web.files["/t.csv"] = data = b"id,a\n" + b"".join(b"%d,%d\n" % (one, one % 7) for one in range(1000))
    heavy = "length(repeat('x', id * 10000000)) + len(list_zip(range(50000000 + a), range(50000000 + a))) > 0"
    for path in (s3.put(s3.bucket(), "t.csv", data), f"{web.url}/t.csv"):
        shell.rules({"type": "expression", "expression": heavy}, path=path)
        began = time.monotonic()
        ran = shell.idqp("check", "--no-store", "--quiet", *limit, env=s3.env)
        assert (ran.code, ran.err.count("\n")) == (3, 1), ran.err
        assert "deadline of 3 s" in ran.err or "memory" in ran.err
        assert time.monotonic() - began < 15


def test_a_listing_whose_tags_have_no_quotes_is_of_the_same_objects(
    tmp_path: Path, known: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As Azure lists them.
    bucket = known.bucket()
    for ending in ("csv", "parquet"):
        known.put(bucket, f"t/a.{ending}", written(tmp_path)[ending])
    with behind(known.url) as (url, trouble):
        trouble.after = lambda body: body.replace(b"&quot;", b"") if body.startswith(b"<?xml") else body
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        for ending in ("csv", "parquet"):
            assert judged(tmp_path, f"s3://{bucket}/t/*.{ending}")["rows"] == ROWS


def test_containers_and_buckets_of_other_clouds_are_opened_by_their_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever lists their objects needs an account; this is how far it goes without.
    monkeypatch.setenv(
        "AZURE_STORAGE_CONNECTION_STRING", "AccountName=one;AccountKey=aGVsbG8=;BlobEndpoint=http://127.0.0.1:1/one"
    )
    assert copy(azure.place("az://data", within(1))) is not None
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING")
    assert azure.place("abfss://data@one.dfs.core.windows.net", None) is not None
    monkeypatch.setenv("GOOGLE_SKIP_SIGNATURE", "true")
    assert copy(gcs.place("gs://data", None)) is not None
    with pytest.raises(UnreadableError, match="whose container"):
        azure.place("az://data", None)


def test_every_page_of_a_file_that_is_elsewhere_is_verified_where_it_is_asked_for(shell: Shell, s3: S3) -> None:
    data = written(shell.folder)["parquet"]
    there = s3.put(s3.bucket(), "t.parquet", data)
    here = str(shell.write("t.parquet", data))
    told = []
    for path in (here, there):
        shell.rules(*RULES, path=path)
        ran = shell.idqp("check", "--no-store", "--verify", env=s3.env)
        told.append((ran.code, ran.err.replace(path, "T").replace("t.parquet", "T")))
    assert told[0] == told[1]
    assert told[0][0] == 1
