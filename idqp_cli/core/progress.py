"""What a long run says of itself while it goes on."""

from collections.abc import Callable

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import RunStatus


@frozen
class Ended:
    """A dataset that is checked: what became of it, its rows (None: not known), and how many of its rules failed."""

    dataset: str
    status: RunStatus
    rows: int | None
    failed: int


# Takes what is being done now, or what has ended.
Telling = Callable[[str | Ended], None]
