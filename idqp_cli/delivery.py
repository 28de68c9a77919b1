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
from idqp_cli.alerts.sending import SECONDS
from idqp_cli.alerts.values import News, Notice, Outcome, Told
from idqp_cli.errors import UsageError
from idqp_cli.incidents import fingerprint
from idqp_cli.model import Severity
from idqp_cli.store import Store
from idqp_cli.text import clean
from idqp_cli.tracking import Alert

# So many at a time that a process that dies in between holds up the others for half a minute.
AT_A_TIME = 5
LEASE = timedelta(seconds=(AT_A_TIME + 1) * SECONDS)
# What has not left by then is for the next run.
LONGEST_SECONDS = 60.0

Tried = tuple[Alert, Outcome | None]


def queued(notice: Notice) -> Alert:
    """Return a notice as it waits in the outbox, due at once."""
    return Alert(
        channel=notice.channel,
        dedup_key=notice.key,
        payload=payload.written(notice),
        created_at=notice.at,
        next_at=notice.at,
        incidents=notice.numbers,
    )


def deliver(store: Store, settings: AlertSettings, told: Sequence[str]) -> tuple[str, ...]:
    """Deliver what is due; return a line for each channel that did not take what it was to be `told`.

    A channel whose variables this environment does not have is left to one that has them.
    """
    environment = os.environ
    missing = {name: channel.missing(environment) for name, channel in settings.channels.items()}
    able = {name: channel for name, channel in settings.channels.items() if missing[name] is None}
    notes = {
        name: f"${{{missing[name]}}} is not set in the environment" for name in told if missing.get(name) is not None
    }
    end = time.monotonic() + LONGEST_SECONDS
    while able and time.monotonic() < end:
        now = datetime.now(UTC)
        claimed = store.claim_alerts(now, now + LEASE, AT_A_TIME, list(able))
        if not claimed:
            break
        _send(store, claimed, able, Delivery(now, environment, settings.allow_private), notes)
    return tuple(f"not alerted: {clean(name)}: {note}" for name, note in notes.items())


def _send(
    store: Store, claimed: Sequence[Alert], channels: Mapping[str, Channel], delivery: Delivery, notes: dict[str, str]
) -> None:
    """Send to all channels at once, to each in the order of its messages, and write down what became of each."""
    tried: queue.SimpleQueue[Tried] = queue.SimpleQueue()
    lanes: dict[str, list[Alert]] = {}
    for alert in claimed:
        lanes.setdefault(alert.channel, []).append(alert)
    for name, lane in lanes.items():
        threading.Thread(target=_lane, args=(channels[name], lane, delivery, tried), daemon=True).start()
    for _ in claimed:
        alert, outcome = tried.get()
        number = alert.number or 0
        if outcome is None:
            store.release_alert(number)
            continue
        now = datetime.now(UTC)
        again = None
        if outcome.error is not None:
            again = next_try(alert.attempts + 1, now, outcome.after, retry=outcome.retry)
            notes[alert.channel] = _note(outcome.error, again)
        store.settle_alert(number, now, outcome.error, again)


def _lane(channel: Channel, lane: Sequence[Alert], delivery: Delivery, tried: queue.SimpleQueue[Tried]) -> None:
    """Send one channel's messages; behind one that is to be tried again, the others are not tried."""
    down = False
    for alert in lane:
        outcome = None if down else attempt(channel, alert, delivery)
        down = down or (outcome is not None and outcome.retry)
        tried.put((alert, outcome))


def attempt(channel: Channel, alert: Alert, delivery: Delivery) -> Outcome:
    """Try to deliver a message once."""
    try:
        notice = payload.read(alert.payload)
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
