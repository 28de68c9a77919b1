"""Metrics for Prometheus, logs for shippers, and silence for cron."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from conftest import Shell
from idqp_cli.report import monitoring

RANGE = {"type": "range", "column": "qty", "min": 0}
GOOD, BAD = "id,qty\n1,5\n", "id,qty\n1,5\n2,-7\n"
SAMPLE = re.compile(r'(idqp_\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)')


@pytest.fixture
def failing(shell: Shell) -> Shell:
    shell.write("t.csv", BAD)
    shell.rules(RANGE, key=["id"])
    return shell


def values(text: str) -> dict[str, float]:
    """Return the values of metrics in Prometheus' text format, by name and labels."""
    samples = [SAMPLE.fullmatch(line) for line in text.splitlines() if not line.startswith("# ")]
    return {f"{found[1]}{{{found[2] or ''}}}": float(found[3]) for found in samples if found}


def test_metrics_tell_what_the_report_tells(failing: Shell) -> None:
    ran = failing.idqp("check", "--metrics-file", "m/idqp.prom", "--format", "json")
    assert ran.code == 1
    text = (failing.folder / "m" / "idqp.prom").read_text()
    found = values(text)
    assert len(found) == len([line for line in text.splitlines() if not line.startswith("#")])
    rule = 'dataset="t",rule="range(qty)",type="range",severity="warning"'
    assert found[f"idqp_rule_status{{{rule}}}"] == 1
    assert found[f"idqp_rule_metric_value{{{rule}}}"] == 0.5
    assert found[f"idqp_rule_rows_failed{{{rule}}}"] == 1
    assert found['idqp_dataset_status{dataset="t",status="failed"}'] == 1
    assert found['idqp_dataset_rules{dataset="t",status="passed"}'] == 2
    assert found['idqp_dataset_score{dataset="t"}'] == ran.json["score"]
    assert found["idqp_exit_code{}"] == 1
    failing.write("t.csv", GOOD)
    assert failing.idqp("check", "--metrics-file", "m/idqp.prom").code == 0
    assert values((failing.folder / "m" / "idqp.prom").read_text())[f"idqp_rule_status{{{rule}}}"] == 0


def test_metrics_hold_foreign_names_escaped(failing: Shell) -> None:
    failing.rules({**RANGE, "name": 'a"b\\c\nd\x1b{x="y"} 1'})
    failing.idqp("check", "--metrics-file", "m.prom")
    text = (failing.folder / "m.prom").read_text()
    assert r'rule="a\"b\\c\\nd\\x1b{x=\"y\"} 1"' in text
    assert len(values(text)) == len([line for line in text.splitlines() if not line.startswith("#")])


def test_metrics_that_cannot_be_written_are_4_and_one_line(failing: Shell) -> None:
    ran = failing.idqp("check", "--metrics-file", "/dev/full")
    assert (ran.code, ran.err) == (4, "idqp: error: /dev/full: cannot be written: no space left on device\n")


def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (apt-get install prometheus)")
    return found


