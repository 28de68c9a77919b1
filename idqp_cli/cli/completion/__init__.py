"""Completion of a command line: what fits the word at the cursor.

`idqp complete -- WORDS` gets the words behind `idqp`, the last of them at the
cursor. It prints a line `VALUE<tab>HELP` for each candidate; the line `:files`
or `:folders` leaves paths to the shell. It knows the app from a table that is
made from it, so that it need not be loaded.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from idqp_cli.cli.completion import answers, names, shells
from idqp_cli.core.text import clean

TABLE = Path(__file__).with_name("commands.json")
USAGE = "idqp: error: complete takes --script bash|zsh|fish|powershell, or -- and words\n"


def main(words: Sequence[str]) -> int:
    """Print what completes the words, or a shell's script."""
    if len(words) == 2 and words[0] == "--script" and words[1] in shells.FILES:
        sys.stdout.write(shells.script(words[1]))
        return 0
    if words[:1] != ["--"]:
        sys.stderr.write(USAGE)
        return 2
    try:
        found = answers.answers(json.loads(TABLE.read_text(encoding="utf-8")), words[1:], names.Here(os.environ))
        lines = [f"{one.value}\t{one.help}" if one.help else one.value for one in found if _plain(one.value)]
        sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    except Exception:
        # A shell that waits for a word is no place to complain.
        if os.environ.get("IDQP_DEBUG"):
            raise
    return 0


def _plain(value: str) -> bool:
    """Tell whether a name can stand on a command line as it is read."""
    return bool(value) and clean(value, len(value)) == value
