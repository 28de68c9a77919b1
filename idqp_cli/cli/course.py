"""How each dataset that is watched stands, as it is heard of batch by batch."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from idqp_cli.core.errors import OutputError
from idqp_cli.core.model import DatasetReport, Report, Status
from idqp_cli.report import files, prometheus
from idqp_cli.report.watch_screen import Standing, health

# Messages a second are those of so many seconds.
LOOKED_BACK = 60.0
# The lag and the health file are new at least so often while nothing is judged.
EVERY = 1.0


class Course:
    """What was heard since the watch began."""

    def __init__(self, datasets: Iterable[str], health_file: str | None, metrics_file: str | None) -> None:
        """Begin with nothing heard of these datasets."""
        self._standings = {name: Standing(name) for name in datasets}
        self._reports: dict[str, DatasetReport] = {}
        self._judged: dict[str, deque[tuple[float, int]]] = {name: deque() for name in self._standings}
        self._ended: dict[str, float] = {}
        self._began = time.monotonic()
        self._looked = dict.fromkeys(self._standings, -EVERY)
        self._health_file, self._metrics_file = health_file, metrics_file
        self._written = -EVERY

    def standings(self) -> tuple[list[Standing], float]:
        """Return how the datasets stand, and for how many seconds the watch has gone on."""
        now = time.monotonic()
        found = []
        for name, one in list(self._standings.items()):
            judged = [number for at, number in list(self._judged[name]) if at >= now - LOOKED_BACK]
            since = None if name not in self._ended else now - self._ended[name]
            rate = sum(judged) / max(1.0, min(LOOKED_BACK, now - self._began))
            found.append(replace(one, rate=rate, since=since))
        return found, now - self._began

    def looked(self, dataset: str, trouble: str | None, lag: Callable[[], Mapping[int, int]]) -> None:
        """Hear that a dataset was looked at."""
        now = time.monotonic()
        known = self._standings[dataset]
        if now - self._looked[dataset] >= EVERY or trouble != known.trouble:
            self._looked[dataset] = now
            self._standings[dataset] = replace(known, trouble=trouble, lag=lag())
        if now - self._written >= EVERY:
            self.healthy("waiting" if any(one.trouble for one in self._standings.values()) else "reading")

    def judged(self, dataset: str, lag: Mapping[int, int], report: Report) -> None:
        """Hear what a batch came to."""
        now = time.monotonic()
        (one,) = report.datasets
        failing = [result.rule for result in one.results if result.status in {Status.FAILED, Status.ERROR}]
        known, messages = self._standings[dataset], one.rows or 0
        self._reports[dataset], self._ended[dataset] = one, now
        past = self._judged[dataset]
        past.append((now, messages))
        while past and past[0][0] < now - LOOKED_BACK:
            past.popleft()
        self._standings[dataset] = replace(
            known,
            batches=known.batches + 1,
            messages=known.messages + messages,
            lag=lag,
            failing=tuple(dict.fromkeys(failing)),
            trouble=None,
        )

    def metrics(self, report: Report) -> tuple[str, ...]:
        """Write the last batch of each dataset as metrics; return a line if that cannot be done."""
        if self._metrics_file is None:
            return ()
        lag = {name: one.lag for name, one in self._standings.items() if one.lag}
        try:
            whole = replace(report, datasets=tuple(self._reports.values()))
            files.replaced(self._metrics_file, prometheus.render(whole, lag))
        except OutputError as error:
            return (str(error),)
        return ()

    def healthy(self, state: str) -> None:
        """Write that the process is alive, and what it does. Raises OutputError: the file cannot be written."""
        self._written = time.monotonic()
        if self._health_file is not None:
            files.replaced(self._health_file, health(self.standings()[0], state, datetime.now(UTC)))
