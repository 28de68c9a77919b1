"""References: columns all of whose values are keys of another dataset; pure.

Unlike the other kinds it looks at the profiles of several datasets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from idqp_cli.core.text import cell, count
from idqp_cli.rules.consistency import Referenced
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.candidates.keys import is_key
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile

# So many different values, or it is a coincidence.
FEWEST = 5
# Each table has a key of such a name, and they have nothing to do with each other.
GENERIC = frozenset({"id", "key", "index", "no", "nr", "number", "code", "uuid", "row"})


def candidates(dataset: str, profiles: Mapping[str, Profile]) -> Iterator[Candidate]:
    """Ask of a column that is named like the key of another dataset that its values are such keys, where all are."""
    for column in profiles[dataset].columns:
        values = _values(profiles[dataset], column)
        if values is None or len(values) < FEWEST:
            continue
        for name, other in profiles.items():
            for key in other.columns if name != dataset else ():
                keys = _values(other, key) if is_key(key) and _alike(column.name, name, key.name) else None
                if keys is not None and column.kind is key.kind and values <= keys:
                    there = f"{cell(name, 40)}.{cell(key.name, 40)}"
                    why = f"{count(len(values), 'value')}, all among the {len(keys):,} of {there}"
                    to = () if key.name == column.name else (key.name,)
                    rule = Referenced(name="", line=0, columns=(column.name,), dataset=name, to=to)
                    yield Candidate(rule, why)


def _alike(column: str, dataset: str, key: str) -> bool:
    """Tell whether a column is named like a key: as it is, or with the name of the dataset before it."""
    plain, own = column.casefold(), key.casefold()
    thing = dataset.casefold().rstrip("s")
    if plain == own:
        return own not in GENERIC
    return plain in {f"{thing}_{own}", f"{thing}{own}", thing} or (plain.startswith(thing[:4]) and plain.endswith(own))


def _values(profile: Profile, column: ColumnProfile) -> frozenset[object] | None:
    """Return all values of a column; None where they are not all known."""
    if column.complete:
        return frozenset(text for text, _ in column.values) if column.kind is not Kind.NUMBER else _numbers(column)
    return _numbers(column) if profile.whole and column.kind is Kind.NUMBER and column.whole else None


def _numbers(column: ColumnProfile) -> frozenset[object] | None:
    return None if column.numbers is None else frozenset(column.numbers.tolist())
