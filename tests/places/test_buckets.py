"""How a bucket is asked for, and results that are written to one."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from conftest import Shell, checked
from idqp_cli.core.errors import RulesError
from idqp_cli.project import project as config
from remote_servers import CREDENTIALS, S3

ROWS = b"id,v\n1,2\n1,3\n3,\n"
UNIQUE: dict[str, object] = {"type": "unique", "column": "id"}


@pytest.fixture
def known(s3: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """Return the S3 server, of which idqp in this process knows the credentials, and not where it is."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    return s3


def test_the_rules_file_says_where_a_bucket_is(tmp_path: Path, known: S3) -> None:
    bucket = known.bucket()
    there = known.put(bucket, "t.csv", ROWS)
    known.client.put_object_acl(Bucket=bucket, Key="t.csv", ACL="public-read")
    for more in ({"region": "eu-west-1"}, {"region": "auto", "virtual_hosted": False}, {"anonymous": True}):
        report = checked(tmp_path, [UNIQUE], path=there, read={"endpoint": known.url, **more}).datasets[0]
        assert (report.rows, report.status) == (3, "failed"), report.message


def test_a_table_of_iceberg_in_a_bucket_is_found_by_its_folder(tmp_path: Path, known: S3) -> None:
    bucket = known.bucket()
    properties = {"s3.endpoint": known.url, "s3.access-key-id": "known", "s3.secret-access-key": "hidden"}
    catalog = SqlCatalog("c", uri=f"sqlite:///{tmp_path}/c.db", warehouse=f"s3://{bucket}", **properties)
    catalog.create_namespace("n")
    rows = pa.table({"id": pa.array([1, 2, 2], pa.int64())})
    table = catalog.create_table("n.t", rows.schema, location=f"s3://{bucket}/t")
    table.append(rows)
    table.append(rows)
    for path in (f"s3://{bucket}/t", f"iceberg+s3://{bucket}/t/"):
        report = checked(tmp_path, [UNIQUE], path=path, read={"endpoint": known.url}).datasets[0]
        assert (report.rows, report.message) == (6, None)


@pytest.mark.parametrize("endpoint", ["localhost:9000", "https://me:secret@host", "https://host/?key=1", "ftp://host"])
def test_an_endpoint_is_an_address_without_a_secret(tmp_path: Path, endpoint: str) -> None:
    text = {"version": 1, "datasets": {"t": {"path": "s3://b/k", "read": {"endpoint": endpoint}}}}
    (tmp_path / "rules.yaml").write_text(json.dumps(text))
    with pytest.raises(RulesError, match="endpoint: must be like https://HOST:PORT"):
        config.load(str(tmp_path / "rules.yaml"), {})


def test_results_are_written_to_a_bucket_and_over_nothing_else(shell: Shell, s3: S3) -> None:
    bucket = s3.bucket()
    shell.write("t.csv", ROWS)
    shell.rules(UNIQUE)
    out = f"s3://{bucket}/out"
    words = (
        "check",
        "--no-store",
        "--quarantine",
        f"{out}/bad",
        "--good",
        f"{out}/good/",
        "--output",
        f"html={out}/r.html",
    )

    def there(key: str) -> str:
        return str(s3.client.get_object(Bucket=bucket, Key=key)["Body"].read().decode())

    for _ in range(2):
        ran = shell.idqp(*words, env=s3.env)
        assert (ran.code, f"wrote 2 rows to {out}/bad/t.csv" in ran.err) == (1, True), ran.err
        assert there("out/bad/t.csv").splitlines()[1].startswith("1,2")
        assert there("out/good/t.csv").splitlines() == ["id,v", "3,"]
        assert there("out/r.html").startswith("<!DOCTYPE html>")
    for key, told in (
        ("out/bad/t.csv", "is there, and idqp did not write it"),
        ("out/r.html", "the html report cannot be written"),
    ):
        s3.put(bucket, key, b"mine")
        ran = shell.idqp(*words, env=s3.env)
        assert (ran.code, told in ran.err, there(key)) == (4, True, "mine"), ran.err
        s3.client.delete_object(Bucket=bucket, Key=key)
    nowhere = shell.idqp("check", "--no-store", "--output", "json=s3://no-such-bucket/r.json", env=s3.env)
    assert (nowhere.code, "no such bucket" in nowhere.err) == (4, True), nowhere.err
    s3.put(bucket, "data/a.csv", ROWS)
    shell.rules(UNIQUE, path=f"s3://{bucket}/data/")
    inside = shell.idqp("check", "--no-store", "--quarantine", f"s3://{bucket}/data", env=s3.env)
    assert (inside.code, "would become part of checked data" in inside.err) == (2, True), inside.err
    for one, told in (
        ("https://example.com/x", "results are written to"),
        ("--metrics", "metrics are written to a file"),
    ):
        options = ("--good", one) if one.startswith("http") else ("--metrics-file", f"s3://{bucket}/m.prom")
        ran = shell.idqp("check", "--no-store", *options, env=s3.env)
        assert (ran.code, told in ran.err) == (2, True), ran.err


def test_doctor_says_which_credentials_there_are_and_never_what_they_are(shell: Shell) -> None:
    secrets = {
        "AWS_ACCESS_KEY_ID": "AKIAHIDDEN", "AWS_SECRET_ACCESS_KEY": "hidden1", "AZURE_STORAGE_SAS_TOKEN": "hidden2",
        "PGPASSWORD": "hidden3", "MYSQL_PWD": "hidden4", "GOOGLE_SERVICE_ACCOUNT_KEY": "hidden5", "HTTPS_PROXY": "http://u:hidden6@p",
    }  # fmt: skip
    ran = shell.idqp("doctor", "--format", "json", env=secrets)
    rows = {row["what"]: (row["value"], row["source"]) for row in json.loads(ran.out)}
    assert rows["place s3"] == ("access key", "AWS_ACCESS_KEY_ID")
    assert rows["place azure"] == ("shared access signature", "AZURE_STORAGE_SAS_TOKEN")
    assert rows["place gcs"] == ("service account key", "GOOGLE_SERVICE_ACCOUNT_KEY")
    assert rows["place postgres"] == ("password", "PGPASSWORD")
    assert rows["place web"] == ("proxy", "HTTPS_PROXY")
    assert rows["place delta"][0] == "those of the object store"
    assert not any(value in ran.out + ran.err for value in secrets.values())
