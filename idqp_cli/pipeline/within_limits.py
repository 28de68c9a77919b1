"""A check with limits: every target is judged in processes that are killed where they go beyond them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from idqp_cli.core import confines
from idqp_cli.core.progress import Telling
from idqp_cli.core.urls import is_url
from idqp_cli.ingest.files import Source
from idqp_cli.ingest.scratch import scratch
from idqp_cli.pipeline import process_memory, warden
from idqp_cli.pipeline.confinement import force
from idqp_cli.pipeline.keeper import Keeper
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.messages import Task
from idqp_cli.pipeline.process_memory import Room
from idqp_cli.pipeline.record import Checked
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.sources import Found


def each(request: Request, memory: Memory, at: datetime, found: Found, progress: Telling) -> list[Checked]:
    """Check every target in processes that are killed where they go beyond a limit.

    Raises:
        RulesError: a rule's pattern or SQL cannot be used.
        UsageError: the memory limit is no size.

    """
    warden.keeps_time()
    room = process_memory.room(request.resources.memory_limit, warden.beside())
    with scratch() as folder:
        task = Task(_for_worker(request, room), found, at, folder, (), (), {}, 0)
        if confines.confined():
            task = replace(
                task,
                walls=force.walls(),
                reading=tuple(_read(request, found)),
                memory=None if room is None else room.most,
            )
        keeper = Keeper(memory, progress, task, room)
        try:
            while not keeper.finished:
                keeper.run()
        finally:
            keeper.close()
        return [keeper.judged[target.dataset.name] for target in request.targets]


def _for_worker(request: Request, room: Room | None) -> Request:
    """Return the request without what a checking process has no use for: where alerts go, and the store."""
    resources = process_memory.divided(request.resources, room)
    return replace(request, project=replace(request.project, alerts=None, store=""), resources=resources)


def _read(request: Request, found: Found) -> Iterator[str]:
    """Yield the files, and the folders of tables, that a check reads."""
    for one in found.values():
        if isinstance(one, Source):
            yield from (file.path for file in one.files)
    for rule in (rule for target in request.targets for rule in target.rules):
        baseline = rule.baseline()
        if baseline is not None and baseline.file is not None and not is_url(baseline.file):
            whole = os.path.join(request.project.folder, baseline.file)
            yield from (
                path for path in (whole, *glob.glob(whole, recursive=True)) if confines.inside(path, force.walls().root)
            )
