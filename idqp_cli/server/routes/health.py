"""Whether the server lives and can serve, and what it has served, for those who watch it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fastapi import APIRouter, Response

from idqp_cli import __version__
from idqp_cli.access.roles import Action
from idqp_cli.server.asking import Asked, Asking, Shared, answer
from idqp_cli.server.routes.status import store_state

router = APIRouter(tags=["health"])
TEXT = "text/plain; version=0.0.4; charset=utf-8"
NEWEST = 1000


@router.get("/healthz")
def live() -> Response:
    """Say that the process answers."""
    return answer({"ok": True})


@router.get("/readyz")
def ready(serving: Shared) -> Response:
    """Say whether the store answers; 503 if it does not."""
    state = store_state(serving)
    return answer({"ok": state != "unavailable", "store": state}, 503 if state == "unavailable" else 200)


@router.get(
    "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
)
def metrics(ask: Asking, serving: Shared) -> Response:
    """Return what this process has served, and how things are, in the text format of Prometheus."""
    with ask.admitted(Action.READ) as asked:
        lines = [*serving.measured.lines(), *_of_store(asked)]
    return Response("\n".join(lines) + "\n", 200, {"Cache-Control": "no-store"}, TEXT)


def _of_store(asked: Asked) -> Iterator[str]:
    yield "# HELP idqp_server_info The version of the server."
    yield "# TYPE idqp_server_info gauge"
    yield f'idqp_server_info{{version="{__version__}"}} 1'
    counts = Counter[str]()
    for of_dataset in asked.store.unresolved_counts().values():
        counts.update(of_dataset)
    yield "# HELP idqp_incidents_unresolved Incidents that are not resolved, by severity."
    yield "# TYPE idqp_incidents_unresolved gauge"
    for severity in ("critical", "warning", "info"):
        yield f'idqp_incidents_unresolved{{severity="{severity}"}} {counts[severity]}'
    waiting = [one for one in asked.store.check_requests(NEWEST) if one.ended_at is None]
    yield "# HELP idqp_checks_waiting Checks that were asked for and have not ended, of the newest 1,000."
    yield "# TYPE idqp_checks_waiting gauge"
    yield f"idqp_checks_waiting {len(waiting)}"
    oldest = max(((asked.at - one.queued_at).total_seconds() for one in waiting), default=0.0)
    yield "# HELP idqp_checks_oldest_waiting_seconds How long the oldest of them waits."
    yield "# TYPE idqp_checks_oldest_waiting_seconds gauge"
    yield f"idqp_checks_oldest_waiting_seconds {oldest:.3f}"
