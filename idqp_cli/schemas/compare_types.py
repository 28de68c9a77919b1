"""Compare two types, down to the fields, elements and members that they are made of; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from idqp_cli.schemas.changes import BOTH, NOBODY, READERS, WRITERS, Change, Kind
from idqp_cli.schemas.types import UNKNOWN, Enum, List, Map, Plain, Struct, Type, Union, known, write
from idqp_cli.schemas.widening import holds, rounds


@lru_cache(maxsize=4096)
def between(before: str, after: str) -> tuple[Change, ...]:
    """Return the changes from one type to another by their names; the paths lead from the column's name."""
    return tuple(type_changes("", known(before), known(after)))


def type_changes(path: str, before: Type, after: Type) -> Iterator[Change]:
    """Return the changes from one type to another at `path`."""
    match before, after:
        case _ if before == after:
            return
        case Struct(old), Struct(new):
            yield from _fields(path, old, new)
        case List(old_element, old_size), List(new_element, new_size) if old_size == new_size:
            yield from type_changes(f"{path}[]", old_element, new_element)
        case Map(old_key, old_value), Map(new_key, new_value):
            yield from type_changes(f"{path}.key", old_key, new_key)
            yield from type_changes(f"{path}.value", old_value, new_value)
        case Union(old), Union(new):
            yield from _members(path, old, new)
        case Enum(old_values), Enum(new_values):
            yield from value_changes(path, old_values, new_values)
        case _:
            yield _retyped(path, before, after)


def filled(found: Type, registered: Type) -> Type:
    """Return a type as it is registered in the places of which no value has been seen, and so no type is known."""
    match found, registered:
        case Plain(name), _ if name == UNKNOWN:
            return registered
        case Struct(fields), Struct(known_fields):
            before = dict(known_fields)
            return Struct(tuple((name, filled(kind, before.get(name, kind))) for name, kind in fields))
        case List(element, size), List(known_element, _):
            return List(filled(element, known_element), size)
        case Map(key, value), Map(known_key, known_value):
            return Map(filled(key, known_key), filled(value, known_value))
    return found


def value_changes(path: str, before: Sequence[object], after: Sequence[object]) -> Iterator[Change]:
    """Return the changes from one list of allowed values to another."""
    old, new = set(before), set(after)
    gone, come = [value for value in before if value not in new], [value for value in after if value not in old]
    if gone:
        yield Change(Kind.VALUES_REMOVED, path, _listed(gone), None, READERS)
    if come:
        yield Change(Kind.VALUES_ADDED, path, None, _listed(come), WRITERS)
    if not gone and not come:
        yield Change(Kind.VALUES_REORDERED, path, _listed(before), _listed(after))


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))


def _fields(path: str, before: Sequence[tuple[str, Type]], after: Sequence[tuple[str, Type]]) -> Iterator[Change]:
    old, new = dict(before), dict(after)
    for name, kind in before:
        if name not in new:
            # Who reads the field has had it; who reads old data finds NULL in a new one.
            yield Change(Kind.REMOVED, f"{path}.{name}", write(kind), None, WRITERS)
    for name, kind in before:
        if name in new:
            yield from type_changes(f"{path}.{name}", kind, new[name])
    for name, kind in after:
        if name not in old:
            yield Change(Kind.ADDED, f"{path}.{name}", None, write(kind))
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield Change(Kind.REORDERED, path, _listed(old), _listed(new))


def _members(path: str, before: Sequence[tuple[str, Type]], after: Sequence[tuple[str, Type]]) -> Iterator[Change]:
    old, new = dict(before), dict(after)
    for name, kind in before:
        if name not in new:
            yield Change(Kind.REMOVED, f"{path}.{name}", write(kind), None, READERS)
        else:
            yield from type_changes(f"{path}.{name}", kind, new[name])
    for name, kind in after:
        if name not in old:
            yield Change(Kind.ADDED, f"{path}.{name}", None, write(kind), WRITERS)
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield Change(Kind.REORDERED, path, _listed(old), _listed(new))


def _retyped(path: str, before: Type, after: Type) -> Change:
    readable, still_readable = holds(after, before), holds(before, after)
    kind, breaks, hint = {
        (True, False): (Kind.WIDENED, WRITERS, _rounding(after, before)),
        (False, True): (Kind.NARROWED, READERS, _rounding(before, after)),
        (True, True): (Kind.TYPE_CHANGED, NOBODY, None),
        (False, False): (Kind.TYPE_CHANGED, BOTH, None),
    }[readable, still_readable]
    if Plain(UNKNOWN) in {before, after}:
        # Where no value is, there is nothing that a reader of the other type could not read.
        breaks = NOBODY
    return Change(kind, path, write(before), write(after), breaks, hint)


def _rounding(reader: Type, writer: Type) -> str | None:
    return f"{write(reader)} rounds large whole numbers" if rounds(reader, writer) else None
