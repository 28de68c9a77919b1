"""The cells of a column of a whole file, as evidence of what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.ingest import forms, typed_cells
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.forms import Form


@frozen
class Scanned:
    """The cells of a column of the whole file, `text` as SQL; `plain` counts their shapes."""

    database: Database
    table: str
    text: str
    plain: Mapping[str, int]

    def counts(self, form: Form | None) -> Mapping[str, int]:
        """Count the shapes of the cells as a form rewrites them."""
        if form is None:
            return self.plain
        rows = self.database.fetch(
            typed_cells.shape_counts([forms.normalised(self.text, form, strict=False)], self.table)
        )
        return typed_cells.by_column(rows, 1)[0]

    def digits(self, form: Form | None) -> tuple[int, int]:
        """Return the most digits before and behind the point."""
        text = self.text if form is None else forms.normalised(self.text, form, strict=False)
        ((before, behind),) = self.database.fetch(typed_cells.digit_counts([text], self.table))
        return int(str(before)), int(str(behind))

    def matches(self, patterns: Sequence[str]) -> list[int]:
        """Count the cells that each pattern matches whole."""
        counts = [
            sql.count_where(f"regexp_full_match({self.text}, {sql.literal(f'(?s:{pattern})')})") for pattern in patterns
        ]
        (row,) = self.database.fetch(f"SELECT {', '.join(counts)} FROM {self.table}")
        return [int(str(number)) for number in row]
