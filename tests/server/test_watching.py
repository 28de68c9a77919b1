"""The alert rules for the server: Prometheus takes them, they fire, and the metrics in them are those of the server."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from generated import ROOT
from server_place import Place

RULES = ROOT / "docs" / "server-alerts.yaml"
TESTS = {
    "rule_files": [str(RULES)],
    "evaluation_interval": "1m",
    "tests": [{
        "interval": "1m",
        "input_series": [
            {"series": 'idqp_http_requests_total{endpoint="/incidents",method="GET",status="200"}', "values": "0+60x30"},
            {"series": 'idqp_http_requests_total{endpoint="/incidents",method="GET",status="503"}', "values": "0+6x30"},
            {"series": 'idqp_http_request_duration_seconds_bucket{endpoint="/incidents",le="0.25"}', "values": "0+1x30"},
            {"series": 'idqp_http_request_duration_seconds_bucket{endpoint="/incidents",le="1.0"}', "values": "0+60x30"},
            {"series": 'idqp_http_request_duration_seconds_bucket{endpoint="/incidents",le="+Inf"}', "values": "0+60x30"},
            {"series": 'idqp_http_requests_total{endpoint="/auth/login",method="POST",status="401"}', "values": "0+5x30"},
            {"series": "idqp_checks_oldest_waiting_seconds", "values": "2000x30"},
            {"series": 'idqp_incidents_unresolved{severity="critical"}', "values": "2x90"},
        ],
        "promql_expr_test": [
            {"expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}})', "eval_time": at, "exp_samples": [{"value": 1}]}
            for name, at in (
                ("IdqpServerErrors", "12m"), ("IdqpServerSlow", "15m"), ("IdqpLoginsRefused", "15m"),
                ("IdqpChecksWait", "10m"), ("IdqpCriticalIncidents", "70m"),
            )
        ],
    }],
}  # fmt: skip


def test_the_alert_rules_fire(tmp_path: Path) -> None:
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed (apt-get install prometheus)")
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(TESTS))
    for words in (["check", "rules", str(RULES)], ["test", "rules", "tests.yaml"]):
        done = subprocess.run([tool, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_the_alert_rules_name_metrics_that_there_are(place: Place) -> None:
    text = place.ask("GET", "/metrics").text
    known = set(re.findall(r"^(\w+)\{|^(\w+) ", text, re.MULTILINE))
    names = {name for pair in known for name in pair if name}
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    for rule in rules:
        assert set(re.findall(r"idqp_\w+", rule["expr"])) <= names, rule["alert"]
    # Whom an alert is about is an endpoint as the server calls it.
    place.ask("GET", "/incidents/1")
    assert 'endpoint="/auth/login"' in place.ask("GET", "/metrics").text
