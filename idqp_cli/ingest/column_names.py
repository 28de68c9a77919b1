"""The names of columns: refused where they clash, and compared from file to file."""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.text import clean

RESERVED = "idqp:"


def refuse_twins(names: Sequence[str], shown: str) -> None:
    """Refuse two columns whose names differ in nothing but case; SQL cannot tell them apart."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.get(name.casefold())
        if other is not None:
            twins = f"'{clean(other, 60)}' and '{clean(name, 60)}'"
            raise UnreadableError(f"{shown}: two columns are named {twins}; rename one")
        if name.casefold().startswith(RESERVED):
            raise UnreadableError(f"{shown}: the column name '{clean(name, 60)}' is reserved; rename it")
        seen[name.casefold()] = name


def strays(files: Sequence[str], names: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Say, a line each, which columns a file lacks, or has beyond those of the first; names come by file."""
    found = []
    at = next((number for number, own in enumerate(names) if own), 0)
    first = dict.fromkeys(names[at])
    known = {name.casefold(): name for name in first}
    for file, own in zip(files, names, strict=True):
        if not own and first:
            found.append(f"{file} is empty")
            continue
        there = {name.casefold() for name in own}
        found += [
            f"{file} has no column '{clean(name, 60)}', which {files[at]} has"
            for name in first
            if name.casefold() not in there
        ]
        for name in own:
            other = known.get(name.casefold())
            if other is None:
                found.append(f"{file} has a column '{clean(name, 60)}', which {files[at]} does not have")
            elif other != name:
                found.append(f"{file} names a column '{clean(name, 60)}', which is '{clean(other, 60)}' in {files[at]}")
    return tuple(found)
