"""rules.yaml → Project; behind this module no raw mapping exists."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from idqp_cli.core import confines
from idqp_cli.core.address import is_server
from idqp_cli.core.dataset import Dataset, ReadOptions, ServiceLevel, StreamSettings
from idqp_cli.core.errors import UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity
from idqp_cli.core.text import clean
from idqp_cli.core.urls import DATABASES, STREAMS, scheme, secret
from idqp_cli.core.yaml import Node, parse
from idqp_cli.ingest.stdin import STANDARD_INPUT
from idqp_cli.project import decode, read_keys, stream_keys
from idqp_cli.project.place import Place, keys, mapping, shown
from idqp_cli.project.rules import rules_of
from idqp_cli.project.variables import VARIABLE, filled
from idqp_cli.rules import metrics
from idqp_cli.rules.parse import Parse
from idqp_cli.rules.rule import Rule
from idqp_cli.rules.volume import RowCount, asks_for_rows
from idqp_cli.schemas.compatibility import Mode
from idqp_cli.schemas.registry import Policy

if TYPE_CHECKING:
    from idqp_cli.alerts.routing import AlertSettings

# The word by which personal columns are found; a column of this name is written as a list.
AUTO = "auto"
DEFAULT_PATH = "rules.yaml"
DEFAULT_STORE = ".idqp/state.db"
# How many rows of a dataset leave a cluster at most, unless a file says otherwise.
FETCH_ROWS = 1_000_000
TOP = ("version", "store", "engine", "defaults", "datasets", "alerts", "timezone", "holidays")
DATASET = (
    "path", "description", "owner", "read", "key", "pii", "schema", "allow_empty", "sla", "expect_every", "timezone",
    "holidays", "incremental", "stream", "rules",
)  # fmt: skip
DATASET_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
ENVIRONMENT = re.compile(r"\$\{(\w+)\}")


@frozen
class Defaults:
    """What rules and datasets have that do not say otherwise; a severity of None is the rule type's own."""

    severity: Severity | None = None
    samples: int = 5
    resolve_after: int = 1
    timezone: str | None = None
    holidays: frozenset[int] = frozenset()


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
        _defaults(top.get("defaults"), place.at("defaults")),
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
        dataset = _dataset(name, node, place.at(name), defaults, variables)
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


def _defaults(node: Node | None, place: Place) -> Defaults:
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


def _dataset(name: str, node: Node, place: Place, defaults: Defaults, variables: Mapping[str, str]) -> Dataset:
    given = keys(node, place, DATASET)
    if "path" not in given:
        raise place.error(node.mark, "path: is missing; a file, a folder, a glob, a URL or -")
    if isinstance(given["path"].value, str) and secret(VARIABLE.sub("", given["path"].value)):
        raise place.error(given["path"].mark, "path: holds a secret; write ${{ NAME }} and say --set NAME=…")
    finds_pii = "pii" in given and given["pii"].value == AUTO
    if "incremental" in given:
        _refuse_not_incremental(given, place)
    policy = _policy(given["schema"], place.at("schema")) if "schema" in given else Policy(Mode(Dataset.schema))
    return Dataset(
        name=name,
        path=filled(given["path"], place.at("path"), variables),
        description=decode.text(given["description"], place.at("description")) if "description" in given else None,
        owner=decode.text(given["owner"], place.at("owner")) if "owner" in given else None,
        read=read_keys.options(given["read"], place.at("read")) if "read" in given else ReadOptions(),
        key=decode.texts(given["key"], place.at("key")) if "key" in given else (),
        pii=() if finds_pii or "pii" not in given else decode.texts(given["pii"], place.at("pii")),
        finds_pii=finds_pii,
        schema=policy.mode,
        schema_last=policy.last,
        allow_empty="allow_empty" in given and decode.flag(given["allow_empty"], place.at("allow_empty")),
        samples=defaults.samples,
        sla=_sla(given["sla"], place.at("sla")) if "sla" in given else None,
        expect_every=_every(given["expect_every"], place.at("expect_every")) if "expect_every" in given else None,
        timezone=decode.timezone(given["timezone"], place.at("timezone")) if "timezone" in given else defaults.timezone,
        holidays=decode.days(given["holidays"], place.at("holidays")) if "holidays" in given else defaults.holidays,
        incremental="incremental" in given and decode.flag(given["incremental"], place.at("incremental")),
        stream=stream_keys.settings(given, place) if "stream" in given else StreamSettings(),
    )


def _refuse_not_incremental(given: Mapping[str, Node], place: Place) -> None:
    """Refuse new files only, where there are no files, or one state of a table is asked for."""
    mark, path = given["incremental"].mark, given["path"].value
    if isinstance(path, str) and (path == STANDARD_INPUT or scheme(path) in (*DATABASES, *STREAMS)):
        raise place.error(mark, "incremental: takes a folder, a glob, a file, or a table of Delta or Iceberg")
    read = given["read"].value if "read" in given else None
    named = [key for key in ("version", "as_of") if isinstance(read, dict) and key in read]
    if named:
        raise place.error(mark, f"incremental: goes without read.{named[0]}")


def _every(node: Node, place: Place) -> timedelta:
    seconds = decode.duration(node, place)
    if seconds <= 0:
        raise place.error(node.mark, "must be longer than 0, like 1d")
    return timedelta(seconds=seconds)


def _policy(node: Node, place: Place) -> Policy:
    if not isinstance(node.value, dict):
        return Policy(Mode(decode.word(Mode)(node, place)))
    given = keys(node, place, ("mode", "last"))
    mode = Mode(decode.word(Mode)(given["mode"], place.at("mode"))) if "mode" in given else Mode(Dataset.schema)
    if "last" not in given:
        return Policy(mode)
    last = decode.whole(given["last"], place.at("last"))
    if not mode.transitive or not last:
        raise place.error(given["last"].mark, "last: must be 1 or more, and needs a transitive mode")
    return Policy(mode, last)


def _sla(node: Node, place: Place) -> ServiceLevel:
    given = keys(node, place, ("score", "within"))
    for key in ("score", "within"):
        if key not in given:
            raise place.error(node.mark, f"{key}: is missing; like {{score: 99, within: 30d}}")
    score = decode.number(given["score"], place.at("score"))
    if not 0 <= score <= 100:
        raise place.error(given["score"].mark, f"score: must be from 0 to 100, not {shown(given['score'])}")
    return ServiceLevel(score, timedelta(seconds=decode.duration(given["within"], place.at("within"))))


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
