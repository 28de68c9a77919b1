"""What the API says of datasets, runs, rules, schemas and itself, on both stores."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from idqp_cli import __version__
from idqp_cli.server import app
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from server_place import API, HERE, Place, settings
from store_writers import record


def test_a_dataset_and_its_runs(place: Place) -> None:
    (dataset,) = place.get("/datasets", Role.VIEWER)["items"]
    assert (dataset["dataset"], dataset["last_run"]["run"], dataset["schema_version"]) == ("t", "run-2", "1.0.0")
    assert dataset["incidents"] == {"critical": 0, "warning": 3, "info": 0}
    assert place.get("/datasets/t") == dataset
    runs = place.get("/runs")["items"]
    assert [run["run"] for run in runs] == ["run-2", "run-1"]
    first = place.get("/runs", params={"limit": 1})
    assert place.get("/runs", params={"limit": 1, "after": first["next"]})["items"] == runs[1:]
    assert place.get("/runs", params={"status": "passed"})["items"] == []
    run = place.get("/runs/run-1")
    assert (run["status"], [one["rule"] for one in run["datasets"][0]["results"]]) == ("failed", ["r0", "r1", "r2"])
    assert [one["dataset"] for one in place.get("/scores")["datasets"]] == ["t"]


def test_the_rules_of_a_dataset_can_be_switched(place: Place) -> None:
    rules = place.get("/datasets/t/rules")["items"]
    assert [(rule["rule"], rule["enabled"], rule["last"]["status"]) for rule in rules] == [
        (f"r{number}", True, "failed") for number in range(3)
    ]
    switched = place.ask("PUT", "/datasets/t/rules/r1/enabled", Role.MAINTAINER, json={"enabled": False})
    assert switched.json() == {"dataset": "t", "rule": "r1", "enabled": False}
    assert [rule["enabled"] for rule in place.get("/datasets/t/rules")["items"]] == [True, False, True]
    assert place.ask("PUT", "/datasets/t/rules/none/enabled", json={"enabled": False}).status_code == 404


def test_the_history_of_a_metric(place: Place) -> None:
    assert {"metric": "r0"} in place.get("/datasets/t/history")["items"]
    (series,) = place.get("/datasets/t/history/r0")["series"]
    assert [point["value"] for point in series["points"]] == [0.5]
    (results,) = place.get("/datasets/t/results", params={"rule": "r0"})["items"]
    assert [point["run"] for point in results["points"]] == ["run-1", "run-2"]


def test_a_schema_is_registered_unless_it_breaks_somebody(place: Place) -> None:
    path, column = "/datasets/t/schemas", {"name": "a", "type": "bigint"}
    added = {"columns": [column, {"name": "b", "type": "varchar"}], "mode": "backward"}
    made = place.ask("POST", path, Role.MAINTAINER, json=added)
    assert (made.status_code, made.json()["version"], made.json()["changes"][0]["change"]) == (201, "1.1.0", "added")
    assert place.ask("POST", path, json=added).status_code == 200
    removed = {"columns": [{"name": "b", "type": "varchar"}], "mode": "full"}
    refused = place.ask("POST", path, json=removed)
    assert (refused.status_code, refused.json()["code"]) == (409, "breaking")
    assert refused.json()["changes"][0]["column"] == "a"
    assert place.ask("POST", path, json={**removed, "accept": True}).status_code == 422
    accepted = place.ask("POST", path, json={**removed, "accept": True, "comment": "agreed"})
    assert (accepted.status_code, accepted.json()["version"]) == (201, "2.0.0")
    assert [one["version"] for one in place.get(path)["items"]] == ["2.0.0", "1.1.0", "1.0.0"]
    assert [one["column"] for one in place.get(f"{path}/1.1.0")["columns"]] == ["a", "b"]
    assert place.get(f"{path}/1.1.0/diff/latest")["items"][0]["change"] == "removed"
    assert place.ask("GET", f"{path}/9.9.9").status_code == 404


def test_datasets_are_added_and_removed(place: Place) -> None:
    assert place.ask("POST", "/datasets", json={"dataset": "u", "owner": "Ann"}).json()["owner"] == "Ann"
    assert place.ask("POST", "/datasets", json={"dataset": "u"}).status_code == 409
    assert place.ask("POST", "/datasets", json={"dataset": "../u"}).status_code == 422
    assert place.ask("DELETE", "/datasets/u").status_code == 204
    assert place.get("/datasets/u")["removed_at"] is not None


def test_what_is_unknown_is_not_found(place: Place) -> None:
    for path in ("/incidents/99", "/datasets/x", "/datasets/x/rules", "/datasets/t/history/x", "/runs/x", "/nothing"):
        answer = place.ask("GET", path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


def test_no_answer_names_a_place_on_the_server(place: Place, tmp_path: Path) -> None:
    for path in ("/status", "/me", "/incidents/1", "/datasets", "/runs", "/runs/run-1"):
        assert str(tmp_path) not in place.ask("GET", path).text, path


def test_everybody_learns_who_they_are(place: Place) -> None:
    me = place.get("/me", Role.REVIEWER)
    assert (me["actor"], me["name"], me["role"], me["may"]) == (
        "reviewer@example.com", "Reviewer", "reviewer", ["read", "respond"],
    )  # fmt: skip
    assert place.get("/me", Role.CI)["actor"] == "token:nightly"
    assert place.get("/status", None) == {
        "version": __version__,
        "store": "closed",
        "login": True,
        "provider": None,
        "next": None,
    }


@pytest.mark.parametrize("listening", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - that is what is refused
def test_without_a_store_the_page_says_what_to_do(
    tmp_path: Path, key_folder: Path, monkeypatch: pytest.MonkeyPatch, listening: str
) -> None:
    monkeypatch.chdir(tmp_path)
    made = app.made(settings(str(tmp_path / "none.db"), key_folder, host=listening), logging=False)
    with TestClient(made, "http://127.0.0.1:8000") as client:
        assert client.get(f"{API}/status").json()["store"] == "none"
        assert client.get(f"{API}/incidents").json()["code"] == "no-store"
        page = client.get("/incidents/7")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "script-src 'self'" in page.headers["content-security-policy"]
    assert not (tmp_path / "none.db").exists()


def test_an_open_store_is_for_this_machine_alone(
    tmp_path: Path, key_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(open_store(str(tmp_path / "s.db"))) as store:
        record(store, "run")
    local = TestClient(app.made(settings(str(tmp_path / "s.db"), key_folder), logging=False), "http://127.0.0.1:8000")
    with local as client:
        assert client.get(f"{API}/me").json()["open"] is True
        assert client.post(f"{API}/incidents/1/ack", json={"comment": "x"}).json()["code"] == "csrf"
        assert client.post(f"{API}/incidents/1/ack", json={"comment": "x"}, headers=HERE).status_code == 200
        # A name that was made to lead here is another site's.
        assert client.get(f"{API}/me", headers={"Host": "evil.example:8000"}).status_code == 403
    reached = app.made(settings(str(tmp_path / "s.db"), key_folder, host="0.0.0.0"), logging=False)  # noqa: S104
    with TestClient(reached, "http://127.0.0.1:8000") as client:
        assert client.get(f"{API}/incidents").status_code == 403
