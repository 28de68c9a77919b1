"""Which files a stranger may send to be checked: what they are called, and what they are; pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePath

from idqp_cli.core.text import clean
from idqp_cli.server.problems import Problem

# What a file is called here is what it is called on the disk and in the report, so that no path, option, pattern or
# markup is a name.
NAME = re.compile(r"\w[\w .()+,=@-]{0,99}")
LONGEST = 200  # bytes
ANY = "application/octet-stream"
_TEXT = frozenset(
    {"text/csv", "text/plain", "text/tab-separated-values", "application/csv", "application/vnd.ms-excel"}
)
_LINES = frozenset({
    "application/json", "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
    "text/plain",
})  # fmt: skip
_PARQUET = frozenset({"application/vnd.apache.parquet", "application/x-parquet"})
_PACKED = {
    ".gz": frozenset({"application/gzip", "application/x-gzip"}),
    ".zst": frozenset({"application/zstd", "application/x-zstd"}),
}
_PLAIN = {
    ".csv": _TEXT, ".tsv": _TEXT, ".txt": _TEXT, ".json": _LINES, ".jsonl": _LINES, ".ndjson": _LINES,
    ".parquet": _PARQUET,
}  # fmt: skip
TAKEN = "a file is .csv, .tsv, .txt, .json, .jsonl or .ndjson, each also as .gz or .zst, or .parquet"


def called(given: str, others: Collection[str]) -> str:
    """Return the name of a file that was sent.

    Raises:
        Problem: it is none that a file may have here, or another file has it.

    """
    if NAME.fullmatch(given) is None or len(given.encode()) > LONGEST or given.endswith((" ", ".")):
        raise Problem(
            "invalid", f"'{clean(given, 60)}': the name of a file takes letters, digits, spaces and _.-()+,=@"
        )
    if given in others:
        raise Problem("invalid", f"two files are called '{clean(given, 60)}'")
    if _kinds(given) is None:
        raise Problem("unsupported-media-type", f"{clean(given, 60)}: {TAKEN}")
    return given


def refuse_other(name: str, content_type: str) -> None:
    """Refuse a file whose content type is not one of its ending.

    Raises:
        Problem: it is not.

    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind and kind != ANY and kind not in (_kinds(name) or ()):
        raise Problem("unsupported-media-type", f"{clean(name, 60)}: is not {clean(kind, 60)}; {TAKEN}")


def _kinds(name: str) -> frozenset[str] | None:
    """Return the content types of a file's ending, None if no such file is taken."""
    *_, before, last = ("", "", *(one.lower() for one in PurePath(name).suffixes))
    if last in _PACKED:
        return _PACKED[last] if before in _PLAIN and before != ".parquet" else None
    return _PLAIN.get(last)
