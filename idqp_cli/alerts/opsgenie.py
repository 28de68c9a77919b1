"""Opsgenie, by its Alert API: https://docs.opsgenie.com/docs/alert-api."""

from __future__ import annotations

from typing import ClassVar

from idqp_cli.alerts import words
from idqp_cli.alerts.channel import Delivery, OnCallChannel, json_body
from idqp_cli.alerts.sending import Post, post
from idqp_cli.alerts.values import ENDS, News, Notice, Outcome, Secret, Template, Told, Undelivered
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity
from idqp_cli.core.text import clean

ACTIONS = {Told.ACKNOWLEDGED: "acknowledge", **dict.fromkeys(ENDS, "close")}
PRIORITIES = {Severity.CRITICAL: "P1", Severity.WARNING: "P3", Severity.INFO: "P5"}
MESSAGE, DESCRIPTION = 130, 15_000


@frozen(kw_only=True)
class Opsgenie(OnCallChannel):
    """Alerts whoever is on call. What has one alias is one alert there, however often it is sent."""

    type: ClassVar[str] = "opsgenie"

    api_key: Secret
    url: Template = "https://api.opsgenie.com"

    def request(self, notice: Notice, delivery: Delivery) -> Post:
        """Return the request that opens, acknowledges or closes the alert; its alias is the incident's fingerprint."""
        first = notice.news[0]
        action = ACTIONS.get(first.told)
        if action is not None:
            told = {"source": "idqp", "note": clean(words.headline(first), MESSAGE)}
            return self._post(f"/v2/alerts/{first.fingerprint}/{action}?identifierType=alias", told, delivery)
        return self._post("/v2/alerts", self._alert(first, notice, delivery), delivery)

    def deliver(self, notice: Notice, delivery: Delivery) -> Outcome:
        """Send the request; an alert that is there already gets its new priority by another."""
        outcome = super().deliver(notice, delivery)
        first = notice.news[0]
        if outcome.error is not None or first.severity_before is None or first.told in ACTIONS:
            return outcome
        place = f"/v2/alerts/{first.fingerprint}/priority?identifierType=alias"
        try:
            change = self._post(place, {"priority": PRIORITIES[first.severity]}, delivery, method="PUT")
        except Undelivered as why:
            return why.outcome
        return post(change, allow_private=delivery.allow_private)

    def _alert(self, first: News, notice: Notice, delivery: Delivery) -> dict[str, object]:
        return {
            "message": clean(self.title(notice, delivery), MESSAGE),
            "alias": first.fingerprint,
            "description": "\n".join(words.lines(notice))[:DESCRIPTION],
            "priority": PRIORITIES[first.severity],
            "source": "idqp",
            "entity": first.dataset,
            "tags": [str(first.severity), first.rule_type],
            "details": {"dataset": first.dataset, "rule": first.rule, "incident": str(first.number)},
        }

    def _post(self, path: str, body: object, delivery: Delivery, method: str = "POST") -> Post:
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"GenieKey {delivery.reveal(self.api_key)}",
        }
        return Post(f"{delivery.reveal(self.url).rstrip('/')}{path}", json_body(body), headers, method)
