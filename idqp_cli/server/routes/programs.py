"""Tokens for programs: list, create, revoke."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import Field

from idqp_cli.access import names, tokens
from idqp_cli.access.roles import Action
from idqp_cli.report import access_lists
from idqp_cli.server.asking import Asking, answer
from idqp_cli.server.plain import page
from idqp_cli.server.problems import Problem, conflicts
from idqp_cli.server.shapes import Body, Name, Page, Shape

router = APIRouter(prefix="/tokens", tags=["tokens"])


class TokenShape(Shape):
    """A token, without its secret; `status` is valid, expired or revoked."""

    token: str
    scopes: str
    status: str
    created_by: str
    created_at: str
    expires_at: str
    last_used_at: str | None
    revoked_at: str | None


class MadeToken(Shape):
    """A new token with its secret, which is shown this once."""

    token: str
    scopes: str
    expires_at: str
    secret: str


class NewToken(Body):
    """A token to be made."""

    token: str = Field(max_length=300, examples=["nightly"])
    scope: Literal["runs:read", "runs:write"] = "runs:write"
    days: int = Field(default=90, ge=1, le=365)


@router.get("", response_model=Page[TokenShape])
def list_tokens(ask: Asking) -> Response:
    """List the tokens, without their secrets."""
    return ask.read(lambda asked: page(access_lists.token_rows(asked.store.tokens(), asked.at)), Action.MANAGE)


@router.post("", status_code=201, response_model=MadeToken)
def create_token(ask: Asking, body: NewToken) -> Response:
    """Create a token; its secret is in no other answer."""
    name = names.token(body.token)
    with ask.writing(Action.MANAGE) as asked:
        secret, kept = tokens.program(name, (body.scope,), asked.at + timedelta(days=body.days))
        with conflicts():
            asked.store.create_token(kept, asked.identity.actor, asked.at)
    made = {"token": name, "scopes": body.scope, "expires_at": f"{kept.expires_at:%Y-%m-%dT%H:%M:%SZ}"}
    return answer({**made, "secret": secret}, 201)


@router.delete("/{token}", status_code=204)
def revoke_token(ask: Asking, token: Name) -> Response:
    """Revoke a token permanently."""
    with ask.writing(Action.MANAGE) as asked:
        if token not in {one.name for one in asked.store.tokens()}:
            raise Problem("not-found", "there is no such token")
        asked.store.revoke_token(token, asked.identity.actor, asked.at)
    return Response(status_code=204)
