"""Any program, by a signed webhook: https://github.com/standard-webhooks/standard-webhooks.

The signature is HMAC-SHA-256 of `id.timestamp.body` in base64. Who receives it
compares it, refuses an old timestamp, and takes an id only once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import ClassVar

from idqp_cli.alerts.channel import PROGRAMS, Delivery, HttpChannel, json_body
from idqp_cli.alerts.payload import plain
from idqp_cli.alerts.sending import Post
from idqp_cli.alerts.values import Notice, Outcome, Secret, Template, Told, Undelivered
from idqp_cli.core.frozen import frozen

ENCODED = "whsec_"


@frozen(kw_only=True)
class Webhook(HttpChannel):
    """Posts the notice as JSON, with a signature that proves who sent it, and when."""

    type: ClassVar[str] = "webhook"
    hears: ClassVar[frozenset[Told]] = PROGRAMS
    tracks: ClassVar[bool] = True

    url: Template
    secret: Secret

    def request(self, notice: Notice, delivery: Delivery) -> Post:
        """Return the request with its signature."""
        body = json_body({**plain(notice), "text": self.title(notice, delivery)})
        identity = hashlib.sha256(f"{notice.channel}:{notice.key}".encode()).hexdigest()[:32]
        timestamp = str(int(delivery.at.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(delivery.reveal(self.secret), identity, timestamp, body),
        }
        return Post(delivery.reveal(self.url), body, headers)


def signature(secret: str, identity: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a message; a secret `whsec_…` is base64, any other is its own bytes."""
    try:
        key = (
            base64.b64decode(secret.removeprefix(ENCODED), validate=True) if ENCODED in secret[:6] else secret.encode()
        )
    except ValueError:
        raise Undelivered(Outcome("its secret begins with whsec_, but is not base64")) from None
    signed = hmac.digest(key, f"{identity}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"
