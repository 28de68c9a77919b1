"""What a source of text is whose files another machine reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from idqp_cli.core.relation import Relation, RowPlace
from idqp_cli.ingest.text_table import TextTable


class TextThere(Protocol):
    """Text files on another machine, which reads them."""

    def relation(self, table: TextTable) -> Relation:
        """Return the relation of their rows as a table types them."""

    def lines(self, places: Collection[RowPlace]) -> Mapping[RowPlace, int]:
        """Return the lines of rows; none where they are not known."""
