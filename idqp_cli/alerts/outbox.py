"""The outbox: messages wait in the store until their channel has taken them.

A message is written in the transaction of what it tells of. It is delivered
at least once: a process that dies in between leaves it to the next one. What
does not arrive waits, longer each time, and what comes after it for the same
channel waits behind it, so that no page begins after its end.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from idqp_cli.alerts import payload
from idqp_cli.alerts.backoff import next_try
from idqp_cli.alerts.channel import Channel, Delivery
from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.alerts.values import News, Notice, Outcome, Told
from idqp_cli.core.errors import UsageError
from idqp_cli.core.incident import Alert, fingerprint
from idqp_cli.core.model import Severity
from idqp_cli.core.text import clean
from idqp_cli.store import Store

# So many at a time that a process that dies in between does not hold up the others for long.
AT_A_TIME = 5
# Of channels that limit how often one may speak, so many messages are taken at once, to be one.
OF_LIMITED = 50
# A message is tried so often as soon as its receiver asks for it, and after a second at the soonest.
BIDDEN, LEAST_SECONDS = 5, 1.0
# What has not left by then is for the next run.
LONGEST_SECONDS = 60.0

Tried = tuple[tuple[Alert, ...], Outcome | None]


def queued(notice: Notice) -> Alert:
    """Return a notice as it waits in the outbox, due at once."""
    return Alert(
        channel=notice.channel,
        dedup_key=notice.key,
        payload=payload.written(notice),
        created_at=notice.at,
        next_at=notice.at,
        incidents=notice.numbers,
        told=notice.told,
    )


def deliver(store: Store, settings: AlertSettings, told: Sequence[str], by: str = "idqp") -> tuple[str, ...]:
    """Deliver what is due; return a line for each channel that did not take what it was to be `told`.

    A channel whose variables this environment does not have is left to one that
    has them. One that asks for a pause gets it, as far as there is time, and then
    what waits for it in as few messages as it can be.
    """
    missing = {name: channel.missing(os.environ) for name, channel in settings.channels.items()}
    able = {name: channel for name, channel in settings.channels.items() if missing[name] is None}
    round_ = _Round(store, able, settings.allow_private, by or "idqp")
    round_.notes |= {
        name: f"${{{missing[name]}}} is not set in the environment" for name in told if missing.get(name) is not None
    }
    while able and time.monotonic() < round_.end and (round_.send() or round_.pause()):
        pass
    return tuple(f"not alerted: {clean(name)}: {note}" for name, note in round_.notes.items())


class _Round:
    """One round of deliveries: the time that there is, who asked for a pause until when, and what went wrong."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], allow_private: bool, by: str) -> None:  # noqa: FBT001
        self.end = time.monotonic() + LONGEST_SECONDS
        self.notes: dict[str, str] = {}
        self._store, self._channels, self._allow_private, self._by = store, channels, allow_private, by
        self._longest = max((channel.seconds for channel in channels.values()), default=0)
        self._paused: dict[str, float] = {}
        self._limited: set[str] = set()

    def pause(self) -> bool:
        """Wait for the first channel that asked for a pause; tell whether there is one in the time that is left."""
        until = min(self._paused.values(), default=self.end)
        if until >= self.end:
            return False
        time.sleep(max(0.0, until - time.monotonic()))
        self._paused = {name: due for name, due in self._paused.items() if due > until}
        return True

    def send(self) -> bool:
        """Send what is due to all channels at once, to each in the order of its messages; tell whether some was."""
        now = datetime.now(UTC)
        delivery = Delivery(now, os.environ, self._allow_private)
        at_most = OF_LIMITED if self._limited else AT_A_TIME
        # No lane goes on after the end, whatever it holds.
        lease = timedelta(seconds=min((at_most + 1) * self._longest, LONGEST_SECONDS + self._longest))
        claimed = self._store.claim_alerts(now, now + lease, at_most, list(self._channels), self._by)
        lanes: dict[str, list[Alert]] = {}
        for alert in claimed:
            lanes.setdefault(alert.channel, []).append(alert)
        tried: queue.SimpleQueue[Tried] = queue.SimpleQueue()
        waiting = 0
        for name, lane in lanes.items():
            batches = _batched(self._channels[name], lane, limited=name in self._limited)
            waiting += len(batches)
            lane_of = (self._channels[name], batches, delivery, tried, self.end)
            threading.Thread(target=_lane, args=lane_of, daemon=True).start()
        for _ in range(waiting):
            self._settle(*tried.get())
        return bool(claimed)

    def _settle(self, alerts: tuple[Alert, ...], outcome: Outcome | None) -> None:
        """Write down what became of messages that were sent as one."""
        now = datetime.now(UTC)
        first, *others = alerts
        if outcome is not None and outcome.error is not None:
            self._failed(first, outcome, now)
        for alert in alerts if outcome is None else others if outcome.error is not None else ():
            self._store.release_alert(alert.number or 0, now, self._by)
        for alert in alerts if outcome is not None and outcome.error is None else ():
            self._store.settle_alert(alert.number or 0, now, None, None, by=self._by)
            self.notes.pop(alert.channel, None)

    def _failed(self, alert: Alert, outcome: Outcome, now: datetime) -> None:
        again = next_try(alert.attempts + 1, now, outcome.after, retry=outcome.retry)
        if outcome.after is not None and again is not None:
            self._limited.add(alert.channel)
            pause = max(outcome.after, LEAST_SECONDS)
            if alert.attempts < BIDDEN and time.monotonic() + pause < self.end:
                again = now + timedelta(seconds=pause)
                self._paused[alert.channel] = time.monotonic() + pause
        self.notes[alert.channel] = _note(outcome.error or "", again)
        narrowed = payload.narrowed(alert.payload, outcome.left) if outcome.left else None
        self._store.settle_alert(alert.number or 0, now, outcome.error, again, narrowed, by=self._by)


