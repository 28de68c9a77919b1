"""The quality checks in a data contract."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.core.text import clean, one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, patterns, row_checks, row_sql, rule_keys, tables
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.odcs import bounds, engines, metrics
from idqp_cli.importing.odcs.bounds import Given
from idqp_cli.importing.odcs.keys import CHECK
from idqp_cli.importing.regexes import Flavour
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.soda.validity import together
from idqp_cli.importing.values import Draft, Drafts, Keys, NoEquivalentError, Where

SEVERITIES: Mapping[str, str | None] = {
    "error": None, "critical": None, "high": None, "blocker": None, "fatal": None, "warning": "warning",
    "warn": "warning", "medium": "warning", "major": "warning", "info": "info", "low": "info", "minor": "info",
}  # fmt: skip
# The kinds of checks that files name as other tools do.
HOUSE: Mapping[str, str] = {
    "not_null": "completeness", "notnull": "completeness", "required": "completeness", "completeness": "completeness",
    "unique": "unique", "uniqueness": "unique", "accepted_values": "values", "enum": "values", "valid_values": "values",
    "range": "range", "regex": "pattern", "pattern": "pattern", "row_count": "rows", "rowcount": "rows",
}  # fmt: skip
CONDITIONS = ("validation", "expression", "condition", "rule", "sql", "check")
SQL = re.compile(r"[<>=()]|\b(?:is|in|like|between|not|and)\b", re.IGNORECASE)
MEANT = "not of the standard; taken as it is meant"
PLACE = re.compile(r"\$?\{\s*(object|table|model|property|column|field|schema|quality\.\w+)\s*\}")


def take(
    draft: Draft, node: Node | None, column: str | None, path: str, variables: Mapping[str, str], drafts: Drafts
) -> None:
    """Take the checks of a table, or of one of its columns."""
    if node is None or node.value is None:
        return
    if isinstance(node.value, dict):
        for name, inner in node.value.items():
            _of_house(draft, Where(path, node.key_marks[name]), name, inner)
        return
    for item in look.items(node, "quality"):
        _Check(draft, item, column, path, variables, drafts).take()


def _of_house(draft: Draft, where: Where, name: str, node: Node) -> None:
    """Take the rules of a house, by their names: those that say a condition in SQL."""
    given = node.value if isinstance(node.value, dict) else {}
    condition = next((given[key] for key in CONDITIONS if key in given), node)
    if condition is node and any(isinstance(one.value, dict) for one in given.values()):
        for key, one in given.items():
            _of_house(draft, Where(where.path, node.key_marks[key]), key, one)
        return
    what = f"quality: {name}: {_words(node)}"
    written = condition.value if isinstance(condition.value, str) else ""
    if not SQL.search(written):
        draft.leave(where, what, "the standard has no such form")
        return
    draft.unread.meet(where.path, "a rule", given, {*CONDITIONS, "description", "severity", "name", "id", "type"})
    told = {"description": _words(node)} if _words(node) else {}
    severity = SEVERITIES.get(str(given["severity"].value).lower()) if "severity" in given else None
    told |= {"severity": severity} if severity else {}
    draft.take(where, what, lambda: [rule_keys.rule("expression", expression=written.strip(), **told)], [MEANT])


def _flat(given: Given) -> Given:
    """Return a check with what stands in its `spec`, which the standard does not have."""
    spec = given.get("spec")
    inner = spec.value if spec is not None else None
    if not isinstance(inner, dict):
        return given
    return {**{key: node for key, node in given.items() if key != "spec"}, **inner}


def _words(node: Node) -> str:
    inner = node.value.get("description") if isinstance(node.value, dict) else None
    return one_line(str(inner.value)) if inner is not None and isinstance(inner.value, str) else ""


class _Check:
    """One quality check."""

    def __init__(
        self, draft: Draft, item: Node, column: str | None, path: str, variables: Mapping[str, str], drafts: Drafts
    ) -> None:
        self.draft = draft
        self.item = item
        self.column = column
        self.where = Where(path, item.mark)
        self.variables = variables
        self.drafts = drafts

    def take(self) -> None:
        what = "a quality check"
        try:
            self.given: Given = _flat(look.mapping(self.item, "a quality check"))
            kind = self._kind()
            what = self._told(kind)
            for level, given in (
                ("a quality check", self.given),
                ("arguments", look.mapping(self.given.get("arguments"), "arguments")),
            ):
                known = CHECK | bounds.SIGNS.keys() | bounds.RANGES.keys()
                self.draft.unread.meet(self.where.path, level, given, known)
            if kind == "text":
                words = look.text(self.given["description"], "description") if "description" in self.given else ""
                self.draft.remarks.append(f"{self.where}: {what}: words, and no check: {one_line(words)}")
                return
            if kind == "custom" and "engine" in self.given:
                engines.take(self.draft, self.given, self.where, self.column, self.variables, self.drafts)
                return
        except NoEquivalentError as error:
            self.draft.leave(self.where, what, str(error))
            return
        self.draft.take(self.where, what, lambda: self._rules(kind), self._remarks(kind))

    def _kind(self) -> str:
        kind = look.text(self.given["type"], "type").lower().replace("-", "_") if "type" in self.given else ""
        by_hand = kind == "custom" and self.given.keys().isdisjoint({"engine", "metric", "rule", "code"})
        return "sql" if "query" in self.given and (not kind or by_hand) else kind or "library"

    def _told(self, kind: str) -> str:
        name = next(
            (self.given[key] for key in ("name", "metric", "rule", "code", "toolRuleName") if key in self.given), None
        )
        words = f"quality {kind}" + (f": {one_line(str(name.text or name.value))}" if name is not None else "")
        return f"{self.column}: {words}" if self.column else words

    def _remarks(self, kind: str) -> list[str]:
        word = next((self.given[key].value for key in ("metric", "rule", "code") if key in self.given), None)
        of_library = kind == "library" and isinstance(word, str) and metrics.is_known(word.lower().replace("_", ""))
        if of_library or kind in {"min", "max", *HOUSE} or (kind == "custom" and "engine" not in self.given):
            return [MEANT]
        return []

    def _keys(self) -> dict[str, object]:
        keys: dict[str, object] = {}
        if "name" in self.given:
            keys["name"] = look.text(self.given["name"], "name")
        if "description" in self.given and isinstance(self.given["description"].value, str):
            keys["description"] = one_line(self.given["description"].value)
        if "severity" in self.given:
            word = look.text(self.given["severity"], "severity").lower()
            if SEVERITIES.get(word):
                keys["severity"] = SEVERITIES[word]
        tags = look.texts(self.given.get("tags"), "tags")
        if "dimension" in self.given:
            tags = [f"dimension:{look.text(self.given['dimension'], 'dimension')}", *tags]
        return {**keys, **({"tags": tags} if tags else {})}

    def _rules(self, kind: str) -> Iterable[Keys]:
        if "rules" in self.given:
            raise NoEquivalentError("the standard has no such form")
        if kind == "sql":
            return [self._sql()]
        if kind in {"min", "max"}:
            bound = look.number(next((self.given[key] for key in bounds.SIGNS if key in self.given), None), "mustBe")
            allowed = Allowed(low=bound) if kind == "min" else Allowed(high=bound)
            return [row_checks.between(self._of_one(), allowed, **self._keys()).keys]
        if kind in HOUSE:
            return self._house(HOUSE[kind])
        if kind not in {"library", "custom"}:
            raise NoEquivalentError(f"a quality check of the type '{clean(kind, 40)}' is not known")
        return self._library()

    def _house(self, kind: str) -> Iterable[Keys]:
        """Return the rule of a check that is named by its kind, which the standard does not have."""
        given, keys = self._arguments(), self._keys()
        if kind == "completeness":
            return [row_checks.missing(name, **keys).keys for name in self._named() or [self._of_one()]]
        low, high = (
            look.number(given[key], key) if key in given else None
            for key in ("min" if "min" in given else "minimum", "max" if "max" in given else "maximum")
        )
        if kind in {"rows", "range"} and low is None and high is None:
            raise NoEquivalentError("it has neither min nor max")
        if kind == "rows":
            return [rule_keys.row_count(Allowed(low, high), self.draft.name, **keys)]
        column = self._of_one()
        if kind == "unique":
            return [rule_keys.rule("unique", [column], **keys)]
        if kind == "pattern":
            regex = look.text(given.get("pattern") or given.get("regex"), "pattern")
            return [row_checks.pattern(column, [regex], flavour=Flavour.ECMA, **keys).keys]
        if kind == "values":
            values = given.get("values") or given.get("accepted_values") or given.get("validValues")
            return [row_checks.accepted(column, look.values(values, "values"), **keys).keys]
        return [row_checks.between(column, Allowed(low, high), **keys).keys]

    def _named(self) -> list[str]:
        """Return the columns that a check of a table names."""
        named = next((self.given[key] for key in ("column", "field", "columns", "fields") if key in self.given), None)
        return look.texts(named, "column") if self.column is None and named is not None else []

    def _of_one(self) -> str:
        names = self._named()
        if len(names) == 1:
            return names[0]
        if self.column is None:
            raise NoEquivalentError("it is not about a column")
        return self.column

    def _arguments(self) -> Given:
        inner = look.mapping(self.given.get("arguments"), "arguments")
        return {**{key: node for key, node in self.given.items() if key not in {"type", "name"}}, **inner}

    def _library(self) -> Iterable[Keys]:
        word = look.text(self.given.get("metric") or self.given.get("rule") or self.given.get("code"), "metric")
        given, keys = self._arguments(), self._keys()
        match word.lower().replace("_", ""):
            case "nullvalues" | "nullcheck" | "nullcount" | "missingcount":
                return [self._within(row_checks.missing(self._of_one(), **keys))]
            case "missingvalues":
                words = look.items(given.get("missingValues"), "missingValues")
                stand_ins = [look.value(one, "a value") for one in words if one.value is not None]
                condition = row_sql.is_missing([self._of_one()], stand_ins)
                rule = rule_keys.rule("expression", expression=f"NOT ({condition})", **keys)
                return [
                    self._within(Failing(rule, condition) if stand_ins else row_checks.missing(self._of_one(), **keys))
                ]
            case "invalidvalues" | "validvalues" | "invalidcount":
                return [self._within(one) for one in self._invalid(given, keys)]
            case "unique" | "isunique" if "mustBe" in self.given and self.given["mustBe"].value is True:
                return [rule_keys.rule("unique", [self._of_one()], **keys)]
            case "duplicatevalues" | "duplicatecount" | "uniquecheck" | "duplicates" | "unique" | "isunique":
                return [self._duplicates(given, keys)]
            case "rowcount" | "countcheck" | "rowscount":
                allowed = bounds.allowed(self.given, Allowed(low=Fraction(1)))
                return [rule_keys.row_count(allowed, self.draft.name, **keys)]
            case plain if metrics.is_known(plain):
                unit = look.text(self.given["unit"], "unit").lower() if "unit" in self.given else ""
                bound = bounds.allowed(self.given) if bounds.is_told(self.given) else None
                return [metrics.rule(plain, self._of_one(), bound, unit, self.draft.name, keys)]
        return [self._text_rule(word, keys)]

    def _text_rule(self, word: str, keys: Keys) -> Keys:
        """Return the rule of a condition in SQL, which the standard does not have."""
        if not SQL.search(word) or word.isidentifier():
            raise NoEquivalentError(f"the metric '{clean(word, 60)}' is not known")
        return rule_keys.rule("expression", expression=self._filled(word), **keys)

    def _within(self, failing: Failing) -> Keys:
        return failing.within(bounds.allowed(self.given), self.draft.name, percent=bounds.percent(self.given))

    def _invalid(self, given: Given, keys: Keys) -> list[Failing]:
        column, found = self._of_one(), []
        if "validValues" in given:
            found.append(row_checks.accepted(column, look.values(given["validValues"], "validValues"), **keys))
        if "pattern" in given:
            found.append(
                row_checks.pattern(
                    column, [patterns.whole(look.text(given["pattern"], "pattern"))], flavour=Flavour.ECMA, **keys
                )
            )
        if "invalidValues" in given:
            found.append(row_checks.rejected(column, look.values(given["invalidValues"], "invalidValues"), **keys))
        if not found:
            raise NoEquivalentError("it does not say what is valid")
        return found if len(found) == 1 or bounds.allowed(self.given) == bounds.ZERO else [together(found, keys)]

    def _duplicates(self, given: Given, keys: Keys) -> Keys:
        names = look.texts(given.get("properties"), "properties") or [self._of_one()]
        names = [name.rpartition(".")[2] for name in names]
        allowed = bounds.allowed(self.given)
        if allowed == bounds.ZERO or (
            allowed.limit and allowed.high == 1 and allowed.high_open and not bounds.percent(self.given)
        ):
            return rule_keys.rule("unique", names, **keys)
        listed = ", ".join(map(sql.identifier, names))
        where = " AND ".join(f"{sql.identifier(name)} IS NOT NULL" for name in names)
        table = sql.identifier(self.draft.name)
        value = f"count(*) FROM (SELECT {listed} FROM {table} WHERE {where} GROUP BY {listed} HAVING count(*) > 1)"
        if bounds.percent(self.given):
            value = f"coalesce(100.0 * (SELECT {value}) / nullif((SELECT count(*) FROM {table}), 0), 0)"
        return rule_keys.number(value, allowed, **keys)

    def _sql(self) -> Keys:
        written = self._filled(look.text(self.given.get("query"), "query"))
        statement, other = tables.own(written, self.draft.name, self.draft.aliases), bounds.other_value(self.given)
        if other is not None:
            text = f"SELECT value FROM ({statement}) AS metric(value) WHERE {other}"
            return rule_keys.rule("query", sql=text, **self._keys())
        return rule_keys.number_of(statement, bounds.allowed(self.given, None), **self._keys())

    def _filled(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            if match[1] in {"property", "column", "field"}:
                return sql.identifier(self._of_one())
            if match[1].startswith(("quality", "schema")):
                raise NoEquivalentError(f"{clean(match[0], 40)} is not a known placeholder")
            return sql.identifier(self.draft.name)

        return PLACE.sub(value, text)
