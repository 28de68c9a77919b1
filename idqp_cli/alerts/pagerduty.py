"""PagerDuty, by its Events API v2: https://developer.pagerduty.com/docs/events-api-v2."""

from __future__ import annotations

from typing import ClassVar

from idqp_cli.alerts import words
from idqp_cli.alerts.channel import PEOPLE, Delivery, HttpChannel, json_body
from idqp_cli.alerts.payload import plain
from idqp_cli.alerts.sending import Post
from idqp_cli.alerts.values import Notice, Secret, Template, Told
from idqp_cli.frozen import frozen
from idqp_cli.text import clean

ACTIONS = {Told.ACKNOWLEDGED: "acknowledge", Told.RECOVERED: "resolve", Told.RESOLVED: "resolve"}
SUMMARY = 1024


@frozen(kw_only=True)
class PagerDuty(HttpChannel):
    """Pages whoever is on call. What has one key is one incident there, however often it is sent."""

    type: ClassVar[str] = "pagerduty"
    hears: ClassVar[frozenset[Told]] = PEOPLE | {Told.ACKNOWLEDGED, Told.RESOLVED}
    tracks: ClassVar[bool] = True
    single: ClassVar[bool] = True

    routing_key: Secret
    url: Template = "https://events.pagerduty.com/v2/enqueue"

    def request(self, notice: Notice, delivery: Delivery) -> Post:
        """Return the event; its key is the incident's fingerprint, that of a digest the channel's own."""
        first = notice.news[0]
        told = first.told if not notice.digest else Told.RECOVERED if notice.over else Told.OPENED
        action = ACTIONS.get(told, "trigger")
        key = f"idqp-digest-{notice.channel}" if notice.digest else first.fingerprint
        event: dict[str, object] = {
            "routing_key": delivery.reveal(self.routing_key),
            "event_action": action,
            "dedup_key": clean(key),
        }
        if action == "trigger":
            event["client"] = "idqp"
            event["payload"] = {
                "summary": clean(words.subject(notice), SUMMARY),
                "source": notice.dataset or "idqp",
                "severity": str(notice.severity),
                "timestamp": notice.at.isoformat(),
                "component": "several" if notice.digest else first.rule,
                "class": "digest" if notice.digest else first.rule_type,
                "custom_details": {"text": "\n".join(words.lines(notice)), "incidents": plain(notice)["news"]},
            }
        return Post(delivery.reveal(self.url), json_body(event), {"Content-Type": "application/json"})
