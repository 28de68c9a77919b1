"""What a server needs of a store: sessions that are renewed, and checks that wait to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def serving(db: Database) -> None:
    """Sessions know the first session that they were renewed from, and checks can be asked for."""
    for name in ("family", "began_at", "renewed_at"):
        db.table("sessions").add_column(name, str)
    db.table("sessions").create_index(["family"])
    db.table("check_requests").create(
        {
            "id": int, "name": str, "dataset": str, "asked_by": str, "queued_at": str, "claimed_until": str,
            "attempts": int, "started_at": str, "ended_at": str, "exit_code": int, "run_id": str, "message": str,
        },
        pk="id", not_null={"name", "asked_by", "queued_at", "attempts"}, defaults={"attempts": 0},
    )  # fmt: skip
    db.table("check_requests").create_index(["name"], unique=True)
    db.execute("CREATE INDEX idx_check_requests_waiting ON check_requests (id) WHERE ended_at IS NULL")
