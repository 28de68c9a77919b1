"""Mutants of a rules file: refused with a line, or read as another YAML reader reads it; and never a bug."""

from __future__ import annotations

import io
import random
import traceback
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hostile.extent import AGAIN, LONG, SEED
from hostile.mutants import mutant
from idqp_cli.core.errors import IdqpError
from idqp_cli.core.yaml import Node, parse
from idqp_cli.pipeline import targets
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project

EACH = 3_000 if LONG else 150
GOOD = b"""# Orders of the shop.
version: 1
store: .idqp/state.db
defaults: {severity: warning, samples: 5}
datasets:
  orders:
    path: t.csv
    description: >
      Orders, one
      row each
    owner: "data@example.com"
    read: {missing_values: ["NA", ''], delimiter: ",", encoding: utf-8, types: {id: VARCHAR}}
    key: [id]
    pii: [name]
    rules:
      - type: completeness
        column: name
        threshold: 1%
      - {type: accepted_values, column: note, values: [a, 'b', "c\\u00e9", 1, 1.5, true, 2024-01-01], severity: critical}
      - type: expression
        name: "amount: positive"
        expression: |
          amount >= 0
          AND id > 0
        where: id < 20
      - {type: range, column: amount, min: -1.5e3, max: .inf}  # all of it
alerts:
  channels:
    team: {type: slack, webhook: "https://hooks.slack.com/services/x"}
  routes:
    - {match: {severity: critical}, to: [team]}
    - {to: [team]}
"""
MARKS = (
    b": ", b"- ", b"\n", b"  ", b"&a ", b"*a", b"<<: *a", b"!!python/object:os.system ", b"!", b"|", b">", b"|+\n", b"%YAML 1.1\n", b"---\n",
    b"...\n", b"#", b" #", b"? ", b"'", b'"', b"{", b"}", b"[", b"]", b",", b"\t", b"\xff", b"\0", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\\x",
    b"yes", b"0o17", b"1_000", b"~", b"=", b"@", b"`", b"${IDQP_X}", b"${{ x }}", b"version: 1\n", b"orders:", b"9" * 200,
)  # fmt: skip


def drawn(number: int) -> bytes:
    chance = random.Random(f"{SEED} yaml {number}")
    found = bytearray(GOOD)
    for _ in range(chance.choice((1, 1, 2, 3))):
        place = chance.randrange(len(found))
        found[place : place + chance.choice((0, 0, 1, 3))] = chance.choice(MARKS)
    return bytes(found) if chance.random() < 0.6 else mutant(bytes(found), chance)


def plain(node: Node) -> object:
    """Return a value as texts, lists and mappings."""
    if isinstance(node.value, dict):
        return {key: plain(one) for key, one in node.value.items()}
    return [plain(one) for one in node.value] if isinstance(node.value, tuple) else node.text


def read(text: str) -> object:
    """Return what another reader makes of a text; it takes no tab where one may stand for a space."""
    try:
        return YAML(typ="base", pure=True).load(io.StringIO(text))
    except YAMLError:
        return YAML(typ="base", pure=True).load(io.StringIO(text.replace("\t", " ")))


def wrong(content: bytes, path: Path) -> str | None:
    """Say what is wrong with how a rules file is taken."""
    path.write_bytes(content)
    try:
        made = project.load(str(path), {})
        targets.choose(made, Choice())
    except IdqpError as error:
        return f"several lines: {error}" if "\n" in str(error) or "\x1b" in str(error) else None
    except Exception:  # noqa: BLE001 - what a person would be told is a bug
        return traceback.format_exc(limit=-3)
    text = content.decode("utf-8-sig")
    try:
        other = read(text)
    except YAMLError as error:
        return f"taken, and another reader refuses it: {error}"
    own = plain(parse(text, "rules.yaml"))
    return (
        None
        if repr(own).replace("\\t", " ") == repr(other).replace("\\t", " ")
        else f"{own} is to another reader {other}"
    )


def test_the_good_one_is_taken(tmp_path: Path) -> None:
    assert wrong(GOOD, tmp_path / "rules.yaml") is None
    assert len(project.load(str(tmp_path / "rules.yaml"), {}).rules["orders"]) == 4


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029", "\ufeff"])
def test_what_nobody_sees_ends_no_line(tmp_path: Path, sign: str) -> None:
    hidden = GOOD.decode().replace("    pii: [name]\n", f"    # all is well{sign}    pii: []\n")
    (tmp_path / "rules.yaml").write_text(hidden, encoding="utf-8")
    with pytest.raises(IdqpError, match=rf":14:18: holds U\+{ord(sign):04X}, which nobody sees"):
        project.load(str(tmp_path / "rules.yaml"), {})


@pytest.mark.parametrize("part", range(4 if LONG else 1))
def test_mutants_of_rules(tmp_path: Path, part: int) -> None:
    found = []
    for number in range(part * EACH, (part + 1) * EACH):
        told = wrong(drawn(number), tmp_path / "rules.yaml")
        if told is not None:
            found.append((number, told))
    assert found == [], AGAIN
