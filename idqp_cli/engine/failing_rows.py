"""The rows and cells that show why a rule failed: fetched, located, masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Cause, Column, RuleKey, Sample, Scalar
from idqp_cli.core.relation import Note, Rejected, Relation, RowPlace
from idqp_cli.core.text import count, mask
from idqp_cli.core.topics import MessagePlaces
from idqp_cli.engine import plan, row_fetch
from idqp_cli.engine.row_fetch import FailingRow
from idqp_cli.ingest import relation
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.relation import Ingested
from idqp_cli.rules.columns import resolve
from idqp_cli.rules.literals import INTEGERS
from idqp_cli.rules.needs import Marked, Need, Select, Spelled

EXACT_INTEGER = 1 << 53


@frozen
class Failed:
    """A rule that failed, for a segment or for all rows: what it needed, and the columns that show why."""

    place: RuleKey
    need: Need
    columns: tuple[Column, ...]


@frozen
class Unparsed:
    """What did not parse: the columns with bad cells, and the lines that are no rows.

    Cells with one of the texts `besides` are of no interest.
    """

    columns: tuple[Column, ...]
    rejects: tuple[Rejected, ...]
    besides: tuple[str, ...] = ()


@frozen
class _Found:
    """Failing rows by rule and bad cells by column, with the lines on which they stand.

    `unit` is what the lines are: those of a text file, or the rows of a file without lines.
    """

    rows: Mapping[RuleKey, tuple[FailingRow, ...]]
    cells: Mapping[str, tuple[FailingRow, ...]]
    lines: Mapping[RowPlace, int]
    reject_lines: Mapping[Rejected, int]
    unit: str


def samples(
    database: Database,
    dataset: Dataset,
    ingested: Ingested,
    failures: Sequence[Failed],
    unparsed: Unparsed,
    rows: int,
    others: Mapping[str, Relation],
) -> tuple[dict[RuleKey, tuple[Sample, ...]], tuple[Sample, ...]]:
    """Return the first failing rows of each failed rule and segment, and what first did not parse.

    `rows` is the number of rows in the dataset. Rows that are messages have their places in the topic.
    """
    by_place, parse = _samples(database, dataset, ingested, failures, unparsed, rows, others)
    messages = ingested.source.messages
    if messages is None:
        return by_place, parse
    return {place: _messages(found, messages) for place, found in by_place.items()}, _messages(parse, messages)


def _messages(found: Sequence[Sample], places: MessagePlaces) -> tuple[Sample, ...]:
    told = []
    for one in found:
        if one.line is None:
            told.append(one)
        else:
            partition, offset = places.of(one.line)
            told.append(replace(one, line=offset, unit="offset", partition=partition))
    return tuple(told)


def _samples(
    database: Database,
    dataset: Dataset,
    ingested: Ingested,
    failures: Sequence[Failed],
    unparsed: Unparsed,
    rows: int,
    others: Mapping[str, Relation],
) -> tuple[dict[RuleKey, tuple[Sample, ...]], tuple[Sample, ...]]:
    columns, limit = ingested.relation.columns, dataset.samples
    if not columns:
        return {}, _lines_alone(ingested, unparsed.rejects, limit)
    key = resolve(dataset.key, columns)
    shown = {one.place: (*key, *(column for column in one.columns if column not in key)) for one in failures}
    needs = {one.place: (one.need, shown[one.place]) for one in failures}
    found_rows = row_fetch.failing_rows(database, ingested.relation, needs, others, limit)
    cells = row_fetch.malformed_cells(database, ingested.relation, unparsed.columns, limit, unparsed.besides)
    places = {row.place for listed in (*found_rows.values(), *cells.values()) for row in listed}
    single = len(ingested.source.files) == 1
    # The rejected lines push the others down, so they are needed also where none is shown.
    rejects = unparsed.rejects if limit else ()
    located = relation.locate(ingested, {0: rows} if single else {}, places, rejects)
    found = _Found(found_rows, cells, *located, "line" if ingested.parsed else "row")
    files = [None if single else file.shown for file in ingested.source.files]
    masked = {column.name for column in resolve(dataset.pii, columns)}
    by_place = {
        place: tuple(_row_sample(row, shown[place], len(key), found, files, masked) for row in listed)
        for place, listed in found.rows.items()
    }
    for one in failures:
        if isinstance(one.need, Marked) and one.place in by_place:
            rows_shown = zip(by_place[one.place], found.rows[one.place], strict=True)
            by_place[one.place] = tuple(
                replace(sample, causes=_causes(one.need, row.place, masked)) for sample, row in rows_shown
            )
        if isinstance(one.need, Spelled) and one.place in by_place:
            by_place[one.place] = tuple(
                replace(sample, causes=_spelled(one.need, row, shown[one.place], masked))
                for sample, row in zip(by_place[one.place], found.rows[one.place], strict=True)
            )
        if isinstance(one.need, Select) and limit and not one.need.number:
            returned = row_fetch.returned_rows(database, ingested.relation, one.need, others, limit)
            hidden = bool(masked) or one.need.masked
            by_place[one.place] = tuple(_returned_sample(row, hidden=hidden) for row in returned)
    noted = _noted(ingested.notes if limit else (), files)
    return by_place, _parse_samples(columns, found, rejects, files, masked, limit, noted)


def _causes(need: Marked, place: RowPlace, masked: set[str]) -> tuple[Cause, ...]:
    known = need.causes.get(place.file * plan.FILE_STEP + place.row, ())
    return _hiding(known, masked)


def _spelled(need: Spelled, row: FailingRow, shown: Sequence[Column], masked: set[str]) -> tuple[Cause, ...]:
    """Return the text to use instead of the one that is a variant of it."""
    text = row.cells[[one.name for one in shown].index(need.of)]
    return () if text is None else _hiding((Cause(need.of, need.usual[text]),), masked)


def _hiding(causes: tuple[Cause, ...], masked: set[str]) -> tuple[Cause, ...]:
    return tuple(replace(one, usual="(hidden)") if one.column in masked else one for one in causes)


def _row_sample(
    row: FailingRow,
    columns: Sequence[Column],
    keys: int,
    found: _Found,
    files: Sequence[str | None],
    masked: set[str],
) -> Sample:
    cells = {
        column.name: _masked(cell) if column.name in masked else _typed(cell, column)
        for column, cell in zip(columns, row.cells, strict=True)
    }
    names = list(cells)
    return Sample(
        line=found.lines.get(row.place),
        key={name: cells[name] for name in names[:keys]},
        values={name: cells[name] for name in names[keys:]} or dict(cells),
        file=files[row.place.file],
        causes=_hiding(row.causes, masked),
        unit=found.unit,
    )


def _returned_sample(row: Mapping[str, str | None], *, hidden: bool) -> Sample:
    # What the SELECT made of a masked column may have another name: where one is masked, all texts are.
    return Sample(None, {}, {name: _masked(cell) if hidden else cell for name, cell in row.items()})


def _parse_samples(
    columns: Sequence[Column],
    found: _Found,
    rejects: Sequence[Rejected],
    files: Sequence[str | None],
    masked: set[str],
    limit: int,
    noted: Sequence[Sample],
) -> tuple[Sample, ...]:
    """Return what did not parse, at least one cell of each column if there is room, by line."""
    ranked = [
        (rank, _cell_sample(row, column, found, files, hidden=column.name in masked))
        for column in columns
        for rank, row in enumerate(found.cells.get(column.name, ()))
    ]
    ranked += [
        (
            rank,
            Sample(
                found.reject_lines.get(reject),
                {},
                {"": reject.reason},
                files[reject.file],
                expected=count(reject.cells, "cell") if reject.cells else reject.expected,
            ),
        )
        for rank, reject in enumerate(rejects[:limit])
    ]
    ranked += enumerate(noted)
    ranked.sort(key=lambda one: (one[0], *_order(one[1])))
    return tuple(sorted((sample for _, sample in ranked[:limit]), key=_order))


def _lines_alone(ingested: Ingested, rejects: Sequence[Rejected], limit: int) -> tuple[Sample, ...]:
    """Return what did not parse of a source of which no line is a row, so that it has no columns."""
    files = [None if len(ingested.source.files) == 1 else file.shown for file in ingested.source.files]
    first = rejects[:limit] if ingested.json is not None or ingested.source.messages is not None else ()
    found = _Found({}, {}, *relation.locate(ingested, {}, (), first), "line")
    return _parse_samples((), found, first, files, set(), limit, _noted(ingested.notes if limit else (), files))


def _noted(notes: Sequence[Note], files: Sequence[str | None]) -> list[Sample]:
    """Return what the reader decided about the bytes of a file as samples of its lines."""
    return [Sample(note.line, {}, {"": note.why}, files[note.file], expected=note.expected) for note in notes]


def _cell_sample(
    row: FailingRow, column: Column, found: _Found, files: Sequence[str | None], *, hidden: bool
) -> Sample:
    (cell,) = row.cells
    values = {column.name: _masked(cell) if hidden else cell}
    line = found.lines.get(row.place)
    file = files[row.place.file]
    return Sample(line, {}, values, file, column=column.name, expected=column.type, unit=found.unit)


def _order(sample: Sample) -> tuple[str, int]:
    return (sample.file or "", sample.line or 0)


def _masked(cell: str | None) -> str | None:
    return None if cell is None else mask(cell)


def _typed(cell: str | None, column: Column) -> Scalar | None:
    """Return a cell as the number or boolean that it is, where JSON holds that exactly; else as text."""
    if cell is None or not column.plain:
        return cell
    try:
        if INTEGERS.fullmatch(column.type):
            number = int(cell)
            return number if abs(number) < EXACT_INTEGER else cell
        if column.type in {"DOUBLE", "FLOAT"}:
            value = float(cell)
            return value if abs(value) < float("inf") else cell
    except ValueError:
        return cell
    return cell.lower() == "true" if column.type == "BOOLEAN" else cell
