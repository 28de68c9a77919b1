"""One file judged by idqp and by independent readers: a silent pass of what they read otherwise is wrong.

Run as a program it judges many, so that a crash is not the test's: `judging.py FOLDER` takes a JSON list of [name, options] on
stdin, and prints a JSON object for each at once.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from conftest import rules_text
from hostile.mutants import CELLS, NAMES
from idqp_cli.core import sql
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import IdqpError
from idqp_cli.core.model import Report, RunStatus, Severity
from idqp_cli.core.reading import ReadOptions
from idqp_cli.engine.measure import confirmed
from idqp_cli.ingest import relation as ingest
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.places.local import find
from idqp_cli.ingest.resources import Resources
from idqp_cli.pipeline import run as pipeline
from idqp_cli.pipeline import targets
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project as config
from read_back import read

Table = tuple[list[str], list[list[object]]]
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe\0\0": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
EVERY_CELL = "length(concat_ws('', id, name, amount, day, note)) > 0"
ONE_THREAD = Resources(threads=1)
# A text's cells, or the fact that the reader refuses the file.
REFUSED = (
    ValueError,
    KeyError,
    EOFError,
    OSError,
    csv.Error,
    zstandard.ZstdError,
    pa.ArrowException,
    MemoryError,
)


def judged(folder: Path, name: str, options: Mapping[str, Any]) -> dict[str, object]:
    """Return what idqp came to, and what is wrong with that, if anything is."""
    began = time.monotonic()
    try:
        report = reported(folder, name, options)
        outcome, said = str(report.status), [report.datasets[0].message or ""]
        said += [one.verdict.message or "" for one in report.datasets[0].results]
        wrong = None
        if any("\n" in one or "\r" in one or "\x1b" in one for one in said):
            wrong = f"a message of several lines: {said!r}"
        if report.status is RunStatus.PASSED:
            wrong = wrong or difference(folder, name, report)
    except IdqpError as error:
        outcome, wrong = f"exit {int(error.exit_code)}", "a line break" if "\n" in str(error) else None
    except Exception:  # noqa: BLE001 - what a person would be told is a bug
        outcome, wrong = "exit 70", traceback.format_exc(limit=-3)
    return {"outcome": outcome, "wrong": wrong, "seconds": time.monotonic() - began}


def reported(folder: Path, name: str, options: Mapping[str, Any]) -> Report:
    """Check one file, with the pages of Parquet files verified."""
    # DuckDB decodes no column of a Parquet file that no rule looks at.
    rules = [{"type": "expression", "expression": EVERY_CELL}] if name.endswith(".parquet") else []
    (folder / "rules.yaml").write_text(rules_text(rules, name, **options), encoding="utf-8")
    project = config.load(str(folder / "rules.yaml"), {})
    request = Request(project, targets.choose(project, Choice()), Severity.WARNING, "tester", resources=ONE_THREAD)
    return pipeline.run(replace(request, verify=True), Memory(None), lambda _: None).report


def difference(folder: Path, name: str, report: Report) -> str | None:
    """Say how a file that passed is not what an independent reader has; None if it is."""
    try:
        names, rows = independent(folder / name)
    except RecursionError:
        # Deeper than Python reads: the cell is the text as it stands.
        return None
    except REFUSED as error:
        # DuckDB reads on where a header that it does not need is damaged: right is what was written.
        if name.endswith(".parquet") and parquet_cells(folder, name) == (list(NAMES), [list(row) for row in CELLS]):
            return None
        return f"passed, and another reader refuses it: {type(error).__name__}: {str(error)[:200]}"
    if report.datasets[0].rows != len(rows):
        return f"passed with {report.datasets[0].rows} rows, and another reader has {len(rows)}"
    own_names, own = parquet_cells(folder, name) if name.endswith(".parquet") else text_cells(folder, name)
    if not rows and not own:
        return None
    if own_names != names:
        return f"passed with the columns {own_names}, and another reader has {names}"
    for number, (one, other) in enumerate(zip(own, rows, strict=True), 1):
        if not all(alike(*pair) for pair in zip(one, other, strict=True)):
            return f"passed, and in row {number} has {one}, where another reader has {other}"
    return None


def alike(own: object, other: object) -> bool:
    """Tell whether two cells are the same; of JSON, as JSON, and nothing is an empty text.

    A text is the same as its bytes: a reader that does not know the newer mark of a column may heed the older one.
    """
    if own == other or (own in {None, ""} and other in {None, ""}):
        return True
    if isinstance(own, str) and isinstance(other, bytes):
        return own.encode() == other
    if isinstance(own, float) and isinstance(other, float):
        return math.isnan(own) and math.isnan(other)
    if isinstance(own, str) and not isinstance(other, str):
        try:
            return bool(json.loads(own) == other)
        except ValueError:
            return False
    return False


def independent(path: Path) -> Table:
    """Read a file by readers that idqp does not use.

    Raises:
        REFUSED: the reader refuses the file.

    """
    content = path.read_bytes()
    if path.suffix == ".parquet":
        table = pq.read_table(io.BytesIO(content), page_checksum_verification=True)
        table.validate(full=True)
        return table.column_names, [list(row.values()) for row in table.to_pylist()]
    if path.suffix == ".gz" and content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    elif path.suffix == ".zst" and content[:1] not in {b"i", b"{"}:
        content = unzstd(content)
    return json_table(content) if ".jsonl" in path.name else csv_table(content)


def unzstd(content: bytes) -> bytes:
    """Decompress all frames, to their ends."""
    whole, left = b"", content
    while left:
        frame = zstandard.ZstdDecompressor().decompressobj()
        whole += frame.decompress(left)
        if not frame.eof:
            raise EOFError("the frame is cut off")
        left = frame.unused_data
    return whole


def csv_table(content: bytes) -> Table:
    """Read CSV by Python's own reader, strictly; a column without a name is called by its number."""
    if content.lstrip().startswith(b"{"):
        return json_table(content)
    text = content.decode(next((name for mark, name in MARKS.items() if content.startswith(mark)), "utf-8"))
    if "\0" in text:
        raise ValueError("a NUL")
    names, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    if any(len(row) != len(names) for row in rows):
        raise ValueError("rows of several lengths")
    called = [name.strip() or f"column{number}" for number, name in enumerate(names)]
    return called, [list[object](row) for row in rows]


