"""Which files of a folder are of a tool: by their endings, and by what only its files have."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from idqp_cli.importing.dbt.project import FILE
from idqp_cli.importing.foreign import documents
from idqp_cli.importing.recognition import tool_of
from idqp_cli.importing.values import Source

DOCUMENTS = (".yml", ".yaml", ".json")
CODE = (".py", ".scala", ".r")
# A word that code has which uses the tool.
LIBRARIES: Mapping[str, re.Pattern[str]] = {
    "gx": re.compile(r"\bgreat_expectations\b|\bexpect_(?:column|table)_\w+|\bExpect(?:Column|Table)\w+"),
    "pandera": re.compile(r"\bpandera\b"),
    "pointblank": re.compile(r"\bpointblank\b"),
    "deequ": re.compile(r"\b(?:(?:py)?deequ|dqx)\b"),
}
# Definitions of dbt's templates, and blocks of its documentation.
MACRO = re.compile(r"\{%-?\s*(?:test|macro|data_test)\b")
DOCS = re.compile(r"\{%-?\s*docs\b")
# Where dbt looks for tests that are a query each, unless a project says otherwise.
SINGULAR = "tests"


def belongs(tool: str, source: Source, inner: str) -> bool:
    """Tell whether a file of a folder has rules of the tool, or what they need; `inner` is its path in the folder.

    Raises:
        RulesError: it should be YAML or JSON, and is not.

    """
    folder, name = os.path.split(inner)
    ending = os.path.splitext(name)[1].casefold()
    if tool == "dbt" and ending == ".sql":
        return MACRO.search(source.text) is not None or SINGULAR in folder.split(os.sep)
    if tool == "dbt" and ending == ".md":
        return DOCS.search(source.text) is not None
    if ending in CODE:
        return tool in LIBRARIES and LIBRARIES[tool].search(source.text) is not None
    if ending not in DOCUMENTS:
        return False
    if tool == "dbt" and name == FILE:
        return True
    return any(tool_of(root) == tool for root in documents(source.text, source.path).roots)
