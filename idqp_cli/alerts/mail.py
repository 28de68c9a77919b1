"""E-mail, by SMTP with TLS and a login."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from idqp_cli.alerts import words
from idqp_cli.alerts.address import is_loopback
from idqp_cli.alerts.channel import Channel, Delivery
from idqp_cli.alerts.sending import SECONDS, connected, reason, within
from idqp_cli.alerts.values import DELIVERED, Notice, Outcome, Secret, Template, Undelivered
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean

if TYPE_CHECKING:
    from email.message import EmailMessage
    from smtplib import SMTP
    from ssl import SSLContext

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
SUBJECT = 200
# A server may take its time at each step, before it takes a letter; who connects does not wait as long.
STEP_SECONDS, ALL_SECONDS = 30.0, 120.0
PORTS = {"starttls": 587, "implicit": 465, "none": 25}
TLS = ("starttls", "implicit", "none")


@frozen(kw_only=True)
class Email(Channel):
    """Sends e-mail through a server that encrypts; without TLS only to this machine."""

    type: ClassVar[str] = "email"
    seconds: ClassVar[float] = ALL_SECONDS

    host: Template
    sender: Template
    to: tuple[Template, ...]
    port: int | None = None
    tls: str = "starttls"
    user: Template | None = None
    password: Secret | None = None

    def fault(self) -> str | None:
        """Say what is wrong with the keys taken together, or None."""
        if not self.to:
            return "to: names nobody"
        if self.tls == "none" and not is_loopback(self.host):
            return "tls: none is for loopback alone"
        if (self.user is None) != (self.password is None):
            return "user and password come together"
        return None

    def deliver(self, notice: Notice, delivery: Delivery) -> Outcome:
        """Send the letter."""
        try:
            message = self.letter(notice, delivery)
            login = None
            if self.user is not None and self.password is not None:
                login = (delivery.reveal(self.user), delivery.reveal(self.password))
            to = {_address(delivery.reveal(one)): one for one in self.to if not notice.only or one in notice.only}
            if not to:
                return DELIVERED
            return within(ALL_SECONDS, lambda: self._send(message, to, login, delivery))
        except Undelivered as why:
            return why.outcome
        except (OSError, ValueError) as error:
            return Outcome(reason(error, STEP_SECONDS), retry=True)

    def letter(self, notice: Notice, delivery: Delivery) -> EmailMessage:
        """Return the letter; that of the same notice has the same Message-ID, by which a second copy is known."""
        import hashlib  # noqa: PLC0415 - with email 40 ms that only a delivery has to pay
        from email.message import EmailMessage  # noqa: PLC0415
        from email.policy import SMTP  # noqa: PLC0415
        from email.utils import format_datetime  # noqa: PLC0415

        sender = _address(delivery.reveal(self.sender))
        message = EmailMessage(policy=SMTP)
        message["From"] = sender
        message["To"] = ", ".join(_address(delivery.reveal(one)) for one in self.to)
        head = "[idqp] " if self.text is None else ""
        message["Subject"] = clean(head + self.title(notice, delivery), SUBJECT)
        message["Date"] = format_datetime(notice.at)
        identity = hashlib.sha256(f"{notice.channel}:{notice.key}".encode()).hexdigest()[:32]
        message["Message-ID"] = f"<{identity}@{sender.partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content("\n".join(words.lines(notice)) + "\n", charset="utf-8", cte="quoted-printable")
        return message

    def _send(
        self, message: EmailMessage, to: Mapping[str, Template], login: tuple[str, str] | None, delivery: Delivery
    ) -> Outcome:
        """Send a letter to addresses, each with the words that stand for it in the rules file."""
        import smtplib  # noqa: PLC0415
        import ssl  # noqa: PLC0415

        host = delivery.reveal(self.host)
        if self.tls == "none" and not is_loopback(host):
            return Outcome("tls: none is for loopback alone")
        try:
            with self._server(host, ssl.create_default_context(), delivery) as server:
                if login is not None:
                    server.login(*login)
                refused = server.send_message(message, to_addrs=list(to))
        except smtplib.SMTPNotSupportedError:
            return Outcome("the server offers no TLS, or no login")
        except smtplib.SMTPAuthenticationError:
            return Outcome("the server refuses the login")
        except smtplib.SMTPRecipientsRefused as error:
            return Outcome("the server refuses the recipients", retry=_later(error.recipients))
        except smtplib.SMTPResponseException as error:
            return Outcome(f"answered {error.smtp_code}", retry=error.smtp_code < 500)
        except smtplib.SMTPServerDisconnected:
            return Outcome("hung up without an answer", retry=True)
        if not refused:
            return DELIVERED
        told = f"the server refuses {len(refused)} of {len(to)} recipients"
        return Outcome(told, retry=_later(refused), left=tuple(to[one] for one in refused))

    def _server(self, host: str, encrypted: SSLContext, delivery: Delivery) -> SMTP:
        """Return the server, greeted, on a connection that is encrypted if it has to be."""
        import smtplib  # noqa: PLC0415

        class Checked(smtplib.SMTP):
            """Connects only to an address that a message may go to."""

            # smtplib's own place for another kind of socket.
            def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
                connection = connected(host, port, allow_private=delivery.allow_private, seconds=min(timeout, SECONDS))
                connection.settimeout(timeout)
                return connection

        class CheckedTls(Checked):
            """The same, encrypted from the first byte."""

            def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
                return encrypted.wrap_socket(super()._get_socket(host, port, timeout), server_hostname=host)

        kind = CheckedTls if self.tls == "implicit" else Checked
        # Without a name of its own, smtplib asks the resolver for this machine's.
        port = PORTS[self.tls] if self.port is None else self.port
        server = kind(host, port, local_hostname="localhost", timeout=STEP_SECONDS)
        try:
            if self.tls == "starttls":
                server.starttls(context=encrypted)
        except BaseException:
            server.close()
            raise
        return server


def _later(refused: Mapping[str, tuple[int, bytes]]) -> bool:
    """Tell whether one of the recipients who are refused may be taken later."""
    return any(code < 500 for code, _ in refused.values())


def _address(text: str) -> str:
    """Return an e-mail address that is one, and nothing more."""
    if not ADDRESS.fullmatch(text):
        raise Undelivered(Outcome("an e-mail address is not valid"))
    return text
