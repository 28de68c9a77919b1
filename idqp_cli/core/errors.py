"""What can go wrong that is not the data's fault, and the exit code of each.

Bad data is a result, never an exception. A bad request is one of the errors
here: one line that says what to do, and an exit code. Anything else is a bug.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of `idqp`; users and CI systems rely on their numbers."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    NOT_CHECKED = 3
    NOT_RECORDED = 4
    BUG = 70
    INTERRUPTED = 130


class IdqpError(Exception):
    """A request that cannot be met; its text is one line that says what to do."""

    exit_code = ExitCode.USAGE


class UsageError(IdqpError):
    """The command line asks for something that does not exist or fit together."""


class RulesError(IdqpError):
    """A rules file that cannot be used; the text begins with its path, line and column."""

    def __init__(self, path: str, line: int, column: int, message: str) -> None:
        """Say `message` of a place in the file `path`; its line and column are counted from 1."""
        super().__init__(f"{path}:{line}:{column}: {message}")

    def __reduce__(self) -> tuple[type[IdqpError], tuple[str]]:
        """Come out of a pickle as an error of the same text and exit code."""
        return IdqpError, (str(self),)


class UnreadableError(IdqpError):
    """Data that cannot be read at all, so that nothing can be said of it."""

    exit_code = ExitCode.NOT_CHECKED


class DeadlineError(UnreadableError):
    """The time for a check is over before it came to this."""


class BusyError(IdqpError):
    """Another run has what this one asked to have alone."""

    exit_code = ExitCode.NOT_CHECKED


class OutputError(IdqpError):
    """The report cannot be written to where it should go."""

    exit_code = ExitCode.NOT_RECORDED


class StoreError(IdqpError):
    """The store cannot be opened, read or written."""

    exit_code = ExitCode.NOT_RECORDED


class MovedOnError(StoreError):
    """Another run has recorded the messages that this one read."""


class DeniedError(StoreError):
    """The store itself does not let whoever acts do this; `reason` is the store's own words."""

    def __init__(self, place: str, reason: str) -> None:
        """Say the `reason` of the store at `place`."""
        super().__init__(f"{place}: not permitted: {reason}")
        self.reason = reason


class NotPermittedError(IdqpError):
    """Whoever acts may not do this, or cannot be told from others."""

    exit_code = ExitCode.NOT_RECORDED


class NotDeliveredError(IdqpError):
    """A message that was asked for did not arrive."""

    exit_code = ExitCode.NOT_RECORDED
