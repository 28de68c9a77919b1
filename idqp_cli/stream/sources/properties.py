"""How a broker is reached: as the rules file says, by secrets of the environment, or by a file of client properties."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean
from idqp_cli.core.topics import BrokerSettings

CONFIG = "IDQP_KAFKA_CONFIG"
USER, PASSWORD, KEY_PASSWORD = "IDQP_KAFKA_USER", "IDQP_KAFKA_PASSWORD", "IDQP_KAFKA_KEY_PASSWORD"
# What idqp sets so that no message is lost or counted twice.
OWN = frozenset({
    "bootstrap.servers", "group.id", "enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset",
    "enable.partition.eof", "isolation.level",
})  # fmt: skip


def of(broker: BrokerSettings, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the properties of the file that the environment names, and before them what the rules file says.

    Raises:
        UsageError: the file cannot be read, or sets what idqp sets; a login is not there. No value is in the text.

    """
    return {**_of_file(environment), **_of_rules(broker, environment)}


def found(environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """Say which kind of login to brokers there is, and from where: never its value."""
    if environment.get(USER) and environment.get(PASSWORD):
        return "a user and a password, for sasl", f"{USER}, {PASSWORD}"
    if environment.get(CONFIG):
        return "a file of client properties", CONFIG
    return "none found", ""


def _of_rules(broker: BrokerSettings, environment: Mapping[str, str]) -> dict[str, str]:
    given = {
        "ssl.ca.location": broker.ca, "ssl.certificate.location": broker.certificate, "ssl.key.location": broker.key,
        "ssl.key.password": environment.get(KEY_PASSWORD) if broker.key else None, "sasl.mechanism": broker.sasl,
    }  # fmt: skip
    told = {name: value for name, value in given.items() if value}
    if broker.sasl is not None:
        user, password = environment.get(USER), environment.get(PASSWORD)
        if not user or not password:
            raise UsageError(f"sasl: {broker.sasl} needs {USER} and {PASSWORD} in the environment")
        told |= {"sasl.username": user, "sasl.password": password}
    kind = ("SASL_" if broker.sasl else "") + ("SSL" if broker.tls else "PLAINTEXT")
    return {**told, "security.protocol": kind} if broker != BrokerSettings() else {}


def _of_file(environment: Mapping[str, str]) -> dict[str, str]:
    path = environment.get(CONFIG)
    if not path:
        return {}
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{CONFIG}: {clean(path)}: cannot be read: {reason}") from None
    found = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith(("#", "!")):
            continue
        name, equals, value = line.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UsageError(f"{CONFIG}: {clean(path)}:{number}: a line is NAME=VALUE")
        if name in OWN:
            raise UsageError(f"{CONFIG}: {clean(path)}:{number}: {name} is set by idqp; leave it out")
        found[name] = value.strip()
    return found
