"""Schema versions: list, show, compare, register."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response
from pydantic import Field

from idqp_cli.access.roles import Action
from idqp_cli.core.text import clean, stamp_or_none
from idqp_cli.pipeline.register import Proposal, register
from idqp_cli.report import schema as shown_schema
from idqp_cli.schemas.compare import compare
from idqp_cli.schemas.compatibility import Mode, reported
from idqp_cli.schemas.registry import UNCHANGED, Policy
from idqp_cli.schemas.schema import SchemaColumn, SchemaVersion
from idqp_cli.schemas.types import canonical
from idqp_cli.server.asking import Asked, Asking, answer
from idqp_cli.server.plain import page, timed
from idqp_cli.server.problems import Problem
from idqp_cli.server.routes.datasets import known
from idqp_cli.server.shapes import Body, Name, Page, Shape, Text

router = APIRouter(prefix="/datasets/{dataset}/schemas", tags=["schemas"])
MOST_COLUMNS = 10_000


class NewColumn(Body):
    """A column; `type` is a SQL type as DuckDB names it."""

    name: str = Field(min_length=1, max_length=1000, examples=["amount"])
    type: str = Field(min_length=1, max_length=10_000, examples=["DECIMAL(18,3)"])
    nullable: bool = True
    required: bool | None = None
    enum: list[str | int | float | bool] | None = Field(default=None, max_length=10_000)
    min_length: int | None = Field(default=None, ge=0, lt=1 << 31)
    max_length: int | None = Field(default=None, ge=0, lt=1 << 31)


class NewSchema(Body):
    """A schema; a breaking change takes `accept` and a comment that says why."""

    columns: list[NewColumn] = Field(min_length=1, max_length=MOST_COLUMNS)
    mode: Mode | None = None
    accept: bool = False
    comment: Text = ""


class ColumnShape(Shape):
    """A column of a version."""

    column: str
    type: str
    nullable: bool
    required: bool | None
    enum: str | None
    min_length: int | None
    max_length: int | None


class VersionShape(Shape):
    """A version, and what it changed."""

    version: str
    created_at: str | None
    columns: int
    changes: str


class WholeVersion(Shape):
    """A version with its columns."""

    dataset: str
    version: str
    created_at: str | None
    columns: list[ColumnShape]


class ChangeShape(Shape):
    """A change, and whom it breaks."""

    change: str
    column: str
    before: str | None
    after: str | None
    breaks: str | None
    hint: str | None
    since: str | None


class RegisteredShape(Shape):
    """The version that a schema is now, and the incident that this resolved."""

    dataset: str
    version: str
    status: str
    changes: list[ChangeShape]
    incident: int | None


@router.get("", response_model=Page[VersionShape])
def list_versions(ask: Asking, dataset: Name) -> Response:
    """List the versions of a dataset's schema, newest first, with the changes in each."""

    def listed(asked: Asked) -> object:
        known(asked, dataset)
        return page(shown_schema.version_rows(asked.store.schema_versions(dataset)))

    return ask.read(listed)


@router.get("/{version}", response_model=WholeVersion)
def show_version(ask: Asking, dataset: Name, version: Name) -> Response:
    """Show a version with its columns; `latest` is the newest."""

    def shown(asked: Asked) -> object:
        found = _version(asked.store.schema_versions(dataset), version)
        return {
            **timed({"dataset": dataset, "version": found.version, "created_at": stamp_or_none(found.created_at)}),
            "columns": shown_schema.column_rows(found.columns),
        }

    return ask.read(shown)


@router.get("/{version}/diff/{other}", response_model=Page[ChangeShape])
def show_difference(ask: Asking, dataset: Name, version: Name, other: Name) -> Response:
    """Show the changes that lead from a version to another, and whom each breaks."""

    def shown(asked: Asked) -> object:
        history = asked.store.schema_versions(dataset)
        before, after = _version(history, version), _version(history, other)
        changes = compare(before.columns, after.columns).changes
        return page(shown_schema.change_rows(reported(change, Mode.FULL) for change in changes))

    return ask.read(shown)


@router.post("", status_code=201, response_model=RegisteredShape)
def register_schema(ask: Asking, dataset: Name, body: NewSchema) -> Response:
    """Register a schema as the next version; 409 with the changes where one is breaking and not accepted."""
    if body.accept and not body.comment:
        raise Problem("invalid", "comment: say why the change is accepted")
    columns = tuple(_column(column) for column in body.columns)
    if len({column.name for column in columns}) < len(columns):
        raise Problem("invalid", "columns: two of them have the same name")
    project = ask.serving.project()
    written = next((one for one in project.datasets if one.name == dataset), None)
    mode = body.mode or Mode(written.schema if written else Mode.BACKWARD)
    proposal = Proposal(
        dataset, columns, columns, Policy(mode, written.schema_last if written else None),
        body.comment if body.accept else None,
    )  # fmt: skip
    with ask.writing(Action.CHANGE) as asked:
        if known(asked, dataset).removed_at is not None:
            raise Problem("conflict", "the dataset was removed")
        done = register(asked.store, proposal, asked.at, asked.identity.actor, project.alerts)
    changes = shown_schema.change_rows(done.report.changes)
    if done.version is None:
        raise Problem("breaking", shown_schema.summary(done.report, mode), {"changes": changes})
    made = {
        "dataset": dataset, "version": done.version, "status": done.report.status, "changes": changes,
        "incident": done.incident,
    }  # fmt: skip
    return answer(made, 200 if done.report.status == UNCHANGED else 201)


def _version(history: Sequence[SchemaVersion], version: str) -> SchemaVersion:
    found = next((one for one in reversed(history) if version in {one.version, "latest"}), None)
    if found is None:
        raise Problem("not-found", "the dataset has no such schema version")
    return found


def _column(column: NewColumn) -> SchemaColumn:
    try:
        kind = canonical(column.type)
    except ValueError as error:
        raise Problem("invalid", f"columns: {clean(column.name, 60)}: '{clean(column.type, 60)}': {error}") from None
    return SchemaColumn(
        column.name, kind, column.nullable, column.required,
        None if column.enum is None else tuple(column.enum), column.min_length, column.max_length,
    )  # fmt: skip
