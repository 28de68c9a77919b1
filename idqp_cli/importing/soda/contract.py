"""The data contracts of Soda 4."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.soda.contract_check import Check, Surroundings
from idqp_cli.importing.soda.contract_keys import COLUMN, CONTRACT, OF_VALUES, VARIABLE
from idqp_cli.importing.values import Draft, Drafts, NoEquivalentError, Where
from idqp_cli.importing.variables import in_values, resolved

# Keys of a column that were checks in the first contracts.
FIRST: Mapping[str, str] = {"not_null": "missing", "unique": "duplicate"}


def read(root: Node, path: str, variables: Mapping[str, str], drafts: Drafts) -> None:
    """Read a contract."""
    given = look.mapping(root, "the contract")
    whole = Where(path, root.mark)
    with drafts.guarded(whole, "the contract"):
        draft = drafts.of(look.text(given["dataset"], "dataset").replace("\\", "/").rstrip("/").rpartition("/")[2])
        known = resolved(_defaults(given.get("variables")), variables)
        own = {key: node if key == "variables" else in_values(node, known) for key, node in given.items()}
        _Contract(path, known, drafts, draft, own).read()


def _defaults(node: Node | None) -> dict[str, str]:
    """Return the values that variables have by default."""
    defaults = {}
    for name, one in look.mapping(node, "variables").items():
        default = look.mapping(one, name).get("default") if isinstance(one.value, dict) else None
        if default is not None:
            defaults[name] = look.text(default, name)
    return defaults


class _Contract:
    """A contract of one dataset."""

    def __init__(
        self, path: str, variables: Mapping[str, str], drafts: Drafts, draft: Draft, given: Mapping[str, Node]
    ) -> None:
        self.path = path
        self.variables = variables
        self.drafts = drafts
        self.draft = draft
        self.given = given

    def read(self) -> None:
        columns = [look.mapping(one, "a column") for one in look.items(self.given.get("columns"), "columns")]
        self._pass_over(columns)
        if "owner" in self.given:
            self.draft.keys["owner"] = look.text(self.given["owner"], "owner")
        if "description" in self.given:
            self.draft.keys["description"] = look.text(self.given["description"], "description")
        self._checks(self.given.get("checks"), None, {}, columns)
        if any(key in column for column in columns for key in FIRST):
            self._first(columns)
        for column in columns:
            name = look.text(column.get("name"), "the name of a column")
            self._checks(column.get("checks"), name, column, columns)

    def _pass_over(self, columns: list[dict[str, Node]]) -> None:
        """Tell the keys of the contract, its variables and its columns that are not known."""
        self.draft.unread.meet(self.path, "the contract", self.given, CONTRACT)
        for column in columns:
            self.draft.unread.meet(self.path, "a column", column, COLUMN)
        for one in look.mapping(self.given.get("variables"), "variables").values():
            given = one.value if isinstance(one.value, dict) else {}
            self.draft.unread.meet(self.path, "a variable", given, VARIABLE)

    def _around(self, columns: list[dict[str, Node]]) -> Surroundings:
        return Surroundings(self.path, self.draft.name, self.given.get("filter"), columns, self.variables, self.drafts)

    def _first(self, columns: list[dict[str, Node]]) -> None:
        """Take what the first contracts of Soda say: keys of the columns are checks, and so are the columns."""
        surroundings = self._around(columns)
        listed = self.given.get("columns")
        mark = listed.mark if listed is not None else Mark(1, 1)
        any_order = {"allow_other_column_order": Node(True, mark, {}, "true")}
        self._one("schema", None, Where(self.path, mark), any_order, surroundings)
        for column in columns:
            name = look.text(column.get("name"), "the name of a column")
            for key, kind in FIRST.items():
                if key in column and look.flag(column[key], key):
                    self._one(kind, name, Where(self.path, column[key].mark), _of_column(column), surroundings)
            if "checks" not in column and any(key.startswith(("valid_", "invalid_")) for key in column):
                self._one("invalid", name, Where(self.path, column["name"].mark), _of_column(column), surroundings)

    def _one(
        self, kind: str, column: str | None, where: Where, body: Mapping[str, Node], surroundings: Surroundings
    ) -> None:
        """Take one check."""
        what = f"{kind}({column})" if column else kind
        with self.drafts.guarded(where, what):
            check = Check(kind, column, body, surroundings)
            self.draft.take(where, what, check.rules, check.remarks())

    def _checks(
        self, node: Node | None, column: str | None, around: Mapping[str, Node], columns: list[dict[str, Node]]
    ) -> None:
        surroundings = self._around(columns)
        for item in look.items(node, "checks"):
            where = Where(self.path, item.mark)
            what = "a check"
            try:
                one = (
                    look.mapping(item, "a check")
                    if isinstance(item.value, dict)
                    else {look.text(item, "a check"): item}
                )
                kind, *others = list(item.value) if isinstance(item.value, dict) else list(one)
                what = f"{kind}({column})" if column else kind
                body = look.mapping(one.get(kind), kind) if isinstance(item.value, dict) else {}
                # At the wrong indent the keys stand beside the check.
                body = {**body, **{key: one[key] for key in others if key in one}}
                check = Check(kind, column, {**_of_column(around), **body}, surroundings)
            except NoEquivalentError as error:
                self.draft.leave(where, what, str(error))
                continue
            self.draft.take(where, what, check.rules, check.remarks())


def _of_column(column: Mapping[str, Node]) -> dict[str, Node]:
    """Return what a column says of its missing and its valid values, for all of its checks."""
    return {key: value for key, value in column.items() if key in OF_VALUES}
