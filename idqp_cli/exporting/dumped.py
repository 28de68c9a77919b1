"""Values as YAML and JSON, in which every reader takes a text for a text."""

from __future__ import annotations

import json

import yaml


class _Dumper(yaml.SafeDumper):
    """Writes lists below their keys, and a text of several lines as a block."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Indent lists, too."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - whatever it is
        """Write every value out."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else None
    # Words that some readers take for booleans.
    style = "'" if value.lower() in {"y", "n", "yes", "no", "on", "off"} else style
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)


_Dumper.add_representer(str, _text)


def yaml_text(value: object) -> str:
    """Write YAML."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def json_text(value: object) -> str:
    """Write JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
