"""Discord, by a channel's webhook: https://discord.com/developers/docs/resources/webhook."""

from __future__ import annotations

import re
from typing import ClassVar

from idqp_cli.alerts import words
from idqp_cli.alerts.channel import Delivery
from idqp_cli.alerts.chat import ChatChannel
from idqp_cli.alerts.sending import Post
from idqp_cli.alerts.values import Notice
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity
from idqp_cli.core.text import clean

TITLE, CONTENT, DESCRIPTION = 200, 2000, 4000
MARKUP = re.compile(r"([\\`*_{}\[\]()#<>~|@])")
MENTION = re.compile(r"&?[0-9]{5,25}|here|everyone")
EVERYONE = ("here", "everyone")
COLOURS = {Severity.INFO: 0x1976D2, Severity.WARNING: 0xF9A825, Severity.CRITICAL: 0xD32F2F}
OVER = 0x388E3C


@frozen(kw_only=True)
class Discord(ChatChannel):
    """Posts to a Discord channel."""

    type: ClassVar[str] = "discord"
    mentions: ClassVar[re.Pattern[str]] = MENTION
    mentioned: ClassVar[str] = "a user's number, a role (& and its number), here or everyone"

    def request(self, notice: Notice, delivery: Delivery) -> Post:
        """Return the request; the message is a block of code, in which nothing is a link or markup."""
        called = () if notice.over else self.mention
        summary = "" if self.text is None else self.title(notice, delivery, _escaped)
        told = "\n".join(words.lines(notice)).replace("`", "\u02cb")
        body = {
            "content": "\n".join(part for part in (" ".join(map(_mention, called)), summary) if part)[:CONTENT],
            "embeds": [
                {
                    "title": _escaped(words.subject(notice))[:256],
                    "description": f"```\n{told[:DESCRIPTION]}\n```",
                    "color": OVER if notice.over else COLOURS[notice.severity],
                    "timestamp": notice.at.isoformat(),
                }
            ],
            # Texts that look like mentions mention nobody.
            "allowed_mentions": {
                "parse": ["everyone"] if set(called) & set(EVERYONE) else [],
                "users": [name for name in called if name.isdecimal()],
                "roles": [name[1:] for name in called if name.startswith("&")],
            },
        }
        return self.post(body, delivery)


def _mention(name: str) -> str:
    return f"@{name}" if name in EVERYONE else f"<@{name}>"


def _escaped(text: str) -> str:
    """Return a text in which Discord reads no markup."""
    return MARKUP.sub(r"\\\1", clean(text, TITLE))
