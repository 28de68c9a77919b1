"""Texts that stand for no value, like `N/A`; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile
from idqp_cli.suggest.shapes import runs


def words(profile: Profile) -> tuple[str, ...]:
    """Return the texts of a file that stand for no value, as they are written.

    `NA` does where it stands among numbers, in any column; then it does in all of the file.
    """
    return profile.absent


def cells(column: ColumnProfile, known: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return which of these texts a column of text has where they stand for no value, each with its cells."""
    if column.kind is not Kind.TEXT:
        return []
    of_its_own = own(column, known)
    return [pair for pair in column.values if pair[0] in known and pair[0] not in of_its_own]


def own(column: ColumnProfile, known: tuple[str, ...]) -> frozenset[str]:
    """Return which of these texts are values of a column of text like its others, as `NA` is among codes of countries.

    They have the form of most of its values.
    """
    if column.kind is not Kind.TEXT or not any(text in known for text, _ in column.values):
        return frozenset()
    shaped = Counter(runs(text) for text, _ in column.values if text not in known)
    usual = {shape for shape, number in shaped.items() if shape is not None and number > len(column.values) / 2}
    found = {text for text, _ in column.values if text in known and runs(text) in usual}
    return frozenset(found - set(column.absent))


def by_column(profile: Profile) -> tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]:
    """Return the texts that stand for no value in all of a file, and those that do so in some of its columns alone."""
    known = words(profile)
    owned = frozenset(text for column in profile.columns for text in own(column, known))
    apart = {
        column.name: found
        for column in profile.columns
        if (found := tuple(dict.fromkeys(text for text in column.absent if text in owned)))
    }
    return tuple(text for text in known if text not in owned), apart
