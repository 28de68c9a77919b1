"""Whose files are checked, as CI systems say it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from idqp_cli.core.errors import UsageError
from idqp_cli.pipeline.untrusted import FORK, PULLS, why

OWN, FORKED = {"full_name": "us/data", "fork": False}, {"full_name": "eve/data", "fork": True}


def pull(head: object, base: object = OWN) -> dict[str, Any]:
    return {"repository": OWN, "pull_request": {"head": {"repo": head}, "base": {"repo": base}}}


EVENTS: list[tuple[str, object, bool]] = [
    *((name, pull(FORKED), True) for name in sorted(PULLS)),
    *((name, pull(OWN), False) for name in sorted(PULLS)),
    # A repository that is a fork itself has pull requests of its own.
    ("pull_request", {"repository": FORKED, "pull_request": {"head": {"repo": FORKED}}}, False),
    ("pull_request", pull(None), True),
    ("pull_request", {}, True),
    ("pull_request", [], True),
    ("pull_request", {"repository": None, "pull_request": {"head": None}}, True),
    ("pull_request", {"repository": OWN, "pull_request": "x"}, True),
    ("push", {"repository": OWN}, False),
    ("schedule", {}, False),
    ("merge_group", {"repository": OWN}, False),
    ("workflow_run", {"repository": OWN, "workflow_run": {"head_repository": FORKED}}, True),
    ("workflow_run", {"repository": OWN, "workflow_run": {"head_repository": OWN}}, False),
    ("issue_comment", {"issue": {"pull_request": {}}}, True),
    ("issue_comment", {"issue": {}}, False),
]


@pytest.mark.parametrize(("name", "event", "strange"), EVENTS)
def test_events_of_github(tmp_path: Path, name: str, event: object, *, strange: bool) -> None:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    found = why({"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path)})
    assert (found is not None) == strange
    if event == pull(FORKED):
        assert found == FORK


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_an_event_that_cannot_be_read_is_a_strangers(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "event.json"
    if content is not None:
        path.write_bytes(content)
    assert why({"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(path)}) is not None
    assert why({"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(path)}) is None


@pytest.mark.parametrize(
    ("environment", "strange"),
    [
        ({}, False),
        ({"IDQP_UNTRUSTED": "1"}, True),
        ({"IDQP_UNTRUSTED": "TRUE"}, True),
        ({"IDQP_UNTRUSTED": ""}, False),
        ({"CI_MERGE_REQUEST_PROJECT_ID": "1", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"}, True),
        ({"CI_MERGE_REQUEST_PROJECT_ID": "1", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1"}, False),
        ({"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"}, True),
        ({"CI_MERGE_REQUEST_PROJECT_ID": "1"}, False),
        ({"GITHUB_EVENT_NAME": "pull_request"}, True),
        ({"GITHUB_EVENT_NAME": "pull_request", "IDQP_UNTRUSTED": "0"}, False),
    ],
)
def test_environment(environment: Mapping[str, str], *, strange: bool) -> None:
    assert (why(environment) is not None) == strange


def test_what_is_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(UsageError, match="is 1 or 0"):
        why({"IDQP_UNTRUSTED": "maybe"})
