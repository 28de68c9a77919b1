"""Great Expectations: suites in JSON or YAML, of 0.x and of 1.x, and the calls in Python code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from idqp_cli.importing.gx import code, suites
from idqp_cli.importing.values import Drafts, Import, Source, Where


def read(sources: Sequence[Source], variables: Mapping[str, str]) -> Import:
    """Read files of suites.

    Raises:
        RulesError: a file is neither JSON nor YAML, with the place.

    """
    drafts = Drafts()
    for source in sources:
        if source.path.endswith(".py"):
            code.read(source, variables, drafts)
            continue
        for root in drafts.roots(source):
            with drafts.guarded(Where(source.path, root.mark), "the suite"):
                suites.read(root, source, variables, drafts)
    return drafts.done()
