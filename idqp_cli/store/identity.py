"""Who acts on a store, and what they may."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from idqp_cli.core.frozen import frozen

NOT_FIRST = "somebody else has become the first user, the Owner; ask them to add you"


class Role(StrEnum):
    """What a person, or a token in CI, may do; access/ has the table."""

    OWNER = "owner"
    MAINTAINER = "maintainer"
    REVIEWER = "reviewer"
    VIEWER = "viewer"
    CI = "ci"


@frozen
class Identity:
    """Who acts. `role` is None for someone whom the store does not know; `scopes` are a token's.

    `open` says that the store has no users, so that everyone may do everything.
    """

    actor: str
    role: Role | None
    open: bool = False
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
