"""Checks that somebody asks a server for, and what becomes of them."""

from __future__ import annotations

from datetime import datetime

from idqp_cli.core.frozen import frozen


@frozen
class CheckRequest:
    """A check that somebody asked a server for; `dataset` is None for all, `attempts` how often it was begun.

    `uploaded` are the names of the files that were sent with it.
    """

    number: int
    name: str
    dataset: str | None
    asked_by: str
    queued_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 0
    exit_code: int | None = None
    run: str | None = None
    message: str | None = None
    uploaded: tuple[str, ...] = ()


@frozen
class NewUpload:
    """A check of files that were sent: its name, the dataset whose rules it is by, and what the files are called."""

    name: str
    dataset: str | None
    files: tuple[str, ...]


@frozen
class Outcome:
    """What became of a check that was asked for; `run` is None where nothing was recorded."""

    exit_code: int
    run: str | None
    message: str | None
