"""Pandera: schemas in Python code, and as YAML and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from idqp_cli.core.model import Mark
from idqp_cli.core.text import one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, python_values, rule_keys, typenames
from idqp_cli.importing.pandera import built, checks, code
from idqp_cli.importing.values import Draft, Drafts, Import, Keys, NoEquivalentError, Source, Where

TABLE = frozenset({
    "schema_type", "version", "name", "title", "description", "columns", "checks", "index", "dtype", "coerce",
    "strict", "ordered", "unique", "report_duplicates", "unique_column_names", "add_missing_columns",
    "drop_invalid_rows", "parsers", "metadata",
})  # fmt: skip
COLUMN = frozenset({
    "name", "title", "description", "dtype", "checks", "nullable", "unique", "report_duplicates", "coerce",
    "required", "regex", "default", "metadata", "drop_invalid_rows", "parsers", "alias", built.SOMETIMES, code.CODE,
})  # fmt: skip
UNNAMED = "an index without a name is no column; give it the column's name, as in Index(…, name='at')"


def read(sources: Sequence[Source], variables: Mapping[str, str]) -> Import:  # noqa: ARG001 - it has none
    """Read schemas: YAML, JSON, or code, of which only constants are read.

    Raises:
        RulesError: a file is not what it is called, with the place.

    """
    drafts = Drafts()
    for source in sources:
        if source.path.endswith(".py"):
            schemas = list(code.schemas(python_values.parsed(source.text, source.path), source.path))
            if not schemas:
                drafts.leave(Where(source.path, Mark(1, 1)), "the file", "it contains no schema of Pandera")
            for name, where, make in schemas:
                with drafts.guarded(where, name):
                    given = make()
                    take(drafts.of(name), given, where)
            continue
        for root in drafts.roots(source):
            where = Where(source.path, root.mark)
            with drafts.guarded(where, "the schema"):
                given = look.mapping(root, "the schema")
                if "columns" not in given:
                    raise NoEquivalentError("it has no columns")
                stem = source.path.replace("\\", "/").rpartition("/")[2].split(".")[0]
                name = look.text(given["name"], "name") if "name" in given else stem
                take(drafts.of(name), given, where)
    return drafts.done()


def take(draft: Draft, given: Mapping[str, Node], where: Where) -> None:
    """Take a schema: its columns, and what must hold of the table."""
    told = given.get("description") or given.get("title")
    if told is not None and isinstance(told.value, str) and told.value.strip():
        draft.keys["description"] = one_line(told.value)
    draft.unread.meet(where.path, "a schema", given, TABLE)
    columns = list(_columns(given, where))
    for name, _, column in columns:
        draft.unread.meet(where.path, f"the column {name}", column, COLUMN)
    kind = given.get("dtype")
    if kind is not None and kind.value is not None:
        columns = [(name, place, {"dtype": kind, **column}) for name, place, column in columns]
    if columns or look.mapping(given.get("columns"), "columns"):
        draft.take(where, "columns", lambda: [_schema(columns, given)])
    for name, place, column in columns:
        before = len(draft.checks)
        for what, make in _of_column(name, column, draft.name):
            draft.take(place, f"{name}: {what}", make)
        described = column.get("description") or column.get("title")
        words = described.value.strip() if described is not None and isinstance(described.value, str) else ""
        if words and len(draft.checks) > before:
            draft.remark(before, f"{name}: {one_line(words)}")
    unique = look.texts(given.get("unique"), "unique")
    if unique:
        draft.take(where, "unique", lambda: [rule_keys.rule("unique", unique, nulls="compare")])
    for what, node in checks.listed(given.get("checks")):
        draft.take(Where(where.path, node.mark), what, _table_rules(draft.name, what, node))
    if given.get("parsers") is not None and given["parsers"].value:
        draft.leave(where, "parsers", "code that changes the data is not run")
    _index(draft, given.get("index"), where)


def _table_rules(dataset: str, what: str, node: Node) -> checks.Make:
    return lambda: checks.of_table(what, node, dataset)


def _index(draft: Draft, index: Node | None, where: Where) -> None:
    """Note the checks of an index without a name, which no column of a file is."""
    for item in look.items(index, "index") if index is not None and not isinstance(index.value, dict) else ():
        level = look.mapping(item, "index")
        if "name" not in level:
            kind = level.get("dtype")
            if kind is not None:
                told = look.text(kind, "dtype")
                draft.leave(Where(where.path, item.mark), f"index: {told}", UNNAMED)
            for what, node in checks.listed(level.get("checks")):
                draft.leave(Where(where.path, node.mark), f"index: {what}", UNNAMED)


def _columns(given: Mapping[str, Node], where: Where) -> Iterator[tuple[str, Where, Mapping[str, Node]]]:
    listed = look.mapping(given.get("columns"), "columns")
    for name, node in listed.items():
        yield name, Where(where.path, node.mark), look.mapping(node, name)
    index = given.get("index")
    for item in look.items(index, "index") if index is not None and not isinstance(index.value, dict) else ():
        inner = look.mapping(item, "index")
        if "name" in inner:
            yield look.text(inner["name"], "name"), Where(where.path, item.mark), inner


def _schema(columns: Sequence[tuple[str, Where, Mapping[str, Node]]], given: Mapping[str, Node]) -> Keys:
    strict = given.get("strict")
    closed = strict is not None and strict.value is True
    ordered = look.flag(given.get("ordered"), "ordered")
    made: dict[str, object] = {}
    for name, _, column in columns:
        if look.flag(column.get("regex"), "regex"):
            continue
        kind = _type(column)
        needed = look.flag(column.get("required"), "required", default=True)
        made[name] = kind if needed else {"type": kind, "required": False}
    if not made:
        raise NoEquivalentError("it has no columns")
    return rule_keys.schema(made, allow_extra=None if closed else True, ordered=ordered or None)


def _type(column: Mapping[str, Node]) -> str:
    """Return the type of a column; what is not known is said by the check of the type."""
    try:
        return _named(column) or "any"
    except NoEquivalentError:
        return "any"


def _named(column: Mapping[str, Node]) -> str | None:
    node = column.get("dtype")
    if node is None:
        return None
    if isinstance(node.value, dict):
        node = node.value.get("type", node)
    word = look.text(node, "dtype")
    # Python's int, which pandas keeps in 64 bits, is not the one of SQL.
    ours = typenames.ours("int64" if word.lower().rpartition(".")[2] == "int" else word)
    # Of pandas an object is any value.
    return None if word.lower().rpartition(".")[2] in {"object", "o", "any"} else ours


def _of_column(name: str, given: Mapping[str, Node], dataset: str) -> Iterator[tuple[str, checks.Make]]:
    if look.flag(given.get("regex"), "regex"):
        yield "regex", lambda: _refuse("a name that is a pattern has no rule")
        return
    if built.SOMETIMES in given:
        test = look.text(given[built.SOMETIMES], built.SOMETIMES)
        yield "required", lambda: _refuse(f"it is added only if {test}; it is taken as a column that need not be there")
    if code.CODE in given:
        yield "code", lambda: _refuse(f"'{look.text(given[code.CODE], 'code')}' is code; code is not run")
        return
    if "dtype" in given:
        yield "dtype", lambda: _typed(given)
    if not look.flag(given.get("nullable"), "nullable"):
        yield "nullable", lambda: [rule_keys.rule("completeness", name)]
    if look.flag(given.get("unique"), "unique"):
        yield "unique", lambda: [rule_keys.rule("unique", name, nulls="compare")]
    for what, node in checks.listed(given.get("checks")):
        yield what, lambda what=what, node=node: checks.of_column(name, what, node, dataset)  # type: ignore[misc]
    if given.get("parsers") is not None and given["parsers"].value:
        yield "parsers", lambda: _refuse("code that changes the data is not run")


def _typed(given: Mapping[str, Node]) -> Iterable[Keys]:
    """Refuse a type that is not known; those that are stand in the schema."""
    _named(given)
    return []


def _refuse(why: str) -> Iterable[Keys]:
    raise NoEquivalentError(why)
