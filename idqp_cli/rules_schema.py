"""The JSON Schema of the rules file, for editors; pure.

It is made from the reader of the rules file: what it does not know to describe
it lets pass, so that an editor never underlines what `idqp` takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli import config, read_keys, reference
from idqp_cli.alerts.describing import described
from idqp_cli.dataset import LONGEST_LINE
from idqp_cli.decode import MAX_LINE
from idqp_cli.model import Severity
from idqp_cli.reference import Entry, Key
from idqp_cli.schemas.modes import Mode

DIALECT = "http://json-schema.org/draft-07/schema#"  # what YAML editors know

Schema = Mapping[str, object]

TEXT: Schema = {"type": "string", "minLength": 1}
TEXTS: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
SCALAR: Schema = {"type": ["string", "number", "boolean"]}
SHARE: Schema = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*%$"},
    ]
}
PERCENTAGE: Schema = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*%$"}
# A bare 1 may be a share or a number.
BELOW_ONE: Schema = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
COUNT: Schema = {"type": "string", "pattern": r"^[0-9][0-9,_]*\s+rows?$"}
DURATION: Schema = {"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?[smhdw])+$"}
MODE: Schema = {"enum": list(Mode)}
DECLARED: Schema = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [
            TEXT,
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "type": TEXT,
                    "required": {"type": "boolean"},
                    "nullable": {"type": "boolean"},
                    "enum": {"type": "array", "items": SCALAR},
                    "min_length": {"type": "integer", "minimum": 0},
                    "max_length": {"type": "integer", "minimum": 0},
                },
            },
        ]
    },
}
KINDS: Mapping[str, Schema] = {
    "str": TEXT,
    "bool": {"type": "boolean"},
    "int": {"type": "integer", "minimum": 0},
    "float": {"type": "number"},
    "Share": SHARE,
    "Portion": {"anyOf": [BELOW_ONE, PERCENTAGE]},
    "Limit": {"anyOf": [BELOW_ONE, PERCENTAGE, COUNT]},
    "Confidence": SHARE,
    "Smallest": {"anyOf": [SHARE, {"type": "number", "minimum": 0}]},
    "Duration": DURATION,
    "Baseline": {
        "anyOf": [
            {"const": "previous"},
            {
                "type": "object",
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
                "properties": {"window": DURATION, "snapshot": TEXT, "file": TEXT},
            },
        ]
    },
    "Bound": {"type": ["number", "string"]},
    "Severity": {"enum": list(Severity)},
    "tuple[Declared, ...]": DECLARED,
    "tuple[str, ...]": TEXTS,
    "tuple[Scalar, ...]": {"type": "array", "minItems": 1, "items": SCALAR},
}
CHARACTER: Schema = {"type": "string", "minLength": 1, "maxLength": 1}
CELLS: Schema = {"type": "array", "items": {"type": ["string", "integer"]}}
NOTATION: Mapping[str, Schema] = {
    "decimal": {**CHARACTER, "description": "The decimal mark of numbers."},
    "thousands": {**CHARACTER, "description": "The mark between thousands."},
    "strip": {**TEXT, "description": "Characters around numbers, like a currency's."},
    "date_format": {**TEXT, "description": "The strptime format of dates, like %d.%m.%Y."},
    "timestamp_format": {**TEXT, "description": "The strptime format of timestamps."},
    "true_values": {**CELLS, "description": "The texts that mean true."},
    "false_values": {**CELLS, "description": "The texts that mean false."},
}
READ: Mapping[str, Schema] = {
    "missing_values": {"type": "array", "items": {"type": ["string", "integer"]}},
    "delimiter": {
        **TEXT,
        "maxLength": 4,
        "description": "What divides cells: 1 to 4 bytes, \\t for a tab, \\x1f for a byte.",
    },
    "quote": {"type": "string", "pattern": "^(.|none)$", "description": "What cells are quoted with; none: nothing."},
    "escape": {
        "enum": ["\\", '"', "'", "none"],
        "description": "What makes a quote in a quoted cell a character: a backslash, or the quote itself.",
    },
    "comment": {**TEXT, "description": "A line that begins with this is not a row."},
    "max_line": {
        "type": "integer",
        "minimum": LONGEST_LINE,
        "maximum": MAX_LINE,
        "description": "The length in bytes of the longest line that is read.",
    },
    "encoding": TEXT,
    "header": {"type": "boolean"},
    "skip": {"type": "integer", "minimum": 0},
    "types": {"type": "object", "additionalProperties": TEXT},
    **NOTATION,
}
READ_COLUMN: Mapping[str, Schema] = {"type": TEXT, "missing_values": CELLS, **NOTATION}
ZONE: Schema = {**TEXT, "description": "The time zone of days, and of times without a zone, like America/New_York."}
HOLIDAYS: Schema = {
    "type": "array",
    "items": {"type": "string", "format": "date"},
    "description": "Days that are unlike others, which `anomaly` judges by their level alone.",
}
DATASET: Mapping[str, Schema] = {
    "path": {**TEXT, "description": "A file, a glob, or - for standard input."},
    "description": TEXT,
    "owner": TEXT,
    "key": {**TEXTS, "description": "The columns that tell failing rows apart."},
    "pii": {**TEXTS, "description": "Columns that are masked in every output."},
    "schema": {
        "anyOf": [
            MODE,
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {"mode": MODE, "last": {"type": "integer", "minimum": 1}},
            },
        ],
        "description": "Which changes of the schema are not breaking.",
    },
    "sla": {
        "type": "object",
        "additionalProperties": False,
        "required": ["score", "within"],
        "properties": {"score": {"type": "number", "minimum": 0, "maximum": 100}, "within": DURATION},
        "description": "The score that the dataset is to have, and over how long.",
    },
    "expect_every": {**DURATION, "description": "How long may pass between two checks; more is an incident."},
    "timezone": ZONE,
    "holidays": HOLIDAYS,
    "allow_empty": {"type": "boolean", "description": "Whether a file without rows passes."},
    "rules": {"type": "array", "items": {"$ref": "#/definitions/rule"}},
}


def schema() -> Schema:
    """Return the JSON Schema of `rules.yaml`."""
    types = reference.entries()
    columns = {"type": "object", "additionalProperties": _mapping(READ_COLUMN, read_keys.COLUMN)}
    dataset = {**DATASET, "read": _mapping({**READ, "columns": columns}, config.READ)}
    top: Mapping[str, Schema] = {
        "version": {"const": 1},
        "store": {**TEXT, "description": "The path of an SQLite file, or the address of a server."},
        "defaults": {
            "type": "object",
            "properties": {
                "severity": KINDS["Severity"],
                "samples": {"type": "integer", "minimum": 0},
                "resolve_after": {"type": "integer", "minimum": 1},
            },
        },
        "datasets": {
            "type": "object",
            "propertyNames": {"pattern": f"^{config.DATASET_NAME.pattern}$"},
            "additionalProperties": _mapping(dataset, config.DATASET, required=["path"]),
        },
        "alerts": described(),
    }
    return {
        "$schema": DIALECT,
        "title": "rules.yaml of idqp",
        **_mapping(top, config.TOP, required=["version", "datasets"]),
        "definitions": {"rule": _rule(types), **{one.type: _entry(one) for one in types}},
    }


def _mapping(described: Mapping[str, Schema], known: Iterable[str], required: Iterable[str] = ()) -> Schema:
    """Describe a mapping of the `known` keys; one that is not described takes anything."""
    properties = {
        name: _or_null(described.get(name, {})) if name not in required else described[name] for name in known
    }
    needed = list(required)
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
        "properties": properties,
    }


def _rule(types: Iterable[Entry]) -> Schema:
    names = [one.type for one in types]
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": names}},
        "allOf": [
            {"if": {"properties": {"type": {"const": name}}}, "then": {"$ref": f"#/definitions/{name}"}}
            for name in names
        ],
    }


def _entry(one: Entry) -> Schema:
    properties = {key.name: _or_null(_key(key)) for key in one.keys}
    return {
        "description": one.description,
        "additionalProperties": False,
        "required": ["type", *(key.name for key in one.keys if key.required)],
        "properties": {"type": {"const": one.type}, **properties},
    }


def _key(key: Key) -> Schema:
    found = {"enum": list(key.words)} if key.words else KINDS.get(key.kind, {})
    return {**found, **({"description": key.description} if key.description else {})}


def _or_null(described: Schema) -> Schema:
    """Let a key stand there without a value, which counts as absent."""
    if "enum" in described:
        words = described["enum"]
        return {**described, "enum": [*words, None] if isinstance(words, list) else words}
    kind = described.get("type")
    if kind is not None:
        return {**described, "type": [*kind, "null"] if isinstance(kind, list) else [kind, "null"]}
    if "anyOf" in described:
        choices = described["anyOf"]
        return {**described, "anyOf": [*choices, {"type": "null"}] if isinstance(choices, list) else choices}
    return described
