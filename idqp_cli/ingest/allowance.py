"""How much memory DuckDB may take in this process, where the command as a whole has a limit.

A connection that is told another limit keeps to that one.
"""

from __future__ import annotations


class _Allowance:
    """The memory of DuckDB as it is written, like `500MB`; None is its own choice."""

    def __init__(self) -> None:
        self.memory: str | None = None


_allowance = _Allowance()


def allow(memory: str) -> None:
    """Let each connection of this process take so much from now on."""
    _allowance.memory = memory


def allowed() -> str | None:
    """Return what a connection may take that is told nothing else."""
    return _allowance.memory
