"""The app, its commands, and the one place where an exception becomes an exit code."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from idqp_cli import __version__
from idqp_cli.errors import ExitCode, IdqpError, OutputError
from idqp_cli.output import notes
from idqp_cli.text import clean

# In the order in which people meet them; each is `idqp_cli.commands.NAME`.
COMMANDS = (
    "check", "ack", "incident", "alert", "history", "backtest", "baseline", "schema", "report", "rule", "dataset",
    "user", "login", "logout", "whoami", "token", "audit", "store", "doctor",
)  # fmt: skip
TRACEBACK = "IDQP_DEBUG"
# How a device says that it takes no more.
FULL = frozenset({errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG})


class Commands(TyperGroup):
    """A group that loads a command only when it is called, or listed."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer keeps its context class to itself
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        """Load one command; None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(importlib.import_module(f"idqp_cli.commands.{cmd_name}").app)
        command.name = cmd_name
        return command


app = typer.Typer(cls=Commands, add_completion=False, rich_markup_mode=None, no_args_is_help=True)


def show_version(asked: bool) -> None:
    """Show the version and exit, if that is asked for."""
    if asked:
        sys.stdout.write(f"idqp {__version__}\n")
        raise typer.Exit


@app.callback()
def idqp(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=show_version)
    ] = False,
) -> None:
    """Check data files: what is wrong with them, since when, and who knows."""


def main() -> NoReturn:
    """Run the command line and exit with the code that it comes to."""
    # As for Ctrl-C: what is under way is closed, and no temporary file stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(guarded(lambda: typer.main.get_command(app).main(prog_name="idqp", standalone_mode=False)))


def guarded(call: Callable[[], object]) -> int:
    """Call, and turn whatever happens into an exit code and at most one line on stderr."""
    try:
        try:
            code = call()
        except OSError as error:
            # Typer writes its help by itself.
            if error.errno not in FULL:
                raise
            raise OutputError(f"stdout cannot be written: {(error.strerror or 'unknown').lower()}") from None
        if sys.stdout is not None:
            _flush()
    except IdqpError as error:
        if isinstance(error, OutputError):
            _let_go()
        notes.error(error)
        return error.exit_code
    except typer.TyperException as error:
        return _usage(error)
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        _let_go()
        return ExitCode.NOT_RECORDED
    except Exception as error:
        # The boundary: what arrives here is a bug of ours.
        if os.environ.get(TRACEBACK):
            raise
        path = _damaged_store()
        if path is not None:
            notes.error(f"{clean(path)}: the store is damaged; restore a copy of it, or move it away")
            return ExitCode.NOT_RECORDED
        # Its text may hold data, which a log is no place for.
        notes.error(f"a bug in idqp: {type(error).__name__}; set {TRACEBACK}=1 to see where, and report it")
        return ExitCode.BUG
    # Typer turns Ctrl-C into this code by itself.
    if code == ExitCode.INTERRUPTED:
        notes.note("interrupted")
    return code if isinstance(code, int) else ExitCode.PASSED


def _flush() -> None:
    """Write what is still to be written to stdout."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"stdout cannot be written: {(error.strerror or 'unknown').lower()}") from None


def _let_go() -> None:
    """Leave stdout alone if it takes nothing more: Python would complain once more when it flushes at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _damaged_store() -> str | None:
    """Return a store in use that is damaged, which explains what no code expects."""
    sqlite = sys.modules.get("idqp_cli.store.sqlite")
    return None if sqlite is None else sqlite.damaged()


def _usage(error: typer.TyperException) -> int:
    message = error.format_message()
    if "\n" in message:
        # No command at all: the message is the whole help.
        sys.stderr.write(message + "\n")
    else:
        notes.error(f"{message[:1].lower()}{message[1:].rstrip('.')}; see `idqp --help`")
    return ExitCode.USAGE
