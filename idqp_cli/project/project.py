"""rules.yaml → Project; behind this module no raw mapping exists."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from idqp_cli.core import confines
from idqp_cli.core.address import is_server
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node, parse
from idqp_cli.project import decode
from idqp_cli.project.dataset_keys import DATASET, dataset_of
from idqp_cli.project.defaults import Defaults, defaults_of
from idqp_cli.project.place import Place, keys, mapping
from idqp_cli.project.rules import rules_of
from idqp_cli.rules import metrics
from idqp_cli.rules.parse import Parse
from idqp_cli.rules.rule import Rule
from idqp_cli.rules.volume import RowCount, asks_for_rows

if TYPE_CHECKING:
    from idqp_cli.alerts.routing import AlertSettings

DEFAULT_PATH = "rules.yaml"
DEFAULT_STORE = ".idqp/state.db"
# How many rows of a dataset leave a cluster at most, unless a file says otherwise.
FETCH_ROWS = 1_000_000
TOP = ("version", "store", "engine", "defaults", "datasets", "alerts", "timezone", "holidays")
DATASET_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
ENVIRONMENT = re.compile(r"\$\{(\w+)\}")


@frozen
class Project:
    """A rules file: what to check, by which rules, and where to remember it.

    `folder` is the folder that the paths in it are relative to. `alerts` says
    who is told of incidents. `engine` is the address of the Spark cluster that
    reads the data; None where DuckDB does. `fetch_rows` is how many rows of a
    dataset may leave the cluster.
    """

    path: str
    folder: Path
    store: str
    datasets: tuple[Dataset, ...]
    rules: Mapping[str, tuple[Rule, ...]]
    defaults: Defaults
    alerts: AlertSettings | None
    engine: str | None = None
    fetch_rows: int = FETCH_ROWS


def load(path: str, variables: Mapping[str, str]) -> Project:
    """Read the rules file at `path`; `variables` fill `${{ name }}` in `path` and `where`.

    Raises:
        UsageError: the file cannot be read.
        RulesError: it does not say what a rules file says; with its line.

    """
    shown = clean(path)
    return made(parse(content(path), shown), shown, Path(path).resolve().parent, variables)


def content(path: str) -> str:
    """Return the text of the rules file at `path`.

    Raises:
        UsageError: the file cannot be read.

    """
    try:
        _refuse_led_away(path)
        if not os.path.isfile(path) and os.path.exists(path):
            raise UsageError(f"{clean(path)}: the rules file is not a regular file")
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{clean(path)}: the rules file cannot be read: {reason}") from None


def _refuse_led_away(path: str) -> None:
    """Refuse a rules file of strangers that is a link out of their folder; one that lies elsewhere is not theirs."""
    root = confines.root()
    if root is not None and os.path.abspath(path).startswith(root) and not confines.inside(path, root):
        raise UsageError(f"{clean(path)}: leads out of the working tree, which an untrusted rules file may not")


def made(root: Node, shown: str, folder: Path, variables: Mapping[str, str]) -> Project:
    """Make a project of the content of a rules file; errors call it `shown`.

    Raises:
        RulesError: it does not say what a rules file says; with its line.

    """
    return _project(root, Place(shown), folder, variables)


def empty(folder: Path) -> Project:
    """Return the project of a folder without a rules file: only what every dataset has."""
    return Project("", folder, str(folder / DEFAULT_STORE), (), {}, Defaults(), None)


def implied(dataset: Dataset, rules: Iterable[Rule], defaults: Defaults, *, text: bool) -> tuple[Rule, ...]:
    """Return the rules that `dataset` has without saying so: a row is there, and a text file parses."""
    severity = defaults.severity or Severity.CRITICAL
    own: list[Rule] = [Parse(severity=severity)] if text else []
    if not dataset.allow_empty and not asks_for_rows(rules):
        own.append(RowCount(name="row_count", line=0, severity=severity, min=1))
    return tuple(own)


def _project(root: Node, place: Place, folder: Path, variables: Mapping[str, str]) -> Project:
    top = keys(root, place, TOP)
    if "version" not in top or top["version"].value is True or top["version"].value != 1:
        raise place.error(top.get("version", root).mark, "version: must be 1")
    if "datasets" not in top:
        raise place.error(root.mark, "datasets: is missing; name at least one dataset")
    defaults = replace(
        defaults_of(top.get("defaults"), place.at("defaults")),
        timezone=decode.timezone(top["timezone"], place.at("timezone")) if "timezone" in top else None,
        holidays=decode.days(top["holidays"], place.at("holidays")) if "holidays" in top else frozenset(),
    )
    store = str(folder / DEFAULT_STORE)
    if "store" in top:
        store = _environment(top["store"], place.at("store"))
        try:
            store = store if is_server(store) else str(folder / store)
        except UsageError as error:
            raise place.error(top["store"].mark, str(error)) from None
    datasets, rules = [], {}
    for name, node in mapping(top["datasets"], place.at("datasets")).items():
        if not DATASET_NAME.fullmatch(name):
            mark = top["datasets"].key_marks[name]
            raise place.error(
                mark, f"dataset '{clean(name, 60)}': a name consists of letters, digits, _ . - (at most 100)"
            )
        dataset = dataset_of(name, node, place.at(name), defaults, variables)
        datasets.append(dataset)
        listed = keys(node, place.at(name), DATASET).get("rules")
        rules[name] = rules_of(listed, place.at(name), dataset, defaults.severity, variables)
    by_name = {one.name: one for one in datasets}
    rules = {name: tuple(one.among(by_name[name], by_name) for one in own) for name, own in rules.items()}
    _refuse_unknown_datasets(rules, place)
    _refuse_unknown_rules(rules, place)
    alerts = _alerts(top["alerts"], place.at("alerts")) if "alerts" in top else None
    engine, most = _engine(top["engine"], place.at("engine")) if "engine" in top else (None, FETCH_ROWS)
    return Project(place.path, folder, store, tuple(datasets), rules, defaults, alerts, engine, most)


def _engine(node: Node, place: Place) -> tuple[str | None, int]:
    """Return the address of the cluster that an `engine:` names, None for DuckDB; and how many rows may leave it."""
    given = keys(node, place, ("type", "remote", "fetch_rows"))
    if "type" not in given:
        raise place.error(node.mark, "type: is missing; write duckdb or spark")
    kind = decode.word(("duckdb", "spark"))(given["type"], place.at("type"))
    most = decode.whole(given["fetch_rows"], place.at("fetch_rows")) if "fetch_rows" in given else FETCH_ROWS
    if kind == "duckdb":
        return None, most
    if "remote" not in given:
        raise place.error(node.mark, "remote: is missing; write the address of Spark Connect, like sc://host:15002")
    return _environment(given["remote"], place.at("remote")), most


def _alerts(node: Node, place: Place) -> AlertSettings:
    from idqp_cli.project.alerts import settings  # noqa: PLC0415 - only who is alerted has to pay

    return settings(node, place)


def _refuse_unknown_datasets(rules: Mapping[str, tuple[Rule, ...]], place: Place) -> None:
    for name, own in rules.items():
        for one in own:
            for other in one.others():
                if other not in rules:
                    message = f"there is no dataset '{clean(other, 60)}'; the file has {', '.join(rules)}"
                    mark = next(one.marks[key] for key in ("dataset", "equals") if key in one.marks)
                    raise place.at(name).at(one.type).error(mark, message)


def _refuse_unknown_rules(rules: Mapping[str, tuple[Rule, ...]], place: Place) -> None:
    for name, own in rules.items():
        known = {one.name for one in own if not one.follows()}
        for one in own:
            for other in one.follows():
                if other not in known:
                    listed = ", ".join((metrics.PROFILE, metrics.ROW_COUNT, metrics.DUPLICATES, *metrics.KNOWN))
                    message = (
                        f"metric: '{clean(other, 60)}' is neither a rule nor a metric like mean(x); known: {listed}"
                    )
                    raise place.at(name).at(one.type).error(one.marks["metric"], message)


def _environment(node: Node, place: Place) -> str:
    def value(found: re.Match[str]) -> str:
        if confines.confined():
            # The environment is not for strangers, who get no store either.
            return ""
        if not found[1].startswith("IDQP_"):
            raise place.error(node.mark, f"${{{found[1]}}}: only variables that begin with IDQP_ are read")
        if found[1] not in os.environ:
            raise place.error(node.mark, f"${{{found[1]}}} is not set in the environment")
        return os.environ[found[1]]

    return ENVIRONMENT.sub(value, decode.text(node, place))
