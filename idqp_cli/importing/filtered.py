"""What a check of another tool gives each of its rules: keys, and a condition on the rows among them."""

from __future__ import annotations

from collections.abc import Mapping


class Filtered:
    """A check with `keys` that each of its rules takes; `where` is one of them if it is about some rows only."""

    keys: Mapping[str, object]

    @property
    def where(self) -> str | None:
        """The condition on the rows, as SQL."""
        condition = self.keys.get("where")
        return None if condition is None else str(condition)

    @property
    def plain(self) -> dict[str, object]:
        """The keys without the condition, for SQL that contains it."""
        return {key: value for key, value in self.keys.items() if key != "where"}
