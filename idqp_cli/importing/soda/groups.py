"""`group by` of SodaCL: bounds on the numbers of each group that a query returns."""

from __future__ import annotations

from collections.abc import Iterable

from idqp_cli.core import sql
from idqp_cli.importing import look, rule_keys, tables
from idqp_cli.importing.soda.sodacl import Check, parsed
from idqp_cli.importing.values import Keys, NoEquivalentError


def rules(check: Check) -> Iterable[Keys]:
    """Return a rule for each bound: the groups that are outside of it are what fails."""
    check.refuse_others("group_limit", "query", "fields", "checks")
    query = tables.own(check.filled(check.given.get("query"), "query").strip().rstrip(";"), check.dataset)
    made: list[Keys] = []
    for item in look.items(check.given.get("checks"), "checks"):
        for line, node in look.mapping(item, "a check").items() if isinstance(item.value, dict) else ():
            one = parsed(line, look.mapping(node, line), check.dataset, check.variables)
            for allowed, more in one.bounds():
                failing = f"SELECT * FROM ({query}) WHERE {allowed.broken_by(sql.identifier(one.metric))}"
                made.append(rule_keys.rule("query", sql=failing, **one.plain, **more))
    if not made:
        raise NoEquivalentError("it has no checks")
    return made
