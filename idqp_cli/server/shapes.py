"""The shapes of what the API takes and gives, as OpenAPI describes them."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")
LAST = (1 << 63) - 1
Number = Annotated[int, Path(ge=1, le=LAST, examples=[7])]
Name = Annotated[str, Path(min_length=1, max_length=300, examples=["orders"])]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
After = Annotated[int | None, Query(ge=1, le=LAST, description="The cursor `next` of the page before.")]
Since = Annotated[str | None, Query(max_length=40, description="A time, or an age like 7d.", examples=["7d"])]
Names = Annotated[list[str] | None, Query(max_length=100)]
Text = Annotated[str, Field(max_length=4000)]


class Body(BaseModel):
    """What a request brings; a key that is not known is refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Shape(BaseModel):
    """What an answer holds."""


class Page(Shape, Generic[Item]):
    """One page of a list; `next` is the cursor of the next one, null at the end."""

    items: list[Item]
    next: str | None


class FieldError(Shape):
    """What is wrong with a field of a request."""

    field: str
    message: str


class ProblemShape(Shape):
    """RFC 9457: what went wrong, and what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(examples=["not-permitted"])
    request_id: str
    errors: list[FieldError] | None = None
    changes: list[dict[str, Any]] | None = None


PROBLEM: dict[str, Any] = {
    "model": ProblemShape,
    "description": "A problem.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShape"}}},
}
# Every endpoint can refuse in these ways.
REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"description": told, "content": PROBLEM["content"]}
    for code, told in {
        400: "The request cannot be read.",
        401: "Nobody is logged in, or the session has ended.",
        403: "Whoever asks may not do this.",
        404: "There is no such thing.",
        409: "It cannot be done as things are.",
        422: "The request is not valid.",
        429: "Too many writes; see Retry-After.",
        503: "The store does not answer, or there is none.",
    }.items()
}
