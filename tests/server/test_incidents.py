"""Incidents by the API: one body of tests, on SQLite and on PostgreSQL."""

from __future__ import annotations

from contextlib import closing

from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from server_place import Place


def test_the_list_is_read_page_by_page_without_gap_or_repetition(place: Place) -> None:
    seen, after = [], None
    while True:
        page = place.get("/incidents", params={"limit": 2, **({"after": after} if after else {})})
        seen += [one["incident"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [3, 2, 1]


NARROWED: list[tuple[dict[str, object], list[int]]] = [
    ({}, [3, 2, 1]),
    ({"status": "open"}, [3, 2, 1]),
    ({"status": ["acknowledged", "snoozed"]}, []),
    ({"rule": ["r0", "r2"]}, [3, 1]),
    ({"severity": "critical"}, []),
    ({"dataset": "other"}, []),
    ({"q": "R1"}, [2]),
    ({"q": "%"}, []),
    ({"q": "'; DROP TABLE incidents; --"}, []),
    ({"since": "1h"}, [3, 2, 1]),
    ({"since": "2099-01-01T00:00:00Z"}, []),
]


def test_the_list_is_narrowed(place: Place) -> None:
    for query, found in NARROWED:
        assert [one["incident"] for one in place.get("/incidents", params=query)["items"]] == found, query


def test_an_incident_lives(place: Place) -> None:
    acknowledged = place.ask("POST", "/incidents/1/ack", Role.REVIEWER, json={"comment": "at it"})
    assert (acknowledged.status_code, acknowledged.json()["status"]) == (200, "acknowledged")
    assert place.ask("POST", "/incidents/1/assign", json={"assignee": "bob@example.com"}).json()["assignee"] == (
        "bob@example.com"
    )
    snoozed = place.ask("POST", "/incidents/1/snooze", json={"until": "4h"}).json()
    assert (snoozed["status"], snoozed["snoozed_until"][-1]) == ("snoozed", "Z")
    assert place.ask("POST", "/incidents/1/resolve", json={"reason": "expected"}).json()["resolution"] == "expected"
    assert place.ask("POST", "/incidents/1/ack", json={"comment": "late"}).json()["code"] == "conflict"
    assert [one["incident"] for one in place.get("/incidents")["items"]] == [3, 2]
    assert place.ask("POST", "/incidents/1/reopen").json()["status"] == "open"
    whole = place.get("/incidents/1")
    kinds = [event["kind"] for event in whole["timeline"]]
    assert kinds == ["opened", "seen", "acknowledged", "assigned", "snoozed", "resolved", "reopened"]
    assert {event["actor"] for event in whole["timeline"][2:]} == {"reviewer@example.com", "owner@example.com"}
    with closing(open_store(place.owned)) as store:
        assert store.incident(1).status == "open"  # type: ignore[union-attr]


def test_several_incidents_or_none(place: Place) -> None:
    refused = place.ask("POST", "/incidents/respond", json={"incidents": [1, 9], "action": "ack", "comment": "x"})
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert {one["status"] for one in place.get("/incidents")["items"]} == {"open"}
    done = place.ask("POST", "/incidents/respond", json={"incidents": [1, 2], "action": "ack", "comment": "x"})
    assert [one["status"] for one in done.json()["items"]] == ["acknowledged", "acknowledged"]


WRONG: list[tuple[str, dict[str, object]]] = [
    ("ack", {}),
    ("ack", {"comment": " "}),
    ("ack", {"comment": "x", "more": 1}),
    ("assign", {}),
    ("snooze", {"until": "yesterday"}),
    ("snooze", {"until": "2020-01-01"}),
    ("resolve", {"reason": "because"}),
]


def test_what_is_wrong_with_a_request_is_said(place: Place) -> None:
    for action, body in WRONG:
        answer = place.ask("POST", f"/incidents/1/{action}", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), body
        assert answer.json()["detail"]
        assert place.ask("POST", f"/incidents/99/{action}", json=body).status_code == 422


def test_an_answer_is_kept_until_anything_changes(place: Place) -> None:
    first = place.ask("GET", "/incidents")
    again = place.ask("GET", "/incidents", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    # The command line writes beside the server.
    with closing(open_store(place.owned)) as store:
        store.add_dataset("new", None, None, "me", store.datasets()[0].created_at)
    changed = place.ask("GET", "/incidents", headers={"If-None-Match": first.headers["etag"]})
    assert (changed.status_code, changed.headers["etag"] != first.headers["etag"]) == (200, True)


def test_a_lone_surrogate_and_a_nul_are_kept_as_text(place: Place) -> None:
    body = b'{"comment": "\\ud800\\u0000 \\u202e<script>"}'
    answer = place.ask("POST", "/incidents/1/ack", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {200, 422}
    assert place.get("/incidents/1")["incident"] == 1
