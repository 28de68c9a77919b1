"""docs/alerts.md says every key of `alerts:`, and the JSON Schema knows them."""

from __future__ import annotations

import re
from dataclasses import fields

import jsonschema
import pytest
import yaml

from console import blocks
from generated import ROOT
from idqp_cli.alerts import CHANNEL_TYPES
from idqp_cli.alerts.templates import FIELDS
from idqp_cli.project import editor_schema
from idqp_cli.project.alerts import KEYS, MATCH, ROUTE, SILENCE, WRITTEN_AS

PAGE = (ROOT / "docs/alerts.md").read_text(encoding="utf-8")
FILES = [yaml.safe_load(block.text) for block in blocks(PAGE) if block.kind == "yaml"]
VALIDATOR = jsonschema.Draft7Validator(editor_schema.schema())


def test_every_key_is_said() -> None:
    told = set(re.findall(r"`\{?(\w+)\}?`", PAGE))
    assert {*KEYS, *MATCH, *ROUTE, *SILENCE, *FIELDS} <= told


@pytest.mark.parametrize("name", CHANNEL_TYPES)
def test_every_channel_has_an_example_with_all_its_keys(name: str) -> None:
    shown = {
        key
        for file in FILES
        for channel in file["alerts"]["channels"].values()
        if channel["type"] == name
        for key in channel
    }
    own = {WRITTEN_AS.get(field.name, field.name) for field in fields(CHANNEL_TYPES[name])}
    assert shown == {"type", *own}


def plain(value: object) -> object:
    """Read dates as the text that idqp reads them as."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def test_every_example_is_what_the_schema_takes() -> None:
    assert len(FILES) == len(CHANNEL_TYPES) + 1
    for file in FILES:
        assert [error.message for error in VALIDATOR.iter_errors(plain(file))] == []


@pytest.mark.parametrize("alerts", [
    {"chanels": {}},
    {"channels": {"c": {"type": "slack"}}},
    {"channels": {"c": {"type": "pager", "webhook": "x"}}},
    {"channels": {"c": {"type": "slack", "webhook": "${IDQP_X}", "routing_key": "${IDQP_X}"}}},
    {"channels": {"c": {"type": "opsgenie", "api_key": "secret"}}},
    {"channels": {"c": {"type": "email", "host": "h", "from": "a@b", "to": "a@b", "port": 0}}},
    {"routes": [{"match": {"severity": "bad"}, "to": "c"}]},
    {"routes": [{"match": {}}]},
    {"silences": [{"days": ["monday"]}]},
    {"silences": [{"at": "22:00"}]},
    {"repeat": "often"},
    {"tell_after": 0},
])  # fmt: skip
def test_what_idqp_refuses_the_schema_refuses_too(alerts: object) -> None:
    file = {"version": 1, "datasets": {"d": {"path": "x.csv"}}, "alerts": alerts}
    assert not VALIDATOR.is_valid(file)
