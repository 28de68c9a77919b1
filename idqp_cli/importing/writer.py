"""rules.yaml as text: datasets, their rules, and a comment in the place of each check that could not be said; pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from idqp_cli.core.text import HARMFUL, clean, one_line
from idqp_cli.importing.foreign import scalar
from idqp_cli.importing.values import Import, Imported, Keys, Taken, Untaken

WIDTH = 116
PLAIN = re.compile(
    r"[A-Za-z_][\w./()-]*(?::[\w./()-]+)*(?: [\w./()<>=+*-]+)*|[0-9]+ rows?|[0-9.]+%|[0-9]+[smhdw]", re.ASCII
)
INDENT = "  "


def written(imported: Import, heading: Sequence[str] = ()) -> str:
    """Write a rules file."""
    lines = [*(comment(line) for line in heading), "version: 1"]
    if imported.defaults:
        lines.append(f"defaults: {flow(imported.defaults)}")
    lines += [comment(f"not converted: {one}") for one in imported.untaken]
    lines.append("datasets:" if imported.datasets else "datasets: {}")
    for dataset in imported.datasets:
        lines += _dataset(dataset)
    return "\n".join(lines) + "\n"


def _dataset(dataset: Imported) -> Iterator[str]:
    yield f"  {text(dataset.name)}:"
    yield from (f"    {comment(line)}" for line in dataset.remarks)
    for key, value in dataset.keys.items():
        yield from _entry(key, value, 4)
    if not any(isinstance(check, Taken) for check in dataset.checks):
        yield from (f"    {comment(told(check))}" for check in dataset.checks if isinstance(check, Untaken))
        return
    yield "    rules:"
    for check in dataset.checks:
        if isinstance(check, Untaken):
            yield f"      {comment(told(check))}"
        else:
            yield from (f"      {comment(line)}" for line in check.remarks)
            yield from _rule(check.keys)


def told(check: Untaken) -> str:
    """Say of a check that it is no rule."""
    return f"{'left out' if check.spared else 'not converted'}: {check}"


def _rule(keys: Keys) -> Iterator[str]:
    short = f"      - {flow(keys)}"
    if len(short) <= WIDTH and not any(isinstance(value, str) and "\n" in value for value in keys.values()):
        yield short
        return
    begin = "      - "
    for key, value in keys.items():
        first, *rest = _entry(key, value, 8)
        yield begin + first[8:]
        yield from rest
        begin = " " * 8


def _entry(key: str, value: object, indent: int) -> Iterator[str]:
    """Write one key of a block: in a line if that is short, else below it."""
    space = " " * indent
    if isinstance(value, str) and (block := _block(value)) is not None:
        yield f"{space}{text(key)}: |-"
        yield from (f"{space}  {line}" if line else "" for line in block)
        return
    short = f"{space}{text(key)}: {flow(value)}"
    if len(short) <= WIDTH or not isinstance(value, (Mapping, list, tuple)) or not value:
        yield short
        return
    yield f"{space}{text(key)}:"
    if isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _entry(str(inner), item, indent + 2)
    else:
        yield from (f"{space}  - {flow(item)}" for item in value)


def _block(value: str) -> list[str] | None:
    """Return the lines of a text that can stand in a block as they are; None if it has to be quoted."""
    lines = value.split("\n")
    fine = len(lines) > 1 and all(_shows(line) and line == line.rstrip() for line in lines)
    return lines if fine and lines[0][:1].strip() and lines[-1] else None


def _shows(line: str) -> bool:
    return all(unicodedata.category(one) not in HARMFUL for one in line)


def flow(value: object) -> str:
    """Write a value in one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case Mapping():
            return "{" + ", ".join(f"{text(str(key))}: {flow(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(flow(item) for item in value) + "]"
        case int():
            return str(value)
        case Decimal() | Fraction():
            return f"{Decimal(str(value)):f}"
        case float():
            return repr(value) if math.isfinite(value) else ".inf" if value > 0 else "-.inf"
        case None:
            return "null"
    return text(str(value))


def text(value: str) -> str:
    """Write a text so that every reader of YAML takes it for one."""
    if PLAIN.fullmatch(value) and isinstance(scalar(value), str) and value not in {"y", "n", "Y", "N"}:
        return value
    if value and _shows(value):
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(_escaped(one) for one in value) + '"'


def _escaped(one: str) -> str:
    if one in '"\\':
        return "\\" + one
    if unicodedata.category(one) not in HARMFUL:
        return one
    code = ord(one)
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(one) or (
        f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )


def comment(line: str) -> str:
    """Write a comment of one line."""
    return f"# {clean(one_line(line), 500)}"
