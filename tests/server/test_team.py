"""People, tokens, the audit log, reports and metrics by the API, on both stores."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from idqp_cli.server.routes import reports
from idqp_cli.store.identity import Role
from server_place import API, HERE, PASSWORD, Place


def test_a_person_comes_and_goes(place: Place) -> None:
    made = place.ask("POST", "/people", json={"email": "Bob@example.com", "role": "reviewer", "password": PASSWORD})
    assert (made.status_code, made.json()["email"], made.json()["status"]) == (201, "bob@example.com", "active")
    assert place.ask("POST", "/people", json={"email": "bob@example.com", "password": PASSWORD}).status_code == 409
    login = {"email": "bob@example.com", "password": PASSWORD}
    token = place.client.post(f"{API}/auth/login", json=login).json()["access_token"]
    assert place.ask("PUT", "/people/bob@example.com/role", json={"role": "viewer"}).json()["role"] == "viewer"
    bob = {**HERE, "Authorization": f"Bearer {token}"}
    assert place.client.post(f"{API}/incidents/1/ack", json={"comment": "x"}, headers=bob).status_code == 403
    assert place.ask("PUT", "/people/bob@example.com/password", json={"new": "another password"}).status_code == 204
    assert place.client.get(f"{API}/me", headers=bob).status_code == 401
    assert place.ask("POST", "/people/bob@example.com/disable").json()["status"] == "disabled"
    assert place.ask("POST", "/people/owner@example.com/disable").json()["code"] == "conflict"
    assert place.ask("POST", "/people/nobody@example.com/unlock").status_code == 404
    text = place.ask("GET", "/people").text
    assert "bob@example.com" in text
    assert "$2b$" not in text


def test_a_token_is_shown_once_and_ends(place: Place) -> None:
    made = place.ask("POST", "/tokens", json={"token": "ci", "scope": "runs:read", "days": 1}).json()
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    assert place.client.get(f"{API}/me", headers=bearer).json()["scopes"] == ["runs:read"]
    assert made["secret"] not in place.ask("GET", "/tokens").text
    assert place.ask("DELETE", "/tokens/ci").status_code == 204
    assert place.client.get(f"{API}/me", headers=bearer).status_code == 401
    assert place.ask("DELETE", "/tokens/none").status_code == 404


def test_the_audit_log_says_who_did_it(place: Place) -> None:
    place.ask("POST", "/incidents/1/ack", Role.REVIEWER, json={"comment": "x"})
    (entry,) = place.get("/audit", params={"action": "incident.acknowledged"})["items"]
    assert (entry["actor"], entry["object"]) == ("reviewer@example.com", "1")
    first = place.get("/audit", params={"limit": 2})
    second = place.get("/audit", params={"limit": 2, "after": first["next"]})
    numbers = [one["seq"] for one in (*first["items"], *second["items"])]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 4
    verified = place.get("/audit/verify")
    assert (verified["whole"], verified["problem"]) == (True, None)


def test_the_report_counts_what_was_done(place: Place) -> None:
    place.ask("POST", "/incidents/1/resolve", json={"reason": "false_positive"})
    report = place.get("/report", params={"since": "1d"})
    assert (report["opened"], report["resolved"], report["false_positive_share"]) == (3, 1, 1.0)
    assert [one["dataset"] for one in report["datasets"]] == ["t"]
    assert reports.ReviewShape.model_validate(report)
    assert place.get("/baselines")["items"] == []


def test_metrics_are_what_prometheus_reads(place: Place) -> None:
    place.get("/incidents")
    bearer = {"Authorization": f"Bearer {place.programs['reader']}"}
    answer = place.client.get(f"{API}/metrics", headers=bearer)
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'idqp_incidents_unresolved{severity="warning"} 3' in answer.text
    assert 'status="200"' in answer.text
    assert place.client.get(f"{API}/metrics").status_code == 401
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed (apt-get install prometheus)")
    done = subprocess.run([tool, "check", "metrics"], input=answer.text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr + done.stdout) == (0, "")
