"""rules.yaml → Project; behind this module no raw mapping exists."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from idqp_cli import decode, naming, read_keys
from idqp_cli.address import is_server
from idqp_cli.dataset import LONGEST_LINE, Dataset, ReadOptions, ServiceLevel
from idqp_cli.decode import Place
from idqp_cli.document import Node, parse
from idqp_cli.errors import UsageError
from idqp_cli.frozen import frozen
from idqp_cli.model import Mark, Severity
from idqp_cli.rules import RULE_TYPES, metrics, shares
from idqp_cli.rules.integrity import Parse
from idqp_cli.rules.rule import Rule, Takes
from idqp_cli.rules.volume import RowCount
from idqp_cli.schemas.modes import Mode
from idqp_cli.schemas.registry import Policy
from idqp_cli.text import clean

if TYPE_CHECKING:
    from idqp_cli.alerts.routing import AlertSettings

UNWRITTEN = frozenset({"line", "marks", "columns", "hidden", "observed", "known", "unknown"})
DEFAULT_PATH = "rules.yaml"
DEFAULT_STORE = ".idqp/state.db"
TOP = ("version", "store", "defaults", "datasets", "alerts", "timezone", "holidays")
DATASET = (
    "path", "description", "owner", "read", "key", "pii", "schema", "allow_empty", "sla", "expect_every", "timezone",
    "holidays", "rules",
)  # fmt: skip
READ = (
    "missing_values", "delimiter", "quote", "escape", "comment", "max_line", "encoding", "header", "skip", "types",
    *read_keys.NOTATION, "columns",
)  # fmt: skip
DATASET_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
VARIABLE = re.compile(r"\$\{\{\s*(\w+)\s*\}\}")
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
    who is told of incidents.
    """

    path: str
    folder: Path
    store: str
    datasets: tuple[Dataset, ...]
    rules: Mapping[str, tuple[Rule, ...]]
    defaults: Defaults
    alerts: AlertSettings | None


def load(path: str, variables: Mapping[str, str]) -> Project:
    """Read the rules file at `path`; `variables` fill `${{ name }}` in `path` and `where`.

    Raises:
        UsageError: the file cannot be read.
        RulesError: it does not say what a rules file says; with its line.

    """
    try:
        if not os.path.isfile(path) and os.path.exists(path):
            raise UsageError(f"{clean(path)}: the rules file is not a regular file")
        content = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{clean(path)}: the rules file cannot be read: {reason}") from None
    shown = clean(path)
    return _project(parse(content, shown), Place(shown), Path(path).resolve().parent, variables)


def empty(folder: Path) -> Project:
    """Return the project of a folder without a rules file: only what every dataset has."""
    return Project("", folder, str(folder / DEFAULT_STORE), (), {}, Defaults(), None)


def implied(dataset: Dataset, rules: Iterable[Rule], defaults: Defaults, *, text: bool) -> tuple[Rule, ...]:
    """Return the rules that `dataset` has without saying so: a row is there, and a text file parses."""
    severity = defaults.severity or Severity.CRITICAL
    own: list[Rule] = [Parse(severity=severity)] if text else []
    written = any(isinstance(rule, RowCount) and rule.where is None and rule.min for rule in rules)
    if not dataset.allow_empty and not written:
        own.append(RowCount(name="row_count", line=0, severity=severity, min=1))
    return tuple(own)


def _project(root: Node, place: Place, folder: Path, variables: Mapping[str, str]) -> Project:
    top = decode.keys(root, place, TOP)
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
    for name, node in decode.mapping(top["datasets"], place.at("datasets")).items():
        if not DATASET_NAME.fullmatch(name):
            mark = top["datasets"].key_marks[name]
            raise place.error(mark, f"dataset '{clean(name, 60)}': a name is letters, digits, _ . - (100 at most)")
        dataset = _dataset(name, node, place.at(name), defaults, variables)
        datasets.append(dataset)
        rules[name] = _rules(node, place.at(name), dataset, defaults, variables)
    _refuse_unknown_datasets(rules, place)
    _refuse_unknown_rules(rules, place)
    alerts = _alerts(top["alerts"], place.at("alerts")) if "alerts" in top else None
    return Project(place.path, folder, store, tuple(datasets), rules, defaults, alerts)


