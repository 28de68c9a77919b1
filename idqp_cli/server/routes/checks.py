"""Checks that the server does: ask for one, and see what became of it."""

from __future__ import annotations

import json
import secrets
from typing import Any

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from idqp_cli.access import roles
from idqp_cli.access.roles import Action
from idqp_cli.core.text import stamp, stamp_or_none
from idqp_cli.server.asking import Asked, Asking, answer
from idqp_cli.server.plain import page, timed
from idqp_cli.server.problems import Problem
from idqp_cli.server.shapes import After, Body, Limit, Name, Page, Shape
from idqp_cli.store.requested import CheckRequest

router = APIRouter(prefix="/checks", tags=["checks"])
DONE = frozenset({0, 1})
RULES = "A rules file, whose paths are the names of the files."
DATASET = "A dataset of the server's rules file, whose rules apply to the files."
# What files are sent as, for OpenAPI.
FILES = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": {"type": "array", "maxItems": 20, "items": {"type": "string", "format": "binary"}},
                "rules": {
                    "type": "string",
                    "maxLength": 262144,
                    "description": RULES,
                },
                "dataset": {
                    "type": "string",
                    "maxLength": 300,
                    "description": DATASET,
                },
            },
        },
        "example": {"file": ["orders.csv"], "dataset": "orders"},
    }
}


class CheckShape(Shape):
    """A check that was asked for; `status` is queued, running, done or failed, and `run` what it recorded.

    `uploaded` are the files that it is of, if they were sent; then nothing is recorded, and it has a report.
    """

    check: str
    status: str
    dataset: str | None
    queued_at: str
    asked_by: str
    started_at: str | None
    ended_at: str | None
    exit_code: int | None
    run: str | None
    message: str | None
    uploaded: list[str]


class NewCheck(Body):
    """A check of one dataset of the server's rules file, or of all."""

    dataset: str | None = Field(default=None, max_length=300, examples=["orders"])


class ReportShape(Shape):
    """What `idqp check --format json` says of files that were sent; no cell of them is in it."""

    model_config = ConfigDict(extra="allow")

    run_id: str
    status: str
    exit_code: int
    datasets: list[dict[str, Any]]


@router.post("", status_code=202, response_model=CheckShape, openapi_extra={"requestBody": {"content": FILES}})
def ask_for_check(ask: Asking, body: NewCheck) -> Response:
    """Ask for a check of a dataset by one of the server's workers, or send files to be checked as a stranger's."""
    with ask.admitted(Action.RECORD):
        pass
    written = {one.name for one in ask.serving.project().datasets}
    if not written:
        raise Problem("conflict", "the server has no rules file with datasets; see --rules")
    if body.dataset is not None and body.dataset not in written:
        raise Problem("not-found", "the server's rules file has no such dataset")
    if not ask.serving.workers.able():
        raise Problem("conflict", "the server cannot record: start it with a token in IDQP_TOKEN, and --checks 1")
    name = f"c{secrets.token_hex(12)}"
    with ask.writing(Action.RECORD) as asked:
        asked.store.queue_check(name, body.dataset, asked.identity.actor, asked.at)
        found = asked.store.check_request(name)
    ask.request.state.check = name
    ask.serving.workers.wake()
    if found is None:
        raise Problem("not-found", "the check is gone")
    return answer(row(found), 202, {"Location": f"/api/v1/checks/{name}"})


@router.get("", response_model=Page[CheckShape])
def list_checks(ask: Asking, limit: Limit = 50, after: After = None) -> Response:
    """List the checks that were asked for, newest first."""
    with ask.admitted(Action.READ) as asked:
        found = asked.store.check_requests(limit + 1, after)
    more = str(found[limit - 1].number) if len(found) > limit else None
    return answer(page(map(row, found[:limit]), more))


@router.get("/{check}", response_model=CheckShape)
def show_check(ask: Asking, check: Name) -> Response:
    """Show a check that was asked for."""
    with ask.admitted(Action.READ) as asked:
        return answer(row(_known(asked, check)))


@router.get("/{check}/report", response_model=ReportShape)
def show_report_of_files(ask: Asking, check: Name) -> Response:
    """Show the report of files that were sent, to whoever sent them and to those who may change rules."""
    with ask.admitted(Action.READ) as asked:
        found = _known(asked, check)
        if found.asked_by != asked.identity.actor and not roles.may(asked.identity, Action.CHANGE):
            raise Problem("not-permitted", "the report is for whoever sent the files, a Maintainer or an Owner")
        report = asked.store.check_report(check)
    if report is None:
        raise Problem("not-found", "the check has no report")
    return answer(json.loads(report))


def _known(asked: Asked, check: str) -> CheckRequest:
    found = asked.store.check_request(check)
    if found is None:
        raise Problem("not-found", "nobody has asked for such a check")
    return found


def row(one: CheckRequest) -> dict[str, object]:
    """Return a check as the API shows it."""
    return timed({
        "check": one.name, "status": _status(one), "dataset": one.dataset, "queued_at": stamp(one.queued_at),
        "asked_by": one.asked_by, "started_at": stamp_or_none(one.started_at), "ended_at": stamp_or_none(one.ended_at),
        "exit_code": one.exit_code, "run": one.run, "message": one.message,
        "uploaded": list(one.uploaded),
    })  # fmt: skip


def _status(one: CheckRequest) -> str:
    if one.ended_at is not None:
        return "done" if one.exit_code in DONE else "failed"
    return "queued" if one.started_at is None else "running"
