"""Discord, by a channel's webhook: https://discord.com/developers/docs/resources/webhook."""

from __future__ import annotations

import re
from typing import ClassVar

from idqp_cli.alerts import words
from idqp_cli.alerts.channel import Delivery, HttpChannel, json_body
from idqp_cli.alerts.sending import Post
from idqp_cli.alerts.values import Notice, Template
from idqp_cli.frozen import frozen
from idqp_cli.model import Severity
from idqp_cli.text import clean

TITLE, CONTENT, DESCRIPTION = 200, 2000, 4000
MARKUP = re.compile(r"([\\`*_{}\[\]()#<>~|@])")
MENTION = re.compile(r"&?[0-9]{5,25}|here|everyone")
EVERYONE = ("here", "everyone")
COLOURS = {Severity.INFO: 0x1976D2, Severity.WARNING: 0xF9A825, Severity.CRITICAL: 0xD32F2F}
OVER = 0x388E3C


@frozen(kw_only=True)
class Discord(HttpChannel):
    """Posts to a Discord channel."""

    type: ClassVar[str] = "discord"

    webhook: Template
    mention: tuple[str, ...] = ()

    def fault(self) -> str | None:
        """Say what is wrong with the keys taken together, or None."""
        odd = next((one for one in self.mention if not MENTION.fullmatch(one)), None)
        if odd is None:
            return None
        return f"mention: '{clean(odd, 60)}' is no user's number, no role (& and its number), and not here or everyone"

    def request(self, notice: Notice, delivery: Delivery) -> Post:
        """Return the request; what it tells stands in a block of code, where nothing is a link or markup."""
        called = () if notice.over else self.mention
        own = "" if self.text is None else self.title(notice, delivery, _escaped)
        told = "\n".join(words.lines(notice)).replace("`", "\u02cb")
        body = {
            "content": "\n".join(part for part in (" ".join(map(_mention, called)), own) if part)[:CONTENT],
            "embeds": [
                {
                    "title": _escaped(words.subject(notice))[:256],
                    "description": f"```\n{told[:DESCRIPTION]}\n```",
                    "color": OVER if notice.over else COLOURS[notice.severity],
                    "timestamp": notice.at.isoformat(),
                }
            ],
            # Whatever a text looks like, no one else is called.
            "allowed_mentions": {
                "parse": ["everyone"] if set(called) & set(EVERYONE) else [],
                "users": [one for one in called if one.isdecimal()],
                "roles": [one[1:] for one in called if one.startswith("&")],
            },
        }
        return Post(delivery.reveal(self.webhook), json_body(body), {"Content-Type": "application/json"})


def _mention(name: str) -> str:
    return f"@{name}" if name in EVERYONE else f"<@{name}>"


def _escaped(text: str) -> str:
    """Return a text in which Discord reads no markup."""
    return MARKUP.sub(r"\\\1", clean(text, TITLE))
