"""What channels of chats share: a webhook to which a message is posted as JSON, and whom a message mentions."""

from __future__ import annotations

import re
from typing import ClassVar

from idqp_cli.alerts.channel import Delivery, HttpChannel, json_body
from idqp_cli.alerts.sending import Post
from idqp_cli.alerts.values import Template
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean


@frozen(kw_only=True)
class ChatChannel(HttpChannel):
    """A channel in a chat. `mentions` is what a mention looks like, and `mentioned` says that in words."""

    mentions: ClassVar[re.Pattern[str]]
    mentioned: ClassVar[str]

    webhook: Template
    mention: tuple[str, ...] = ()

    def fault(self) -> str | None:
        """Say what is wrong with the keys taken together, or None."""
        wrong = next((name for name in self.mention if not self.mentions.fullmatch(name)), None)
        return None if wrong is None else f"mention: '{clean(wrong, 60)}' must be {self.mentioned}"

    def post(self, body: object, delivery: Delivery) -> Post:
        """Return the request that posts a message as the chat takes it."""
        return Post(delivery.reveal(self.webhook), json_body(body), {"Content-Type": "application/json"})
