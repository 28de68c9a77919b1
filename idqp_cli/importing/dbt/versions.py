"""Versions of a model of dbt, each of which is a table of its own."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.values import Draft, Where

WITH_CHECKS = ("tests", "data_tests", "columns", "constraints")
WHY = "the tests of a version are of a table of its own; write a dataset for it"


def left(draft: Draft, path: str, model: Mapping[str, Node]) -> None:
    """Say which versions of a model have tests or columns of their own: those are not taken."""
    for item in look.items(model.get("versions"), "versions"):
        given = look.mapping(item, "a version")
        if any(key in given for key in WITH_CHECKS):
            version = look.text(given["v"], "v") if "v" in given else "?"
            draft.leave(Where(path, item.mark), f"version {version} of {draft.name}", WHY)
