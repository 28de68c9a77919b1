"""Pieces of JSON Schema for values of the rules file; pure."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.core.model import Severity

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
WHOLE: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
PORTION: Schema = {"anyOf": [BELOW_ONE, PERCENTAGE]}
LIMIT: Schema = {"anyOf": [BELOW_ONE, PERCENTAGE, COUNT]}
ROWS: Schema = {"anyOf": [WHOLE, COUNT]}
SMALLEST: Schema = {"anyOf": [SHARE, {"type": "number", "minimum": 0}]}
BOUND: Schema = {"type": ["number", "string"]}
SEVERITY: Schema = {"enum": list(Severity)}
SCALARS: Schema = {"type": "array", "minItems": 1, "items": SCALAR}
BASELINE: Schema = {
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
}
