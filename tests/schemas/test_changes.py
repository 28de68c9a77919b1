"""The table of changes: what each is, whom it breaks, in every mode; and the page that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from generated import fresh
from idqp_cli.core.model import SchemaReport
from idqp_cli.schemas.changes import Party
from idqp_cli.schemas.compare import apply, compare
from idqp_cli.schemas.compatibility import Mode
from idqp_cli.schemas.registry import BREAKING, CHANGED, UNCHANGED, Policy, validate
from idqp_cli.schemas.schema import Schema, SchemaColumn, SchemaVersion
from idqp_cli.schemas.types import Enum, List, Map, Plain, Struct, Type, Union, parse

HERE = Path(__file__).parent
NUMBERS = {"nothing": "1.2.3", "major": "2.0.0", "minor": "1.3.0", "patch": "1.2.4"}
PROTECTED: Mapping[Mode, set[str]] = {
    Mode.NONE: set(),
    Mode.BACKWARD: {"readers"},
    Mode.FORWARD: {"writers"},
    Mode.FULL: {"readers", "writers"},
    Mode.BACKWARD_TRANSITIVE: {"readers"},
    Mode.FORWARD_TRANSITIVE: {"writers"},
    Mode.FULL_TRANSITIVE: {"readers", "writers"},
}


@dataclass(frozen=True)
class Case:
    """A row of the table."""

    group: str
    it: str
    before: Schema
    after: Schema
    kinds: list[str]
    breaks: set[str]
    counts: str
    avro: bool


def schema(columns: Mapping[str, Any]) -> Schema:
    made = []
    for name, written in columns.items():
        said = written if isinstance(written, dict) else {"type": written}
        enum = {"enum": tuple(said["enum"])} if "enum" in said else {}
        made.append(SchemaColumn(name, **{**said, **enum}))
    return tuple(made)


def cases() -> list[Case]:
    groups = yaml.safe_load((HERE / "changes.yaml").read_text(encoding="utf-8"))
    return [
        Case(
            group, row["it"], schema(row["before"]), schema(row["after"]), row["kinds"], set(row["breaks"]),
            row["counts"], row.get("avro", False),
        )
        for group, rows in groups.items()
        for row in rows
    ]  # fmt: skip


CASES = cases()
EVERY = pytest.mark.parametrize("case", CASES, ids=[case.it for case in CASES])


def report(case: Case, mode: Mode) -> SchemaReport:
    return validate([SchemaVersion("1.2.3", case.before)], case.after, Policy(mode))


@EVERY
def test_what_it_is_and_whom_it_breaks(case: Case) -> None:
    changes = compare(case.before, case.after).changes
    assert [change.kind.value for change in changes] == case.kinds
    words = {Party.READERS: "readers", Party.WRITERS: "writers"}
    assert {words[party] for change in changes for party in change.breaks} == case.breaks


@EVERY
@pytest.mark.parametrize("mode", list(Mode))
def test_every_mode(case: Case, mode: Mode) -> None:
    found = report(case, mode)
    expected = BREAKING if case.breaks & PROTECTED[mode] else CHANGED if case.kinds else UNCHANGED
    assert found.status == expected
    number = "1.2.3" if expected == BREAKING else NUMBERS[case.counts]
    assert found.version == number


@EVERY
@pytest.mark.parametrize("mode", list(Mode))
def test_a_transitive_mode_asks_also_the_versions_before_the_latest(case: Case, mode: Mode) -> None:
    """The latest version has the change already, so that only an older one can object."""
    history = [SchemaVersion("1.2.3", case.before), SchemaVersion("2.0.0", case.after)]
    broken = mode.transitive and case.breaks & PROTECTED[mode]
    assert validate(history, case.after, Policy(mode)).status == (BREAKING if broken else UNCHANGED)
    assert validate(history, case.after, Policy(mode, last=1)).status == UNCHANGED


@EVERY
def test_the_diff_applied_gives_the_new_schema(case: Case) -> None:
    assert apply(compare(case.before, case.after), case.before) == case.after


@pytest.mark.parametrize("case", [case for case in CASES if case.avro], ids=lambda case: case.it)
def test_the_verdict_is_that_of_avro(case: Case) -> None:
    before, after = record(case.before), record(case.after)
    assert ("readers" in case.breaks) == (not reads(after, before))
    assert ("writers" in case.breaks) == (not reads(before, after))


def test_there_are_enough() -> None:
    assert len(CASES) >= 25
    assert len({case.it for case in CASES}) == len(CASES)


def test_the_page_is_that_of_the_table() -> None:
    fresh("docs/schema-changes.md", page())


# Avro's schema resolution, from its specification, over schemas in Avro's own JSON.

PRIMITIVES = {
    "INTEGER": "int", "BIGINT": "long", "FLOAT": "float", "DOUBLE": "double", "VARCHAR": "string", "BLOB": "bytes",
    "BOOLEAN": "boolean", "DATE": "int",
}  # fmt: skip
PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}


def record(columns: Schema) -> dict[str, Any]:
    fields = []
    for column in columns:
        own = avro(parse(column.type))
        kind = ["null", own] if column.nullable else own
        fields.append({"name": column.name, "type": kind, **({"default": None} if column.required is False else {})})
    return {"type": "record", "name": "row", "fields": fields}


def avro(found: Type) -> Any:  # noqa: ANN401 - JSON
    match found:
        case Plain(name):
            return PRIMITIVES[name]
        case Enum(values):
            return {"type": "enum", "name": "e", "symbols": list(values)}
        case List(element, None):
            return {"type": "array", "items": avro(element)}
        case Map(_, value):
            return {"type": "map", "values": avro(value)}
        case Struct(fields):
            return {"type": "record", "name": "r", "fields": [{"name": n, "type": avro(k)} for n, k in fields]}
        case Union(members):
            return [avro(kind) for _, kind in members]
    raise NotImplementedError(found)


def reads(reader: Any, writer: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(writer, list):
        return all(reads(reader, branch) for branch in writer)
    if isinstance(reader, list):
        return any(reads(branch, writer) for branch in flat(reader))
    if isinstance(reader, str) or isinstance(writer, str):
        return reader == writer or str(reader) in PROMOTIONS.get(str(writer), ())
    if reader["type"] != writer["type"]:
        return False
    match reader["type"]:
        case "array":
            return reads(reader["items"], writer["items"])
        case "map":
            return reads(reader["values"], writer["values"])
        case "enum":
            return set(writer["symbols"]) <= set(reader["symbols"])
    written = {field["name"]: field["type"] for field in writer["fields"]}
    return all(
        reads(field["type"], written[field["name"]]) if field["name"] in written else "default" in field
        for field in reader["fields"]
    )


def flat(union: list[Any]) -> list[Any]:
    return [leaf for branch in union for leaf in (flat(branch) if isinstance(branch, list) else [branch])]


# The page.

HEAD = """\
# Compatibility of schema changes

