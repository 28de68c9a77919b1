"""Provero: its checks, suites and contracts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, rule_keys, tables
from idqp_cli.importing.provero import keys
from idqp_cli.importing.provero.checks import Given, rules
from idqp_cli.importing.values import Draft, Drafts, Import, NoEquivalentError, Source, Where

FILE = re.compile(
    r"(?:read_(?:csv|parquet|json)(?:_auto)?\(\s*)?'([^']+)'\s*(?:,.*)?\)?|([^\s'()]+\.(?:csv|parquet|tsv|json|jsonl)(?:\.gz)?)"
)


def read(sources: Sequence[Source], variables: Mapping[str, str]) -> Import:  # noqa: ARG001 - it has none
    """Read files of Provero.

    Raises:
        RulesError: a file is not YAML, with the place.

    """
    drafts = Drafts()
    for source in sources:
        for root in drafts.roots(source):
            with drafts.guarded(Where(source.path, root.mark), "the file"):
                _File(look.mapping(root, "the file"), source.path, drafts).read()
    return drafts.done()


class _File:
    """A file of Provero."""

    def __init__(self, given: Given, path: str, drafts: Drafts) -> None:
        self.given = given
        self.path = path
        self.drafts = drafts
        self.sources = look.mapping(given.get("sources"), "sources")

    def read(self) -> None:
        self.drafts.unread.meet(self.path, "the file", self.given, keys.FILE)
        if not {"checks", "suites", "contracts"} & set(self.given):
            raise NoEquivalentError("it has no checks, suites or contracts")
        if "checks" in self.given:
            self._suite(self.given, Where(self.path, self.given["checks"].mark))
        for item in look.items(self.given.get("suites"), "suites"):
            where = Where(self.path, item.mark)
            with self.drafts.guarded(where, "a suite"):
                self._suite(look.mapping(item, "a suite"), where)
        for item in look.items(self.given.get("contracts"), "contracts"):
            where = Where(self.path, item.mark)
            with self.drafts.guarded(where, "a contract"):
                self._contract(look.mapping(item, "a contract"), where)
        if "alerts" in self.given and self.given["alerts"].value:
            self.drafts.notes.append(f"{clean(self.path)}: alerts are for `alerts` of rules.yaml; left out")

    def _source(self, node: Node | None) -> Given:
        if node is None:
            return {}
        if isinstance(node.value, dict):
            self.drafts.unread.meet(self.path, "a source", look.mapping(node, "source"), keys.SOURCE)
            return look.mapping(node, "source")
        return look.mapping(self.sources.get(look.text(node, "source")), "source")

    def _draft(self, given: Given) -> Draft:
        """Return the dataset of a suite: of its table, which may be a file."""
        source = self._source(given.get("source"))
        table = look.text(given.get("table") or source.get("table") or given.get("name"), "table")
        match = FILE.fullmatch(table.strip())
        if match is None:
            return self.drafts.of(tables.last(table))
        path = match[1] or match[2]
        draft = self.drafts.of(path.replace("\\", "/").rpartition("/")[2].split(".")[0].strip("*_-") or "data")
        draft.keys["path"] = path
        return draft

    def _suite(self, given: Given, where: Where) -> None:
        draft = self._draft(given)
        self.drafts.unread.meet(self.path, "a suite", given, keys.FILE | keys.SUITE)
        kept, draft.tags = draft.tags, tuple(look.texts(given.get("tags"), "tags"))
        for item in look.items(given.get("checks"), "checks"):
            self._check(draft, item, None)
        draft.tags = kept
        if "schedule" in given:
            draft.remarks.append(f"{where}: schedule {look.text(given['schedule'], 'schedule')}: see `expect_every`")

    def _check(self, draft: Draft, item: Node, column: str | None, level: str | None = None) -> None:
        where, what = Where(self.path, item.mark), "a check"
        try:
            kind, given = _parsed(item)
            draft.unread.meet(self.path, f"a check of the kind {kind}", given, keys.CHECK)
            beside = item.value if isinstance(item.value, dict) else {}
            draft.unread.meet(self.path, "beside a check", beside, {kind})
            if column is not None and "column" not in given and "columns" not in given:
                given = {**given, "column": Node(column, item.mark, {}, column)}
            told = given.get("column") or given.get("columns")
            about = ", ".join(look.texts(told, "columns")) if told is not None else ""
            what = f"{kind}({about})" if about else kind
        except NoEquivalentError as error:
            draft.leave(where, what, str(error))
            return
        draft.take(where, what, lambda: rules(kind, given, draft, self.drafts, level))

    def _contract(self, given: Given, where: Where) -> None:
        draft = self._draft(given)
        if "owner" in given:
            draft.keys["owner"] = look.text(given["owner"], "owner")
        action = look.text(given["on_violation"], "on_violation") if "on_violation" in given else "warn"
        level = "warning" if action == "warn" else None
        schema = look.mapping(given.get("schema"), "schema")
        self.drafts.unread.meet(self.path, "a contract", given, keys.CONTRACT)
        self.drafts.unread.meet(self.path, "a schema", schema, {"columns"})
        columns = [look.mapping(item, "a column") for item in look.items(schema.get("columns"), "columns")]
        names = [look.text(column.get("name"), "the name of a column") for column in columns]
        if names:
            draft.take(
                where,
                "schema",
                lambda: [rule_keys.schema(dict.fromkeys(names, "any"), allow_extra=True, severity=level)],
            )
        for name, column in zip(names, columns, strict=True):
            self.drafts.unread.meet(self.path, "a column", column, keys.COLUMN)
            if "type" in column:
                node = Node(
                    {"type": Node({"column": _text(name), "expected": column["type"]}, column["type"].mark, {})},
                    column["type"].mark,
                    {},
                )
                self._check(draft, node, name, level)
            for item in look.items(column.get("checks"), "checks"):
                self._check(draft, item, name, level)
        for key, node in look.mapping(given.get("sla"), "sla").items():
            self._sla(draft, key, node, level)

    def _sla(self, draft: Draft, key: str, node: Node, level: str | None) -> None:
        where = Where(self.path, node.mark)
        if key == "freshness":
            age = look.text(node, key)
            draft.take(
                where,
                "sla: freshness",
                lambda: [rule_keys.rule("freshness", max_age=age.replace(" ", ""), severity=level)],
            )
        else:
            draft.remarks.append(f"{where}: {key} {look.text(node, key)}: a service level that idqp does not check")


def _text(text: str) -> Node:
    return Node(text, Mark(1, 1), {}, text)


def _parsed(item: Node) -> tuple[str, Given]:
    """Return the type of a check, and what it is given by name."""
    if not isinstance(item.value, dict):
        kind, _, column = look.text(item, "a check").partition(":")
        return kind.strip(), {"column": _text(column.strip())} if column.strip() else {}
    if not item.value:
        raise NoEquivalentError("it is empty")
    kind, node = next(iter(item.value.items()))
    if isinstance(node.value, dict):
        return kind, look.mapping(node, kind)
    if kind == "accepted_values" and isinstance(node.value, tuple):
        # Of a column of a contract.
        return kind, {"values": node}
    if kind == "custom_sql":
        return kind, {"query": node}
    if isinstance(node.value, tuple):
        return kind, {"columns": node}
    return (kind, {"column": node}) if isinstance(node.value, str) else (kind, {})
