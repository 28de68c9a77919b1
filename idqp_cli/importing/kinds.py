"""What an importer knows of each kind of check: what it becomes. The docs are made from this."""

from __future__ import annotations

from idqp_cli.core.frozen import frozen


@frozen
class Kind:
    """A kind of check of another tool, what it becomes here, and what is worth to know about that."""

    name: str
    becomes: str
    note: str = ""


NOTHING = "not converted"
