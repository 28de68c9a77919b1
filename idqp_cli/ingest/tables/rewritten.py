"""Which files of a table hold nothing but rows of files that were read: those that a compaction has written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from idqp_cli.ingest.increment import Sieve

# Of one commit: for each file that it adds, the files whose rows it holds; none, where its rows are new.
Commit = Mapping[str, Sequence[str]]


class Rewritten:
    """Follows files back through the commits of a table, which come newest first and are read as far as needed."""

    def __init__(self, commits: Iterator[Commit], sieve: Sieve) -> None:
        self._commits, self._sieve = commits, sieve
        self._origins: dict[str, Sequence[str]] = {}

    def of(self, path: str) -> Callable[[], bool]:
        """Return what tells whether every row of a file was in files that runs have read."""
        return lambda: self._rewritten(path)

    def _rewritten(self, path: str) -> bool:
        while path not in self._origins:
            commit = next(self._commits, None)
            if commit is None:
                # Nobody knows any more where it comes from.
                return False
            self._origins = {**commit, **self._origins}
        origin = self._origins[path]
        return bool(origin) and all(self._sieve.knows(one) or self._rewritten(one) for one in origin)
