"""The description of the API: what it says is so, and docs/openapi.json says it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generated import fresh
from idqp_cli.server.app import PREFIX
from idqp_cli.store.identity import Role
from server_place import Place


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_the_description_in_the_docs_is_that_of_the_server(place: Place) -> None:
    described = place.get("/openapi.json", None)
    described["info"]["version"] = "VERSION"
    fresh("docs/openapi.json", json.dumps(described, indent=1, sort_keys=True) + "\n")


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_every_endpoint_is_described_in_a_sentence(place: Place) -> None:
    for path, methods in place.get("/openapi.json", None)["paths"].items():
        assert path.startswith(PREFIX)
        for method, one in methods.items():
            assert one["description"].endswith("."), (method, path)


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_nothing_that_the_description_allows_is_a_bug(place: Place) -> None:
    conforming(place, 3)


@pytest.mark.thorough
def test_nothing_that_the_description_allows_is_a_bug_at_length(place: Place) -> None:
    conforming(place, 60)


def conforming(place: Place, examples: int) -> None:
    """Ask for every endpoint with what its description allows and what it does not; nothing is a 500."""
    import schemathesis  # noqa: PLC0415 - it takes a second to load
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415
    from schemathesis.core.result import Err  # noqa: PLC0415

    schema = schemathesis.openapi.from_asgi(f"{PREFIX}/openapi.json", place.client.app)
    headers = {"X-IDQP-Request": "1", **place.headers(Role.MAINTAINER)}
    tried = 0
    for found in schema.get_all_operations():
        assert not isinstance(found, Err)
        operation = found.ok()
        if operation.path.endswith(("/events", "/logout", "/login", "/password")):
            continue

        @given(case=operation.as_strategy())
        @settings(
            max_examples=examples, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate],
        )  # fmt: skip
        def asked(case: Any) -> None:  # noqa: ANN401
            answer = case.call(headers=headers)
            assert answer.status_code < 500, (case.method, case.path, case.body, case.query, case.path_parameters)
            if answer.status_code >= 400:
                assert answer.headers["content-type"][0].startswith("application/problem+json")

        asked()
        tried += 1
    assert tried > 40