def _alerts(node: Node, place: Place) -> AlertSettings:
    from idqp_cli.alerts.settings import settings  # noqa: PLC0415 - only who is alerted has to pay

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
                    message = f"metric: '{clean(other, 60)}' is no rule and no metric like mean(x); known: {listed}"
                    raise place.at(name).at(one.type).error(one.marks["metric"], message)


def _defaults(node: Node | None, place: Place) -> Defaults:
    if node is None:
        return Defaults()
    given = decode.keys(node, place, ("severity", "samples", "resolve_after"))
    severity = decode.severity(given["severity"], place.at("severity")) if "severity" in given else None
    samples = decode.whole(given["samples"], place.at("samples")) if "samples" in given else Defaults.samples
    if samples > 1000:
        raise place.error(given["samples"].mark, "samples: at most 1000")
    resolve_after = 1
    if "resolve_after" in given:
        resolve_after = decode.whole(given["resolve_after"], place.at("resolve_after"))
        if not 1 <= resolve_after <= 1000:
            raise place.error(given["resolve_after"].mark, "resolve_after: must be a number of runs, 1 to 1000")
    return Defaults(severity, samples, resolve_after)


def _dataset(name: str, node: Node, place: Place, defaults: Defaults, variables: Mapping[str, str]) -> Dataset:
    given = decode.keys(node, place, DATASET)
    if "path" not in given:
        raise place.error(node.mark, "path: is missing; a file, a glob or -")
    policy = _policy(given["schema"], place.at("schema")) if "schema" in given else Policy(Mode(Dataset.schema))
    return Dataset(
        name=name,
        path=_filled(given["path"], place.at("path"), variables),
        description=decode.text(given["description"], place.at("description")) if "description" in given else None,
        owner=decode.text(given["owner"], place.at("owner")) if "owner" in given else None,
        read=_read(given["read"], place.at("read")) if "read" in given else ReadOptions(),
        key=decode.texts(given["key"], place.at("key")) if "key" in given else (),
        pii=decode.texts(given["pii"], place.at("pii")) if "pii" in given else (),
        schema=policy.mode,
        schema_last=policy.last,
        allow_empty="allow_empty" in given and decode.flag(given["allow_empty"], place.at("allow_empty")),
        samples=defaults.samples,
        sla=_sla(given["sla"], place.at("sla")) if "sla" in given else None,
        expect_every=_every(given["expect_every"], place.at("expect_every")) if "expect_every" in given else None,
        timezone=decode.timezone(given["timezone"], place.at("timezone")) if "timezone" in given else defaults.timezone,
        holidays=decode.days(given["holidays"], place.at("holidays")) if "holidays" in given else defaults.holidays,
    )


def _every(node: Node, place: Place) -> timedelta:
    seconds = decode.duration(node, place)
    if seconds <= 0:
        raise place.error(node.mark, "must be longer than nothing, like 1d")
    return timedelta(seconds=seconds)


def _policy(node: Node, place: Place) -> Policy:
    if not isinstance(node.value, dict):
        return Policy(Mode(decode.word(Mode)(node, place)))
    given = decode.keys(node, place, ("mode", "last"))
    mode = Mode(decode.word(Mode)(given["mode"], place.at("mode"))) if "mode" in given else Mode(Dataset.schema)
    if "last" not in given:
        return Policy(mode)
    last = decode.whole(given["last"], place.at("last"))
    if not mode.transitive or not last:
        raise place.error(given["last"].mark, "last: counts the versions of a transitive mode, 1 or more")
    return Policy(mode, last)


