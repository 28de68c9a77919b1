"""Which keys of `read` apply to which format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import ReadOptions
from idqp_cli.ingest.files import Format, Source

OF_TEXT = ("delimiter", "quote", "escape", "comment", "max_line", "header", "skip")
# The keys that a format has no use for; `missing_values` and `types` apply to every format.
OTHERS: Mapping[Format, tuple[str, ...]] = {
    Format.TEXT: (),
    Format.JSON: (*OF_TEXT,),
    Format.PARQUET: (*OF_TEXT, "encoding", "notation"),
    Format.MESSAGES: (*OF_TEXT, "encoding", "notation"),
}
NAMES: Mapping[Format, str] = {
    Format.TEXT: "CSV", Format.JSON: "JSON", Format.PARQUET: "Parquet", Format.MESSAGES: "a message with a schema",
}  # fmt: skip


def fitting(options: ReadOptions, source: Source) -> ReadOptions:
    """Return the options without those that do not apply to the format of `source`."""
    nothing: dict[str, Any] = {key: getattr(ReadOptions(), key) for key in OTHERS[source.format]}
    return replace(options, **nothing)


def refuse_unfitting(options: ReadOptions, source: Source) -> None:
    """Refuse options that do not apply to the format of `source`.

    Raises:
        UnreadableError: there is one; the text names its key.

    """
    for key in OTHERS[source.format]:
        if getattr(options, key) != getattr(ReadOptions(), key):
            name, said = NAMES[source.format], "decimal and the like" if key == "notation" else key
            raise UnreadableError(f"{source.shown}: is {name}, and read.{said} does not apply to {name}; leave it out")
