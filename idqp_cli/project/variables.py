"""Values that the command line fills into the rules file: `${{ name }}` by `--set`; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from idqp_cli.core.yaml import Node
from idqp_cli.project import decode
from idqp_cli.project.place import Place

VARIABLE = re.compile(r"\$\{\{\s*(\w+)\s*\}\}")


def filled(node: Node, place: Place, variables: Mapping[str, str]) -> str:
    """Read a text with its variables replaced by their values. Raises RulesError: one has none."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in variables:
            raise place.error(node.mark, f"'{found[1]}' has no value; set it with --set {found[1]}=…")
        return variables[found[1]]

    return VARIABLE.sub(value, decode.text(node, place))
