"""A rules file, or a data contract in its place: the contract's checks are the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from idqp_cli.core import naming
from idqp_cli.core.model import Severity
from idqp_cli.core.text import clean, one_line
from idqp_cli.core.yaml import parse
from idqp_cli.project import project
from idqp_cli.project.project import Project
from idqp_cli.rules.rule import Rule

if TYPE_CHECKING:
    from idqp_cli.importing.values import Untaken

# In every contract that is read, and in no rules file.
SIGNS = ("apiVersion", "dataContractSpecification")


def load(path: str, variables: Mapping[str, str]) -> Project:
    """Read the rules file or the data contract at `path`; `variables` fill `${{ name }}` in `path` and `where`.

    Raises:
        UsageError: the file cannot be read.
        RulesError: it does not say what it should; with its line.

    """
    content = project.content(path)
    shown, folder = clean(path), Path(path).resolve().parent
    if any(sign in content for sign in SIGNS):
        found = _contract(content, path, folder, variables)
        if found is not None:
            return found
    return project.made(parse(content, shown), shown, folder, variables)


def _contract(content: str, path: str, folder: Path, variables: Mapping[str, str]) -> Project | None:
    """Return the project of a data contract; None where it is none."""
    from idqp_cli.importing.foreign import documents  # noqa: PLC0415
    from idqp_cli.importing.odcs import reader as odcs  # noqa: PLC0415 - only who has a contract has to pay
    from idqp_cli.importing.values import Source, Untaken  # noqa: PLC0415
    from idqp_cli.project.adopting import adopted, as_node  # noqa: PLC0415
    from idqp_cli.project.places import beside  # noqa: PLC0415

    if not any(odcs.is_contract(root) for root in documents(content, path).roots):
        return None
    found = adopted(odcs.read([Source(path, content)], variables))
    if not found.datasets:
        return None
    paths = {one.name: one.keys.get("path") or beside(one.name, str(folder)) for one in found.datasets}
    datasets = tuple(
        replace(one, keys={**one.keys, "path": paths[one.name] or f"{one.name}.csv"}) for one in found.datasets
    )
    made = project.made(as_node(replace(found, datasets=datasets)), clean(path), folder, variables)
    left = {
        one.name: [check for check in one.checks if isinstance(check, Untaken) and not check.spared] for one in datasets
    }
    left[datasets[0].name] += found.untaken
    return replace(made, rules={name: (*rules, *_untaken(left[name], rules)) for name, rules in made.rules.items()})


def _untaken(checks: Iterable[Untaken], rules: Iterable[Rule]) -> Iterator[Rule]:
    """Yield an error for each check that has no equal here, so that it is not missed."""
    from idqp_cli.rules.untaken import Untaken as Left  # noqa: PLC0415 - only who has a contract has to pay

    taken = {rule.name for rule in rules}
    for check in checks:
        name = naming.free(one_line(check.what), taken)
        taken.add(name)
        yield Left(name=name, line=check.where.mark.line, why=f"not converted: {check.why}", severity=Severity.CRITICAL)
