"""Files of other machines: text is copied into a private folder, Parquet is read by ranges where it lies."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from idqp_cli.core import confines
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.progress import TRAFFIC
from idqp_cli.core.reading import AS_USUAL, PlaceSettings
from idqp_cli.core.text import clean
from idqp_cli.core.urls import BUCKETS, WEB, all_shown, is_url, scheme, shown
from idqp_cli.ingest.files import PARQUET, File, Format, Source, examine, format_of, partition_of, refuse_cut, united
from idqp_cli.ingest.increment import Sieve
from idqp_cli.ingest.places import local
from idqp_cli.ingest.places.found import RANGES, Found, Place
from idqp_cli.ingest.scratch import scratch

AT_ONCE = 8
PART = 2 << 20
BEGINNING = 1 << 10
LONGEST_NAME = 100
WAYS = {
    **dict.fromkeys(("s3", "s3a", "s3n"), "s3"),
    **dict.fromkeys(("gs", "gcs"), "gcs"),
    **dict.fromkeys(("az", "azure", "abfs", "abfss", "adl"), "azure"),
    **dict.fromkeys(WEB, "web"),
}
NUMBERS = itertools.count()
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@contextmanager
def located(
    paths: Sequence[str],
    folder: Path,
    deadline: Deadline | None,
    sieve: Sieve | None = None,
    settings: PlaceSettings = AS_USUAL,
) -> Iterator[Source]:
    """Find files of which some are on other machines; a `sieve` takes some of them.

    Raises:
        UnreadableError: there is none, or one that cannot be read.
        NothingNewError: the sieve takes none.

    """
    with scratch() as private:
        places = Places(deadline, settings)
        by_path = [places.find(path) if is_url(path) else path for path in paths]
        away = {one.shown: one for found in by_path if not isinstance(found, str) for one in found}
        if sieve is not None:
            away = {name: one for name, one in away.items() if sieve.stamped(name, _state(one), one.size)}
        files = dict(zip(away, _files(list(away.values()), private, deadline), strict=True))
        listed = itertools.chain.from_iterable(
            local.found(found, folder, sieve)
            if isinstance(found, str)
            else (files[one.shown] for one in found if one.shown in files)
            for found in by_path
        )
        known = list(listed)
        if sieve is not None:
            sieve.refuse_nothing()
        yield united(all_shown(paths), known)


def looked_at(
    urls: Sequence[str], folder: str, deadline: Deadline | None, settings: PlaceSettings = AS_USUAL
) -> dict[str, File]:
    """Find files of other machines by their whole URLs; what is copied is kept in `folder`.

    Raises:
        UnreadableError: one is not there, or cannot be read.

    """
    places = Places(deadline, settings)
    for url in urls:
        places.of(url)
    found = _at_once(lambda url: places.find(url)[0], list(urls))
    return dict(zip(urls, _files(found, folder, deadline), strict=True))


def _state(one: Found) -> object:
    """Return what tells a file from a later one of its name; nothing, where its place does not say."""
    return one.known if one.tag is not None or one.modified_at is not None else None


class Places:
    """The buckets and web servers of a run, each opened once."""

    def __init__(self, deadline: Deadline | None, settings: PlaceSettings = AS_USUAL) -> None:
        """Open them with these settings, as they are asked for."""
        self._deadline, self._settings = deadline, settings
        self._open: dict[str, Place] = {}

    def find(self, path: str) -> list[Found]:
        """Return the files that a URL stands for. Raises UnreadableError."""
        place, key = self.of(path)
        return place.find(key)

    def of(self, path: str) -> tuple[Place, str]:
        """Return the place of a URL, and the key in it. Raises UnreadableError."""
        kind = scheme(path) or ""
        confines.refuse_remote(shown(path))
        if kind not in WAYS:
            known = ", ".join(f"{one}://" for one in (*BUCKETS, *WEB))
            raise UnreadableError(f"{shown(path)}: {clean(kind, 20)}:// is no place that idqp reads; there are {known}")
        root, key = _divided(path)
        if root not in self._open:
            self._open[root] = _place(kind, root, self._deadline, self._settings)
        return self._open[root], key


def _divided(path: str) -> tuple[str, str]:
    """Divide a URL after its host or bucket."""
    beginning, _, rest = path.partition("://")
    host, slash, key = rest.partition("/")
    if not slash and "?" in host:
        host, _, key = rest.partition("?")
        key = f"?{key}"
    return f"{beginning.lower()}://{host}", key


def _place(kind: str, root: str, deadline: Deadline | None, settings: PlaceSettings) -> Place:
    way = WAYS[kind]
    if not root.partition("://")[2]:
        raise UnreadableError(f"{shown(root)}: names no {'host' if way == 'web' else 'bucket'}")
    try:
        match way:
            case "s3":
                from idqp_cli.ingest.places import s3  # noqa: PLC0415 - each kind of place has its own extra

                return s3.place(root, deadline, settings)
            case "gcs":
                from idqp_cli.ingest.places import gcs  # noqa: PLC0415

                return gcs.place(root, deadline, settings)
            case "azure":
                from idqp_cli.ingest.places import azure  # noqa: PLC0415

                return azure.place(root, deadline, settings)
            case _:
                from idqp_cli.ingest.places import web  # noqa: PLC0415

                return web.place(root, deadline)
    except ImportError as error:
        if error.name is None or error.name.startswith("idqp"):
            raise
        raise UnreadableError(f"{shown(root)}: {kind}:// needs an extra: pip install 'idqp[{way}]'") from None


def _files(found: Sequence[Found], folder: str, deadline: Deadline | None) -> list[File]:
    """Look at each file; copy those that are text, all of them at once in parts."""
    beginnings = _at_once(_beginning, found)
    files: list[File | None] = []
    copies: list[tuple[Found, str]] = []
    for number, (one, magic) in enumerate(zip(found, beginnings, strict=True)):
        if format_of(magic, magic, one.name, one.shown) is Format.PARQUET and one.ranged:
            files.append(_parquet(one))
        else:
            copies.append((one, os.path.join(folder, f"{number}-{os.path.basename(one.name)[-LONGEST_NAME:]}")))
            files.append(None)
    try:
        _copy(copies, deadline)
    except OSError as error:
        why = (error.strerror or "unknown").lower()
        raise UnreadableError(
            f"{all_shown(one.shown for one, _ in copies)}: cannot be kept in {folder}: {why}"
        ) from None
    texts = (_examined(one, path) for one, path in copies)
    return [file or next(texts) for file in files]


def _beginning(one: Found) -> bytes:
    if one.beginning is not None:
        return one.beginning
    return one.read(0, min(BEGINNING, one.size)) if one.size else b""


def _parquet(one: Found) -> File:
    refuse_cut(one.size, one.read(max(0, one.size - len(PARQUET)), one.size), one.shown)
    return File(
        path=f"{RANGES}{next(NUMBERS)}",
        shown=one.shown,
        format=Format.PARQUET,
        compressed=None,
        size=one.size,
        modified_at=one.modified_at,
        stamp=one.known,
        partition=partition_of(one.name),
        away=one,
    )


def _examined(one: Found, path: str) -> File:
    file = examine(path, one.shown, one.name)
    return replace(file, modified_at=one.modified_at, stamp=one.known, partition=partition_of(one.name), away=one)


def _copy(copies: Sequence[tuple[Found, str]], deadline: Deadline | None) -> None:
    """Write files of other machines to paths here, in parts that come at the same time."""
    parts: list[Callable[[], None]] = []
    for one, path in copies:
        TRAFFIC.expect(one.size)
        if not one.ranged:
            parts.append(partial(one.place.copy, one, path))
            continue
        with open(path, "xb") as file:
            file.truncate(one.size)
        parts += [partial(_part, one, path, at) for at in range(0, one.size, PART)]

    def run(part: Callable[[], None]) -> None:
        if deadline is not None and not deadline.left():
            raise deadline.missed()
        part()

    _at_once(run, parts)


def _part(one: Found, path: str, at: int) -> None:
    data = one.read(at, min(at + PART, one.size))
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


def _at_once(do: Callable[[Asked], Answer], asked: Sequence[Asked]) -> list[Answer]:
    """Do the same for each, some at a time; the first that fails stops the rest."""
    if len(asked) < 2:
        return [do(one) for one in asked]
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        return list(pool.map(do, asked))
    finally:
        pool.shutdown(cancel_futures=True)
