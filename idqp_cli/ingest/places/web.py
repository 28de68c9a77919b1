"""Files on web servers, by http and https: read by ranges where the server can, else copied in one go."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError, LocationValueError, MaxRetryError, SSLError
from urllib3.util import Retry, Timeout, make_headers

from idqp_cli import __version__
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.progress import TRAFFIC
from idqp_cli.core.text import clean
from idqp_cli.core.urls import shown
from idqp_cli.ingest.files import Stamp
from idqp_cli.ingest.places.found import Found, stamp

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

BEGINNING = 1 << 10
CHUNK = 1 << 20
ANSWER, CONNECT = 60.0, 10.0
PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
LONGEST_PAUSE = 30.0
REPEATED = frozenset({408, 429, 500, 502, 503, 504})
REDIRECTS = 5
CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)")
PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)


def place(root: str, deadline: Deadline | None) -> Web:
    """Return a web server; the proxy is the one that the environment names.

    Raises:
        UnreadableError: the address cannot be used.

    """
    try:
        parts = urlsplit(root)
        host, login = parts.hostname or "", parts.username
        _ = parts.port
    except ValueError:
        raise UnreadableError(f"{shown(root)}: is not an address of the web") from None
    headers = make_headers(user_agent=f"idqp/{__version__}")
    # As it is in the file: compressed on the way, its size would not be known.
    headers["Accept-Encoding"] = "identity"
    if login is not None:
        headers |= make_headers(basic_auth=f"{unquote(login)}:{unquote(parts.password or '')}")
    proxy = getproxies().get(parts.scheme) or getproxies().get("all")
    known: dict[str, object] = {"headers": headers, "maxsize": 8, "ssl_context": ssl.create_default_context()}
    if proxy and not proxy_bypass(host):
        try:
            return Web(root, urllib3.ProxyManager(proxy, **known), headers, deadline)  # type: ignore[arg-type]
        except (HTTPError, ValueError):
            raise UnreadableError(f"{shown(root)}: the proxy cannot be used; see HTTPS_PROXY and NO_PROXY") from None
    return Web(root, urllib3.PoolManager(**known), headers, deadline)  # type: ignore[arg-type]


class Web:
    """A web server."""

    def __init__(
        self, root: str, pool: urllib3.PoolManager, headers: Mapping[str, str], deadline: Deadline | None
    ) -> None:
        """Use a pool of connections for all that is below `root`."""
        beginning, _, place = root.partition("://")
        self._named = root
        self._root = f"{beginning}://{place.rpartition('@')[2]}"
        self._pool = pool
        self._headers = headers
        self._deadline = deadline

    def __reduce__(self) -> tuple[Callable[[str, Deadline | None], Web], tuple[str, Deadline | None]]:
        """Open connections of its own in another process."""
        return place, (self._named, self._deadline)

    def find(self, key: str) -> list[Found]:
        """Return the one file of this address."""
        name = unquote(re.split(r"[?#]", key, maxsplit=1)[0])
        if "*" in name:
            raise UnreadableError(f"{self._shown(key)}: a web server lists no files; name each of them")
        with self._asked(key, {"Range": f"bytes=0-{BEGINNING - 1}"}, (200, 206, 416)) as answer:
            size = _whole_size(answer)
            tag = _tag(answer)
            ranged = answer.status in {206, 416} and size is not None and tag is not None
            beginning = b"" if answer.status == 416 else _read(answer, BEGINNING)
            if PAGE.match(beginning):
                raise UnreadableError(f"{self._shown(key)}: is a web page, not data; is a login missing?")
            found = Found(
                self, key, name, self._shown(key), size or 0, _time(answer), tag if ranged else None,
                ranged=ranged, beginning=beginning,
            )  # fmt: skip
            if not ranged:
                # What is left of the answer is of no use: the whole file is asked for.
                answer.close()
        return [found]

    def look(self, one: Found) -> Stamp:
        """Ask what a file is now."""
        with self._asked(one.key, {"Range": "bytes=0-0"}, (200, 206, 404, 410, 416)) as answer:
            if answer.status in {404, 410}:
                return ()
            size, tag, at = _whole_size(answer), _tag(answer), _time(answer)
            answer.close()
        return stamp(tag, -1 if size is None else size, None, at)

    def read(self, one: Found, start: int, end: int) -> bytes:
        """Return the bytes from `start` to `end` of the file that was found."""
        wanted = {"Range": f"bytes={start}-{end - 1}", "If-Match": one.tag or "*"}
        for pause in (*PAUSES, None):
            try:
                with self._asked(one.key, wanted, (200, 206, 404, 410, 412, 416)) as answer:
                    place = CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
                    told = place.groups() if place is not None and answer.status == 206 else None
                    if told != (str(start), str(end - 1), str(one.size)) or _tag(answer) != one.tag:
                        answer.close()
                        raise one.changed()
                    data = answer.read()
                if len(data) == end - start:
                    return data
            except HTTPError as error:
                if pause is None:
                    raise UnreadableError(f"{one.shown}: {_why(error)}") from None
            self._wait(pause or 0)
        raise UnreadableError(f"{one.shown}: the server cuts its answers short")

    def copy(self, one: Found, path: str) -> None:
        """Write the whole file to `path`, in one answer."""
        for pause in (*PAUSES, None):
            try:
                with self._asked(one.key, {}, (200,)) as answer, open(path, "wb") as file:
                    for chunk in answer.stream(CHUNK, decode_content=False):
                        file.write(chunk)
                        TRAFFIC.count(len(chunk))
                        self._in_time()
                return
            except HTTPError as error:
                if pause is None:
                    raise UnreadableError(f"{one.shown}: {_why(error)}") from None
            self._wait(pause)

    def _shown(self, key: str) -> str:
        return shown(f"{self._root}/{key}")

    @contextmanager
    def _asked(self, key: str, headers: Mapping[str, str], good: tuple[int, ...]) -> Iterator[BaseHTTPResponse]:
        """Ask for a file, again where the server says that it cannot answer now.

        Raises:
            UnreadableError: there is no such file, or it cannot be read.
            HTTPError: the answer breaks off, in the body of the context.

        """
        answer = self._answer(key, headers, good)
        try:
            yield answer
        finally:
            answer.release_conn()

    def _answer(self, key: str, headers: Mapping[str, str], good: tuple[int, ...]) -> BaseHTTPResponse:
        pauses = iter(PAUSES)
        while True:
            self._in_time()
            pause = next(pauses, None)
            try:
                answer = self._pool.request(
                    "GET", f"{self._root}/{key.partition('#')[0]}", headers={**self._headers, **headers},
                    timeout=self._timeout(), preload_content=False, decode_content=False,
                    retries=Retry(REDIRECTS, connect=0, read=0, status=0, other=0, redirect=REDIRECTS),
                )  # fmt: skip
            except (HTTPError, LocationValueError) as error:
                if pause is None or _final(error):
                    raise UnreadableError(f"{self._shown(key)}: {_why(error)}") from None
                self._wait(pause)
                continue
            if answer.status in good:
                return answer
            status, after = answer.status, answer.headers.get("Retry-After", "")
            answer.close()
            if pause is None or status not in REPEATED:
                raise UnreadableError(f"{self._shown(key)}: {_refused(status)}")
            self._wait(min(float(after), LONGEST_PAUSE) if after.isascii() and after.isdigit() else pause)

    def _timeout(self) -> Timeout:
        left = ANSWER if self._deadline is None else max(0.1, min(ANSWER, self._deadline.left()))
        return Timeout(connect=min(CONNECT, left), read=left)

    def _wait(self, seconds: float) -> None:
        self._in_time()
        time.sleep(seconds if self._deadline is None else min(seconds, self._deadline.left()))

    def _in_time(self) -> None:
        if self._deadline is not None and not self._deadline.left():
            raise self._deadline.missed()


def _whole_size(answer: BaseHTTPResponse) -> int | None:
    if answer.status == 200:
        length = answer.headers.get("Content-Length", "")
        return int(length) if length.isascii() and length.isdigit() else None
    place = CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    return int(place[3]) if place is not None else None


def _tag(answer: BaseHTTPResponse) -> str | None:
    """Return the tag that says that every byte is the same; a weak one does not say it."""
    tag = answer.headers.get("ETag")
    return tag if tag and not tag.startswith("W/") else None


def _time(answer: BaseHTTPResponse) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers["Last-Modified"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return None


def _read(answer: BaseHTTPResponse, size: int) -> bytes:
    """Read the beginning of an answer; less of it, where it breaks off."""
    try:
        return answer.read(size)
    except HTTPError:
        return b""


def _final(error: Exception) -> bool:
    """Tell whether it would be the same if it were asked again."""
    reason = error.reason if isinstance(error, MaxRetryError) else error
    return isinstance(reason, (SSLError, LocationValueError)) or "redirects" in str(reason)


def _why(error: Exception) -> str:
    """Say in a few words why a file cannot be read; the client's own text holds the whole address."""
    reason = error.reason if isinstance(error, MaxRetryError) else error
    match type(reason).__name__:
        case "SSLError":
            return "the server's certificate is not trusted" if "CERTIFICATE" in str(reason).upper() else "TLS fails"
        case "NameResolutionError":
            return "the server's name is not known"
        case "ConnectTimeoutError" | "ReadTimeoutError":
            return "the server does not answer in time"
        case "ProtocolError" | "IncompleteRead" | "InvalidChunkLength":
            return "the server cuts its answers short"
        case "ProxyError":
            return "the proxy cannot be used"
        case "ResponseError":
            return "the server sends on without an end"
        case "NewConnectionError":
            return "the server cannot be reached"
        case other:
            return f"cannot be read ({clean(other, 40)})"


def _refused(status: int) -> str:
    if status in {404, 410}:
        return "no such file"
    if status in {401, 403}:
        return f"permission denied (HTTP {status}); a signed address may have run out"
    return f"the server answers HTTP {status}"
