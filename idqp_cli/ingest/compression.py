"""The bytes of text files, decompressed, and seen to be whole."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import IO, Any

from idqp_cli.core.errors import UnreadableError
from idqp_cli.ingest.files import File, why
from idqp_cli.ingest.streams import stream

CHUNK = 1 << 20
COMPRESSED_CHUNK = 1 << 16


def opened(file: File) -> IO[bytes]:
    """Open a text file for reading its bytes, decompressed."""
    return stream(file.path, file.compressed)


def chunks(file: File) -> Iterator[bytes]:
    """Read a text file's bytes, decompressed, piece by piece.

    Raises:
        UnreadableError: the file cannot be read, or what it holds compressed is damaged.

    """
    try:
        with opened(file) as bytes_:
            while chunk := bytes_.read(CHUNK):
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _damaged(file) from None
    except OSError as error:
        raise UnreadableError(f"{file.shown}: {why(error)}") from None
    except Exception as error:
        # Only a file that is so compressed imports what names this error.
        if file.compressed != "zstd" or type(error).__name__ != "ZstdError":
            raise
        raise _damaged(file) from None


def verify(file: File) -> bool:
    """Read a compressed file to its end, where its checksum stands, and tell whether NUL bytes fill up the rest.

    DuckDB takes a file that is cut off for a whole one: zstd always, gzip in 1.5.

    Raises:
        UnreadableError: the file is cut off or damaged, or other bytes follow.

    """
    try:
        return _verify_gzip(file) if file.compressed == "gzip" else _verify_zstd(file)
    except OSError as error:
        raise UnreadableError(f"{file.shown}: {why(error)}") from None


def _verify_gzip(file: File) -> bool:
    member = _member()
    padded = False
    try:
        with open(file.path, "rb") as compressed:
            while chunk := compressed.read(COMPRESSED_CHUNK):
                while chunk:
                    if member.eof:
                        padded = padded or chunk.startswith(b"\0")
                        chunk = chunk.lstrip(b"\0") if padded else chunk
                        if not chunk:
                            break
                        member = _member()
                    member.decompress(chunk)
                    chunk = member.unused_data if member.eof else b""
    except zlib.error:
        raise _damaged(file) from None
    if not member.eof:
        raise _damaged(file)
    return padded


def _member() -> Any:  # noqa: ANN401 - zlib does not name the type
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


def _verify_zstd(file: File) -> bool:
    import zstandard  # noqa: PLC0415

    frame = zstandard.ZstdDecompressor().decompressobj()
    try:
        with open(file.path, "rb") as compressed:
            while chunk := compressed.read(COMPRESSED_CHUNK):
                while chunk:
                    if frame.eof:
                        frame = zstandard.ZstdDecompressor().decompressobj()
                    frame.decompress(chunk)
                    chunk = frame.unused_data if frame.eof else b""
    except zstandard.ZstdError:
        raise _damaged(file) from None
    if not frame.eof:
        raise _damaged(file)
    return False


def _damaged(file: File) -> UnreadableError:
    return UnreadableError(f"{file.shown}: the {file.compressed} file is cut off or damaged; fetch it again")
