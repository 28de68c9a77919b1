"""Validate the schema of what was read against the versions that are registered."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Result, SchemaReport, Severity
from idqp_cli.core.text import clean
from idqp_cli.engine.measure import Measured, without_cells
from idqp_cli.pipeline import sources
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.rules.declared import declaration
from idqp_cli.schemas import file_differences, observe, registry
from idqp_cli.schemas.schema import Schema, SchemaVersion


@frozen
class Validated:
    """The schema of what was read, what the registry says to it, and that as a result; None where there is none."""

    schema: Schema | None
    report: SchemaReport | None
    result: Result | None


def validate(target: Target, request: Request, measured: Measured, history: Sequence[SchemaVersion]) -> Validated:
    """Validate the schema, whose types the scan of the whole file has confirmed, before any rule is judged."""
    severity = request.project.defaults.severity or Severity.CRITICAL
    schema, report, result = _observed(target, measured, history), None, None
    if schema is not None:
        policy = sources.policy(request, target.dataset.name)
        report = registry.validate(history, schema, policy)
        accept = f'idqp schema register {shlex.quote(clean(target.dataset.name))} --accept -m "…"'
        result = registry.result(report, policy, severity, accept)
    strays = measured.ingested.relation.strays
    return Validated(schema, report, file_differences.result(strays, result, severity))


def _observed(target: Target, measured: Measured, history: Sequence[SchemaVersion]) -> Schema | None:
    """Return the schema of what was read.

    An empty file has lost its columns with its rows, and a sample of text cells confirms no type.
    """
    ingested = measured.ingested
    sampled = ingested.drawn is not None and ingested.parsed
    if sampled or not ingested.relation.columns:
        return None
    return observe.observed(
        ingested.relation.columns,
        text=ingested.parsed,
        unseen=without_cells(measured),
        declared=declaration(target.rules),
        registered=history[-1].columns if history else (),
    )
