"""Objects of an S3 server that a cluster reads as s3a://, as DuckDB reads them as s3://."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Shell
from remote_servers import CREDENTIALS, S3, s3
from spark_server import VENV, served

__all__ = ["s3"]

# Hadoop's file system for S3, in a package of PyPI that is made for something else.
PACKAGE = "lib/python3*/site-packages/bodo_iceberg_connector/jars/libs"
JARS = (
    "hadoop-aws",
    "aws-java-sdk",
    "ion-java",
    "jmespath",
    "joda-time",
    "wildfly-openssl",
    "httpclient-4",
    "httpcore-4",
)
# It is older than Spark's Hadoop, and does not read units of times.
TIMES = {
    "threads.keepalivetime": "60",
    "connection.establish.timeout": "30000",
    "connection.timeout": "200000",
    "connection.request.timeout": "0",
    "multipart.purge.age": "86400",
}
PARTS = {"orders/a.parquet": [1, 2, 2], "orders/x/b.parquet": [4, 5], "days/day=1/a.parquet": [1, 2, 3, 3]}
RULES: list[dict[str, Any]] = [{"type": "unique", "column": "id"}, {"type": "range", "column": "id", "max": 3}]

pytestmark = pytest.mark.skipif(VENV not in os.environ, reason="it starts Spark with jars of its own: make spark")


@pytest.fixture(scope="module")
def spark(s3: S3) -> Iterator[str]:
    """Return the address of a server that reads from the S3 server."""
    venv = Path(os.environ[VENV])
    jars = sorted(str(jar) for jar in venv.glob(f"{PACKAGE}/*.jar") if jar.name.startswith(JARS))
    of_s3 = {
        "impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "endpoint": s3.url,
        "path.style.access": "true",
        "aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "access.key": CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "secret.key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        **TIMES,
    }
    settings = {f"spark.hadoop.fs.s3a.{name}": value for name, value in of_s3.items()}
    with served(venv, "local[2]", **{"spark.jars": ",".join(jars)}, **settings) as found:
        yield found.address


@pytest.fixture(scope="module")
def bucket(s3: S3) -> str:
    """Return a bucket with some files of Parquet."""
    made = s3.bucket()
    for name, ids in PARTS.items():
        body = io.BytesIO()
        pq.write_table(pa.table({"id": pa.array(ids, pa.int64())}), body)
        s3.put(made, name, body.getvalue())
    s3.put(made, "lines/a.jsonl", b'{"id": 1}\n{"id": 7}\n')
    s3.put(made, "lake/t/_delta_log/00000000000000000000.json", b"{}\n")
    s3.put(made, "lake/t/a.parquet", body.getvalue())
    return made


@pytest.mark.parametrize(
    "path", ["orders/a.parquet", "orders/", "orders/*.parquet", "orders/x/*", "days/", "lines/a.jsonl", "lines/*.jsonl"]
)
def test_an_object_is_judged_as_on_duckdb(shell: Shell, s3: S3, spark: str, bucket: str, path: str) -> None:
    found = []
    for scheme, engine in (("s3", "duckdb"), ("s3a", spark)):
        shell.rules(*RULES, path=f"{scheme}://{bucket}/{path}", key=["id"])
        ran = shell.idqp("check", "--no-store", "--format", "json", "--engine", engine, env=s3.env)
        assert ran.code == 1, ran.err
        (dataset,) = ran.json["datasets"]
        rules = [one for one in dataset["results"] if one["type"] in {"unique", "range"}]
        found.append(
            [dataset["rows"]]
            + [(one["status"], one["rows_failed"], sorted(row["key"]["id"] for row in one["samples"])) for one in rules]
        )
    assert found[1] == found[0]


@pytest.mark.parametrize("path", ["{bucket}/nothing/", "{bucket}/orders/nothing.parquet", "no-such-bucket/orders/"])
def test_what_is_not_there_is_one_line(shell: Shell, spark: str, bucket: str, path: str) -> None:
    shell.rules(*RULES, path=f"s3a://{path.format(bucket=bucket)}")
    ran = shell.idqp("check", "--no-store", "--engine", spark)
    assert (ran.code, ran.err.count("\n"), "Traceback" in ran.err) == (3, 1, False), ran.err


def test_a_folder_around_a_table_is_refused(shell: Shell, spark: str, bucket: str) -> None:
    shell.rules(*RULES, path=f"s3a://{bucket}/lake/")
    ran = shell.idqp("check", "--no-store", "--engine", spark)
    told = f"s3a://{bucket}/lake/t: is a table of Delta; check it alone, and not its files"
    assert (ran.code, told in ran.err) == (3, True), ran.err
