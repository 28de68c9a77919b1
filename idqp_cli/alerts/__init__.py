"""Alerts: from what happened to incidents to messages for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from idqp_cli.model import ChangeKind, IncidentChange

# Seen again is no news.
NEWS = frozenset({ChangeKind.OPENED, ChangeKind.REOPENED, ChangeKind.RESOLVED})


@dataclass(frozen=True)
class Message:
    """What one channel is told of one run."""

    channel: str
    changes: tuple[IncidentChange, ...]


def route(changes: Iterable[IncidentChange], channels: Collection[str]) -> tuple[Message, ...]:
    """Return the messages that the changes make: one per channel, none where there is no news."""
    news = tuple(change for change in changes if change.kind in NEWS)
    return tuple(Message(channel, news) for channel in channels) if news else ()
