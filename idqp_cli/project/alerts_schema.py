"""What the rules file takes under `alerts`, as JSON Schema; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields

from idqp_cli.alerts import CHANNEL_TYPES
from idqp_cli.alerts.channel import Channel
from idqp_cli.alerts.mail import TLS
from idqp_cli.core.model import Severity
from idqp_cli.project.alerts import DAYS, KEYS, MATCH, NEVER, ROUTE, SILENCE, WRITTEN_AS

Schema = Mapping[str, object]

TEXT: Schema = {"type": "string", "minLength": 1}
TEXTS: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 1000}
LENGTH: Schema = {"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?[smhdw])+$"}
SEVERITIES: Schema = {"enum": list(Severity)}
BY_KEY: Mapping[str, Schema] = {
    "port": {"type": "integer", "minimum": 1, "maximum": 65535},
    "tls": {"enum": list(TLS)},
    "to": TEXTS,
    "mention": {**TEXTS, "description": "Who is called, unless all that a message tells is over."},
    "text": {**TEXT, "description": "Own words instead of the summary; {dataset}, {rule}, {severity}, … are fields."},
}
SECRET: Schema = {"type": "string", "pattern": r"^\$\{IDQP_\w+\}$"}
MATCHED: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        key: {"anyOf": [SEVERITIES, {"type": "array", "items": SEVERITIES}]} if key == "severity" else TEXTS
        for key in MATCH
    },
}
ROUTES: Mapping[str, Schema] = {"match": MATCHED, "to": TEXTS, "tell_after": COUNT}
SILENCES: Mapping[str, Schema] = {
    "match": MATCHED,
    "from": {**TEXT, "description": "A time or a day, ISO 8601."},
    "until": {**TEXT, "description": "A time or a day, ISO 8601."},
    "between": {
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "items": {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
    },
    "days": {"type": "array", "items": {"enum": list(DAYS)}},
    "zone": {**TEXT, "description": "A time zone like Europe/Berlin; else UTC."},
    "cron": {**TEXT, "description": "When it begins, as cron has it; `for` says how long it lasts."},
    "for": LENGTH,
}


def described() -> Schema:
    """Return the JSON Schema of the mapping under `alerts`."""
    keys: Mapping[str, Schema] = {
        "channels": {"type": "object", "additionalProperties": _channels()},
        "routes": {"type": "array", "items": _only(ROUTES, ROUTE, ["to"])},
        "silences": {"type": "array", "items": _only(SILENCES, SILENCE, [])},
        "digest": {
            "type": "integer",
            "minimum": 0,
            "description": "Above so many incidents in one run, a channel for people gets one message.",
        },
        "repeat": {"anyOf": [LENGTH, {"const": NEVER}], "description": "When an open incident is told of again."},
        "tell_after": {**COUNT, "description": "How often a rule fails before its incident is told of."},
        "samples": {"type": "boolean", "description": "Whether messages show failing rows, masked."},
        "allow_private": {"type": "boolean", "description": "Whether messages may go to private addresses."},
    }
    return _only(keys, KEYS, [])


def _channels() -> Schema:
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(CHANNEL_TYPES)}},
        "allOf": [
            {"if": {"properties": {"type": {"const": name}}}, "then": _channel(name, kind)}
            for name, kind in CHANNEL_TYPES.items()
        ],
    }


def _channel(name: str, kind: type[Channel]) -> Schema:
    written = {WRITTEN_AS.get(field.name, field.name): field for field in fields(kind)}
    own = {
        key: BY_KEY.get(key, SECRET if str(field.type).startswith("Secret") else TEXT) for key, field in written.items()
    }
    needed = ["type", *(key for key, field in written.items() if field.default is MISSING)]
    return _only({"type": {"const": name}, **own}, ("type", *own), needed)


def _only(described_keys: Mapping[str, Schema], known: tuple[str, ...], required: list[str]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": required} if required else {}),
        "properties": {key: described_keys[key] for key in known},
    }
