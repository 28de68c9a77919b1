"""The JSON Schema of the rules file, for editors; pure.

It is made from the reader of the rules file: what it does not know to describe
it lets pass, so that an editor never underlines what `idqp` takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.core.reading import LONGEST_LINE
from idqp_cli.project import dataset_keys, json_shapes, project, read_keys, rule_reference, stream_keys
from idqp_cli.project.alerts_schema import described
from idqp_cli.project.json_shapes import DURATION, TEXT, TEXTS, Schema
from idqp_cli.project.read_keys import MAX_LINE
from idqp_cli.project.rule_reference import Entry, Key
from idqp_cli.schemas.compatibility import Mode

DIALECT = "http://json-schema.org/draft-07/schema#"  # what YAML editors know

MODE: Schema = {"enum": list(Mode)}
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
    "version": {
        "type": "integer",
        "minimum": 0,
        "description": "The version of a Delta table, or the snapshot of an Iceberg table, to read.",
    },
    "as_of": {**TEXT, "description": "Read a Delta or Iceberg table as it was at this time."},
    "endpoint": {
        "type": "string",
        "pattern": "^https?://[^/?#@]+",
        "description": "The address of the object store: of MinIO, Ceph, R2 or an emulator.",
    },
    "region": {**TEXT, "description": "The region of the bucket; auto for R2."},
    "account": {**TEXT, "description": "The storage account of Azure."},
    "virtual_hosted": {"type": "boolean", "description": "Whether the name of the bucket is a part of the host's."},
    "anonymous": {"type": "boolean", "description": "Whether the store is asked without credentials."},
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
    "path": {**TEXT, "description": "A file, a folder, a glob, a URL like s3://bucket/key, or - for standard input."},
    "description": TEXT,
    "owner": TEXT,
    "key": {**TEXTS, "description": "The columns that tell failing rows apart."},
    "pii": {**TEXTS, "description": "Columns that are masked in every output; auto: those that look personal."},
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
    "incremental": {
        "type": "boolean",
        "description": "Read only the files that no recorded run has read; idqp check --all reads all.",
    },
    "stream": {
        "type": "object",
        "additionalProperties": False,
        "description": "How the messages of a topic are read.",
        "properties": {
            "format": {"enum": list(stream_keys.FORMATS), "description": "What the messages are; json without it."},
            "registry": {**TEXT, "description": "The URL of the schema registry, for avro and protobuf."},
            "fields": {**TEXTS, "description": "The names of the cells of CSV, in order."},
            "columns": {
                "type": "array",
                "items": {"enum": list(stream_keys.COLUMNS)},
                "description": "What is known of a message beside what it says, as columns kafka_key and so on.",
            },
            "dead_letter": {**TEXT, "description": "The topic that messages which fail are sent to."},
            "tls": {"type": "boolean", "description": "Whether the connection to the brokers is encrypted."},
            "ca": {**TEXT, "description": "A file with the certificates of the authorities that are trusted."},
            "certificate": {**TEXT, "description": "A file with the certificate that says who idqp is."},
            "key": {**TEXT, "description": "The file of its key; IDQP_KAFKA_KEY_PASSWORD opens it."},
            "sasl": {
                "enum": list(stream_keys.MECHANISMS),
                "description": "The mechanism of the login IDQP_KAFKA_USER with IDQP_KAFKA_PASSWORD.",
            },
            "window": {**TEXT, "description": "Judge messages by windows of the time of events, like 5m."},
            "event_time": {
                **TEXT,
                "description": "The column with the time of an event; that of the message without it.",
            },
            "late": {**TEXT, "description": "How long a window waits for messages that come late, like 1m."},
        },
    },
    "rules": {"type": "array", "items": {"$ref": "#/definitions/rule"}},
}


def schema() -> Schema:
    """Return the JSON Schema of `rules.yaml`."""
    types = rule_reference.entries()
    columns = {"type": "object", "additionalProperties": _mapping(READ_COLUMN, read_keys.COLUMN)}
    dataset = {**DATASET, "read": _mapping({**READ, "columns": columns}, read_keys.KEYS)}
    top: Mapping[str, Schema] = {
        "version": {"const": 1},
        "store": {**TEXT, "description": "The path of an SQLite file, or the address of a server."},
        "engine": {
            "type": "object",
            "additionalProperties": False,
            "required": ["type"],
            "properties": {
                "type": {"enum": ["duckdb", "spark"]},
                "remote": {**TEXT, "description": "The address of Spark Connect, like sc://host:15002."},
                "fetch_rows": {
                    "type": "integer",
                    "minimum": 0,
                    "description": "How many rows of a dataset may leave the cluster.",
                },
            },
            "description": "Where data is read and rules are evaluated: by DuckDB here, or on a Spark cluster.",
        },
        "defaults": {
            "type": "object",
            "properties": {
                "severity": json_shapes.SEVERITY,
                "samples": {"type": "integer", "minimum": 0},
                "resolve_after": {"type": "integer", "minimum": 1},
            },
        },
        "datasets": {
            "type": "object",
            "propertyNames": {"pattern": f"^{project.DATASET_NAME.pattern}$"},
            "additionalProperties": _mapping(dataset, dataset_keys.DATASET, required=["path"]),
        },
        "alerts": described(),
    }
    return {
        "$schema": DIALECT,
        "title": "rules.yaml of idqp",
        **_mapping(top, project.TOP, required=["version", "datasets"]),
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
    return {**key.schema, **({"description": key.description} if key.description else {})}


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