def _batched(channel: Channel, lane: Sequence[Alert], *, limited: bool) -> list[tuple[Alert, ...]]:
    """Take together what a channel for people can be told at once, if it limits how often one may speak."""
    return [tuple(lane)] if limited and not channel.tracks else [(alert,) for alert in lane]


def _lane(
    channel: Channel,
    lane: Sequence[tuple[Alert, ...]],
    delivery: Delivery,
    tried: queue.SimpleQueue[Tried],
    end: float,
) -> None:
    """Send one channel's messages; behind one that is to be tried again, the others are not tried."""
    down = False
    for alerts in lane:
        outcome = None if down or time.monotonic() >= end else attempt(channel, alerts, delivery)
        down = down or (outcome is not None and outcome.retry)
        tried.put((alerts, outcome))


def attempt(channel: Channel, alerts: Alert | Sequence[Alert], delivery: Delivery) -> Outcome:
    """Try to deliver a message once, or several as one."""
    listed = [alerts] if isinstance(alerts, Alert) else alerts
    try:
        notice = payload.together([payload.read(alert.payload) for alert in listed])
    except ValueError:
        return Outcome("the message in the outbox is damaged")
    try:
        return channel.deliver(notice, delivery)
    except Exception as error:  # noqa: BLE001 - a channel's own bug takes neither the report nor other channels with it
        return Outcome(f"a bug in idqp: {type(error).__name__}")


def _note(error: str, again: datetime | None) -> str:
    when = "`idqp alert retry` tries again" if again is None else f"tried again from {again:%Y-%m-%d %H:%M:%SZ} on"
    return f"{error}; {when}"


def only(settings: AlertSettings, channel: str | None) -> AlertSettings:
    """Return the settings with one channel alone, or as they are.

    Raises:
        UsageError: there is no such channel.

    """
    if channel is None:
        return settings
    if channel not in settings.channels:
        known = ", ".join(settings.channels) or "none"
        raise UsageError(f"there is no channel '{clean(channel, 60)}'; the rules file has {known}")
    return replace(settings, channels={channel: settings.channels[channel]})


def test(settings: AlertSettings, channel: str, actor: str, delivery: Delivery) -> Outcome:
    """Deliver a message that says it is a test, past the outbox; end it where an end is heard.

    Raises:
        UsageError: there is no such channel.

    """
    chosen = only(settings, channel).channels[channel]
    for told in (Told.OPENED, Told.RESOLVED) if chosen.tracks else (Told.OPENED,):
        outcome = chosen.deliver(_test(channel, told, actor, delivery), delivery)
        if outcome.error is not None:
            return outcome
    return outcome


def _test(channel: str, told: Told, actor: str, delivery: Delivery) -> Notice:
    news = News(
        number=0,
        fingerprint=fingerprint("idqp", f"test of {channel}", None),
        told=told,
        dataset="idqp",
        rule="test",
        rule_type="test",
        severity=Severity.INFO,
        since=delivery.at,
        occurrences=1,
        message=f"{clean(actor, 60)} tests this channel; nothing is wrong",
    )
    key = f"test:{delivery.at.isoformat()}:{told}"
    return Notice(key, channel, delivery.at, "idqp", Severity.INFO, {told: 1}, (news,))
