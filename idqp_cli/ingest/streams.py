"""The bytes of a file as a stream, decompressed."""

from __future__ import annotations

from typing import IO, cast

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# Frames of zstd that hold no data begin with one of sixteen bytes and these.
SKIPPABLE = b"\x2a\x4d\x18"


def compression(magic: bytes) -> str | None:
    """Name the compression of a file that begins with `magic`: gzip, zstd, or None without."""
    if magic.startswith(GZIP):
        return "gzip"
    skippable = magic[1:4] == SKIPPABLE and 0x50 <= magic[0] <= 0x5F
    return "zstd" if skippable or magic.startswith(ZSTD) else None


def stream(path: str, compressed: str | None) -> IO[bytes]:
    """Open a file for reading its bytes, decompressed: all members of gzip, all frames of zstd."""
    if compressed == "gzip":
        import gzip  # noqa: PLC0415 - only a file that is so compressed has to pay

        return cast("IO[bytes]", gzip.open(path, "rb"))
    if compressed == "zstd":
        import io  # noqa: PLC0415

        import zstandard  # noqa: PLC0415

        reader = zstandard.ZstdDecompressor().stream_reader(open(path, "rb"), read_across_frames=True)  # noqa: SIM115
        return cast("IO[bytes]", io.BufferedReader(cast("io.RawIOBase", reader)))
    return open(path, "rb")


def beginning(path: str, compressed: str | None, size: int) -> bytes:
    """Return the first bytes, decompressed; fewer, where the file is damaged or cannot be read."""
    try:
        with stream(path, compressed) as opened:
            return opened.read(size)
    except Exception:  # noqa: BLE001 - whoever reads all of it says what is wrong
        return b""
