"""A real Prometheus Alertmanager: what it makes of idqp's alerts, by its own API."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from idqp_cli.alerts.alertmanager import Alertmanager
from idqp_cli.alerts.channel import Delivery
from idqp_cli.alerts.values import DELIVERED, News, Notice, Outcome, Told
from idqp_cli.core.model import Severity
from receivers import eventually, free_port

BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
SETTINGS = "route: {receiver: nobody, group_wait: 1s}\nreceivers: [{name: nobody}]\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assert BINARY, "install it: apt-get install prometheus-alertmanager"
    folder, port = tmp_path_factory.mktemp("alertmanager"), free_port()
    (folder / "alertmanager.yml").write_text(SETTINGS)
    process = subprocess.Popen(
        [
            BINARY, f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(20, lambda: ready(url))
        yield url
    finally:
        process.terminate()
        process.wait(10)


def ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=1) as reply:  # noqa: S310 - loopback
            return bool(reply.status == 200)
    except OSError:
        return False


def alerts(url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}/api/v2/alerts", timeout=5) as reply:  # noqa: S310 - loopback
        found: list[dict[str, Any]] = json.load(reply)
    return found


def news(told: Told, severity: Severity, number: int = 1, before: Severity | None = None) -> News:
    since = datetime.now(UTC) - timedelta(hours=2)
    return News(
        number, f"{number:032x}", told, "flights", "range(delay)", "range", severity, since, 3,
        'delay is outside [0, 90] & <b>"x"</b> {{ .Labels }}', severity_before=before, metric_value=0.25, threshold=0.1,
    )  # fmt: skip


def notice(*told: News) -> Notice:
    now = datetime.now(UTC)
    return Notice("k", "prometheus", now, "flights", Severity.CRITICAL, {one.told: 1 for one in told}, told)


def test_it_shows_what_idqp_says(server: str) -> None:
    channel, delivery = Alertmanager(url=server + "/"), Delivery(datetime.now(UTC), {})
    assert channel.deliver(notice(news(Told.OPENED, Severity.WARNING)), delivery) == DELIVERED
    (found,) = eventually(5, lambda: alerts(server))
    assert found["labels"] == {
        "alertname": "idqp_incident", "dataset": "flights", "rule": "range(delay)", "rule_type": "range",
        "severity": "warning", "incident": "1", "fingerprint": f"{1:032x}",
    }  # fmt: skip
    assert found["annotations"]["summary"] == "range(delay) fails"
    assert 'delay is outside [0, 90] & <b>"x"</b> {{ .Labels }}' in found["annotations"]["description"]
    assert found["status"]["state"] in {"unprocessed", "active"}
    # Alertmanager's own resolve_timeout would have ended it in 5 minutes.
    assert datetime.fromisoformat(found["endsAt"]) > datetime.now(UTC) + timedelta(days=300)
    escalated = news(Told.ESCALATED, Severity.CRITICAL, before=Severity.WARNING)
    assert channel.deliver(notice(escalated, news(Told.OPENED, Severity.INFO, 2)), delivery) == DELIVERED
    eventually(5, lambda: shown(server) == {("1", "critical"), ("2", "info")})
    assert channel.deliver(notice(news(Told.RECOVERED, Severity.CRITICAL)), delivery) == DELIVERED
    eventually(5, lambda: shown(server) == {("2", "info")})


def shown(url: str) -> set[tuple[str, str]]:
    labels = [one["labels"] for one in alerts(url)]
    return {(one["incident"], one["severity"]) for one in labels}


def test_it_refuses_what_is_not_for_it(server: str) -> None:
    channel, delivery = Alertmanager(url=server + "/elsewhere"), Delivery(datetime.now(UTC), {})
    outcome = channel.deliver(notice(news(Told.OPENED, Severity.WARNING)), delivery)
    assert outcome == Outcome("refused it with 404")
