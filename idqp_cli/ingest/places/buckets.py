"""Object stores: a bucket's objects found by key, glob or folder, and read by ranges."""

from __future__ import annotations

import glob
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)  # fmt: skip

from idqp_cli import __version__
from idqp_cli.core import globs
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import PlaceSettings
from idqp_cli.core.urls import shown
from idqp_cli.ingest.files import Stamp
from idqp_cli.ingest.places.found import Found
from idqp_cli.ingest.tables import MARKS, TableError, maybe_of_table, of_keys

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutMode
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

Answer = TypeVar("Answer")
# Seconds for one answer, and for one answer with all its repetitions.
ANSWER, PATIENCE = 60, 120
REPEATED = 7
# The name of the metadata of an object that idqp has written.
MARK = "idqp"
# The client repeats what fails before the first byte; an answer that is cut short is asked for again here.
CUT_SHORT = "response body"
PAUSES = (0.2, 0.5, 1.0, 2.0)
STATUS = re.compile(r"status code: (\d{3})\b")
WHY = (
    ("InvalidCertificate", "the server's certificate is not trusted"),
    ("invalid peer certificate", "the server's certificate is not trusted"),
    ("dns error", "the server's name is not known"),
    ("TimedOut", "the server does not answer in time"),
    ("timed out", "the server does not answer in time"),
    ("ConnectError", "the server cannot be reached"),
    ("Connect,", "the server cannot be reached"),
    ("Redirect", "is in another region; set the region, like AWS_REGION"),
    (CUT_SHORT, "the server cuts its answers short"),
    ("error sending request", "the server cannot be reached"),
)


def retry_config(deadline: Deadline | None) -> RetryConfig:
    """Return how a request is repeated, with growing pauses, within the deadline."""
    left = PATIENCE if deadline is None else max(1.0, min(PATIENCE, deadline.left()))
    backoff = {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=10), "base": 2}
    return {"max_retries": REPEATED, "retry_timeout": timedelta(seconds=left), "backoff": backoff}  # type: ignore[typeddict-item]


def client_config(endpoint: str | None, deadline: Deadline | None) -> ClientConfig:
    """Return how to talk to a server; without TLS only where a person names an endpoint without."""
    left = ANSWER if deadline is None else max(1.0, min(ANSWER, deadline.left()))
    plain = endpoint is not None and endpoint.lower().startswith("http://")
    return {
        "allow_http": plain,
        "timeout": timedelta(seconds=left),
        "connect_timeout": timedelta(seconds=min(10, left)),
    }


Opening = Callable[[str, "Deadline | None", PlaceSettings], "Bucket"]


