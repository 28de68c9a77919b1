"""PagerDuty, by its Events API v2: https://developer.pagerduty.com/docs/events-api-v2."""

from __future__ import annotations

from typing import ClassVar

from idqp_cli.alerts import words
from idqp_cli.alerts.channel import Delivery, OnCallChannel, json_body
from idqp_cli.alerts.payload import plain
from idqp_cli.alerts.sending import Post
from idqp_cli.alerts.values import ENDS, Notice, Secret, Template, Told
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean

ACTIONS = {Told.ACKNOWLEDGED: "acknowledge", **dict.fromkeys(ENDS, "resolve")}
SUMMARY = 1024


@frozen(kw_only=True)
class PagerDuty(OnCallChannel):
    """Pages whoever is on call. What has one key is one incident there, however often it is sent."""

    type: ClassVar[str] = "pagerduty"

    routing_key: Secret
    url: Template = "https://events.pagerduty.com/v2/enqueue"

    def request(self, notice: Notice, delivery: Delivery) -> Post:
        """Return the event; its key is the incident's fingerprint."""
        first = notice.news[0]
        action = ACTIONS.get(first.told, "trigger")
        event: dict[str, object] = {
            "routing_key": delivery.reveal(self.routing_key),
            "event_action": action,
            "dedup_key": first.fingerprint,
        }
        if action == "trigger":
            event["client"] = "idqp"
            event["payload"] = {
                "summary": clean(self.title(notice, delivery), SUMMARY),
                "source": notice.dataset or "idqp",
                "severity": str(notice.severity),
                "timestamp": notice.at.isoformat(),
                "component": first.rule,
                "class": first.rule_type,
                "custom_details": {"text": "\n".join(words.lines(notice)), "incidents": plain(notice)["news"]},
            }
        return Post(delivery.reveal(self.url), json_body(event), {"Content-Type": "application/json"})
