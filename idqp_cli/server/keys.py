"""The keys that sign access tokens: RSA keys in a private folder, the newest signs, all of them verify.

A key that is put into the folder is used by every process of the server within
`LOOKED` seconds, and nobody is logged out by it: the keys before it verify
tokens until their files are removed.
"""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idqp_cli.access import sessions
from idqp_cli.core.errors import NotPermittedError, UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean

BITS = 2048
LOOKED = 5.0  # seconds
NONCE = 12


@frozen
class Key:
    """A key with its name, which is the begin of the SHA-256 of its public part."""

    name: str
    private: rsa.RSAPrivateKey
    seal: AESGCM

    def sealed(self, secret: str) -> str:
        """Return a secret so that only whoever has the key can read it."""
        nonce = os.urandom(NONCE)
        return base64.urlsafe_b64encode(nonce + self.seal.encrypt(nonce, secret.encode(), b"session")).decode()

    def opened(self, text: str) -> str | None:
        """Return the secret that was sealed; None if it was not by this key."""
        try:
            raw = base64.urlsafe_b64decode(text)
            return self.seal.decrypt(raw[:NONCE], raw[NONCE:], b"session").decode()
        except (ValueError, InvalidTag):
            return None

    def packed(self, body: bytes, about: str) -> bytes:
        """Return bytes so that only whoever has the key can read them, as what they are about."""
        nonce = os.urandom(NONCE)
        return nonce + self.seal.encrypt(nonce, body, about.encode())

    def unpacked(self, packed: bytes, about: str) -> bytes | None:
        """Return the bytes that were packed; None if they were not by this key, or are about something else."""
        try:
            return self.seal.decrypt(packed[:NONCE], packed[NONCE:], about.encode())
        except (ValueError, InvalidTag):
            return None


class Keys:
    """The keys of one folder, as they are there now."""

    def __init__(self, folder: str) -> None:
        """Read the folder; make it, and a key in it, where there is none.

        Raises:
            NotPermittedError: others may read it, or it cannot be read.

        """
        self._folder, self._lock = Path(folder), Lock()
        self._known: Mapping[str, Key] = {}
        self._read_at = 0.0
        _prepare(self._folder)
        self._read()

    def newest(self) -> Key:
        """Return the key that signs."""
        self._look()
        return list(self._known.values())[-1]

    def named(self, name: str) -> Key | None:
        """Return the key of a name, None if there is none."""
        self._look()
        return self._known.get(name)

    def all(self) -> list[Key]:
        """Return all keys."""
        self._look()
        return list(self._known.values())

    def public(self) -> list[Mapping[str, str]]:
        """Return the public parts as JSON Web Keys."""
        self._look()
        return [_public(key) for key in self._known.values()]

    def _look(self) -> None:
        if time.monotonic() - self._read_at > LOOKED:
            with self._lock:
                self._read()

    def _read(self) -> None:
        files = sorted(self._folder.glob("*.pem"))
        self._read_at = time.monotonic()
        if not files and self._known:
            return
        self._known = {key.name: key for key in map(_key, files)}


def default_folder(address: str) -> str:
    """Return the private folder of the keys for the store at `address`.

    Raises:
        UsageError: this user has no home folder.

    """
    file = sessions.path(address)
    if file is None:
        raise UsageError("this user has no home folder to keep signing keys in; name one with --keys")
    return str(file.parent / file.name.replace("session", "keys"))


def made(folder: str) -> str:
    """Put a new key into the folder, and return its file's name; it signs from now on."""
    place = Path(folder)
    _prepare(place)
    return _made(place)


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077 or folder.stat().st_uid != os.getuid():
            raise NotPermittedError(f"{clean(folder)}: other users can read the signing keys; chmod 700 it")
        if not any(folder.glob("*.pem")):
            _made(folder)
    except OSError as error:
        raise NotPermittedError(
            f"{clean(folder)}: the signing keys cannot be kept: {(error.strerror or '').lower()}; see --keys"
        ) from None


def _made(folder: Path) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    name = f"{time.time_ns():020}.pem"
    beside = folder / f".{name}"
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(text)
    os.replace(beside, folder / name)
    return name


def _key(file: Path) -> Key:
    mode = file.stat()
    if stat.S_IMODE(mode.st_mode) & 0o077:
        raise NotPermittedError(f"{clean(file)}: other users can read this signing key; chmod 600 it")
    try:
        private = serialization.load_pem_private_key(file.read_bytes(), None)
    except (ValueError, TypeError):
        raise NotPermittedError(f"{clean(file)}: is not a private key in PEM; remove it") from None
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < BITS:
        raise NotPermittedError(f"{clean(file)}: is not an RSA key of at least {BITS} bits; remove it")
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    bare = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    secret = hashlib.sha256(b"idqp session seal" + bare).digest()
    return Key(hashlib.sha256(public).hexdigest()[:16], private, AESGCM(secret))


def _public(key: Key) -> Mapping[str, str]:
    numbers = key.private.public_key().public_numbers()
    return {
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key.name, "n": _base64(numbers.n), "e": _base64(numbers.e),
    }  # fmt: skip


def _base64(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