This page lists the verdict on every schema change in every [mode](schemas.md#modes): ✓ is compatible, ✗ is breaking. For
example, a required column that is removed is breaking in the mode `forward`, and compatible in the mode `backward`.

A change can break two parties:

- **Readers of old data**: programs with the new schema cannot read the data that was written before.
- **Writers**: programs with the old schema cannot read the data that is written now.

| mode | forbids changes that break |
|---|---|
| `backward` | readers of old data |
| `forward` | writers |
| `full` | either |
| `none` | nobody |

The `_transitive` modes compare with every version instead of the latest, and `last: N` with the last `N` versions.

The schema of a file does not say whether a column may be absent. If no rule declares it either, a new column is
compatible: readers of old data find NULL. A lost column breaks writers, because programs may already read it.

The column *version* shows the part of the version number that a compatible or accepted change increases. A change that
the mode forbids increases the major version. The column *Avro* marks cases that Avro's schema resolution has too; there
the verdict is that of Confluent's registry. Confluent's checker ignores the logical types of Avro (decimals, dates,
times). Here a change between such types is breaking if a value can be lost.

`make generated` writes this page from `tests/schemas/changes.yaml`, the cases of its test.
"""


def page() -> str:
    lines = [HEAD]
    for group in dict.fromkeys(case.group for case in CASES):
        modes = [mode.value for mode in Mode]
        lines += [f"## {group.capitalize()}", ""]
        lines += [
            "| change | before | after | " + " | ".join(f"`{mode}`" for mode in modes) + " | breaks | version | Avro |"
        ]
        lines += ["|---|---|---|" + ":-:|" * len(modes) + "---|---|:-:|"]
        for case in CASES:
            if case.group == group:
                verdicts = ["✗" if report(case, mode).status == BREAKING else "✓" for mode in Mode]
                who = {"readers": "readers of old data", "writers": "writers"}
                cells = [
                    case.it, shown(case.before), shown(case.after), *verdicts,
                    ", ".join(who[one] for one in ("readers", "writers") if one in case.breaks) or "nobody",
                    case.counts, "✓" if case.avro else "",
                ]  # fmt: skip
                lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def shown(columns: Schema) -> str:
    return ", ".join(f"`{described(column)}`" for column in columns)


def described(column: SchemaColumn) -> str:
    words = [column.name, column.type]
    words += [] if column.nullable else ["NOT NULL"]
    words += [] if column.required is None else ["required" if column.required else "optional"]
    words += [f"in ({', '.join(map(str, column.enum))})"] if column.enum else []
    words += [f"min {column.min_length}"] if column.min_length is not None else []
    words += [f"max {column.max_length}"] if column.max_length is not None else []
    words += ["read from text"] if column.text else []
    return " ".join(words)
