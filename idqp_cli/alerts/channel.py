"""What a channel is: its fields are its keys in the rules file, and it delivers notices.

A field holds the text of the rules file. The values of the variables in it are
looked up when a message is delivered, and are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import ClassVar

from idqp_cli.alerts import templates, words
from idqp_cli.alerts.sending import SECONDS, Post, post
from idqp_cli.alerts.values import Notice, Outcome, Template, Told, Undelivered, Words
from idqp_cli.core.frozen import frozen

VARIABLE = re.compile(r"\$\{(\w+)\}")
PREFIX = "IDQP_"
PEOPLE = frozenset(Told) - {Told.LOWERED, Told.ACKNOWLEDGED, Told.RESOLVED}
PROGRAMS = frozenset(Told)


@frozen
class Delivery:
    """What a channel needs to know to deliver: the time, the environment, and where it may send to."""

    at: datetime
    environment: Mapping[str, str]
    allow_private: bool = False

    def reveal(self, template: Template) -> str:
        """Return the text with its variables filled in.

        Raises:
            Undelivered: a variable is not set; tried again, for another environment may have it.

        """

        def value(match: re.Match[str]) -> str:
            if not self.environment.get(match[1]):
                raise Undelivered(Outcome(f"${{{match[1]}}} is not set in the environment", retry=True))
            return self.environment[match[1]]

        return VARIABLE.sub(value, template)


@frozen(kw_only=True)
class Channel:
    """A way to people, or to a program that keeps track of incidents.

    `hears` lists the changes of an incident that it is sent. `tracks` says that
    it keeps each incident until someone closes it, so it gets no digest; `single`
    that each message is about one incident. `text` replaces the summary line of
    a message. `seconds` limits a delivery.
    """

    type: ClassVar[str]
    hears: ClassVar[frozenset[Told]] = PEOPLE
    tracks: ClassVar[bool] = False
    single: ClassVar[bool] = False
    seconds: ClassVar[float] = SECONDS

    text: Words | None = None

    def deliver(self, notice: Notice, delivery: Delivery) -> Outcome:
        """Deliver a notice, and say what became of it; never raises for what the receiver does."""
        raise NotImplementedError

    def title(self, notice: Notice, delivery: Delivery, escape: Callable[[str], str] = str) -> str:
        """Return the line that sums the message up, in the rules file's own words if it has some."""
        if self.text is None:
            return words.subject(notice)
        return templates.filled(self.text, notice, delivery.reveal, escape)

    def missing(self, environment: Mapping[str, str]) -> str | None:
        """Return a variable that the channel needs and that is not set in the environment, or None."""
        for key in fields(self):
            value = getattr(self, key.name)
            for text in value if isinstance(value, tuple) else (value,):
                for variable in VARIABLE.findall(text) if isinstance(text, str) else ():
                    if not environment.get(variable):
                        return str(variable)
        return None

    def fault(self) -> str | None:
        """Say what is wrong with the keys taken together, or None."""
        return None


class HttpChannel(Channel):
    """A channel to which a notice is one HTTP request."""

    def request(self, notice: Notice, delivery: Delivery) -> Post:
        """Return the request; pure."""
        raise NotImplementedError

    def deliver(self, notice: Notice, delivery: Delivery) -> Outcome:
        """Send the request."""
        try:
            request = self.request(notice, delivery)
        except Undelivered as why:
            return why.outcome
        return post(request, allow_private=delivery.allow_private)


class OnCallChannel(HttpChannel):
    """A channel that alerts whoever is on call, and keeps each incident as an alert of its own."""

    hears: ClassVar[frozenset[Told]] = PROGRAMS
    tracks: ClassVar[bool] = True
    single: ClassVar[bool] = True


def json_body(value: object) -> bytes:
    """Return a value as JSON in ASCII, which no receiver can misread."""
    import json  # noqa: PLC0415 - only a delivery has to pay

    return json.dumps(value, allow_nan=False).encode("ascii")
