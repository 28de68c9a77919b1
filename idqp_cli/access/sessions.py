"""The session of the person at this computer, one private file for each store.

A session belongs to the store that began it: another store, which anyone's
rules file can name, never gets to see it.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from idqp_cli.access import tokens
from idqp_cli.core.address import is_server
from idqp_cli.core.errors import NotPermittedError
from idqp_cli.core.text import clean

MAX_BYTES = 200


def path(address: str) -> Path | None:
    """Return the file of the session with the store at `address`; None for a user without a home folder."""
    state = os.environ.get("XDG_STATE_HOME", "")
    try:
        # A relative one is to be ignored, says the standard.
        folder = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    except RuntimeError:
        return None
    return folder / "idqp" / f"session-{hashlib.sha256(_place(address).encode('utf-8', 'replace')).hexdigest()[:16]}"


def load(address: str) -> str | None:
    """Return the session's secret, or None if there is no session.

    Raises:
        NotPermittedError: the file is not this user's alone, or does not contain a session.

    """
    file = path(address)
    if file is None:
        return None
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _refused(file, f"cannot be read: {(error.strerror or '').lower()}") from None
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise _refused(file, "is not a regular file")
        if state.st_uid != os.getuid():
            raise _refused(file, "belongs to another user")
        if state.st_mode & 0o077:
            raise _refused(file, f"can be accessed by other users (mode {stat.S_IMODE(state.st_mode):o}, not 600)")
        text = os.read(descriptor, MAX_BYTES).decode("ascii", "replace").strip()
    finally:
        os.close(descriptor)
    if not tokens.is_secret(text):
        raise _refused(file, "does not contain a session")
    return text


def save(address: str, secret: str) -> None:
    """Keep the session's secret, in the place of an older one.

    Raises:
        NotPermittedError: the file cannot be written.

    """
    file = path(address)
    if file is None:
        raise NotPermittedError("this user has no home folder to keep a session in; set XDG_STATE_HOME")
    beside = file.with_name(f"{file.name}.{os.urandom(8).hex()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, secret.encode("ascii") + b"\n")
        finally:
            os.close(descriptor)
        os.replace(beside, file)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise _refused(file, f"cannot be written: {(error.strerror or '').lower()}") from None


def forget(address: str) -> None:
    """Remove the session's file, whatever it holds.

    Raises:
        NotPermittedError: it cannot be removed.

    """
    file = path(address)
    if file is None:
        return
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(file, f"cannot be removed: {(error.strerror or '').lower()}") from None


def _place(address: str) -> str:
    """Return what tells stores apart: a server without its password, or a file by its real path."""
    if not is_server(address):
        return os.path.realpath(address)
    try:
        parts = urlsplit(address)
        options = urlencode(sorted(pair for pair in parse_qsl(parts.query) if pair[0] != "password"))
        place = f"{parts.username or ''}@{parts.hostname or ''}:{parts.port or ''}{parts.path}?{options}"
    except ValueError:
        return address
    return f"{parts.scheme}://{place}"


def _refused(file: Path, why: str) -> NotPermittedError:
    return NotPermittedError(f"{clean(file)}: the session {why}; remove the file and `idqp login` again")
