"""A schema registry with Confluent's REST interface: the schemas that messages name by their numbers.

https://docs.confluent.io/platform/current/schema-registry/develop/api.html
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.stream.formats import WaitError

if TYPE_CHECKING:
    from http.client import HTTPConnection

USER, PASSWORD, TOKEN = "IDQP_REGISTRY_USER", "IDQP_REGISTRY_PASSWORD", "IDQP_REGISTRY_TOKEN"
SECONDS = 5.0
# After so many seconds it is asked again, each time twice as many, at most the latter.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
LARGEST = 16 << 20
DEEPEST = 64
NOT_FOUND = 404
REFUSED = frozenset({401, 403})


@frozen
class Registered:
    """A schema: its type (AVRO, PROTOBUF or JSON), its text, and those that it refers to, by the names it has for them.

    Those come in an order in which each refers to none behind it.
    """

    kind: str
    text: str
    references: tuple[tuple[str, str], ...] = ()


class Registry:
    """Asks a registry, and remembers what it said: the schema of a number never changes."""

    def __init__(self, url: str, environment: Mapping[str, str] = os.environ) -> None:
        """Ask the registry at `url`, with the login of the environment."""
        self._url, self._place = url, urlsplit(url)
        self._headers = {"Accept": "application/json", "User-Agent": "idqp", **_login(environment)}
        self._schemas: dict[int, Registered | None] = {}
        self._pause, self._next, self._why = FIRST_PAUSE, 0.0, ""

    def known(self, number: int) -> bool:
        """Tell whether it was asked for a schema."""
        return number in self._schemas

    def schema(self, number: int) -> Registered | None:
        """Return the schema of a number; None where the registry has none.

        Raises:
            WaitError: the registry does not answer; it is asked again after a pause, which grows.
            UnreadableError: it refuses the login, or is none.

        """
        if number not in self._schemas:
            if time.monotonic() < self._next:
                raise WaitError(self._why)
            try:
                self._schemas[number] = self._asked(number)
            except WaitError as error:
                self._why, self._next = str(error), time.monotonic() + self._pause
                self._pause = min(LONGEST_PAUSE, 2 * self._pause)
                raise
            self._pause = FIRST_PAUSE
        return self._schemas[number]

    def _asked(self, number: int) -> Registered | None:
        found = self._get(f"/schemas/ids/{number}")
        if found is None:
            return None
        kind = str(found.get("schemaType") or "AVRO")
        if kind == "PROTOBUF":
            found = self._get(f"/schemas/ids/{number}?format=serialized") or found
        references: dict[str, str] = {}
        self._refer(found, references, kind, 0)
        return Registered(kind, str(found["schema"]), tuple(references.items()))

    def _refer(self, found: Mapping[str, Any], references: dict[str, str], kind: str, depth: int) -> None:
        """Add what a schema refers to, and before it what that refers to."""
        if depth > DEEPEST:
            raise UnreadableError(f"{clean(self._url)}: schemas refer to each other more than {DEEPEST} deep")
        for one in _references(found, self._url):
            if one.name in references:
                continue
            place = f"/subjects/{quote(one.subject, safe='')}/versions/{one.version}"
            other = self._get(place + ("?format=serialized" if kind == "PROTOBUF" else ""))
            if other is None:
                raise UnreadableError(f"{clean(self._url)}: a schema refers to {clean(one.name, 60)}, not there")
            self._refer(other, references, kind, depth + 1)
            references[one.name] = str(other["schema"])

    def _get(self, path: str) -> Mapping[str, Any] | None:
        """Return the object at a path, None where there is none."""
        from http.client import HTTPException  # noqa: PLC0415 - with ssl 30 ms that only a registry has to pay

        try:
            connection = self._connection()
            try:
                connection.request("GET", self._place.path.rstrip("/") + path, headers=self._headers)
                reply = connection.getresponse()
                status, body = reply.status, reply.read(LARGEST)
            finally:
                connection.close()
        except (OSError, HTTPException) as error:
            why = (
                f" ({clean(error.strerror or '', 60).lower()})" if isinstance(error, OSError) and error.strerror else ""
            )
            raise WaitError(f"the schema registry does not answer at {self._place.netloc}{why}") from None
        return self._read(status, body)

    def _read(self, status: int, body: bytes) -> Mapping[str, Any] | None:
        if status in REFUSED:
            raise UnreadableError(f"{clean(self._url)}: the registry refuses the login; see {USER} and {TOKEN}")
        if status >= 500 or status == 429:
            raise WaitError(f"the schema registry at {self._place.netloc} answers {status}")
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if status == NOT_FOUND and isinstance(found, dict) and "error_code" in found:
            return None
        if status != 200 or not isinstance(found, dict) or "schema" not in found:
            raise UnreadableError(f"{clean(self._url)}: is no schema registry: it answers {status}")
        return found

    def _connection(self) -> HTTPConnection:
        from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415

        host = self._place.hostname or ""
        if self._place.scheme == "https":
            return HTTPSConnection(host, self._place.port, timeout=SECONDS)
        return HTTPConnection(host, self._place.port, timeout=SECONDS)


@frozen
class _Reference:
    name: str
    subject: str
    version: int


def _references(found: Mapping[str, Any], url: str) -> list[_Reference]:
    """Return what a schema refers to. Raises UnreadableError: the registry says it in another form."""
    try:
        told = found.get("references") or []
        return [_Reference(str(one["name"]), str(one["subject"]), int(one["version"])) for one in told]
    except (TypeError, KeyError, ValueError, OverflowError):
        raise UnreadableError(f"{clean(url)}: is no schema registry: its references have another form") from None


def found(environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """Say which kind of login to a registry there is, and from where: never its value."""
    if environment.get(TOKEN):
        return "a token", TOKEN
    if environment.get(USER):
        return "a user and a password", f"{USER}, {PASSWORD}"
    return "none found", ""


def _login(environment: Mapping[str, str]) -> dict[str, str]:
    if token := environment.get(TOKEN):
        return {"Authorization": f"Bearer {token}"}
    if user := environment.get(USER):
        both = f"{user}:{environment.get(PASSWORD, '')}".encode()
        return {"Authorization": f"Basic {base64.b64encode(both).decode()}"}
    return {}
