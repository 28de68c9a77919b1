"""The properties in a dbt project: who owns what, what it is, and its tests."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence

from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean, one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, tables
from idqp_cli.importing.dbt import config, constraints, keys, levels, macros, singular, versions
from idqp_cli.importing.dbt.keys import BESIDE, CONFIG, KNOWN, OTHERS, TABLES
from idqp_cli.importing.dbt.macros import Macro
from idqp_cli.importing.dbt.meta import PII, enabled, meta_tags, personal, tags
from idqp_cli.importing.dbt.test import Test
from idqp_cli.importing.expectations.expectation import Expectation
from idqp_cli.importing.jinja import Template
from idqp_cli.importing.values import Draft, Drafts, Keys, NoEquivalentError, Source, Where

DOC = re.compile(r"\{\{\s*doc\(\s*(?:['\"][\w.]+['\"]\s*,\s*)?['\"](\w+)['\"]\s*\)\s*\}\}")
REF = re.compile(r"\s*(?:\{\{)?\s*((?:ref|source)\s*\(.*\))\s*(?:\}\})?\s*", re.DOTALL)
FILE = "dbt_project.yml"
# Settings for all tests of a project, in such a file.
SETTINGS = frozenset({"tests", "data_tests"})
# Such a file has one of these, if it has another name; what else it says is no check.
OF_PROJECT = frozenset({"config-version", "model-paths", "profile", "packages", "require-dbt-version"})


class Project:
    """A dbt project while it is read."""

    def __init__(
        self, variables: Mapping[str, object], blocks: Mapping[str, str], drafts: Drafts, own: Mapping[str, Macro]
    ) -> None:
        """Take the variables, the blocks of documentation, where datasets go, and the generic tests of its own."""
        self.variables = variables
        self.blocks = blocks
        self.drafts = drafts
        self.own = own

    def dataset(self, name: str, source: str | None = None) -> Draft:
        """Return the dataset of a model, or of a table of a source."""
        if source is None:
            return self.drafts.of(name)
        return self.drafts.of(name, key=f"source {source}.{name}", otherwise=f"{source}.{name}")

    def template(self, this: str | None = None) -> Template:
        """Return what fills templates."""
        return Template(self.variables, lambda name, source: self.dataset(name, source).name, this)

    def read(self, root: Node, path: str) -> None:
        """Read a file of properties."""
        given = root.value if isinstance(root.value, dict) else {}
        if os.path.basename(path) == FILE or not OF_PROJECT.isdisjoint(given):
            for key in sorted(SETTINGS & given.keys()):
                why = "settings of all tests of a project are not applied; a test has its own severity and filter"
                self.drafts.leave(Where(path, given[key].mark), key, why)
            return
        for key, node in given.items():
            if key not in KNOWN and not key.startswith(("x-", ".")):
                why = "a file of dbt has no such section; is it indented as it should be?"
                self.drafts.leave(Where(path, root.key_marks.get(key, node.mark)), key, why)
        for kind in TABLES:
            with self.drafts.guarded(Where(path, root.mark), kind):
                for item in look.items(given.get(kind), kind):
                    self._resource(item, path, None, {})
        with self.drafts.guarded(Where(path, root.mark), "sources"):
            for item in look.items(given.get("sources"), "sources"):
                self._source(item, path)
        for kind in OTHERS:
            if kind in given and given[kind].value:
                self.drafts.notes.append(f"{clean(path)}:{given[kind].mark.line}: {kind}: no checks of data; left out")

    def _source(self, item: Node, path: str) -> None:
        with self.drafts.guarded(Where(path, item.mark), "a source"):
            given = look.mapping(item, "a source")
            self.drafts.unread.meet(path, "a source", given, keys.SOURCE)
            name = look.text(given.get("name"), "the name of a source")
            for table in look.items(given.get("tables"), "tables"):
                self._resource(table, path, name, given)

    def _resource(self, item: Node, path: str, source: str | None, above: Mapping[str, Node]) -> None:
        """Read a model, seed, snapshot, or a table of a source."""
        with self.drafts.guarded(Where(path, item.mark), "a table" if source else "a model"):
            given = look.mapping(item, "a model")
            draft = self.dataset(look.text(given.get("name"), "the name of a model"), source)
            level, known = ("a table of a source", keys.OF_SOURCE) if source else ("a model", keys.MODEL)
            draft.unread.meet(path, level, given, known)
            table = _Table(self, draft, path, given, above, unbound=_unbound(item))
            table.describe()
            table.checks()

    def words(self, node: Node | None) -> str | None:
        """Return a description with its blocks of documentation, on one line; None where it says nothing."""
        if node is None or not isinstance(node.value, str):
            return None
        text = DOC.sub(lambda match: self.blocks.get(match[1], ""), node.value)
        return one_line(" ".join(text.split())) or None

    def singular(self, source: Source) -> None:
        """Read a singular test: a SELECT of the failing rows."""
        where = Where(source.path, Mark(1, 1))
        name = source.path.replace("\\", "/").rpartition("/")[2].removesuffix(".sql")
        named: list[str] = []
        with self.drafts.guarded(where, name):
            template = Template(
                self.variables, lambda table, origin: singular.noted(named, self.dataset(table, origin).name)
            )
            statement = template.filled(config.without(source.text)).strip().rstrip(";")
            if not named:
                raise NoEquivalentError("it names no model by ref or source")
            dataset = named[0]
            self.drafts.of(dataset).take(
                where, name, lambda: singular.rules(source.text, name, statement, dataset, self.template())
            )


class _Table:
    """A model, or a table of a source."""

    def __init__(
        self,
        project: Project,
        draft: Draft,
        path: str,
        given: Mapping[str, Node],
        above: Mapping[str, Node],
        *,
        unbound: bool,
    ) -> None:
        self.project = project
        self.draft = draft
        self.path = path
        self.given = given
        self.above = above
        self.unbound = unbound
        self.config = look.mapping(given.get("config"), "config")
        self.template = project.template(draft.name)
        self.enabled = self._enabled(self.config) and self._enabled(given)
        self.tags = [*tags(above), *tags(look.mapping(above.get("config"), "config")), *tags(given), *tags(self.config)]

    def describe(self) -> None:
        """Take what is said of the table itself."""
        told, described = self.draft.keys, self.project.words(self.given.get("description"))
        if described:
            told["description"] = described
        for given in (self.config, self.given, look.mapping(self.above.get("config"), "config"), self.above):
            owner = look.mapping(given.get("meta"), "meta").get("owner") if "meta" in given else None
            if owner is not None and not isinstance(owner.value, (dict, tuple)) and "owner" not in told:
                told["owner"] = look.text(owner, "owner")

    def checks(self) -> None:
        """Take the tests, the constraints and the freshness."""
        if "tests" in self.given or "data_tests" in self.given:
            self._tests(self.given, None, self.tags)
        elif "tests" in self.config:
            self._tests(self.config, None, self.tags)
        constraints.table(self.draft, self.path, self.given, self.config, self._other)
        self._freshness()
        versions.left(self.draft, self.path, self.given)
        for item in look.items(self.given.get("columns"), "columns"):
            with self.project.drafts.guarded(Where(self.path, item.mark), f"a column of {self.draft.name}"):
                self._column(look.mapping(item, "a column"))

    def _column(self, given: Mapping[str, Node]) -> None:
        name = look.text(given.get("name"), "the name of a column")
        self.draft.unread.meet(self.path, "a column", given, keys.COLUMN)
        config = look.mapping(given.get("config"), "config")
        own = [*tags(given), *tags(config)]
        if personal(given) or personal(config) or any(tag.lower() in PII for tag in own):
            self.draft.add("pii", [name])
        before = len(self.draft.checks)
        self._tests(given, name, [*self.tags, *own])
        constraints.column(self.draft, Where(self.path, _mark(given)), name, given, self._other)
        described = self.project.words(given.get("description"))
        if described and len(self.draft.checks) > before:
            self.draft.remark(before, f"{name}: {described}")

    def _tests(self, given: Mapping[str, Node], column: str | None, own: Sequence[str]) -> None:
        for key in ("tests", "data_tests"):
            for item in look.items(given.get(key), key) if key in given else ():
                where = Where(self.path, item.mark)
                what = "a test"
                try:
                    name, inner, remarks = _split(item)
                    what = f"{name}({column})" if column else name
                    if name.rpartition(".")[2] in {"schema_changes", "schema_changes_from_baseline"}:
                        self.draft.keys["schema"] = "full"
                        self.draft.remarks.append(f"{where}: {name}: every check compares with the registered schema")
                        continue
                    test = OneTest(name, inner, column, own)
                except NoEquivalentError as error:
                    self.draft.leave(where, what, str(error))
                    continue
                remarks += levels.remarks(test.config, self.template)
                self.draft.take(where, what, lambda test=test: test.rules(self), remarks)  # type: ignore[misc]

    def _other(self, written: str) -> str:
        return other(self.template, self.project, written)

    def _freshness(self) -> None:
        config = {**look.mapping(self.above.get("config"), "config"), **self.config}
        node = (
            self.given.get("freshness")
            or self.config.get("freshness")
            or self.above.get("freshness")
            or config.get("freshness")
        )
        if node is None or not isinstance(node.value, dict) or self.unbound:
            return
        column = self.given.get("loaded_at_field") or config.get("loaded_at_field") or self.above.get("loaded_at_field")
        where = Where(self.path, node.mark)
        self.draft.take(where, "freshness", lambda: levels.freshness(node, column, self.template))

    def _enabled(self, given: Mapping[str, Node]) -> bool:
        return enabled(given, self.template)


class OneTest:
    """One test with what is configured for it."""

    def __init__(self, name: str, given: Mapping[str, Node], column: str | None, own: Sequence[str]) -> None:
        """Tell what the test is given from what is configured."""
        self.name = name.rpartition(".")[2].removeprefix("test_").lower()
        config = look.mapping(given.get("config"), "config")
        self.config = {**{key: value for key, value in given.items() if key in CONFIG}, **config}
        arguments = {key: value for key, value in given.items() if key not in CONFIG and key not in BESIDE}
        arguments |= look.mapping(given.get("arguments"), "arguments")
        if column is not None and "column_name" not in arguments:
            arguments["column_name"] = Node(column, Mark(1, 1), {}, column)
        self.arguments = arguments
        self.given = given
        self.tags = [*own, *tags(self.config), *meta_tags(self.config)]

    def rules(self, table: _Table) -> Iterable[Keys]:
        """Return the rules that the test becomes."""
        template = table.template
        table.draft.unread.meet(table.path, "the config of a test", self.config, CONFIG)
        keys: dict[str, object] = {}
        if "name" in self.given:
            keys["name"] = look.text(self.given["name"], "name")
        described = table.project.words(self.given.get("description"))
        if described:
            keys["description"] = described
        if "where" in self.config:
            keys["where"] = template.filled(look.text(self.config["where"], "where"), kept=True).strip().rstrip(";")
        if "row_condition" in self.arguments and self.name != "expect_row_values_to_have_recent_data":
            condition = template.filled(look.text(self.arguments.pop("row_condition"), "row_condition"), kept=True)
            keys["where"] = f"({keys['where']}) AND ({condition})" if "where" in keys else condition
        if self.tags:
            keys["tags"] = list(dict.fromkeys(self.tags))
        if not table.enabled or not enabled(self.config, template):
            keys["enabled"] = False
        given = Expectation(self.name, self.arguments, table.draft.name, keys, template.filled, of_dbt=True)
        test = Test(given, lambda written: other(template, table.project, written))
        made = macros.rules(test, table.project.own.get(self.name), template, levels="severity" in self.config)
        return levels.judged(made, self.config, template, table.draft.name)


def other(template: Template, project: Project, written: str) -> str:
    """Return the dataset of a model that is written as `ref('x')`, with or without braces, or by its name."""
    match = REF.fullmatch(written)
    if match is None:
        if "{" in written or "(" in written:
            raise NoEquivalentError(f"'{clean(written, 60)}' is neither ref('model') nor source('name', 'table')")
        return project.dataset(tables.last(written)).name
    value = str(template.value(match[1]))
    return value[1:-1].replace('""', '"')


def _unbound(item: Node) -> bool:
    """Tell whether a table says `freshness: null`, which takes it out of the freshness of its source."""
    given = item.value if isinstance(item.value, dict) else {}
    config = given["config"].value if "config" in given else None
    own = (given, config if isinstance(config, dict) else {})
    return any("freshness" in one and one["freshness"].value is None for one in own)


def _mark(given: Mapping[str, Node]) -> Mark:
    return given["name"].mark


def _split(item: Node) -> tuple[str, dict[str, Node], list[str]]:
    """Return the name of a test, what stands below it, and what there is to say about that."""
    if not isinstance(item.value, dict):
        return look.text(item, "a test"), {}, []
    given = dict(item.value)
    if "test_name" in given:
        return look.text(given["test_name"], "test_name"), look.mapping(item, "a test"), []
    names = [key for key in given if key not in CONFIG and key not in BESIDE]
    if not names:
        raise NoEquivalentError("it has no name of a test")
    inner = look.mapping(given.pop(names[0]), names[0])
    remarks = ["the keys are beside the test instead of below it; read as intended"] if given else []
    return names[0], {**inner, **{key: node for key, node in given.items() if node.value is not None}}, remarks
