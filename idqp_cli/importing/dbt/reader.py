"""dbt: the properties of models, sources, seeds and snapshots, singular tests, and `manifest.json`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.dbt import macros, manifest
from idqp_cli.importing.dbt import project as dbt_project
from idqp_cli.importing.values import Drafts, Import, Source, Where

LONGEST = 1 << 20
DOCS = re.compile(r"\{%-?\s*docs\s+(\w+)\s*-?%\}(.*?)\{%-?\s*enddocs\s*-?%\}", re.DOTALL)


def read(sources: Sequence[Source], variables: Mapping[str, str]) -> Import:
    """Read files of properties (.yml), documentation (.md), singular and generic tests (.sql), or a manifest (.json).

    Raises:
        RulesError: a file is neither YAML nor JSON, with the place.

    """
    drafts = Drafts()
    roots: list[tuple[Source, Node]] = []
    blocks: dict[str, str] = {}
    singular: list[Source] = []
    own: dict[str, macros.Macro] = {}
    for source in sources:
        if source.path.endswith(".md"):
            if len(source.text) > LONGEST:
                drafts.notes.append(f"{clean(source.path)}: too long; its blocks of documentation are left out")
                continue
            blocks |= {name: " ".join(text.split()) for name, text in DOCS.findall(source.text)}
        elif source.path.endswith(".sql"):
            defined = list(macros.defined(source.text))
            own |= {macro.name: macro for macro in defined}
            singular += [] if defined else [source]
        else:
            roots += [(source, root) for root in drafts.roots(source)]
    known = {**_variables(drafts, roots), **variables}
    project = dbt_project.Project(known, blocks, drafts, own)
    for source, root in roots:
        if not isinstance(root.value, dict):
            drafts.leave(Where(source.path, root.mark), "the file", "it is not a mapping of models and sources")
        elif "nodes" in root.value and "metadata" in root.value:
            manifest.read(root, source.path, project)
        else:
            project.read(root, source.path)
    for source in singular:
        project.singular(source)
    return drafts.done()


def _variables(drafts: Drafts, roots: Sequence[tuple[Source, Node]]) -> dict[str, object]:
    """Return the variables that a dbt_project.yml gives: those of all, and those of each package."""
    variables: dict[str, object] = {}
    for source, root in roots:
        if isinstance(root.value, dict) and "vars" in root.value:
            with drafts.guarded(Where(source.path, root.value["vars"].mark), "vars"):
                for name, node in look.mapping(root.value["vars"], "vars").items():
                    inner = look.plain(node)
                    variables |= inner if isinstance(inner, dict) else {name: inner}
    return variables
