"""Compare two schemas, column by column; pure.

The `schema` rule (a declaration) and the registry (what was seen) both ask here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from idqp_cli.schemas.changes import NOBODY, READERS, WRITERS, Change, Diff, Kind, Party, Step
from idqp_cli.schemas.compare_types import between, value_changes
from idqp_cli.schemas.schema import Schema, SchemaColumn
from idqp_cli.schemas.types import known
from idqp_cli.schemas.widening import holds

# Beyond so many pairs of a removed and an added column, none is taken for a rename.
COMPARED_PAIRS = 400
ALIKE = 0.6


def compare(before: Schema, after: Schema) -> Diff:
    """Return how `before` becomes `after`: columns removed, changed, added, then moved."""
    old, new = {column.name: column for column in before}, {column.name: column for column in after}
    renamed = _renamed(old, new)
    places = {name: place for place, name in enumerate(new)}
    gone = [column for name, column in old.items() if name not in new and name not in renamed]
    steps = [Step(column, None) for column in gone]
    changes = [Change(Kind.REMOVED, column.name, column.type, None, _removal_breaks(column)) for column in gone]
    moved = _moved([renamed.get(name, name) for name in old], list(new))
    for name, column in old.items():
        to = new.get(renamed.get(name, name))
        if to is None or (to.name not in moved and to is column):
            continue
        own = tuple(_column_changes(column, to))
        if column != to or to.name in moved or own:
            steps.append(Step(column, to, places[to.name] if to.name in moved else None))
            changes += own
    names = set(renamed.values())
    added = [name for name in new if name not in old and name not in names]
    hints = _hints(gone, [new[name] for name in added], {name: place for place, name in enumerate(old)}, places)
    for name in added:
        steps.append(Step(None, new[name], places[name]))
        changes.append(_addition(new[name], hints.get(name)))
    if moved:
        was = {renamed.get(name, name): place for place, name in enumerate(old)}
        changes += (
            Change(Kind.REORDERED, name, str(was[name] + 1), str(places[name] + 1)) for name in new if name in moved
        )
    return Diff(tuple(steps), tuple(changes))


def apply(diff: Diff, schema: Schema) -> Schema:
    """Return what `schema` becomes by `diff`, which was made from it."""
    became = {step.before.name: step for step in diff.steps if step.before is not None}
    columns: list[SchemaColumn] = []
    for column in schema:
        step = became.get(column.name)
        if step is None:
            columns.append(column)
        elif step.after is not None and step.position is None:
            columns.append(step.after)
    placed = [(step.position, step.after) for step in diff.steps if step.after and step.position is not None]
    for position, column in sorted(placed, key=lambda entry: entry[0]):
        columns.insert(position, column)
    return tuple(columns)


def _renamed(old: Mapping[str, SchemaColumn], new: Mapping[str, SchemaColumn]) -> dict[str, str]:
    """Return the new names of columns whose names differ by case alone."""
    gone = [name for name in old if name not in new]
    if not gone:
        return {}
    come: dict[str, list[str]] = {}
    for name in new:
        if name not in old:
            come.setdefault(name.casefold(), []).append(name)
    leaving: dict[str, list[str]] = {}
    for name in gone:
        leaving.setdefault(name.casefold(), []).append(name)
    return {
        names[0]: come[folded][0]
        for folded, names in leaving.items()
        if len(names) == 1 and len(come.get(folded, ())) == 1
    }


def _addition(column: SchemaColumn, hint: str | None) -> Change:
    """Return the addition of a column; who reads old data finds it missing, which only some columns may be."""
    missed = column.required if column.required is not None else not column.nullable
    return Change(Kind.ADDED, column.name, None, column.type, READERS if missed else NOBODY, hint)


def _moved(before: Sequence[str], after: Sequence[str]) -> frozenset[str]:
    """Return the fewest columns that, taken out, leave the others in one order."""
    place = {name: number for number, name in enumerate(before)}
    common = [(place[name], name) for name in after if name in place]
    if all(common[at][0] < common[at + 1][0] for at in range(len(common) - 1)):
        return frozenset()
    # The longest increasing subsequence, by patience sorting.
    ends: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for at, (number, _) in enumerate(common):
        pile = bisect_left(ends, number)
        previous.append(last[pile - 1] if pile else -1)
        ends[pile : pile + 1], last[pile : pile + 1] = [number], [at]
    stay = set()
    at = last[-1]
    while at >= 0:
        stay.add(at)
        at = previous[at]
    return frozenset(name for at, (_, name) in enumerate(common) if at not in stay)


def _column_changes(before: SchemaColumn, after: SchemaColumn) -> Iterator[Change]:
    name = after.name
    if before.name != name:
        # As a removal of the one and an addition of the other: whoever asks for the old name does not find it.
        breaks = _removal_breaks(before) | _addition(after, None).breaks
        yield Change(Kind.RENAMED, name, before.name, name, breaks, "the names differ by case alone")
    if before.type != after.type:
        yield from _types(before, after)
    if before.nullable != after.nullable:
        if after.nullable:
            yield Change(Kind.NULLABLE, name, "not nullable", "nullable", WRITERS)
        else:
            yield Change(Kind.NOT_NULLABLE, name, "nullable", "not nullable", READERS)
    if before.required != after.required:
        yield _presence(before, after)
    yield from _constraints(before, after)


def _removal_breaks(column: SchemaColumn) -> frozenset[Party]:
    """Return whom it breaks that the column is gone: those who read it, unless it was said to be optional."""
    return NOBODY if column.required is False else WRITERS


def _types(before: SchemaColumn, after: SchemaColumn) -> Iterator[Change]:
    if before.text and after.text:
        # What does not fit a type is a bad cell of the file; how it is read breaks nobody.
        wider = holds(known(after.type), known(before.type))
        kind = Kind.GUESS_WIDENED if wider else Kind.READ_AS
        yield Change(kind, after.name, before.type, after.type)
    else:
        for change in between(before.type, after.type):
            yield Change(
                change.kind, after.name + change.column, change.before, change.after, change.breaks, change.hint
            )


def _presence(before: SchemaColumn, after: SchemaColumn) -> Change:
    words = {True: "required", False: "optional", None: None}
    was, now = words[before.required], words[after.required]
    if before.required is None or after.required is None:
        return Change(Kind.DECLARED, after.name, was, now)
    if after.required:
        return Change(Kind.REQUIRED, after.name, was, now, READERS)
    return Change(Kind.OPTIONAL, after.name, was, now, WRITERS)


def _constraints(before: SchemaColumn, after: SchemaColumn) -> Iterator[Change]:
    name = after.name
    if before.enum != after.enum:
        if before.enum is None and after.enum is not None:
            yield Change(Kind.ENUM_DECLARED, name, None, ", ".join(map(str, after.enum)), READERS)
        elif after.enum is None and before.enum is not None:
            yield Change(Kind.ENUM_DROPPED, name, ", ".join(map(str, before.enum)), None, WRITERS)
        elif before.enum is not None and after.enum is not None:
            yield from value_changes(name, before.enum, after.enum)
    for word, was, now, tighter in (
        ("at least", before.min_length, after.min_length, (after.min_length or 0) > (before.min_length or 0)),
        ("at most", before.max_length, after.max_length, _below(after.max_length, before.max_length)),
    ):
        if was != now:
            kind, breaks = (Kind.LENGTH_TIGHTENED, READERS) if tighter else (Kind.LENGTH_RELAXED, WRITERS)
            yield Change(kind, name, _length(word, was), _length(word, now), breaks)


def _below(now: int | None, was: int | None) -> bool:
    return now is not None and (was is None or now < was)


def _length(word: str, number: int | None) -> str | None:
    return None if number is None else f"{word} {number} long"


def _hints(
    gone: Sequence[SchemaColumn], come: Sequence[SchemaColumn], was: Mapping[str, int], now: Mapping[str, int]
) -> dict[str, str]:
    """Say of added columns which removed ones they may be, of the same type: in the same place, or named alike."""
    if len(gone) * len(come) > COMPARED_PAIRS:
        return {}
    left = list(gone)
    hints = {}
    for column in come:
        likeness = {
            one.name: 1.0 if was[one.name] == now[column.name] else _likeness(one.name, column.name)
            for one in left
            if one.type == column.type
        }
        nearest = max(likeness, key=lambda name: likeness[name], default=None)
        if nearest is not None and likeness[nearest] >= ALIKE:
            left = [one for one in left if one.name != nearest]
            hints[column.name] = f"{nearest} under another name?"
    return hints


def _likeness(text: str, other: str) -> float:
    return SequenceMatcher(None, text.casefold(), other.casefold()).ratio()
