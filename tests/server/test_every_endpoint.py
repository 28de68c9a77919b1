"""Every endpoint × every role × both stores; and on PostgreSQL once more without the server's own checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from idqp_cli.access import roles
from idqp_cli.access.roles import Action
from idqp_cli.store.identity import Identity, Role
from server_place import API, HERE, PASSWORD, Place

NOBODY = None
ACTORS = (*Role, NOBODY)
PUBLIC = "public"
COMMENT = {"comment": "x"}
COLUMNS = [{"name": "a", "type": "BIGINT"}]


@dataclass(frozen=True)
class Case:
    """How an endpoint is asked by somebody who may; {actor} in its words is who asks."""

    action: Action | str
    path: str
    body: dict[str, Any] | None = None
    status: tuple[int, ...] = (200,)
    before: tuple[tuple[str, str, dict[str, Any]], ...] = field(default=())


# What each endpoint takes; the keys are all endpoints that OpenAPI names.
CASES: dict[str, Case] = {
    "GET /status": Case(PUBLIC, "/status"),
    "GET /healthz": Case(PUBLIC, "/healthz"),
    "GET /readyz": Case(PUBLIC, "/readyz"),
    "GET /auth/jwks": Case(PUBLIC, "/auth/jwks"),
    "GET /me": Case(Action.READ, "/me"),
    "GET /incidents": Case(Action.READ, "/incidents"),
    "GET /incidents/{incident}": Case(Action.READ, "/incidents/1"),
    "POST /incidents/{incident}/ack": Case(Action.RESPOND, "/incidents/1/ack", COMMENT),
    "POST /incidents/{incident}/assign": Case(Action.RESPOND, "/incidents/1/assign", {"assignee": "{actor}"}),
    "POST /incidents/{incident}/snooze": Case(Action.RESPOND, "/incidents/1/snooze", {"until": "4h"}),
    "POST /incidents/{incident}/resolve": Case(Action.RESPOND, "/incidents/1/resolve", {"reason": "fixed"}),
    "POST /incidents/{incident}/reopen": Case(
        Action.RESPOND,
        "/incidents/2/reopen",
        {},
        before=(("POST", "/incidents/2/resolve", {"reason": "fixed"}),),
    ),
    "POST /incidents/respond": Case(
        Action.RESPOND, "/incidents/respond", {"incidents": [3], "action": "ack", "comment": "x"}
    ),
    "GET /datasets": Case(Action.READ, "/datasets"),
    "POST /datasets": Case(Action.MANAGE, "/datasets", {"dataset": "d-{actor}"}, (201,)),
    "GET /datasets/{dataset}": Case(Action.READ, "/datasets/t"),
    "DELETE /datasets/{dataset}": Case(
        Action.MANAGE, "/datasets/gone-{actor}", None, (204,), (("POST", "/datasets", {"dataset": "gone-{actor}"}),)
    ),
    "GET /datasets/{dataset}/rules": Case(Action.READ, "/datasets/t/rules"),
    "PUT /datasets/{dataset}/rules/{rule}/enabled": Case(
        Action.CHANGE, "/datasets/t/rules/r1/enabled", {"enabled": False}
    ),
    "GET /datasets/{dataset}/results": Case(Action.READ, "/datasets/t/results"),
    "GET /datasets/{dataset}/history": Case(Action.READ, "/datasets/t/history"),
    "GET /datasets/{dataset}/history/{metric}": Case(Action.READ, "/datasets/t/history/r0"),
    "GET /datasets/{dataset}/distributions": Case(Action.READ, "/datasets/t/distributions"),
    "GET /datasets/{dataset}/schemas": Case(Action.READ, "/datasets/t/schemas"),
    "GET /datasets/{dataset}/schemas/{version}": Case(Action.READ, "/datasets/t/schemas/latest"),
    "GET /datasets/{dataset}/schemas/{version}/diff/{other}": Case(
        Action.READ, "/datasets/t/schemas/latest/diff/1.0.0"
    ),
    "POST /datasets/{dataset}/schemas": Case(
        Action.CHANGE,
        "/datasets/t/schemas",
        {"columns": [*COLUMNS, {"name": "{actor}", "type": "BIGINT"}], "accept": True, "comment": "x"},
        (201,),
    ),
    "GET /runs": Case(Action.READ, "/runs"),
    "GET /runs/{run}": Case(Action.READ, "/runs/run-1"),
    "GET /scores": Case(Action.READ, "/scores"),
    "GET /people": Case(Action.MANAGE, "/people"),
    "POST /people": Case(Action.MANAGE, "/people", {"email": "{actor}-new@example.com", "password": PASSWORD}, (201,)),
    "PUT /people/{email}/role": Case(Action.MANAGE, "/people/spare@example.com/role", {"role": "reviewer"}),
    "POST /people/{email}/disable": Case(Action.MANAGE, "/people/spare@example.com/disable", {}),
    "POST /people/{email}/unlock": Case(Action.MANAGE, "/people/spare@example.com/unlock", {}),
    "PUT /people/{email}/password": Case(
        Action.MANAGE, "/people/spare@example.com/password", {"new": PASSWORD}, (204,)
    ),
    "GET /tokens": Case(Action.MANAGE, "/tokens"),
    "POST /tokens": Case(Action.MANAGE, "/tokens", {"token": "t-{actor}"}, (201,)),
    "DELETE /tokens/{token}": Case(Action.MANAGE, "/tokens/spare", None, (204,)),
    "GET /audit": Case(Action.READ, "/audit"),
    "GET /audit/verify": Case(Action.READ, "/audit/verify"),
    "GET /report": Case(Action.READ, "/report"),
    "GET /baselines": Case(Action.READ, "/baselines"),
    # A baseline that is saved has a test of its own.
    "POST /datasets/{dataset}/baselines": Case(Action.CHANGE, "/datasets/t/baselines", {"baseline": "b"}, (404,)),
    "DELETE /datasets/{dataset}/baselines/{baseline}": Case(Action.CHANGE, "/datasets/t/baselines/none", None, (404,)),
    "GET /checks": Case(Action.READ, "/checks"),
    "GET /checks/{check}": Case(Action.READ, "/checks/none", None, (404,)),
    "GET /checks/{check}/report": Case(Action.READ, "/checks/none/report", None, (404,)),
    # The folder of the tests has no rules file; a check that is done has a test of its own.
    "POST /checks": Case(Action.RECORD, "/checks", {}, (409,)),
    "GET /metrics": Case(Action.READ, "/metrics"),
    # The stream does not end, and has a test of its own; so have the others.
    "GET /events": Case(Action.READ, ""),
    "GET /auth/oidc": Case(PUBLIC, "/auth/oidc", None, (404,)),
    "GET /auth/oidc/callback": Case(PUBLIC, "/auth/oidc/callback", None, (404,)),
    "POST /auth/login": Case(PUBLIC, ""),
    "POST /auth/refresh": Case(PUBLIC, ""),
    "POST /auth/logout": Case(PUBLIC, ""),
    "POST /auth/password": Case(PUBLIC, ""),
}
# What somebody changes without a check of the server, though nothing is stored: they are refused before it.
ASKS_NO_STORE = frozenset(
    {"POST /checks", "POST /datasets/{dataset}/baselines", "DELETE /datasets/{dataset}/baselines/{baseline}"}
)


def endpoints(place: Place) -> Iterator[str]:
    """Yield all endpoints that OpenAPI names."""
    for path, methods in place.get("/openapi.json", None)["paths"].items():
        for method in methods:
            yield f"{method.upper()} {path.removeprefix(API)}"


def asked(place: Place, case: Case, endpoint: str, role: Role | None) -> int:
    """Ask for an endpoint as a role; return the status of the answer."""
    actor = str(role or "nobody")
    for method, path, body in case.before:
        done = place.ask(method, path.format(actor=actor), json=_said(body, actor))
        assert done.status_code < 300, done.text
    method = endpoint.partition(" ")[0]
    more = {} if case.body is None else {"json": _said(case.body, actor)}
    return place.ask(method, case.path.format(actor=actor), role, **more).status_code


def _said(value: Any, actor: str) -> Any:  # noqa: ANN401
    match value:
        case str():
            return value.replace("{actor}", actor)
        case dict():
            return {key: _said(one, actor) for key, one in value.items()}
        case list():
            return [_said(one, actor) for one in value]
        case _:
            return value


def test_every_role_may_what_the_table_says(place: Place) -> None:
    assert sorted(endpoints(place)) == sorted(CASES)
    for endpoint, case in CASES.items():
        for role in ACTORS if case.path else ():
            permitted = case.action == PUBLIC or (role is not None and role in roles.MAY[Action(case.action)])
            expected = case.status if permitted else (401,) if role is NOBODY else (403,)
            assert (endpoint, role, asked(place, case, endpoint, role)) in [(endpoint, role, one) for one in expected]


def test_a_token_that_may_only_read_only_reads(place: Place) -> None:
    bearer = {**HERE, "Authorization": f"Bearer {place.programs['reader']}"}
    assert place.client.get(f"{API}/incidents", headers=bearer).status_code == 200
    assert place.client.post(f"{API}/checks", json={}, headers=bearer).status_code == 403


def everyone_may(identity: Identity, action: Action) -> bool:  # noqa: ARG001
    return True


@pytest.mark.parametrize("addresses", ["postgresql"], indirect=True)
def test_without_the_checks_of_the_server_the_database_refuses(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in Role:
        place.headers(role)
    monkeypatch.setattr(roles, "may", everyone_may)
    tried = 0
    for endpoint, case in CASES.items():
        method = endpoint.partition(" ")[0]
        if case.action in {PUBLIC, Action.READ} or not case.path or method == "GET" or endpoint in ASKS_NO_STORE:
            continue
        for role in Role:
            permitted = role in roles.MAY[Action(case.action)]
            status = asked(place, case, endpoint, role)
            assert (endpoint, role, status in case.status) == (endpoint, role, permitted), status
            assert permitted or status == 403, (endpoint, role, status)
            tried += not permitted
    assert tried > 40
    assert not re.search("5..", "".join(map(str, [place.ask("GET", "/incidents", None).status_code])))
