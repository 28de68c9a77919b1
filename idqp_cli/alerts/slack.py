"""Slack, by an incoming webhook: https://api.slack.com/messaging/webhooks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from idqp_cli.alerts import words
from idqp_cli.alerts.channel import Delivery
from idqp_cli.alerts.chat import ChatChannel
from idqp_cli.alerts.sending import Post
from idqp_cli.alerts.values import Notice
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean

# A header block takes 150 characters, a text 3,000; escaping makes at most five of one.
HEADER, TEXT, LONGEST = 150, 600, 3000
EVERYONE = ("here", "channel", "everyone")
MENTION = re.compile(r"[UWS][A-Z0-9]{2,30}|here|channel|everyone")


@frozen(kw_only=True)
class Slack(ChatChannel):
    """Posts to a Slack channel."""

    type: ClassVar[str] = "slack"
    mentions: ClassVar[re.Pattern[str]] = MENTION
    mentioned: ClassVar[str] = "a member (U…), a user group (S…), here, channel or everyone"

    def request(self, notice: Notice, delivery: Delivery) -> Post:
        """Return the request, in blocks of plain text: no name and no cell in it is a link, a mention or markup."""
        title = words.subject(notice)
        head: dict[str, object] = {"type": "header", "text": _plain(title, HEADER)}
        text = _text(title, TEXT)
        if self.text is not None:
            # The rules file may mention and link; what the fields say cannot.
            text = self.title(notice, delivery, lambda field: _text(field, TEXT))
            head = _markup(text)
        called = [] if notice.over else [_markup(" ".join(map(_mention, self.mention)))] if self.mention else []
        body = {
            "text": text[:LONGEST],
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
            "blocks": [head, *called, *_blocks(notice)],
        }
        return self.post(body, delivery)


def _mention(name: str) -> str:
    if name in EVERYONE:
        return f"<!{name}>"
    return f"<!subteam^{name}>" if name.startswith("S") else f"<@{name}>"


def _markup(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:LONGEST], "verbatim": True}}


def _blocks(notice: Notice) -> Iterator[dict[str, object]]:
    for news in notice.news[: words.SHOWN]:
        where = "" if notice.dataset is not None else f"{news.dataset}: "
        told = "\n".join(clean(detail, TEXT // 3) for detail in words.details(news, notice))
        yield {"type": "section", "text": _plain(f"{news.severity}: {where}{words.headline(news)}", TEXT)}
        yield {"type": "context", "elements": [_plain(told, TEXT)]}
    more = words.rest(notice, min(words.SHOWN, len(notice.news)))
    if more is not None:
        yield {"type": "context", "elements": [_plain(more, TEXT)]}


def _plain(text: str, limit: int) -> dict[str, object]:
    return {"type": "plain_text", "text": _text(text, limit), "emoji": False}


def _text(text: str, limit: int) -> str:
    """Shorten, then escape the three characters that Slack reads as its own, as far as fits."""
    shortened = text if len(text) <= limit else text[: limit - 1] + "…"
    escaped = shortened.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped if limit != HEADER or len(escaped) <= HEADER else _text(text, limit // 2)
