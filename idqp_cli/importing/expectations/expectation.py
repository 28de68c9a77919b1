"""One expectation, as Great Expectations and the dbt package of the same names say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from idqp_cli.core.model import Scalar
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.expectations.arguments import Arguments
from idqp_cli.importing.filtered import Filtered
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.row_checks import Counted, Failing
from idqp_cli.importing.values import Keys, NoEquivalentError


class Expectation(Filtered):
    """One expectation: its name, what it is given, and the dataset and keys of the rules that it becomes.

    `text` fills the variables in a text. `of_dbt` tells the package of dbt from
    Great Expectations, where both have another meaning of a name.
    """

    def __init__(
        self,
        name: str,
        given: Mapping[str, Node],
        dataset: str,
        keys: Mapping[str, object],
        filled: Callable[[str], str],
        *,
        of_dbt: bool = False,
    ) -> None:
        """Take what is said."""
        self.name = name
        self.given = Arguments(given)
        self.dataset = dataset
        self.keys = dict(keys)
        self.filled = filled
        self.of_dbt = of_dbt

    def node(self, *names: str) -> Node | None:
        """Return the first of the keys that is given."""
        return next((self.given[name] for name in names if name in self.given), None)

    def text(self, *names: str) -> str:
        """Return a text."""
        return self.filled(look.text(self.node(*names), names[0]))

    def texts(self, *names: str) -> list[str]:
        """Return a list of texts, at least one."""
        found = [self.filled(text) for text in look.texts(self.node(*names), names[0])]
        if not found:
            raise NoEquivalentError(f"{names[0]} is empty")
        return found

    def column(self) -> str:
        """Return the column."""
        return self.text("column", "column_name")

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean."""
        return look.flag(self.given.get(name), name, default=default)

    def whole(self, *names: str) -> int | None:
        """Return a whole number, None without one."""
        node = self.node(*names)
        return None if node is None else look.whole(node, names[0])

    def values(self) -> list[Scalar]:
        """Return the set of values."""
        given = look.values(self.node("value_set", "values"), "value_set")
        return [self.filled(value) if isinstance(value, str) else value for value in given]

    def bound(self, name: str) -> Fraction | str | None:
        """Return a bound: a number, or a text like a date."""
        node = self.given.get(name)
        if node is None:
            return None
        if isinstance(node.value, dict):
            told = ", ".join(clean(key, 40) for key in list(node.value)[:5])
            raise NoEquivalentError(f"{name} is a parameter that has no value ({told}); write one")
        written = self.filled(look.text(node, name)).strip()
        return look.fraction(written, name) if look.NUMBER.fullmatch(written) else written

    def openness(self) -> tuple[bool, bool]:
        """Return whether the lower and the upper bound do not belong to the range."""
        strictly = self.flag("strictly")
        return strictly or self.flag("strict_min"), strictly or self.flag("strict_max")

    def allowed(self) -> Allowed:
        """Return the numbers between `min_value` and `max_value`."""
        low, high = self.bound("min_value"), self.bound("max_value")
        if isinstance(low, str) or isinstance(high, str):
            raise NoEquivalentError("the bounds must be numbers")
        if low is None and high is None:
            raise NoEquivalentError("it has neither min_value nor max_value")
        return Allowed(low, high, *self.openness())


Made = Keys | Failing | Counted
Function = Callable[[Expectation], Iterable[Made]]
