"""The audit chain: each entry holds the hash of the one before it; pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping

from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean
from idqp_cli.store.values import AuditEntry

GENESIS = "0" * 64


def entry_hash(previous: str, entry: Mapping[str, object]) -> str:
    """Return the SHA-256 of `previous` and the entry as canonical JSON (sorted keys, no spaces, UTF-8)."""
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous.encode() + canonical.encode("utf-8", "backslashreplace")).hexdigest()


def anchor(text: str) -> str:
    """Return a head as someone kept it.

    Raises:
        UsageError: it is none.

    """
    if not re.fullmatch(r"(0|[1-9][0-9]{0,17}):[0-9a-f]{64}", text):
        raise UsageError(
            f"'{clean(text, 80)}' is not a head of the audit chain (SEQ:HASH); `idqp audit head` prints it"
        )
    return text


def verify(entries: Iterable[AuditEntry], head: str, expected: str | None = None) -> str | None:
    """Walk a whole chain from its first entry; say in a sentence what is wrong with it, None if nothing is.

    `head` is what the store says is the last entry. `expected` is a head that was
    printed earlier and kept elsewhere: whatever was changed up to it shows,
    however well the chain was mended.
    """
    sequence, previous, anchored = 0, GENESIS, expected in {None, f"0:{GENESIS}"}
    for entry in entries:
        sequence += 1
        if entry.sequence != sequence:
            return f"entry {sequence} is missing; {entry.sequence} stands in its place"
        if entry.previous_hash != previous:
            return f"entry {sequence} does not follow the one before it"
        if entry.hash != _hash(entry):
            return f"entry {sequence} was changed after it was written"
        previous = entry.hash
        if f"{sequence}:{previous}" == expected:
            anchored = True
    if f"{sequence}:{previous}" != head:
        return f"the chain ends at {sequence}, but the store's head is {head.partition(':')[0]}"
    if not anchored:
        number = str(expected).partition(":")[0]
        known = number.isdecimal() and int(number) <= sequence
        return f"entry {number} is not the one that was expected" if known else f"there is no entry {number}"
    return None


def _hash(entry: AuditEntry) -> str:
    fields = {
        "seq": entry.sequence, "at": entry.at, "actor": entry.actor, "action": entry.action, "object": entry.object,
        "detail": entry.detail,
    }  # fmt: skip
    return entry_hash(entry.previous_hash, fields)