def _sla(node: Node, place: Place) -> ServiceLevel:
    given = decode.keys(node, place, ("score", "within"))
    for key in ("score", "within"):
        if key not in given:
            raise place.error(node.mark, f"{key}: is missing; like {{score: 99, within: 30d}}")
    score = decode.number(given["score"], place.at("score"))
    if not 0 <= score <= 100:
        raise place.error(given["score"].mark, f"score: must be from 0 to 100, not {decode.shown(given['score'])}")
    return ServiceLevel(score, timedelta(seconds=decode.duration(given["within"], place.at("within"))))


def _read(node: Node, place: Place) -> ReadOptions:
    given = decode.keys(node, place, READ)
    types = {}
    if "types" in given:
        for column, kind in decode.mapping(given["types"], place.at("types")).items():
            types[column] = decode.read_type(kind, place.at("types").at(column))
    notation, columns = read_keys.notation(given, place), {}
    if "columns" in given:
        for column, one in decode.mapping(given["columns"], place.at("columns")).items():
            columns[column], kind_of = read_keys.column(one, place.at("columns").at(column), notation)
            if kind_of is not None and column in types:
                raise place.error(one.mark, f"columns: {clean(column, 60)}: its type stands under types, too")
            types |= {} if kind_of is None else {column: kind_of}
    return ReadOptions(
        missing_values=decode.cells(given["missing_values"], place.at("missing_values"))
        if "missing_values" in given
        else (),
        delimiter=decode.delimiter(given["delimiter"], place.at("delimiter")) if "delimiter" in given else None,
        quote=decode.quote(given["quote"], place.at("quote")) if "quote" in given else None,
        escape=decode.escape(given["escape"], place.at("escape")) if "escape" in given else None,
        comment=decode.beginning(given["comment"], place.at("comment")) if "comment" in given else None,
        max_line=decode.line_length(given["max_line"], place.at("max_line")) if "max_line" in given else LONGEST_LINE,
        encoding=decode.encoding(given["encoding"], place.at("encoding")) if "encoding" in given else None,
        header=decode.flag(given["header"], place.at("header")) if "header" in given else None,
        skip=decode.whole(given["skip"], place.at("skip")) if "skip" in given else None,
        types=types,
        notation=notation,
        columns=columns,
    )


def _rules(
    node: Node, place: Place, dataset: Dataset, defaults: Defaults, variables: Mapping[str, str]
) -> tuple[Rule, ...]:
    listed = decode.keys(node, place, DATASET).get("rules")
    rules: list[Rule] = []
    items = decode.items(listed, place.at("rules")) if listed is not None else ()
    hidden = tuple(name.casefold() for name in dataset.pii)
    taken = naming.reserved(items, allow_empty=dataset.allow_empty)
    for item in items:
        made = replace(_rule(item, place, defaults, variables, taken), hidden=hidden)
        taken.add(made.name)
        rules.append(made)
    return tuple(rules)