def json_table(content: bytes) -> Table:
    """Read objects one after another by Python's own reader; a key that stands twice is an error."""
    text, at = content.decode(next((name for mark, name in MARKS.items() if content.startswith(mark)), "utf-8")), 0
    reader = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
    objects = []
    while at < len(text.rstrip()):
        one, at = reader.raw_decode(text, at + len(text[at:]) - len(text[at:].lstrip()))
        objects.append(one)
    if not all(isinstance(one, dict) for one in objects):
        raise ValueError("a line that is no object")
    names = list(dict.fromkeys(key for one in objects for key in one))
    return names, [[one.get(name) for name in names] for one in objects]


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no JSON")


def text_cells(folder: Path, name: str) -> Table:
    """Return the cells as idqp has them, as texts."""
    found = read(folder, name, ReadOptions())
    return list(found.names), [list[object](row) for row in found.rows]


def parquet_cells(folder: Path, name: str) -> Table:
    """Return the cells as idqp has them, as values."""
    source = find([name], folder)
    with connect([file.path for file in source.files], ONE_THREAD) as database:
        ingested = confirmed(database, ingest.ingest(database, Dataset("t", name), source, {}, {}))
        columns = ingested.relation.columns
        names = ", ".join(sql.identifier(column.name) for column in columns)
        rows = database.fetch(f"SELECT {names} FROM {ingested.relation.rescan}")
        return [column.name for column in columns], [list(row) for row in rows]


def main(folder: str) -> None:
    """Judge what stdin names."""
    sys.set_int_max_str_digits(0)
    sys.setrecursionlimit(50_000)
    for name, options in json.load(sys.stdin):
        sys.stdout.write(json.dumps(judged(Path(folder), name, options)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
