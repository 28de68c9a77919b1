"""Microsoft Teams, by a workflow's webhook that takes Adaptive Cards: https://learn.microsoft.com/microsoftteams."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from idqp_cli.alerts import words
from idqp_cli.alerts.channel import Delivery
from idqp_cli.alerts.chat import ChatChannel
from idqp_cli.alerts.mail import ADDRESS
from idqp_cli.alerts.sending import Post
from idqp_cli.alerts.values import Notice
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean

CARD = "application/vnd.microsoft.card.adaptive"
# A card has room for 28 kB.
TITLE, TEXT, LONGEST = 300, 600, 3000
MARKUP = re.compile(r"([\\`*_{}\[\]()#+!<>~|-])")


@frozen(kw_only=True)
class Teams(ChatChannel):
    """Posts a card to a Teams channel or chat."""

    type: ClassVar[str] = "teams"
    mentions: ClassVar[re.Pattern[str]] = ADDRESS
    mentioned: ClassVar[str] = "a user like ann@example.com"

    def request(self, notice: Notice, delivery: Delivery) -> Post:
        """Return the request, in runs of plain text: no name and no cell in it is a link, a mention or markup."""
        called = () if notice.over else self.mention
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [self._title(notice, delivery), *_called(called), *_blocks(notice)],
            "msteams": {"width": "Full", "entities": [_entity(name) for name in called]},
        }
        body = {"type": "message", "attachments": [{"contentType": CARD, "contentUrl": None, "content": card}]}
        return self.post(body, delivery)

    def _title(self, notice: Notice, delivery: Delivery) -> dict[str, object]:
        if self.text is None:
            return _plain(words.subject(notice), TITLE, weight="Bolder", size="Medium")
        # The rules file may link; what the fields say cannot.
        title = self.title(notice, delivery, lambda field: MARKUP.sub(r"\\\1", clean(field, TEXT)))
        return {"type": "TextBlock", "text": title[:LONGEST], "wrap": True, "weight": "Bolder"}


def _called(names: tuple[str, ...]) -> Iterator[dict[str, object]]:
    if names:
        yield {"type": "TextBlock", "text": " ".join(f"<at>{name}</at>" for name in names), "wrap": True}


def _entity(name: str) -> dict[str, object]:
    return {"type": "mention", "text": f"<at>{name}</at>", "mentioned": {"id": name, "name": name}}


def _blocks(notice: Notice) -> Iterator[dict[str, object]]:
    for news in notice.news[: words.SHOWN]:
        where = "" if notice.dataset is not None else f"{news.dataset}: "
        yield _plain(f"{news.severity}: {where}{words.headline(news)}", TEXT, weight="Bolder")
        for detail in words.details(news, notice):
            yield _plain(detail, TEXT, spacing="None")
    more = words.rest(notice, min(words.SHOWN, len(notice.news)))
    if more is not None:
        yield _plain(more, TEXT)


def _plain(text: str, limit: int, spacing: str = "Default", **run: str) -> dict[str, object]:
    inline = {"type": "TextRun", "text": clean(text, limit), **run}
    return {"type": "RichTextBlock", "spacing": spacing, "inlines": [inline]}