def _rule(node: Node, place: Place, defaults: Defaults, variables: Mapping[str, str], taken: set[str]) -> Rule:
    written = decode.mapping(node, place)
    if "type" not in written:
        raise place.error(node.mark, f"type: is missing; known types: {', '.join(sorted(RULE_TYPES))}")
    type_name = written["type"].value
    if not isinstance(type_name, str) or type_name not in RULE_TYPES:
        raise place.error(
            written["type"].mark,
            f"unknown rule type {decode.shown(written['type'])}; known types: {', '.join(sorted(RULE_TYPES))}",
        )
    rule_type = RULE_TYPES[type_name]
    place = place.at(type_name)
    written_as = {name: key for key, name in rule_type.keys.items()}
    of_segments = {"segment_by", *({"min_rows"} if rule_type.min_rows == Rule.min_rows else ())}
    unwritten = UNWRITTEN if rule_type.divisible else UNWRITTEN | of_segments
    known = {
        written_as.get(field.name, field.name): field for field in fields(rule_type) if field.name not in unwritten
    }
    column_keys = {
        Takes.NO_COLUMN: (), Takes.MAYBE_ONE: ("column",), Takes.ONE: ("column",), Takes.SEVERAL: ("column", "columns"),
        Takes.ANY: ("column", "columns"), Takes.ALL: (),
    }[rule_type.takes]  # fmt: skip
    given = decode.keys(node, place, ("type", *column_keys, *known))
    columns = () if rule_type.takes is Takes.ALL else _columns(given, node, place, rule_type.takes)
    marks = {name: mark for key, value in given.items() for name, mark in decode.marks(key, value).items()}
    values: dict[str, object] = {"columns": columns, "line": node.mark.line, "marks": {"": node.mark, **marks}}
    if defaults.severity is not None:
        values["severity"] = defaults.severity
    for key, field in known.items():
        if key in given:
            values[field.name] = _value(given[key], field, place.at(key), variables, rule_type.__module__)
        elif field.default is MISSING and key != "name":
            raise place.error(node.mark, f"{key}: is missing")
    _levels(
        values,
        {name for key, name in ((key, field.name) for key, field in known.items()) if key in given},
        marks,
        place,
    )
    values["name"] = _name(values, rule_type, columns, taken, marks, place)
    try:
        return rule_type(**values)  # type: ignore[arg-type] # each value is decoded by its field's type
    except ValueError as error:
        # What is wrong with one key begins with its name.
        raise place.error(marks.get(str(error).partition(":")[0], node.mark), str(error)) from None


def _levels(values: dict[str, object], written: set[str], marks: Mapping[str, Mark], place: Place) -> None:
    """Refuse limits that cannot stand together; a rule with levels is as severe as its most severe one."""
    refused = shares.refusal({name: value for name, value in values.items() if name in written})
    if refused is not None:
        key, message = refused
        raise place.error(marks[key], f"{key}: {message}")
    if "fail" in written or "warn" in written:
        values["severity"] = Severity.CRITICAL if "fail" in written else Severity.WARNING


def _value(node: Node, field: Field[object], place: Place, variables: Mapping[str, str], module: str) -> object:
    if field.name == "where":
        return _filled(node, place, variables)
    return decode.decoder(str(field.type), module)(node, place)


def _columns(given: Mapping[str, Node], node: Node, place: Place, takes: Takes) -> tuple[str, ...]:
    if "column" in given and "columns" in given:
        raise place.error(given["columns"].mark, "say column or columns, not both")
    columns: tuple[str, ...] = ()
    if "column" in given:
        columns = (decode.text(given["column"], place.at("column")),)
    elif "columns" in given:
        columns = tuple(
            decode.text(item, place.at("columns")) for item in decode.items(given["columns"], place.at("columns"))
        )
    if not columns and takes in {Takes.ONE, Takes.SEVERAL}:
        raise place.error(node.mark, "column: is missing")
    return columns


def _name(
    values: Mapping[str, object],
    rule_type: type[Rule],
    columns: tuple[str, ...],
    taken: set[str],
    marks: Mapping[str, Mark],
    place: Place,
) -> str:
    if "name" in values:
        name = str(values["name"])
        if name in taken:
            raise place.error(marks["name"], f"name: '{clean(name, 60)}' is taken by another rule of this dataset")
        return name
    return naming.unnamed(rule_type.type, columns or ((str(values["metric"]),) if "metric" in values else ()), taken)


def _filled(node: Node, place: Place, variables: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in variables:
            raise place.error(node.mark, f"'{found[1]}' has no value; say --set {found[1]}=…")
        return variables[found[1]]

    return VARIABLE.sub(value, decode.text(node, place))


def _environment(node: Node, place: Place) -> str:
    def value(found: re.Match[str]) -> str:
        if not found[1].startswith("IDQP_"):
            raise place.error(node.mark, f"${{{found[1]}}}: only variables that begin with IDQP_ are read")
        if found[1] not in os.environ:
            raise place.error(node.mark, f"${{{found[1]}}} is not set in the environment")
        return os.environ[found[1]]

    return ENVIRONMENT.sub(value, decode.text(node, place))
