"""The app, its commands, and the one place where an exception becomes an exit code."""

from __future__ import annotations

import errno
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from idqp_cli import __version__
from idqp_cli.cli.help import SETTINGS, Group
from idqp_cli.core.errors import ExitCode, IdqpError, OutputError, UsageError
from idqp_cli.core.text import clean
from idqp_cli.ingest.resources import AS_IT_LIKES
from idqp_cli.pipeline import untrusted
from idqp_cli.report import stderr

# By what people want to do, in the order in which they meet them; each is `idqp_cli.cli.commands.NAME`.
GROUPS = {
    "Check": ("init", "check", "watch", "profile", "suggest"),
    "Incidents": ("ack", "incident", "alert", "report"),
    "Schemas": ("schema",),
    "History": ("history", "backtest", "baseline"),
    "Rules": ("rule", "dataset"),
    "Store and people": ("store", "audit", "user", "login", "logout", "whoami", "token"),
    "Server": ("serve",),
    "Setup": ("doctor",),
}
COMMANDS = tuple(name for names in GROUPS.values() for name in names)
# What each command does, made from the commands, so that the first page need not load them.
TABLE = Path(__file__).parent / "completion" / "commands.json"
# What is done with files of strangers: by a command that has an option for it, and by one that is confined then.
SEES_TO_IT, FOR_STRANGERS = ("check", "profile", "suggest"), ("rule", "doctor")
TRACEBACK = "IDQP_DEBUG"
# How a device says that it takes no more.
FULL = frozenset({errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG})


class Commands(Group):
    """A group that loads a command only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer keeps its context class to itself
        """Return the names of all commands."""
        return list(COMMANDS)

    def parse_args(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Refuse what no path, name or address can contain, before any command sees it."""
        if any("\0" in one for one in args):
            raise UsageError("an argument contains a NUL character; no path, name or address has one")
        return super().parse_args(ctx, args)

    def groups(self, ctx: Any) -> Mapping[str, Mapping[str, str]]:  # noqa: ANN401, ARG002
        """Return what each command does, by the heading of its group."""
        known = json.loads(TABLE.read_text(encoding="utf-8"))["commands"]
        return {heading: {name: known[name]["help"] for name in names} for heading, names in GROUPS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Find the command that the first word names; one that is not for strangers' files is refused for them."""
        found = super().resolve_command(ctx, args)
        if not set(ctx.help_option_names) & set(args):
            _admit(args[0])
        return found

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        """Load one command; None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(importlib.import_module(f"idqp_cli.cli.commands.{cmd_name}").app)
        command.name = cmd_name
        return command


def _admit(command: str) -> None:
    """Confine a command that works for strangers, or refuse it; those with an option for that see to it themselves."""
    if command in SEES_TO_IT:
        return
    why = untrusted.why(os.environ)
    if why is None:
        return
    if command not in FOR_STRANGERS:
        raise UsageError(
            f"idqp {command} is not for untrusted input ({why}); {untrusted.SAID}=0 says that it is trusted"
        )
    from idqp_cli.cli import strangers  # noqa: PLC0415 - only who works for strangers has to pay

    strangers.confined(strangers.limits(AS_IT_LIKES, strangers.Guest(why)))


app = typer.Typer(
    cls=Commands, add_completion=False, rich_markup_mode=None, no_args_is_help=True, context_settings={**SETTINGS}
)


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
        stderr.error(error)
        return error.exit_code
    except typer.TyperException as error:
        return _usage(error)
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        _let_go()
        return ExitCode.NOT_RECORDED
    except MemoryError:
        stderr.error("there is too little memory; give more, or see --memory-limit")
        return ExitCode.NOT_CHECKED
    except Exception as error:
        # The boundary: what arrives here is a bug of ours.
        if os.environ.get(TRACEBACK):
            raise
        path = _damaged_store()
        if path is not None:
            stderr.error(f"{clean(path)}: the store is damaged; restore a copy of it, or move it away")
            return ExitCode.NOT_RECORDED
        # Its text may hold data, which a log is no place for.
        stderr.error(f"a bug in idqp: {type(error).__name__}; set {TRACEBACK}=1 to see where, and report it")
        return ExitCode.BUG
    # Typer turns Ctrl-C into this code by itself.
    if code == ExitCode.INTERRUPTED:
        stderr.note("interrupted")
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
        return ExitCode.USAGE
    wrong, near = getattr(error, "option_name", None), getattr(error, "possibilities", None)
    if wrong and near:
        message = f"No such option: {clean(wrong)}; did you mean '{near[0]}'?"
    context = getattr(error, "ctx", None)
    page = f"`{'idqp' if context is None else context.command_path} --help`"
    told = f"{message[:1].lower()}{message[1:].rstrip('.')}"
    stderr.error(f"{told} See {page}" if told.endswith("?") else f"{told}; see {page}")
    return ExitCode.USAGE
