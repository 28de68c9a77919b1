"""Prometheus Alertmanager, by its API v2: https://prometheus.io/docs/alerting/latest/clients."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from idqp_cli.alerts import words
from idqp_cli.alerts.channel import PROGRAMS, Delivery, HttpChannel, json_body
from idqp_cli.alerts.sending import Post
from idqp_cli.alerts.values import ENDS, News, Notice, Secret, Template, Told
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity

# Alertmanager ends an alert that nobody repeats; idqp speaks on change alone, so it says when.
OPEN = timedelta(days=365)


@frozen(kw_only=True)
class Alertmanager(HttpChannel):
    """Posts alerts to Alertmanager, which groups, inhibits and routes them with those of other systems."""

    type: ClassVar[str] = "alertmanager"
    hears: ClassVar[frozenset[Told]] = PROGRAMS - {Told.ACKNOWLEDGED}
    tracks: ClassVar[bool] = True

    url: Template
    token: Secret | None = None

    def request(self, notice: Notice, delivery: Delivery) -> Post:
        """Return the request; an alert is known by its labels, so a new severity ends the alert of the old one."""
        said = {} if self.text is None else {news: self._summary(news, notice, delivery) for news in notice.news}
        alerts = [_alert(news, news.severity, notice, said.get(news), ended=news.told in ENDS) for news in notice.news]
        alerts += [
            _alert(news, news.severity_before, notice, said.get(news), ended=True)
            for news in notice.news
            if news.severity_before is not None
        ]
        headers = {"Content-Type": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {delivery.reveal(self.token)}"
        url = delivery.reveal(self.url).rstrip("/")
        return Post(f"{url}/api/v2/alerts", json_body(alerts), headers)

    def _summary(self, news: News, notice: Notice, delivery: Delivery) -> str:
        return self.title(replace(notice, news=(news,), counts={news.told: 1}), delivery)


def _alert(news: News, severity: Severity, notice: Notice, said: str | None, *, ended: bool) -> dict[str, object]:
    labels = {
        "alertname": "idqp_incident",
        "dataset": news.dataset,
        "rule": news.rule,
        "rule_type": news.rule_type,
        "severity": str(severity),
        "incident": str(news.number),
        "fingerprint": news.fingerprint,
    }
    annotations = {"summary": said or words.headline(news), "description": "\n".join(words.details(news, notice))}
    return _plain(labels, annotations, news.since, notice.at + (timedelta() if ended else OPEN))


def _plain(labels: object, annotations: object, begins: datetime, ends: datetime) -> dict[str, object]:
    return {
        "labels": labels,
        "annotations": annotations,
        "startsAt": begins.isoformat(),
        "endsAt": max(begins, ends).isoformat(),
    }
