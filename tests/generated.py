"""Files that are made from the code: `make generated` writes them anew, and the suite fails where one is stale."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
WRITE = os.environ.get("IDQP_GOLDEN") == "write"


def fresh(name: str, text: str) -> None:
    """See that the file `name` of the repository holds `text`, or write it."""
    path = ROOT / name
    if WRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{name} is not there; run `make generated`"
    assert path.read_text(encoding="utf-8") == text, f"{name} is stale; run `make generated`"