def test_promtool_finds_nothing_wrong_with_the_metrics(failing: Shell) -> None:
    tool = promtool()
    failing.idqp("check", "--metrics-file", "m.prom")
    text = (failing.folder / "m.prom").read_text()
    done = subprocess.run([tool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


TESTS = {
    "rule_files": ["rules.yaml"],
    "evaluation_interval": "1m",
    "tests": [{
        "interval": "1m",
        "input_series": [
            {"series": 'idqp_dataset_status{dataset="t",status="failed"}', "values": "0 1 1"},
            {"series": 'idqp_dataset_status{dataset="u",status="error"}', "values": "0 0 1"},
            {"series": 'idqp_rule_status{dataset="t",rule="r",type="range",severity="critical"}', "values": "0 1 1"},
            {"series": 'idqp_last_check_timestamp_seconds{dataset="old"}', "values": "-90000x2"},
        ],
        "alert_rule_test": [
            {"eval_time": "0m", "alertname": "IdqpDatasetFailed", "exp_alerts": []},
            {"eval_time": "1m", "alertname": "IdqpDatasetFailed", "exp_alerts": [{
                "exp_labels": {"dataset": "t", "status": "failed", "severity": "warning"},
                "exp_annotations": {
                    "summary": "t failed its check",
                    "description": "`idqp incident list` says what is wrong, and since when.",
                },
            }]},
            {"eval_time": "2m", "alertname": "IdqpNotChecked", "exp_alerts": [{
                "exp_labels": {"dataset": "u", "status": "error", "severity": "warning"},
                "exp_annotations": {"summary": "u could not be checked"},
            }]},
            {"eval_time": "2m", "alertname": "IdqpCriticalRuleFailed", "exp_alerts": [{
                "exp_labels": {"dataset": "t", "rule": "r", "type": "range", "severity": "critical"},
                "exp_annotations": {"summary": "t: r fails"},
            }]},
            {"eval_time": "1m", "alertname": "IdqpCheckOverdue", "exp_alerts": [{
                "exp_labels": {"dataset": "old", "severity": "warning"},
                "exp_annotations": {"summary": "old was not checked for 1d 1h 1m 0s"},
            }]},
        ],
    }],
}  # fmt: skip


def test_promtool_finds_that_the_alert_rules_fire(shell: Shell) -> None:
    tool = promtool()
    ran = shell.idqp("report", "--prometheus-rules")
    assert (ran.code, ran.err) == (0, "")
    shell.write("rules.yaml", ran.out)
    shell.write("tests.yaml", yaml.safe_dump(TESTS))
    for words in (["check", "rules", "rules.yaml"], ["test", "rules", "tests.yaml"]):
        done = subprocess.run([tool, *words], cwd=shell.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_dashboard_and_alerts_name_metrics_that_there_are(failing: Shell) -> None:
    failing.idqp("check", "--metrics-file", "m.prom")
    known = set(re.findall(r"^# TYPE (\w+)", (failing.folder / "m.prom").read_text(), re.MULTILINE))
    dashboard = json.loads(failing.idqp("report", "--grafana").out)
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    groups = yaml.safe_load(monitoring.alert_rules())["groups"]
    asked += [rule["expr"] for group in groups for rule in group["rules"]]
    assert len(asked) > 12
    for expression in asked:
        assert set(re.findall(r"idqp_\w+", expression)) <= known
    assert failing.idqp("report", "--grafana", "--prometheus-rules").code == 2


class Gateway(ThreadingHTTPServer):
    """A Pushgateway that keeps what it is sent."""

    def __init__(self) -> None:
        self.pushed: list[tuple[str, str | None, str]] = []
        self.status = 200
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        assert isinstance(self.server, Gateway)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.pushed.append((self.path, self.headers["Authorization"], body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_each_dataset_is_pushed_into_a_group_of_its_own(shell: Shell, gateway: Gateway) -> None:
    shell.write("t.csv", BAD)
    datasets = {name: {"path": "t.csv", "rules": [RANGE]} for name in ("a", "b.c")}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}))
    ran = shell.idqp("check", "--push", f"http://ci:p%40ss@{gateway.url}/prom/")
    assert (ran.code, ran.err) == (1, "")
    assert [path for path, _, _ in gateway.pushed] == [
        "/prom/metrics/job/idqp/dataset@base64/YQ==",
        "/prom/metrics/job/idqp/dataset@base64/Yi5j",
    ]
    assert {login for _, login, _ in gateway.pushed} == {f"Basic {base64.b64encode(b'ci:p@ss').decode()}"}
    for name, (_, _, body) in zip(datasets, gateway.pushed, strict=True):
        assert set(re.findall(r'dataset="([^"]*)"', body)) == {name}
        assert values(body)


def test_a_gateway_that_does_not_take_them_is_4_and_no_password_is_shown(failing: Shell, gateway: Gateway) -> None:
    gateway.status = 500
    ran = failing.idqp("check", "--push", f"http://ci:secret@{gateway.url}")
    told = "t: the Pushgateway at 127.0.0.1 does not take the metrics: status 500"
    assert (ran.code, ran.err) == (4, f"idqp: error: {told}\n")
    ran = failing.idqp("check", "--push", "http://ci:secret@127.0.0.1:1")
    told = "t: the Pushgateway at 127.0.0.1 does not answer: connection refused"
    assert (ran.code, ran.err) == (4, f"idqp: error: {told}\n")


@pytest.mark.parametrize("url", ["localhost:9091", "file:///etc/passwd", "http://", "http://x:99999", "http://["])
def test_what_is_no_gateway_is_2(failing: Shell, url: str) -> None:
    ran = failing.idqp("check", "--push", url)
    assert (ran.code, "--push takes the URL of a Pushgateway" in ran.err) == (2, True)


def test_quiet_says_nothing_when_all_is_well_and_all_when_it_is_not(failing: Shell) -> None:
    loud = failing.idqp("check", "--quiet", "--no-store")
    assert (loud.code, "range(qty)" in loud.out) == (1, True)
    failing.write("t.csv", GOOD)
    for words in ([], ["--format", "json"], ["--quarantine", "bad"], ["--verbose"]):
        ran = failing.idqp("check", "-q", *words)
        assert (ran.code, ran.out, ran.err) == (0, "", "")
    failing.write("x.csv", GOOD)
    assert failing.idqp("check", "-q", "x.csv").err == ""
    (failing.folder / "t.csv").unlink()
    assert failing.idqp("check", "-q").code == 3


def test_logs_are_one_record_a_line_with_ecs_names(failing: Shell) -> None:
    ran = failing.idqp("check", "--format", "json", "--output", "html=/dev/full", env={"IDQP_LOG": "json"})
    records = [json.loads(line) for line in ran.err.splitlines()]
    assert [record["log.level"] for record in records] == ["error", "warning", "warning"]
    for record in records:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["@timestamp"])
        assert (record["ecs.version"], record["service.name"]) == ("8.11.0", "idqp")
    assert records[0]["message"] == "/dev/full: the html report cannot be written: no space left on device"
    assert records[1]["message"].startswith("t: failed: range(qty): 1 of 2 rows")
    assert (records[2]["event.outcome"], records[2]["process.exit_code"]) == ("failure", 4)
    assert records[2]["labels"]["run_id"] == ran.json["run_id"]
    (usage,) = failing.idqp("check", "--bogus", env={"IDQP_LOG": "json"}).err.splitlines()
    assert json.loads(usage)["log.level"] == "error"
