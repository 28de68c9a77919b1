"""Idqp in this process, as a command line: its exit code, and what it says."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Mapping

import pytest
import typer

from idqp_cli.cli.app import app, guarded


class Stream(io.TextIOWrapper):
    """A stream that takes text and bytes."""

    def __init__(self, content: bytes = b"") -> None:
        """Begin with `content` to be read."""
        self.taken = io.BytesIO(content)
        super().__init__(self.taken, encoding="utf-8", newline="", write_through=True)

    def text(self) -> str:
        """Return all that was written."""
        return self.taken.getvalue().decode()


def said(*words: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Run idqp with these words; return its exit code, stdout and stderr."""

    out, err = Stream(), Stream()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", Stream(stdin))
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        code = guarded(lambda: typer.main.get_command(app).main(list(words), prog_name="idqp", standalone_mode=False))
    return code, out.text(), err.text()
