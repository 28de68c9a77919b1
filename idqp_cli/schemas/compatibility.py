"""The modes in which a schema may change, as in Confluent's registry, and what a change is in them; pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum, StrEnum

from idqp_cli.core.model import SchemaChange
from idqp_cli.schemas.changes import BOTH, NOBODY, READERS, WRITERS, Change, Kind, Party


class Mode(StrEnum):
    """Whom a change of the schema may not break; the transitive modes ask every version, not only the latest."""

    NONE = "none"
    BACKWARD = "backward"
    FORWARD = "forward"
    FULL = "full"
    BACKWARD_TRANSITIVE = "backward_transitive"
    FORWARD_TRANSITIVE = "forward_transitive"
    FULL_TRANSITIVE = "full_transitive"

    @property
    def transitive(self) -> bool:
        """Whether every version counts."""
        return self.endswith("_transitive")

    @property
    def protects(self) -> frozenset[Party]:
        """Who may not break."""
        return {"none": NOBODY, "backward": READERS, "forward": WRITERS, "full": BOTH}[self.removesuffix("_transitive")]


class Level(IntEnum):
    """Which part of a version's number a change counts up."""

    MAJOR = 0
    MINOR = 1
    PATCH = 2


def breaking(change: Change, mode: Mode) -> bool:
    """Tell whether the mode forbids the change."""
    return bool(change.breaks & mode.protects)


def level(change: Change, mode: Mode) -> Level:
    """Return the part of the number that counts the change.

    Major is what the mode forbids and, whatever the mode, what takes a column
    away or keeps readers from old data.
    """
    gone = change.kind in {Kind.REMOVED, Kind.RENAMED} and change.breaks
    if breaking(change, mode) or gone or Party.READERS in change.breaks:
        return Level.MAJOR
    return Level.MINOR if change.kind is Kind.ADDED else Level.PATCH


def next_version(number: str, changes: Sequence[Change], mode: Mode) -> str:
    """Return the number after `number`: a breaking change counts major, an added column minor, else patch."""
    parts = [int(part) for part in number.split(".")]
    counted = min(level(change, mode) for change in changes)
    return ".".join(
        str(part + 1 if place == counted else 0 if place > counted else part) for place, part in enumerate(parts)
    )


def reported(change: Change, mode: Mode, since: str | None = None) -> SchemaChange:
    """Return the change as a report shows it; in the mode `none` breaking is what counts major."""
    return SchemaChange(
        kind=change.kind.value,
        column=change.column,
        before=change.before,
        after=change.after,
        breaking=level(change, mode) is Level.MAJOR if mode is Mode.NONE else breaking(change, mode),
        breaks=tuple(party.value for party in Party if party in change.breaks),
        since=since,
        hint=change.hint,
    )
