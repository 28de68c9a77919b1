"""How a broker is reached: a file of client properties, as Kafka's own tools take it by --command-config."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean

CONFIG = "IDQP_KAFKA_CONFIG"
# What idqp sets so that no message is lost or counted twice.
OWN = frozenset({
    "bootstrap.servers", "group.id", "enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset",
    "enable.partition.eof", "isolation.level",
})  # fmt: skip


def of(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the properties of the file that the environment names; none without one.

    Raises:
        UsageError: the file cannot be read, or sets what idqp sets. No value is in the text.

    """
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
