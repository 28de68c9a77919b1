"""A field of a table schema: how its column is read, and what must hold of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from idqp_cli.core.text import clean, one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, patterns, row_checks, rule_keys
from idqp_cli.importing.frictionless import constraints
from idqp_cli.importing.regexes import Flavour
from idqp_cli.importing.values import Draft, Keys, NoEquivalentError, Where

TYPES: Mapping[str, str] = {
    "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "time": "TIME",
    "datetime": "TIMESTAMP WITH TIME ZONE", "year": "INTEGER",
}  # fmt: skip
FREE = frozenset({"string", "any"})


LONGITUDE, LATITUDE = r"-?(180(\.0*)?|1[0-7]\d(\.\d*)?|\d{1,2}(\.\d*)?)", r"-?(90(\.0*)?|[0-8]?\d(\.\d*)?)"
SHAPES: Mapping[str, str] = {
    "yearmonth": r"^\d{4}-(0[1-9]|1[0-2])$",
    "geopoint": rf"^\s*{LONGITUDE}\s*,\s*{LATITUDE}\s*$",
    "geopoint array": rf"^\s*\[\s*{LONGITUDE}\s*,\s*{LATITUDE}\s*\]\s*$",
    "duration": r"^P(?:\d+(?:\.\d+)?[YMWD])*(?:T(?:\d+(?:\.\d+)?[HMS])+)?$",
}
FORMATS: Mapping[str, str] = {"email": "email", "binary": "base64"}
# A URI has a scheme, like mailto, and need not have a host. A UUID may be written without hyphens, as a URN, in braces.
WRITTEN: Mapping[str, str] = {
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$",
    "uuid": r"^(?i:(urn:)?(uuid:)?\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?)$",
}


CONSTRAINTS = frozenset({
    "required", "unique", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength",
    "maxLength", "pattern", "jsonSchema",
})  # fmt: skip


def missing_values(node: Node | None) -> list[str]:
    """Return the texts of `missingValues`, which are texts or mappings with one."""
    return [
        look.text(look.mapping(value, "a missing value").get("value"), "a missing value")
        if isinstance(value.value, dict)
        else look.text(value, "a missing value")
        for value in look.items(node, "missingValues")
    ]


def is_text(field: Mapping[str, Node]) -> bool:
    """Tell whether a field says that its cells are texts; a form like base64 may be kept in another type."""
    form = field.get("format")
    return "type" in field and field["type"].value == "string" and (form is None or form.value not in {"binary", "any"})


class Field:
    """A column: how it is read, and what must hold of it."""

    def __init__(self, draft: Draft, name: str, given: Mapping[str, Node], where: Where) -> None:
        self.draft = draft
        self.name = name
        self.given = given
        self.where = where

    def take(self) -> None:
        """Take how the column is read, and the rules for it."""
        before = len(self.draft.checks)
        kind = look.text(self.given["type"], "type") if "type" in self.given else "string"
        self.draft.take(self.where, f"{self.name}: type {kind}", lambda: self._type(kind))
        if "missingValues" in self.given:
            self._column("missing_values", missing_values(self.given["missingValues"]))
        given = look.mapping(self.given.get("constraints"), "constraints")
        for what, make in self._constraints(given, kind):
            self.draft.take(self.where, f"{self.name}: {what}", make)
        if "categories" in self.given:
            self.draft.take(self.where, f"{self.name}: categories", self._categories)
        told = self.given.get("description") or self.given.get("title")
        if told is not None and isinstance(told.value, str) and told.value.strip() and len(self.draft.checks) > before:
            self.draft.remark(before, f"{self.name}: {one_line(told.value)}")

    def _column(self, key: str, value: object) -> None:
        own = self.draft.keys.setdefault("read", {})
        columns = own.setdefault("columns", {}) if isinstance(own, dict) else {}
        columns.setdefault(self.name, {})[key] = value

    def _type(self, kind: str) -> Iterable[Keys]:
        form = self._word("format", "default")
        if kind == "list":
            return constraints.items(self.name, self._word("itemType", "string"), self._word("delimiter", ","))
        if kind in {"object", "array", "geojson"}:
            return [rule_keys.rule("format", self.name, format="json")]
        if kind == "geopoint" and form != "default":
            kind = f"{kind} {form}"
            if kind not in SHAPES:
                raise NoEquivalentError(f"a geopoint in the form '{clean(form, 40)}' has no equivalent")
        if kind in SHAPES:
            return [rule_keys.rule("pattern", self.name, regex=SHAPES[kind])]
        if kind in FREE and form in WRITTEN:
            return [rule_keys.rule("pattern", self.name, regex=WRITTEN[form])]
        if kind == "string" and form not in {*FORMATS, "default", "any"}:
            raise NoEquivalentError(f"the format '{clean(form, 40)}' of a text has no equivalent")
        if kind in FREE:
            return [rule_keys.rule("format", self.name, format=FORMATS[form])] if form in FORMATS else []
        if kind not in TYPES:
            raise NoEquivalentError(f"the type '{clean(kind, 40)}' is not known")
        if kind in {"date", "time", "datetime"} and form not in {"default", "any"}:
            return self._form(kind, patterns.strptime(form.removeprefix("fmt:")) or form)
        self._words(kind)
        self._column("type", TYPES[kind])
        return []

    def _form(self, kind: str, form: str) -> Iterable[Keys]:
        if kind == "time" or (kind == "datetime" and "%z" in form):
            # DuckDB's %z refuses a Z, which Python's takes; times of a day have no form of their own.
            if form in {"%H:%M:%S", "%H:%M:%S%z"} and kind == "time":
                self._column("type", "TIME")
                return []
            if kind == "datetime" and form.replace("T", " ") in {"%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f%z"}:
                self._column("type", TYPES["datetime"])
                return []
            return [rule_keys.rule("format", self.name, strptime=form)]
        if "%" not in form:
            raise NoEquivalentError(f"the format '{clean(form, 40)}' of a {kind} has no equivalent")
        self._column("date_format" if kind == "date" else "timestamp_format", form)
        return []

    def _words(self, kind: str) -> None:
        """Say how numbers and booleans are written."""
        if kind == "boolean":
            for key, ours in (("trueValues", "true_values"), ("falseValues", "false_values")):
                if key in self.given:
                    self._column(ours, look.texts(self.given[key], key))
        for key, ours in (("decimalChar", "decimal"), ("groupChar", "thousands")):
            if key in self.given:
                self._column(ours, look.text(self.given[key], key))
        if "bareNumber" in self.given and not look.flag(self.given["bareNumber"], "bareNumber", default=True):
            self._column("strip", "$€£¥% ")

    def _categories(self) -> Iterable[Keys]:
        """Return the rule that a cell is one of the categories, which are values or mappings with one."""
        for item in look.items(self.given["categories"], "categories"):
            if isinstance(item.value, dict):
                look.refuse_others(look.mapping(item, "a category"), ("value", "label", "description"), "a category")
        listed = [
            look.value(look.mapping(item, "a category").get("value"), "a category")
            if isinstance(item.value, dict)
            else look.value(item, "a category")
            for item in look.items(self.given["categories"], "categories")
        ]
        return [row_checks.accepted(self.name, listed).keys]

    def _word(self, key: str, otherwise: str) -> str:
        return look.text(self.given[key], key) if key in self.given else otherwise

    def _constraints(self, given: Mapping[str, Node], kind: str) -> Iterator[tuple[str, Callable[[], Iterable[Keys]]]]:
        name = self.name
        if look.flag(given.get("required"), "required"):
            yield "required", lambda: [rule_keys.rule("completeness", name)]
        if look.flag(given.get("unique"), "unique"):
            yield "unique", lambda: [rule_keys.rule("unique", name)]
        if "enum" in given:
            yield "enum", lambda: [row_checks.accepted(name, look.values(given["enum"], "enum")).keys]
        if any(key in given for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")):
            yield "range", lambda: [constraints.bounds(name, kind, self._word("format", "default"), given)]
        if "minLength" in given or "maxLength" in given:
            yield "length", lambda: constraints.length(name, kind, given, self._word("delimiter", ","))
        if "jsonSchema" in given:
            yield "jsonSchema", lambda: constraints.holds(name, given["jsonSchema"])
        if "pattern" in given:
            yield (
                "pattern",
                lambda: [
                    row_checks.pattern(
                        name, [patterns.whole(look.text(given["pattern"], "pattern"))], flavour=Flavour.PYTHON
                    ).keys
                ],
            )
        for key in given:
            if key not in CONSTRAINTS:
                yield key, lambda key=key: _refuse(key)  # type: ignore[misc]


def _refuse(key: str) -> Iterable[Keys]:
    raise NoEquivalentError(f"the standard has no constraint {clean(key, 40)}")
