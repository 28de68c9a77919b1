"""What a server keeps of files that somebody sent it to be checked: their names, and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def uploads(db: Database) -> None:
    """Let checks be of files that were sent, and have a report of their own."""
    db.table("check_requests").add_column("uploaded", str)
    db.table("check_reports").create(
        {"name": str, "asked_by": str, "report": str}, pk="name", not_null={"asked_by", "report"}
    )
