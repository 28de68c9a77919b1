"""The properties of a table in a data contract: its columns, and what must hold of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction

from idqp_cli.core import sql, type_families
from idqp_cli.core.text import clean, one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look, patterns, row_checks, rule_keys, typenames
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.odcs import formats, inside, keys
from idqp_cli.importing.regexes import Flavour
from idqp_cli.importing.values import Draft, Keys, NoEquivalentError, Where

Given = Mapping[str, Node]
FORMATS: Mapping[str, str] = {
    "integer": "integer", "int": "integer", "long": "integer", "bigint": "integer", "number": "number",
    "decimal": "number", "numeric": "number", "float": "number", "double": "number", "boolean": "boolean",
    "date": "date", "timestamp": "datetime", "timestamp_tz": "datetime", "timestamp_ntz": "datetime",
    "datetime": "datetime",
}  # fmt: skip
FREE = frozenset({
    "string", "text", "varchar", "object", "array", "map", "record", "struct", "bytes", "null", "any", "time", "json",
    "variant", "char", "nvarchar", "geography", "binary", "enum",
})  # fmt: skip
TEXTS = frozenset({"string", "text", "varchar", "char", "nvarchar"})
NESTED = frozenset({"object", "array", "map", "record", "struct"})
# Words that the standard does not have, for those that it has.
MEANT: Mapping[str, str] = {
    "minValue": "minimum", "maxValue": "maximum", "validValues": "enum", "allowedValues": "enum",
}  # fmt: skip
PERSONAL = frozenset({"pii", "personal", "sensitive", "restricted", "spi", "personal_data"})


def first(given: Given, *names: str) -> Node | None:
    """Return the first of the keys that is there."""
    return next((given[name] for name in names if name in given), None)


class Table:
    """The columns of a table."""

    def __init__(self, draft: Draft, path: str, given: Given, definitions: Given, other: Callable[[str], str]) -> None:
        """Take what the contract says of the table; `other` gives the dataset of a table's name."""
        self.draft = draft
        self.path = path
        self.given = given
        self.definitions = definitions
        self.other = other
        self.columns = list(self._columns())

    def quality(self) -> Iterator[tuple[str | None, Node | None]]:
        """Yield the checks of the table, and those of each column."""
        yield None, self.given.get("quality")
        yield None, self.given.get("checks")
        for name, _, given in self.columns:
            yield name, given.get("quality")

    def take(self, where: Where) -> None:
        """Take the rules of the columns."""
        if self.columns:
            self.draft.take(where, "properties", lambda: [self._schema()])
        for name, place, given in self.columns:
            self._column(name, place, given)
        self._keys(where)
        for item in look.items(self.given.get("relationships"), "relationships"):
            place = Where(self.path, item.mark)
            self.draft.take(place, "a relationship", lambda item=item: self._relationship(item, None))  # type: ignore[misc]

    def _columns(self) -> Iterator[tuple[str, Where, Given]]:
        listed = first(self.given, "properties", "columns", "fields")
        if listed is None:
            return
        if isinstance(listed.value, dict):
            for name, node in look.mapping(listed, "fields").items():
                yield name, Where(self.path, listed.key_marks[name]), self._defined(look.mapping(node, name))
            return
        for item in look.items(listed, "properties"):
            given = self._defined(look.mapping(item, "a property"))
            name = look.text(first(given, "physicalName", "name", "column"), "the name of a property")
            yield name, Where(self.path, item.mark), given

    def _defined(self, given: Given) -> Given:
        """Return what is said of a column, with what its definition says."""
        told = given.get("$ref")
        if told is None:
            return given
        name = look.text(told, "$ref").rpartition("/")[2]
        return {**look.mapping(self.definitions.get(name), name), **given}

    def _schema(self) -> Keys:
        columns: dict[str, object] = {}
        for name, _, given in self.columns:
            columns[name] = self._physical(given) or self._text(given) or "any"
        return rule_keys.schema(columns, allow_extra=True)

    def _physical(self, given: Given) -> str | None:
        node = given.get("physicalType")
        if node is None:
            return None
        try:
            return typenames.ours(look.text(node, "physicalType"))
        except NoEquivalentError:
            return None

    def _text(self, given: Given) -> str | None:
        """Return the family of a column that is text by its logical type alone, where its options name no other."""
        node = first(given, "logicalType", "type")
        if "physicalType" in given or node is None or not isinstance(node.value, str):
            return None
        return type_families.TEXT if re.sub(r"\(.*\)", "", node.value).strip().lower() in TEXTS else None

    def _untyped(self, given: Given) -> bool:
        """Tell whether a column has a type of which nothing is checked."""
        return "physicalType" in given and self._physical(given) is None and first(given, "logicalType", "type") is None

    def _column(self, name: str, where: Where, given: Given) -> None:
        self.draft.unread.meet(self.path, "a property", given, keys.PROPERTY)
        logical = look.mapping(given.get("logicalTypeOptions"), "logicalTypeOptions")
        self.draft.unread.meet(self.path, "logicalTypeOptions", logical, keys.PROPERTY)
        options = {**given, **logical}
        options |= {MEANT[key]: node for key, node in options.items() if key in MEANT and MEANT[key] not in options}
        tags = look.texts(given.get("tags"), "tags")
        kept, self.draft.tags = self.draft.tags, tuple(dict.fromkeys([*self.draft.tags, *tags]))
        before = len(self.draft.checks)
        for what, make in self._checks(name, given, options):
            self.draft.take(where, f"{name}: {what}", make)
        self.draft.tags = kept
        inside.take(self.draft, name, where, given)
        classified = look.text(given["classification"], "classification").lower() if "classification" in given else ""
        if classified in PERSONAL or look.flag(given.get("pii"), "pii") or PERSONAL & {tag.lower() for tag in tags}:
            self.draft.add("pii", [name])
        told = given.get("description")
        if told is not None and isinstance(told.value, str) and told.value.strip() and len(self.draft.checks) > before:
            self.draft.remark(before, f"{name}: {one_line(told.value)}")

    def _checks(self, name: str, given: Given, options: Given) -> Iterator[tuple[str, Callable[[], Iterable[Keys]]]]:
        """Yield what is to be checked of a column, and the rules that it becomes."""
        if first(given, "logicalType", "type") is not None and self._physical(given) is None:
            yield "type", lambda: self._logical(name, given, options)
        elif self._untyped(given):
            yield "physicalType", lambda: _typed(look.text(given["physicalType"], "physicalType"))
        nullable = first(given, "nullable", "isNullable")
        demanded = look.flag(given.get("required"), "required")
        if demanded or (nullable is not None and not look.flag(nullable, "nullable", default=True)):
            yield "required", lambda: [rule_keys.rule("completeness", name)]
        if look.flag(first(given, "unique", "isUnique"), "unique"):
            yield "unique", lambda: [rule_keys.rule("unique", name)]
        if "enum" in options:
            yield "enum", lambda: [row_checks.accepted(name, _values(options["enum"])).keys]
        if first(options, "minLength", "maxLength") is not None:
            yield "length", lambda: [length(name, options)]
        if first(options, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") is not None:
            yield "range", lambda: [bounds(name, options)]
        if "multipleOf" in options:
            yield "multipleOf", lambda: [multiple(name, options["multipleOf"])]
        if "pattern" in options:
            yield (
                "pattern",
                lambda: [
                    row_checks.pattern(
                        name, [patterns.whole(look.text(options["pattern"], "pattern"))], flavour=Flavour.ECMA
                    ).keys
                ],
            )
        if "format" in options:
            yield "format", lambda: formats.rules(name, look.text(options["format"], "format"))
        if "references" in given:
            yield "references", lambda: [self._reference([name], look.text(given["references"], "references"))]
        for item in look.items(given.get("relationships"), "relationships"):
            yield "relationship", lambda item=item: self._relationship(item, name)  # type: ignore[misc]

    def _logical(self, name: str, given: Given, options: Given) -> Iterable[Keys]:
        kind = look.text(first(given, "logicalType", "type"), "logicalType").lower()
        plain = re.sub(r"\(.*\)", "", kind).strip()
        if plain in NESTED and "physicalType" in given:
            return _typed(look.text(given["physicalType"], "physicalType"))
        if plain in FREE or ("format" in options and FORMATS.get(plain) in {"date", "datetime"}):
            return []
        if plain in FORMATS:
            return [rule_keys.rule("format", name, format=FORMATS[plain])]
        ours = typenames.ours(kind)
        return [] if ours == "VARCHAR" else [rule_keys.schema({name: ours}, allow_extra=True)]

    def _keys(self, where: Where) -> None:
        """Take the primary key, which may be of several columns."""
        placed = []
        for at, (name, _, given) in enumerate(self.columns):
            if look.flag(first(given, "primaryKey", "primary", "primary_key", "isPrimaryKey"), "primaryKey"):
                position = first(given, "primaryKeyPosition")
                number = look.number(position, "primaryKeyPosition") if position is not None else 0
                placed.append((max(0, number), at, name, look.flag(given.get("required"), "required")))
        names = [name for _, _, name, _ in sorted(placed)]
        names = names or look.texts(self.given.get("primaryKey"), "primaryKey")
        if names:
            self.draft.keys["key"] = names
            missing = [name for name in names if (name, True) not in {(entry[2], entry[3]) for entry in placed}]
            self.draft.take(
                where,
                "primaryKey",
                lambda: [
                    rule_keys.rule("unique", names),
                    *([rule_keys.rule("completeness", missing)] if missing else []),
                ],
            )

    def _relationship(self, item: Node, column: str | None) -> Iterable[Keys]:
        given = look.mapping(item, "a relationship")
        look.refuse_others(
            given, ("type", "from", "to", "id", "name", "description", "customProperties"), "a relationship"
        )
        kind = look.text(given["type"], "type").lower() if "type" in given else "foreignkey"
        if kind != "foreignkey":
            raise NoEquivalentError(f"a relationship of the type '{clean(kind, 40)}' has no rule")
        own = [column] if column else [text.rpartition(".")[2] for text in look.texts(given.get("from"), "from")]
        targets = look.texts(given.get("to"), "to")
        if not own or len(own) != len(targets):
            raise NoEquivalentError("it needs as many columns on both sides")
        tables = {target.rpartition(".")[0].rpartition("/")[2].rpartition(".")[2] for target in targets}
        if len(tables) != 1 or not min(tables):
            raise NoEquivalentError("it is not like table.column")
        to = [target.rpartition(".")[2].rpartition("/")[2] for target in targets]
        return [rule_keys.rule("references", own, dataset=self.other(min(tables)), to=None if to == own else to)]

    def _reference(self, own: list[str], target: str) -> Keys:
        table, _, column = target.rpartition(".")
        if not table:
            raise NoEquivalentError(f"'{clean(target, 60)}' is not like table.column")
        to = [column]
        return rule_keys.rule("references", own, dataset=self.other(table), to=None if to == own else to)


def _typed(word: str) -> Iterable[Keys]:
    """Refuse a type that is not known; those that are stand in the schema."""
    typenames.ours(word)
    return []


def _values(node: Node) -> list[bool | int | float | str]:
    """Return the values of an enum, which are values or mappings with one."""
    return [
        look.value(look.mapping(item, "a value").get("value"), "a value")
        if isinstance(item.value, dict)
        else look.value(item, "a value")
        for item in look.items(node, "enum")
        if item.value is not None
    ]


def length(name: str, options: Given) -> Keys:
    """Return the rule for the length of a text."""
    low, high = (look.whole(options[key], key) if key in options else None for key in ("minLength", "maxLength"))
    return row_checks.length(name, low, high).keys


def bounds(name: str, options: Given) -> Keys:
    """Return the range between `minimum` and `maximum`, with or without them; bounds may be dates."""
    low, low_open = _bound(options, "minimum", "exclusiveMinimum")
    high, high_open = _bound(options, "maximum", "exclusiveMaximum")
    if any(isinstance(one, str) for one in (low, high)):
        return rule_keys.rule("range", name, **intervals.text_bounds(low, high, (low_open, high_open)))
    numbers = [None if bound is None or isinstance(bound, str) else bound for bound in (low, high)]
    return row_checks.between(name, Allowed(numbers[0], numbers[1], low_open, high_open)).keys


def _bound(options: Given, key: str, exclusive: str) -> tuple[Fraction | str | None, bool]:
    node, other = options.get(key), options.get(exclusive)
    if other is not None and not isinstance(other.value, bool):
        # A number that does not belong to the range.
        node, is_open = other, True
    else:
        is_open = other is not None and other.value is True
    if node is None:
        return None, False
    written = look.text(node, key)
    return (look.fraction(written, key) if look.NUMBER.fullmatch(written) else written), is_open


def multiple(name: str, node: Node) -> Keys:
    """Return the rule that a number is a multiple of another."""
    step = look.number(node, "multipleOf")
    # Binary numbers are no multiples of 0.01; as they are written they are.
    exact = f"TRY_CAST(CAST({sql.identifier(name)} AS VARCHAR) AS DECIMAL(38, 15))"
    value = sql.identifier(name) if step.denominator == 1 else exact
    return rule_keys.rule("expression", expression=f"{value} % {intervals.as_sql(step)} = 0")
