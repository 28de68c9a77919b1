"""How the values of columns were distributed, before and now."""

from __future__ import annotations

from fastapi import APIRouter, Response

from idqp_cli.server import distributions
from idqp_cli.server.asking import Asked, Asking
from idqp_cli.server.plain import page
from idqp_cli.server.routes.datasets import known
from idqp_cli.server.shapes import Name, Page, Shape

router = APIRouter(tags=["datasets"])


class BinShape(Shape):
    """A range of values, or a value, with the share of the rows that it had before and has now (0 to 1)."""

    bin: str
    before: float
    now: float


class DistributionShape(Shape):
    """A column in the last run and in the one before; `moved` is the least share of rows that changed their bin."""

    column: str
    before_at: str
    now_at: str
    moved: float
    bins: list[BinShape]


@router.get("/datasets/{dataset}/distributions", response_model=Page[DistributionShape])
def list_distributions(ask: Asking, dataset: Name) -> Response:
    """List the columns with `drift` rules, as the last run found them and the one before; what moved most is first."""

    def listed(asked: Asked) -> object:
        known(asked, dataset)
        return page(distributions.rows(asked.store.baselines(dataset)))

    return ask.read(listed)
