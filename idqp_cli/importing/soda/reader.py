"""Soda: the checks of SodaCL (Soda 3), and the contracts of Soda 4."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, tables
from idqp_cli.importing.soda import checks as soda_checks
from idqp_cli.importing.soda import contract, schema, sentences
from idqp_cli.importing.soda.sodacl import KEYS, parsed
from idqp_cli.importing.values import Draft, Drafts, Import, Keys, NoEquivalentError, Source, Where
from idqp_cli.importing.variables import dollars, in_sql, refuse_left

CHECKS = re.compile(
    r"(?:automated\s+monitoring|checks)\s+for\s+(?P<table>.+?)(?:\s*\[(?P<block>[^\]]*)\])?\s*", re.IGNORECASE
)
FILTER = re.compile(r"filter\s+(?P<table>.+?)\s*\[(?P<block>[^\]]*)\]\s*", re.IGNORECASE)
EACH = re.compile(r"for\s+each\s+(?:dataset|table)\s+\S+", re.IGNORECASE)
CONFIGURED = re.compile(r"configurations?\s+for\s+(?P<table>.+)", re.IGNORECASE)
OF_A_COLUMN = re.compile(r"(?P<key>(?:in)?valid [a-z ]+?|missing [a-z]+) for (?P<column>.+)", re.IGNORECASE)
SIGNS = {
    "must_be": "=", "must_not_be": "!=", "must_be_greater_than": ">", "must_be_greater_than_or_equal_to": ">=",
    "must_be_less_than": "<", "must_be_less_than_or_equal_to": "<=", "must_be_greater_than_or_equal": ">=",
    "must_be_less_than_or_equal": "<=", "mustBe": "=", "mustBeLessThan": "<", "mustBeGreaterThan": ">",
}  # fmt: skip
NO_CHECK = ("profile", "discover", "sample", "data_source", "soda_cloud", "notifications")


def read(sources: Sequence[Source], variables: Mapping[str, str]) -> Import:
    """Read files of checks.

    Raises:
        RulesError: a file is not YAML, with the place.

    """
    drafts = Drafts()
    for source in sources:
        for root in drafts.roots(source, old_words=False):
            if not isinstance(root.value, dict):
                drafts.leave(Where(source.path, root.mark), "the file", "it is not a mapping of checks")
            elif "dataset" in root.value and ("columns" in root.value or "checks" in root.value):
                contract.read(root, source.path, variables, drafts)
            else:
                _File(root, source.path, variables, drafts).read()
    return drafts.done()


def block(root: Node, path: str, variables: Mapping[str, str], drafts: Drafts) -> None:
    """Read a mapping of checks that stands in a file of another tool."""
    _File(root, path, variables, drafts).read()


def checks(
    draft: Draft, root: Node, column: str | None, path: str, variables: Mapping[str, str], drafts: Drafts
) -> None:
    """Read checks of Soda that stand in a file of another tool: a list, a mapping of sections, or one in keys."""
    given = root.value if isinstance(root.value, dict) else {}
    if any(CHECKS.fullmatch(key) for key in given):
        block(root, path, variables, drafts)
        return
    listed = root.value if isinstance(root.value, tuple) else (root,)
    file = _File(root, path, variables, drafts)
    for item in listed:
        file.one(draft, _as_line(item, column))


def _as_line(item: Node, column: str | None) -> Node:
    """Return a check in keys (`type`, `columns`, `must_be…`) as the line that it stands for."""
    given = item.value if isinstance(item.value, dict) else {}
    if "type" not in given:
        return item
    kind = look.text(given["type"], "type")
    columns = look.texts(given.get("columns") or given.get("column"), "columns") or ([column] if column else [])
    bound = next(((SIGNS[key], node) for key, node in given.items() if key in SIGNS), None)
    about = f"({', '.join(columns)})" if columns and kind != "row_count" else ""
    line = f"{kind}{about}" + (f" {bound[0]} {look.text(bound[1], kind)}" if bound else "")
    below = {key: node for key, node in given.items() if key not in {"type", "column", "columns", *SIGNS}}
    inner = Node({key.replace("_", " "): node for key, node in below.items()}, item.mark, {})
    return Node({line: inner}, item.mark, {line: item.mark})


class _File:
    """A file of SodaCL: the filters and configurations in it, and the checks that they are for."""

    def __init__(self, root: Node, path: str, variables: Mapping[str, str], drafts: Drafts) -> None:
        self.root = root
        self.path = path
        self.variables = variables
        self.drafts = drafts
        self.filters: dict[tuple[str, str], str] = {}
        self.configured: dict[str, dict[str, dict[str, Node]]] = {}

    def read(self) -> None:
        given = self.root.value if isinstance(self.root.value, dict) else {}
        for key, node in given.items():
            with self.drafts.guarded(self._where(key), key):
                self._prepare(key, node)
        for key, node in given.items():
            with self.drafts.guarded(self._where(key), key):
                self._section(key, node)

    def _where(self, key: str) -> Where:
        return Where(self.path, self.root.key_marks[key])

    def _prepare(self, key: str, node: Node) -> None:
        match = FILTER.fullmatch(key)
        if match is not None:
            condition = look.text(look.mapping(node, key).get("where"), "where")
            place = (tables.last(match["table"]), match["block"].strip())
            self.filters[place] = in_sql(condition, self.variables, kept=True).strip().rstrip(";")
        elif (match := CONFIGURED.fullmatch(key)) is not None:
            own = self.configured.setdefault(tables.last(match["table"].strip()), {})
            for words, value in look.mapping(node, key).items():
                column = OF_A_COLUMN.fullmatch(words)
                if column is None:
                    raise NoEquivalentError(f"'{clean(words, 60)}' is not a configuration of a column")
                own.setdefault(column["column"].strip().casefold(), {})[column["key"].lower()] = value

    def _section(self, key: str, node: Node) -> None:
        if FILTER.fullmatch(key) or CONFIGURED.fullmatch(key):
            return
        if EACH.fullmatch(key):
            self._each(node)
            return
        match = CHECKS.fullmatch(key)
        if match is not None:
            table, name = tables.last(dollars(match["table"], self.variables)), (match["block"] or "").strip()
            condition = self.filters.get((table, name))
            if name and condition is None:
                raise NoEquivalentError(f"there is no filter {clean(table, 60)} [{clean(name, 60)}] in the file")
            self._checks(self.drafts.of(table), table, node, condition)
        elif key.lower().startswith(NO_CHECK):
            self.drafts.notes.append(f"{self._where(key)}: {clean(key, 60)}: no check; nothing is to be said here")
        elif key.lower().startswith("reconciliation"):
            raise NoEquivalentError(
                "it compares two data sources; row_count with equals, or a query, compares two datasets"
            )
        elif key.lower().startswith("automated"):
            raise NoEquivalentError(
                "it watches every dataset of a pattern; say rules of the types anomaly and schema for each dataset"
            )
        elif key.lower() != "variables":
            raise NoEquivalentError("unknown section of checks")

    def _each(self, node: Node) -> None:
        given = look.mapping(node, "for each dataset")
        listed = [
            look.text(dataset, "a dataset")
            for dataset in look.items(given.get("datasets") or given.get("tables"), "datasets")
        ]
        names = [re.sub(r"^include\s+", "", one).strip() for one in listed]
        if not names or any("%" in name or name.startswith("exclude") for name in names):
            raise NoEquivalentError(
                "which datasets it is for depends on the data source; name them, without % and exclude"
            )
        for name in names:
            table = tables.last(name)
            self._checks(self.drafts.of(table), table, given.get("checks"), None)

    def _checks(self, draft: Draft, table: str, node: Node | None, condition: str | None) -> None:
        if node is None or node.value is None:
            return
        if isinstance(node.value, dict):
            node = Node(
                tuple(Node({k: v}, node.key_marks[k], {k: node.key_marks[k]}) for k, v in node.value.items()),
                node.mark,
                {},
            )
        for item in look.items(node, "the checks"):
            self._check(draft, table, item, condition)

    def one(self, draft: Draft, item: Node) -> None:
        """Take one check of a dataset."""
        self._check(draft, draft.name, item, None)

    def _check(self, draft: Draft, table: str, item: Node, condition: str | None) -> None:
        where = Where(self.path, item.mark)
        line = "a check"
        try:
            line, given, remarks = _split(item)
            spelt = {key: key.replace("_", " ") for key in given if "_" in key and key.replace("_", " ") in KEYS}
            if spelt:
                remarks.append(f"{', '.join(spelt)}: SodaCL has a space there; taken as it is meant")
                given = {spelt.get(key, key): node for key, node in given.items()}
            if "tables" in given:
                self._of_tables(item, line, given, condition)
                return
            if line.lower() == "schema":
                given, left = schema.known_parts(given)
                for part in left:
                    draft.leave(where, f"schema: {part}", "it is not a part of a schema check that has a rule")
            if line.lower() == "schema" and schema.changes_alone(given):
                draft.keys["schema"] = "full"
                draft.remarks.append(f"{where}: when schema changes: every check compares with the registered schema")
                return
            check = parsed(line, self._with_configuration(table, line, given), draft.name, self.variables, condition)
        except NoEquivalentError as error:
            draft.leave(where, line, str(error))
            return
        if check.metric in soda_checks.INVENTED:
            remarks.append(f"Soda has no {check.metric}; taken as it is meant")
        if "samples limit" in given or "samples columns" in given:
            remarks.append("samples: how many failing rows are shown is for `defaults: {samples: 5}`")
        trained = [key for key in sentences.ANOMALIES if key in given]
        if check.text.lower().startswith("anomaly") and trained:
            remarks.append(f"{', '.join(trained)}: settings of Soda's own model, which the rule does not have")
        draft.take(where, line, lambda: _filled(soda_checks.rules(check, self.drafts)), remarks)

    def _of_tables(self, item: Node, line: str, given: Mapping[str, Node], condition: str | None) -> None:
        """Take a check for the tables that it lists; Soda has no such key, and its meaning is plain."""
        below = {key: node for key, node in given.items() if key != "tables"}
        one = Node({line: Node(below, item.mark, {})}, item.mark, {line: item.mark})
        for name in look.texts(given["tables"], "tables"):
            table = tables.last(name)
            self._check(self.drafts.of(table), table, one, condition)

    def _with_configuration(self, table: str, line: str, given: Mapping[str, Node]) -> Mapping[str, Node]:
        """Add what the file says of the column of a validity check."""
        column = re.search(
            r"(?:in)?valid_\w+\(\s*[\"`]?([^)\"`]+?)[\"`]?\s*\)|missing_\w+\(\s*[\"`]?([^)\"`]+?)[\"`]?\s*\)", line
        )
        own = self.configured.get(table, {})
        if column is None or not own:
            return given
        configured = own.get((column[1] or column[2]).casefold(), {})
        return {**{key: value for key, value in configured.items() if column[1] or key.startswith("missing")}, **given}


def _filled(made: Iterable[Keys]) -> list[Keys]:
    """Return the rules, of which none has a variable that nobody could set."""
    rules = list(made)
    for keys in rules:
        refuse_left(keys)
    return rules


def _split(item: Node) -> tuple[str, dict[str, Node], list[str]]:
    """Return the line of a check, the keys below it, and what there is to say about them."""
    if not isinstance(item.value, dict):
        return look.text(item, "a check"), {}, []
    given = dict(item.value)
    if not given:
        raise NoEquivalentError("it is empty")
    line = next(iter(given))
    inner, remarks = given.pop(line), []
    if given:
        remarks.append("the keys stand beside the check instead of below it; taken as they are meant")
    below = look.mapping(inner, line) if isinstance(inner.value, dict) else {}
    if inner.value is not None and not isinstance(inner.value, dict):
        # A bound alone, in the place of keys.
        line = f"{line} {look.text(inner, line)}"
    return line, {**below, **{key: value for key, value in given.items() if value.value is not None}}, remarks