class Bucket:
    """A bucket or container; `root` is its URL."""

    def __init__(
        self,
        store: ObjectStore,
        root: str,
        credentials: str,
        deadline: Deadline | None,
        settings: PlaceSettings,
        again: Opening,
    ) -> None:
        """Take over a store; `credentials` says in words where its credentials come from.

        `again` opens it from its root, as another process has to.
        """
        self._store = store
        self._again = again
        self._root = root
        self._credentials = credentials
        self._deadline = deadline
        self._settings = settings

    def __reduce__(self) -> tuple[Opening, tuple[str, Deadline | None, PlaceSettings]]:
        """Send no credential to another process, which finds them as this one did."""
        return self._again, (self._root, self._deadline, self._settings)

    def find(self, key: str) -> list[Found]:
        """Return the objects that a key, a glob or a folder stands for."""
        magic = glob.has_magic(key)
        if key and not magic and not key.endswith("/"):
            try:
                return [self._found(self._asked(key, lambda: obstore.head(self._store, key)))]
            except _NothingThereError:
                found = self._below(f"{key}/")
                if not found:
                    raise UnreadableError(f"{self._shown(key)}: no such file") from None
                return found
        if not magic:
            found = self._below(key)
            if not found:
                raise UnreadableError(f"{self._shown(key)}: contains no file")
            return found
        listed = list(self._listed(globs.beginning(key)))
        found = [one for one in listed if one.name == key] or [one for one in listed if globs.matches(one.name, key)]
        if not found:
            raise UnreadableError(f"{self._shown(key)}: no file matches")
        self._refuse_tables(of_keys(one.name for one in listed), found)
        self._refuse_part_of_table(globs.beginning(key), found)
        return found

    def look(self, one: Found) -> Stamp:
        """Ask what an object is now."""
        try:
            now = self._found(self._asked(one.key, lambda: obstore.head(self._store, one.key)))
        except _NothingThereError:
            return ()
        return now.known

    def read(self, one: Found, start: int, end: int) -> bytes:
        """Return the bytes from `start` to `end` of the object that was found."""
        wanted: dict[str, object] = {"range": (start, end)}
        if one.tag is not None:
            wanted["if_match"] = f'"{one.tag}"'
        if one.version is not None:
            wanted["version"] = one.version

        def read() -> bytes:
            answer = obstore.get(self._store, one.key, options=wanted)  # type: ignore[arg-type]
            if answer.meta["size"] != one.size or _tag(answer.meta) != one.tag:
                raise one.changed()
            return bytes(answer.bytes())

        try:
            data = self._asked(one.key, read)
        except (PreconditionError, _NothingThereError):
            raise one.changed() from None
        if len(data) != end - start:
            raise one.changed()
        return data

    def copy(self, one: Found, path: str) -> None:
        """Write a whole object to `path`."""
        with open(path, "wb") as file:
            file.write(self.read(one, 0, one.size))

    def write(self, key: str, content: bytes) -> None:
        """Write an object; in the place of one that is there only if idqp wrote that, and it did not change meanwhile.

        Raises:
            UnreadableError: it cannot be written; the text says why.

        """
        made = {MARK: __version__}

        def write(mode: PutMode) -> None:
            obstore.put(self._store, key, content, attributes=made, mode=mode)

        try:
            self._asked(key, lambda: write("create"))
        except _NothingThereError:
            raise UnreadableError(f"{self._shown(key)}: no such bucket") from None
        except AlreadyExistsError:
            there = self._asked(key, lambda: obstore.get(self._store, key))
            if MARK not in dict(there.attributes):
                raise UnreadableError(
                    f"{self._shown(key)}: is there, and idqp did not write it; delete it, or name another"
                ) from None
            known = {"e_tag": there.meta["e_tag"], "version": there.meta["version"]}
            try:
                self._asked(key, lambda: write({name: value for name, value in known.items() if value}))  # type: ignore[arg-type]
            except PreconditionError:
                raise UnreadableError(f"{self._shown(key)}: was changed meanwhile, and is not overwritten") from None

    def _below(self, folder: str) -> list[Found]:
        listed = list(self._listed(folder))
        tables = of_keys(one.name for one in listed)
        if folder in tables:
            raise TableError(self._shown(folder), tables[folder], whole=True)
        found = [one for one in listed if globs.below(one.name, folder)]
        self._refuse_tables(tables, found)
        self._refuse_part_of_table(folder, found)
        return found

    def _refuse_part_of_table(self, folder: str, found: list[Found]) -> None:
        """Refuse files below a folder, which ends with a slash, in a table: some are of no version any more."""
        above = folder if any(maybe_of_table(one.name) for one in found) else ""
        while above:
            above = "".join(f"{part}/" for part in above.split("/")[:-2])
            self._refuse_tables(of_keys(self._marks(above)), found)

    def _refuse_tables(self, tables: Mapping[str, str], found: Iterable[Found]) -> None:
        names = [one.name for one in found if maybe_of_table(one.name)]
        for table, kind in tables.items():
            # What a table says of itself is looked for by its own reader.
            if any(name.startswith(table) and not name.startswith(f"{table}{MARKS[kind]}/") for name in names):
                raise TableError(self._shown(table), kind)

    def _marks(self, folder: str) -> Iterator[str]:
        with suppress(UnreadableError):  # who may read a folder may not see those above it
            for mark in MARKS.values():
                yield from (one.name for one in self._listed(f"{folder}{mark}/"))

    def _listed(self, prefix: str) -> Iterator[Found]:
        """Return the objects below a folder by their names; without the empty ones that stand for folders."""
        listed = self._asked(
            prefix, lambda: [meta for batch in obstore.list(self._store, prefix=prefix or None) for meta in batch]
        )
        folders = {folder for meta in listed for folder in _folders(meta["path"])}
        for meta in sorted(listed, key=lambda meta: meta["path"].split("/")):
            if meta["size"] or meta["path"] not in folders:
                yield self._found(meta)

    def _found(self, meta: ObjectMeta) -> Found:
        # A listing has no version, so that it is not held against one.
        key = meta["path"]
        return Found(self, key, key, self._shown(key), meta["size"], meta["last_modified"], _tag(meta))

    def _shown(self, key: str) -> str:
        return shown(f"{self._root}/{key}")

    def _asked(self, key: str, ask: Callable[[], Answer]) -> Answer:
        """Ask the server, again where an answer was cut short.

        Raises:
            _NothingThereError: there is no such object.
            PreconditionError: it is another one now.
            AlreadyExistsError: there is one where none was to be.
            UnreadableError: it cannot be read.

        """
        pauses = iter(PAUSES)
        while True:
            if self._deadline is not None and not self._deadline.left():
                raise self._deadline.missed()
            try:
                return ask()
            except (FileNotFoundError, NotFoundError):
                raise _NothingThereError from None
            except (PreconditionError, AlreadyExistsError):
                raise
            except (BaseError, OSError, ValueError) as error:
                pause = next(pauses, None)
                if pause is None or not isinstance(error, GenericError) or CUT_SHORT not in str(error):
                    raise UnreadableError(f"{self._shown(key)}: {self._why(error)}") from None
                time.sleep(pause)

    def _why(self, error: Exception) -> str:
        """Say in a few words why an object cannot be read; the client's own text may hold a signature."""
        text = str(error).replace("retry_timeout", "")
        found = STATUS.search(text)
        status = found[1] if found else None
        if isinstance(error, (PermissionDeniedError, UnauthenticatedError)) or status in {"401", "403"}:
            return f"permission denied; {self._credentials}"
        if status == "404":
            return "no such bucket"
        if status is not None:
            return f"the server answers HTTP {status}"
        for mark, why in WHY:
            if mark in text:
                return why
        return f"cannot be read ({type(error).__name__})"


class _NothingThereError(Exception):
    """There is no object of this key."""


def _tag(meta: ObjectMeta) -> str | None:
    """Return the ETag without its quotes, which Azure leaves out where it lists."""
    return meta["e_tag"].strip('"') if meta["e_tag"] else None


def _folders(key: str) -> Iterator[str]:
    while key := os.path.dirname(key):
        yield key
