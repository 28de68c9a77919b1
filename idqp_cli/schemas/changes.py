"""What a change between two schemas is, and who it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from idqp_cli.core.frozen import frozen
from idqp_cli.schemas.schema import SchemaColumn


class Party(StrEnum):
    """Who cannot go on after a change."""

    READERS = "readers of old data"
    WRITERS = "writers"


class Kind(StrEnum):
    """What has become of a column, of something inside its type, or of a constraint on it."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    REORDERED = "reordered"
    WIDENED = "widened"
    NARROWED = "narrowed"
    TYPE_CHANGED = "type_changed"
    GUESS_WIDENED = "guess_widened"
    READ_AS = "read_as"
    NULLABLE = "nullable"
    NOT_NULLABLE = "not_nullable"
    REQUIRED = "required"
    OPTIONAL = "optional"
    DECLARED = "declared"
    ENUM_DECLARED = "enum_declared"
    ENUM_DROPPED = "enum_dropped"
    VALUES_ADDED = "values_added"
    VALUES_REMOVED = "values_removed"
    VALUES_REORDERED = "values_reordered"
    LENGTH_TIGHTENED = "length_tightened"
    LENGTH_RELAXED = "length_relaxed"


NOBODY: frozenset[Party] = frozenset()
READERS = frozenset({Party.READERS})
WRITERS = frozenset({Party.WRITERS})
BOTH = READERS | WRITERS


# Made by the ten thousand, which the standard decorator is the better for.
@dataclass(frozen=True)
class Change:
    """One difference between two schemas.

    `column` is the column's name, or leads into its type: `address.zip`,
    `tags[]`. `before` and `after` are what it was and is, None where it is not
    there. `breaks` are the readers of old data, who have the new schema, and the
    writers, whose readers still have the old one. `hint` is more to know.
    """

    kind: Kind
    column: str
    before: str | None
    after: str | None
    breaks: frozenset[Party] = NOBODY
    hint: str | None = None


@frozen
class Step:
    """What has become of one column: what it was, what it is, and its new place.

    `position` counts from 0 in the new schema, None where the column stays in
    its place among the others that stay.
    """

    before: SchemaColumn | None
    after: SchemaColumn | None
    position: int | None = None


@frozen
class Diff:
    """How one schema becomes another: by which steps, and what they change."""

    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
