"""What a rules file says of all its datasets."""

from __future__ import annotations

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity
from idqp_cli.core.yaml import Node
from idqp_cli.project import decode
from idqp_cli.project.place import Place, keys


@frozen
class Defaults:
    """What rules and datasets have that do not say otherwise; a severity of None is the rule type's own."""

    severity: Severity | None = None
    samples: int = 5
    resolve_after: int = 1
    timezone: str | None = None
    holidays: frozenset[int] = frozenset()


def defaults_of(node: Node | None, place: Place) -> Defaults:
    """Read `defaults:`; without it, return what holds of itself. Raises RulesError."""
    if node is None:
        return Defaults()
    given = keys(node, place, ("severity", "samples", "resolve_after"))
    severity = decode.severity(given["severity"], place.at("severity")) if "severity" in given else None
    samples = decode.whole(given["samples"], place.at("samples")) if "samples" in given else Defaults.samples
    if samples > 1000:
        raise place.error(given["samples"].mark, "samples: must be at most 1000")
    resolve_after = 1
    if "resolve_after" in given:
        resolve_after = decode.whole(given["resolve_after"], place.at("resolve_after"))
        if not 1 <= resolve_after <= 1000:
            raise place.error(given["resolve_after"].mark, "resolve_after: must be a number of runs, 1 to 1000")
    return Defaults(severity, samples, resolve_after)
