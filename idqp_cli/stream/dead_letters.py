"""Messages that fail, sent unchanged to another topic before their batch is recorded: at least once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from idqp_cli.core.errors import OutputError
from idqp_cli.core.text import clean
from idqp_cli.pipeline.record import Checked, Run
from idqp_cli.rules.parse import NAME as PARSE
from idqp_cli.stream.feed import Message

Headers = list[tuple[str, str | bytes | None]]
# What stands in the place of rules, where a batch could not be read at all.
UNREAD = PARSE


class Outlet(Protocol):
    """Where messages go."""

    def send(self, message: Message, headers: Headers) -> None:
        """Take a message with its key, its value and these headers."""

    def flush(self) -> str | None:
        """Wait until all that was taken is kept; return why something is not."""

    def close(self) -> None:
        """Let go of the broker."""


def headers(message: Message, topic: str, rules: str, run: str) -> Headers:
    """Return the message's own headers with those that say why it is here."""
    own: Headers = [(name, content) for name, content in message.headers() or () if not name.startswith("idqp.")]
    told = {
        "idqp.rules": rules,
        "idqp.run": run,
        "idqp.topic": topic,
        "idqp.partition": str(message.partition()),
        "idqp.offset": str(message.offset()),
    }
    return [*own, *((name, text.encode("utf-8", "backslashreplace")) for name, text in told.items())]


def failing(checked: Checked, messages: int, first: int) -> Mapping[int, str]:
    """Return by its place in the batch which rules a message fails; `first` is the line of the first message."""
    if checked.report.message is not None:
        return dict.fromkeys(range(messages), UNREAD)
    return {line - first: rules for line, rules in sorted(checked.failing.items())}


def sender(
    outlet: Outlet, topic: str, messages: Sequence[Message], first: int
) -> Callable[[Run, Sequence[Checked]], None]:
    """Return what sends the messages of a batch that fail, before the run is recorded.

    It raises OutputError: not all of them are kept; then nothing is recorded.
    """

    def send(run: Run, checked: Sequence[Checked]) -> None:
        for one in checked:
            for place, rules in failing(one, len(messages), first).items():
                outlet.send(messages[place], headers(messages[place], topic, rules, run.id))
            why = outlet.flush()
            if why is not None:
                raise OutputError(f"{clean(one.report.dataset)}: dead_letter: {why}; the batch will be read again")

    return send
