"""People: list, add, give another role, disable, unlock, set a password."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import Field

from idqp_cli.access import names, passwords
from idqp_cli.access.roles import Action
from idqp_cli.core.text import stamp
from idqp_cli.report import access_lists
from idqp_cli.server.asking import Asked, Asking, answer
from idqp_cli.server.plain import page, timed
from idqp_cli.server.problems import Problem, conflicts
from idqp_cli.server.shapes import Body, Name, Page, Shape
from idqp_cli.store.identity import Role
from idqp_cli.store.values import NewUser, User

router = APIRouter(prefix="/people", tags=["people"])


class PersonShape(Shape):
    """A person; `status` is active, disabled or locked."""

    email: str
    name: str
    role: str
    status: str
    database_role: str | None
    created_at: str
    disabled_at: str | None
    locked_until: str | None


class NewPerson(Body):
    """A person to be added; the first one becomes the Owner, and closes the store."""

    email: str = Field(max_length=300, examples=["bob@example.com"])
    name: str | None = Field(default=None, max_length=300)
    role: Role = Role.VIEWER
    password: str = Field(max_length=300)


class NewRole(Body):
    """The role that a person is to have."""

    role: Role


class SetPassword(Body):
    """The password that a person is to have."""

    new: str = Field(max_length=300)


@router.get("", response_model=Page[PersonShape])
def list_people(ask: Asking) -> Response:
    """List the people."""
    return ask.read(lambda asked: page(access_lists.user_rows(asked.store.users(), asked.at)), Action.MANAGE)


@router.post("", status_code=201, response_model=PersonShape)
def add_person(ask: Asking, body: NewPerson) -> Response:
    """Add a person."""
    email, password = names.address(body.email), passwords.acceptable(body.password)
    full_name = names.full_name(body.name or email)
    with ask.admitted(Action.MANAGE):
        pass
    with ask.serving.hashing:
        kept = passwords.hashed(password)
    with ask.writing(Action.MANAGE) as asked:
        first = asked.identity.open
        role = names.role(body.role, first=first)
        with conflicts():
            asked.store.add_user(NewUser(email, full_name, role, kept), asked.identity.actor, asked.at, first=first)
    # The first person closes the store to whoever has just added them.
    made = User(email, full_name, role, asked.at)
    return answer(timed(access_lists.user_rows([made], asked.at)[0]), 201)


@router.put("/{email}/role", response_model=PersonShape)
def change_role(ask: Asking, email: Name, body: NewRole) -> Response:
    """Give a person another role; the last Owner stays Owner."""
    role = names.role(body.role)
    with ask.writing(Action.MANAGE) as asked:
        _row(asked, email)
        with conflicts():
            asked.store.change_role(email, role, asked.identity.actor, asked.at)
        return answer(_row(asked, email))


@router.post("/{email}/disable", response_model=PersonShape)
def disable_person(ask: Asking, email: Name) -> Response:
    """Lock a person out and end their sessions."""
    with ask.writing(Action.MANAGE) as asked:
        before = _row(asked, email)
        with conflicts():
            asked.store.disable_user(email, asked.identity.actor, asked.at)
    # Whoever disables themselves can look at nothing any more.
    return answer(timed({**before, "status": "disabled", "disabled_at": stamp(asked.at)}))


@router.post("/{email}/unlock", response_model=PersonShape)
def unlock_person(ask: Asking, email: Name) -> Response:
    """Let a person log in again after too many wrong passwords."""
    with ask.writing(Action.MANAGE) as asked:
        _row(asked, email)
        asked.store.unlock_user(email, asked.identity.actor, asked.at)
        return answer(_row(asked, email))


@router.put("/{email}/password", status_code=204)
def set_password(ask: Asking, email: Name, body: SetPassword) -> Response:
    """Set a person's password; all their sessions end."""
    password = passwords.acceptable(body.new)
    with ask.admitted(Action.MANAGE) as asked:
        _row(asked, email)
    with ask.serving.hashing:
        kept = passwords.hashed(password)
    with ask.writing(Action.MANAGE) as asked:
        asked.store.change_password(email, kept, asked.identity.actor, asked.at)
    return Response(status_code=204)


def _row(asked: Asked, email: str) -> dict[str, object]:
    for user in asked.store.users():
        if user.email == email:
            return timed(access_lists.user_rows([user], asked.at)[0])
    raise Problem("not-found", "there is no such person")
