"""The audit chain: each entry holds the hash of the one before it; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

GENESIS = "0" * 64


def entry_hash(previous: str, entry: Mapping[str, object]) -> str:
    """Return the SHA-256 of `previous` and the entry as canonical JSON (sorted keys, no spaces, UTF-8)."""
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous.encode() + canonical.encode("utf-8", "backslashreplace")).hexdigest()
