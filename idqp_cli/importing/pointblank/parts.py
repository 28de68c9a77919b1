"""Which rows of a table a step of Pointblank is about: those that `pre` leaves, and the segments among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from idqp_cli.core import sql
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, row_sql
from idqp_cli.importing.pointblank.levels import Given
from idqp_cli.importing.values import Keys, NoEquivalentError

# The keys of a step: the condition that its `pre` is in SQL, and its segments, each a column with values.
FILTER, SEGMENTS = "rows for which", "segments by"
OF_COLUMNS = frozenset({"col_exists", "col_schema_match", "col_count_match"})


def of(kind: str, given: Given) -> Iterator[Keys]:
    """Yield the keys of the rules for each of the parts of a table that a step is about.

    Raises:
        NoEquivalentError: a part of it is code that is not understood.

    """
    for key in ("pre", "preconditions"):
        if key in given:
            raise NoEquivalentError(f"{key} is code, which is not run")
    if kind in OF_COLUMNS and (FILTER in given or SEGMENTS in given or "segments" in given):
        raise NoEquivalentError("a rule about columns is of all rows")
    where = look.text(given[FILTER], "pre") if FILTER in given else None
    segments: list[Mapping[str, Node]] = [look.mapping(one, "segments") for one in look.items(given.get(SEGMENTS), "")]
    segments += [{look.text(one, "segments"): one} for one in look.items(given.get("segments"), "segments")]
    if not segments:
        yield {} if where is None else {"where": where}
    for segment in segments:
        for column, node in segment.items():
            among = None if node.value == column else row_sql.listed(column, look.values(node, "segments"))
            rows = sql.both(where, among) if where is not None and among is not None else where or among
            yield {"segment_by": column} if rows is None else {"segment_by": column, "where": rows}
