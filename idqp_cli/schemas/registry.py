"""What the registry says to a schema that is observed: new, unchanged, changed or breaking; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Result, SchemaChange, SchemaReport, Severity, Status, Verdict
from idqp_cli.core.text import clean, count
from idqp_cli.schemas.changes import Change
from idqp_cli.schemas.compatibility import Mode, breaking, next_version, reported
from idqp_cli.schemas.schema import Schema, SchemaVersion

RULE = "schema"
FIRST_VERSION = "1.0.0"
NEW, UNCHANGED, CHANGED, BREAKING = "new", "unchanged", "changed", "breaking"
SHOWN = 5


@frozen
class Policy:
    """How a dataset's schema may change; `last` limits against how many versions a transitive mode holds it."""

    mode: Mode
    last: int | None = None

    @property
    def versions(self) -> int | None:
        """How many of the latest versions are asked; None is all."""
        return self.last if self.mode.transitive else 1


def validate(history: Sequence[SchemaVersion], schema: Schema, policy: Policy) -> SchemaReport:
    """Judge a schema against the stored versions, oldest first.

    The report's version is the one that the schema has or would get or, where a
    change is breaking, the latest. Its changes are those since the latest
    version, then the breaking ones since older versions.
    """
    if not history:
        return SchemaReport(FIRST_VERSION, NEW)
    latest, mode = history[-1], policy.mode
    asked = history if policy.versions is None else history[-policy.versions :]
    changes = _changes(latest.columns, schema)
    found = [reported(change, mode) for change in changes]
    if mode.transitive:
        found += _older(asked[:-1], schema, mode, {(change.kind, change.column) for change in changes})
    if mode is not Mode.NONE and any(change.breaking for change in found):
        return SchemaReport(latest.version, BREAKING, tuple(found))
    if not changes:
        return SchemaReport(latest.version, UNCHANGED)
    return SchemaReport(next_version(latest.version, changes, mode), CHANGED, tuple(found))


def _changes(old: Schema, new: Schema) -> tuple[Change, ...]:
    if old == new:
        return ()
    from idqp_cli.schemas.compare import compare  # noqa: PLC0415 - only what differs has to pay

    return compare(old, new).changes


def _older(
    history: Sequence[SchemaVersion], schema: Schema, mode: Mode, known: set[tuple[str, str]]
) -> list[SchemaChange]:
    """Return the changes since older versions that the mode forbids, each once, since the latest that it breaks."""
    versions = []
    for version in reversed(history):
        for change in _changes(version.columns, schema):
            if breaking(change, mode) and (change.kind, change.column) not in known:
                known.add((change.kind, change.column))
                versions.append(reported(change, mode, version.version))
    return versions


def against(
    history: Sequence[SchemaVersion], which: str, policy: Policy
) -> tuple[Sequence[SchemaVersion], Policy] | None:
    """Return the versions to hold a schema against and how: `all` of them, the `latest`, or the one of a number.

    None if there is no version of this number.
    """
    word = policy.mode.removesuffix("_transitive")
    if which == "all":
        return history, Policy(policy.mode if policy.mode is Mode.NONE else Mode(f"{word}_transitive"))
    if which == "latest":
        return history[-1:], Policy(Mode(word))
    chosen = [version for version in history if version.version == which]
    return (chosen, Policy(Mode(word))) if chosen else None


def accepted(history: Sequence[SchemaVersion], schema: Schema, mode: Mode) -> str | None:
    """Return the number of the version that `schema` becomes if all its changes are accepted; None if it has none."""
    if not history:
        return FIRST_VERSION
    changes = _changes(history[-1].columns, schema)
    return next_version(history[-1].version, changes, mode) if changes else None


def result(report: SchemaReport, policy: Policy, severity: Severity, accept: str) -> Result | None:
    """Return the result that a schema report is to the dataset.

    None where there was nothing to compare it with, or every change is let
    through. `accept` is the command that accepts what is breaking.
    """
    if policy.mode is Mode.NONE or report.status == NEW:
        return None
    broken = [change for change in report.changes if change.breaking] if report.status == BREAKING else []
    if broken:
        message = (
            f"{count(len(broken), 'breaking change')} since version {report.version}: {told(broken)};"
            f" breaks {' and '.join(parties(broken))} ({policy.mode}); to accept: {accept}"
        )
    elif report.changes:
        message = f"version {report.version}: {told(report.changes)}"
    else:
        message = f"version {report.version}"
    verdict = Verdict(Status.FAILED if broken else Status.PASSED, message, metric_value=len(broken), threshold=0)
    return Result(RULE, RULE, tuple(change.column for change in broken), severity, verdict)


def parties(changes: Iterable[SchemaChange]) -> tuple[str, ...]:
    """Return who breaks by any of the changes."""
    return tuple(dict.fromkeys(party for change in changes for party in change.breaks))


def told(changes: Sequence[SchemaChange]) -> str:
    """Say what has changed, the first few in words."""
    more = f" and {len(changes) - SHOWN:,} more" if len(changes) > SHOWN else ""
    return ", ".join(said(change) for change in changes[:SHOWN]) + more


def said(change: SchemaChange) -> str:
    """Say one change in words."""
    column = clean(change.column, 60)
    before, after = clean(change.before or "", 60), clean(change.after or "", 60)
    words = {
        "added": f"{column} was added ({after})",
        "removed": f"{column} was removed",
        "renamed": f"{before} is {after} now",
        "reordered": f"{column} was at {before}, is at {after}",
        "guess_widened": f"{column} was read as {before}, is read as {after}",
        "read_as": f"{column} was read as {before}, is read as {after}",
        "enum_declared": f"{column} may only be {after}",
        "enum_dropped": f"{column} may be more than {before}",
        "values_added": f"{column} may also be {after}",
        "values_removed": f"{column} may no longer be {before}",
        "values_reordered": f"the values of {column} are in another order",
        "declared": f"{column} is declared {after}" if after else f"{column} is no longer declared {before}",
        "length_tightened": f"{column} is {after or 'of any length'}, was {before or 'of any length'}",
        "length_relaxed": f"{column} is {after or 'of any length'}, was {before or 'of any length'}",
    }
    since = f" (since {change.since})" if change.since else ""
    hint = f" [{clean(change.hint, 100)}]" if change.hint else ""
    return words.get(change.kind, f"{column} was {before}, is {after}") + hint + since
