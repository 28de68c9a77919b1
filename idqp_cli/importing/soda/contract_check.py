"""A check of a data contract of Soda 4."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look, row_checks, row_sql, rule_keys, tables, typenames
from idqp_cli.importing.filtered import Filtered
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.soda import thresholds
from idqp_cli.importing.soda.contract_keys import COMMON, ENDS, FORMAT, OWN, RANGES, REFERENCE, REFUSED, THRESHOLD
from idqp_cli.importing.soda.sodacl import tags, words
from idqp_cli.importing.soda.validity import NONE, invalid, together, validity
from idqp_cli.importing.values import Drafts, Keys, NoEquivalentError
from idqp_cli.importing.variables import dollars, in_sql, refuse_left

STATISTICS = {"avg": "mean", "sum": "sum", "min": "min", "max": "max", "stddev": "stddev", "variance": "variance"}
LENGTHS = {"avg_length": "avg", "min_length": "min", "max_length": "max"}
SECONDS = {"minute": "m", "hour": "h", "day": "d"}


@frozen
class Surroundings:
    """What is around a check: the dataset and its filter, the columns of the contract, variables, and all datasets."""

    path: str
    dataset: str
    filter: Node | None
    columns: list[dict[str, Node]]
    variables: Mapping[str, str]
    drafts: Drafts


class Check(Filtered):
    """One check of a contract."""

    def __init__(
        self,
        kind: str,
        column: str | None,
        body: Mapping[str, Node],
        around: Surroundings,
    ) -> None:
        """Take what the contract states.

        Raises:
            NoEquivalentError: a part of it has no equivalent.

        """
        self.kind = kind
        self.column = column or (look.text(body["column"], "column") if "column" in body else None)
        self.body = body
        self.around = around
        self.dataset = around.dataset
        self.threshold = look.mapping(body.get("threshold"), "threshold")
        self._pass_over()
        self.keys = self._keys()

    def _pass_over(self) -> None:
        """Tell the keys that Soda does not know, which it ignores, and refuse those that no rule says."""
        for key in self.body:
            if key in REFUSED:
                raise NoEquivalentError(f"{key}: {REFUSED[key]}")
        levels: list[tuple[str, Mapping[str, Node], frozenset[str]]] = [
            (f"a check of the kind {self.kind}", self.body, COMMON | OWN.get(self.kind, frozenset())),
            ("a threshold", self.threshold, THRESHOLD),
        ]
        for around in (self.threshold, self.body):
            levels += [(key, _inner(around[key]), ENDS) for key in RANGES if key in around]
        levels += [
            (key, _inner(self.body[key]), FORMAT) for key in ("valid_format", "invalid_format") if key in self.body
        ]
        if "valid_reference_data" in self.body:
            levels.append(("valid_reference_data", _inner(self.body["valid_reference_data"]), REFERENCE))
        for level, given, known in levels:
            self.around.drafts.unread.meet(self.around.path, level, given, known)

    def remarks(self) -> list[str]:
        """Return what a person should know."""
        beside = [key for key in self.body if key in thresholds.BOUNDS or key in RANGES]
        return [f"{beside[0]} is beside threshold, where Soda ignores it; read as intended"] if beside else []

    def _keys(self) -> dict[str, object]:
        if "scope" in self.body:
            # Whether the filter of the contract holds there, too, is not in Soda Core, which skips such checks.
            scope = clean(look.text(self.body["scope"], "scope"), 60)
            raise NoEquivalentError(f"its scope '{scope}' has its own filter; write the rule with `where`")
        keys: dict[str, object] = {}
        variables = self.around.variables
        if "name" in self.body:
            keys["name"] = dollars(look.text(self.body["name"], "name"), variables)
        conditions = [
            in_sql(look.text(node, "filter"), variables, kept=True).strip().rstrip(";")
            for node in (self.around.filter, self.body.get("filter"))
            if node is not None and node.value is not None
        ]
        if conditions:
            keys["where"] = (
                conditions[0] if len(conditions) == 1 else " AND ".join(f"({condition})" for condition in conditions)
            )
        if "attributes" in self.body:
            keys["tags"] = tags(self.body["attributes"])
        level = look.text(self.threshold["level"], "level") if "level" in self.threshold else "fail"
        if level not in {"fail", "warn"}:
            raise NoEquivalentError(f"the level '{clean(level, 40)}' is not known")
        return keys if level == "fail" else {**keys, "severity": "warning"}

    def rules(self) -> Iterable[Keys]:
        """Return the rules that the check becomes."""
        functions: Mapping[str, Callable[[], Iterable[Keys]]] = {
            "missing": self._missing, "invalid": self._invalid, "duplicate": self._duplicate,
            "row_count": self._row_count, "schema": self._schema, "freshness": self._freshness,
            "failed_rows": self._failed_rows, "aggregate": self._aggregate, "metric": self._metric,
        }  # fmt: skip
        if self.kind not in functions:
            raise NoEquivalentError("unknown kind of check in a contract")
        made = list(functions[self.kind]())
        for keys in made:
            refuse_left(keys)
        return made

    def _bound(self, default: Allowed | None) -> Allowed:
        """Return what the value may be: as `threshold` says, or as stands beside it."""
        return thresholds.allowed((self.threshold, self.body), default)

    def _percent(self) -> bool:
        return "metric" in self.threshold and look.text(self.threshold["metric"], "metric") == "percent"

    def _of_one(self) -> str:
        if self.column is None:
            raise NoEquivalentError("it is not about a column")
        return self.column

    def _given(self) -> dict[str, Node]:
        """Return what is valid and what is missing in the words of Soda 3."""
        return {key.replace("_", " "): value for key, value in self.body.items()}

    def _missing(self) -> Iterable[Keys]:
        column = self._of_one()
        stand_ins, regex = words(self._plain_formats())
        failing = row_checks.missing(column, **self.keys)
        if stand_ins or regex:
            condition = row_sql.is_missing([column], stand_ins, regex)
            failing = Failing(rule_keys.rule("expression", expression=f"NOT ({condition})", **self.keys), condition)
        return [failing.within(self._bound(Allowed(NONE, NONE)), self.dataset, percent=self._percent())]

    def _plain_formats(self) -> dict[str, Node]:
        """Return the keys with each format as the regular expression in it."""
        given = self._given()
        for prefix in ("valid", "invalid", "missing"):
            node = given.get(f"{prefix} format")
            if node is not None and isinstance(node.value, dict):
                given[f"{prefix} regex"] = look.mapping(node, "a format").get("regex", node)
                del given[f"{prefix} format"]
        return given

    def _invalid(self) -> Iterable[Keys]:
        column, allowed = self._of_one(), self._bound(Allowed(NONE, NONE))
        if "valid_reference_data" in self.body:
            told = look.mapping(self.body["valid_reference_data"], "valid_reference_data")
            other = look.text(told.get("dataset"), "dataset").rpartition("/")[2]
            dataset = self.around.drafts.named(other).name
            to = look.text(told.get("column"), "column")
            keys = rule_keys.rule("references", column, dataset=dataset, to=None if to == column else to, **self.keys)
            if allowed != Allowed(NONE, NONE) and not allowed.limit:
                raise NoEquivalentError("a reference can only have an upper limit")
            return [Failing(keys, "false", (column,)).within(allowed, self.dataset, percent=self._percent())]
        checks = invalid(self._plain_formats(), column, self.keys, self.around.variables)
        if len(checks) > 1 and allowed != Allowed(NONE, NONE):
            checks = [together(checks, self.keys)]
        return [one.within(allowed, self.dataset, percent=self._percent()) for one in checks]

    def _duplicate(self) -> Iterable[Keys]:
        names = look.texts(self.body.get("columns"), "columns") or [self._of_one()]
        allowed = self._bound(Allowed(NONE, NONE))
        keys = self._of_sound(names)
        if allowed == Allowed(NONE, NONE):
            return [rule_keys.rule("unique", names, **keys)]
        listed = ", ".join(map(sql.identifier, names))
        present = [f"{sql.identifier(name)} IS NOT NULL" for name in names]
        where = " AND ".join([*present, *([f"({keys['where']})"] if "where" in keys else [])])
        value = f"count(*) - count(DISTINCT ({listed}))"
        if self._percent():
            value = f"coalesce(100.0 * ({value}) / nullif(count(*), 0), 0)"
        return [rule_keys.number(rule_keys.from_table(value, self.dataset, where), allowed, **self.plain)]

    def _of_sound(self, names: Sequence[str]) -> dict[str, object]:
        """Return the keys for the values that are neither missing nor invalid, of which Soda counts these."""
        given = self._plain_formats()
        stand_ins, regex = words(given)
        bad = [row_sql.is_missing(names, stand_ins, regex)] if stand_ins or regex else []
        if len(names) == 1:
            bad += [one.condition for one in validity(given, names[0], {}, self.around.variables)]
        if not bad:
            return dict(self.keys)
        conditions = [*([self.where] if self.where else []), f"NOT ({' OR '.join(f'({one})' for one in bad)})"]
        return {**self.keys, "where": " AND ".join(f"({one})" for one in conditions)}

    def _row_count(self) -> Iterable[Keys]:
        return [
            rule_keys.row_count(self._bound(Allowed(low=NONE, low_open=True)), self.dataset, self.where, **self.plain)
        ]

    def _schema(self) -> Iterable[Keys]:
        columns: dict[str, object] = {}
        for column in self.around.columns:
            kind = "any"
            if "data_type" in column:
                kind = typenames.ours(look.text(column["data_type"], "data_type"))
            columns[look.text(column.get("name"), "the name of a column")] = kind
        if not columns:
            raise NoEquivalentError("the contract has no columns")
        extra = look.flag(self.body.get("allow_extra_columns"), "allow_extra_columns")
        order = look.flag(self.body.get("allow_other_column_order"), "allow_other_column_order")
        return [rule_keys.schema(columns, allow_extra=extra or None, ordered=None if order else True, **self.keys)]

    def _freshness(self) -> Iterable[Keys]:
        allowed = self._bound(None)
        unit = look.text(self.threshold["unit"], "unit").rstrip("s") if "unit" in self.threshold else "hour"
        if unit not in SECONDS or not allowed.limit or allowed.high is None:
            raise NoEquivalentError("it has no maximum age in minutes, hours or days")
        age = f"{intervals.as_number(allowed.high)}{SECONDS[unit]}"
        return [rule_keys.rule("freshness", self._of_one(), max_age=age, **self.keys)]

    def _failed_rows(self) -> Iterable[Keys]:
        allowed, percent = self._bound(Allowed(NONE, NONE)), self._percent()
        query = next((key for key in ("query", "keys_query") if key in self.body), None)
        if query is not None:
            if self.body.get("filter") is not None:
                raise NoEquivalentError("a filter cannot be combined with a query")
            # The filter of the contract is not of a query, which has its own conditions.
            statement = tables.own(self._filled(query), self.dataset)
            limit = row_checks.Failing({}, "").limit(allowed) if allowed.limit and not percent else None
            if limit is None:
                raise NoEquivalentError("the number of rows of a query can only have an upper limit")
            return [rule_keys.rule("query", sql=statement, threshold=int(limit.split()[0]) or None, **self.plain)]
        condition = self._filled("expression")
        failing = Failing(
            rule_keys.rule("expression", expression=f"NOT ({condition})", **self.keys), f"coalesce({condition}, false)"
        )
        return [failing.within(allowed, self.dataset, percent=percent)]

    def _filled(self, key: str) -> str:
        return in_sql(look.text(self.body.get(key), key), self.around.variables).strip().rstrip(";")

    def _aggregate(self) -> Iterable[Keys]:
        column, allowed = self._of_one(), self._bound(None)
        function = look.text(self.body.get("function"), "function").lower()
        keys = self._of_sound([column])
        if function in STATISTICS:
            return [rule_keys.statistic(column, STATISTICS[function], allowed, self.dataset, **keys)]
        if function not in LENGTHS and function != "count":
            raise NoEquivalentError(f"the function '{clean(function, 40)}' is not known")
        value = (
            f"{LENGTHS[function]}(length({row_sql.as_text(column)}))"
            if function != "count"
            else f"count({sql.identifier(column)})"
        )
        where = None if keys.get("where") is None else str(keys["where"])
        return [rule_keys.number(rule_keys.from_table(value, self.dataset, where), allowed, **self.plain)]

    def _metric(self) -> Iterable[Keys]:
        allowed = self._bound(None)
        if "query" in self.body:
            return [rule_keys.number_of(tables.own(self._filled("query"), self.dataset), allowed, **self.plain)]
        value = rule_keys.from_table(self._filled("expression"), self.dataset, self.where)
        return [rule_keys.number(value, allowed, **self.plain)]


def _inner(node: Node) -> Mapping[str, Node]:
    return node.value if isinstance(node.value, dict) else {}
