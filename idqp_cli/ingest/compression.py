"""The bytes of text files, decompressed, and seen to be whole."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import IO, cast

from idqp_cli.errors import UnreadableError
from idqp_cli.ingest.files import File, why

CHUNK = 1 << 20
COMPRESSED_CHUNK = 1 << 16


def opened(file: File) -> IO[bytes]:
    """Open a text file for reading its bytes, decompressed."""
    if file.compressed == "gzip":
        return cast("IO[bytes]", gzip.open(file.path, "rb"))
    if file.compressed == "zstd":
        import zstandard  # noqa: PLC0415 - only a file that is so compressed has to pay

        return cast("IO[bytes]", zstandard.open(file.path, "rb"))
    return open(file.path, "rb")


def chunks(file: File) -> Iterator[bytes]:
    """Read a text file's bytes, decompressed, piece by piece.

    Raises:
        UnreadableError: the file cannot be read, or what it holds compressed is damaged.

    """
    try:
        with opened(file) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _damaged(file) from None
    except OSError as error:
        raise UnreadableError(f"{file.shown}: {why(error)}") from None


def verify(file: File) -> None:
    """Read a compressed file to its end, where its checksum stands.

    DuckDB takes a file that is cut off for a whole one: zstd always, gzip in 1.5.

    Raises:
        UnreadableError: the file is cut off or damaged.

    """
    if file.compressed == "zstd":
        _verify_zstd(file)
    elif file.compressed is not None:
        for _ in chunks(file):
            pass


def _verify_zstd(file: File) -> None:
    import zstandard  # noqa: PLC0415

    frame = zstandard.ZstdDecompressor().decompressobj()
    try:
        with open(file.path, "rb") as stream:
            while chunk := stream.read(COMPRESSED_CHUNK):
                while chunk:
                    if frame.eof:
                        frame = zstandard.ZstdDecompressor().decompressobj()
                    frame.decompress(chunk)
                    chunk = frame.unused_data if frame.eof else b""
    except zstandard.ZstdError:
        raise _damaged(file) from None
    if not frame.eof:
        raise _damaged(file)


def _damaged(file: File) -> UnreadableError:
    return UnreadableError(f"{file.shown}: the {file.compressed} file is cut off or damaged; fetch it again")
