"""Files that are cut while a check reads them: exit code 3, whatever the format; no crash, and no verdict."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = 400_000


def content(form: str) -> bytes:
    match form:
        case "csv":
            return b"id,t\n" + b"".join(b"%d,%032d\n" % (one, one) for one in range(ROWS))
        case "json":
            return json.dumps([{"id": one, "t": "x" * 32} for one in range(ROWS // 4)], indent=1).encode()
        case "jsonl.gz":
            return gzip.compress(b"".join(b'{"id": %d, "t": "%032d"}\n' % (one, one) for one in range(ROWS)), 1)
        case _:
            sink = pa.BufferOutputStream()
            table = pa.table({"id": range(ROWS), "t": [f"{one:032}" for one in range(ROWS)]})
            pq.write_table(table, sink, row_group_size=10_000)
            return bytes(sink.getvalue())


def opened(process: int, path: Path) -> bool:
    """Tell whether a process has the file open."""
    try:
        links = [os.readlink(f"/proc/{process}/fd/{one}") for one in os.listdir(f"/proc/{process}/fd")]
    except OSError:
        return False
    return str(path) in links


@pytest.mark.skipif(sys.platform != "linux", reason="open files are looked up in /proc")
@pytest.mark.parametrize("form", [pytest.param("csv", marks=pytest.mark.thorough), "json", "jsonl.gz", "parquet"])
def test_a_file_that_is_cut_while_it_is_read_is_an_error(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"t.{form}"
    for _ in range(5):
        path.write_bytes(content(form))
        ran = subprocess.Popen(
            [sys.executable, "-m", "idqp_cli", "check", path.name, "--no-store", "--format", "json"],
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        while ran.poll() is None and not opened(ran.pid, path):
            time.sleep(0.001)
        os.truncate(path, path.stat().st_size // 3)
        out, err = ran.communicate(timeout=120)
        if ran.returncode:
            break
        # The file was cut after its last byte had been read.
        assert json.loads(out)["datasets"][0]["rows"] == (ROWS // 4 if form == "json" else ROWS)
    assert ran.returncode == 3, (out[-500:], err)
    assert b"bug" not in err
    assert err.count(b"\n") >= 1
