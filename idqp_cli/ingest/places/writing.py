"""Write a result of idqp as an object of a bucket, and never over an object that idqp did not write."""

from __future__ import annotations

from idqp_cli.core.errors import OutputError, UnreadableError
from idqp_cli.core.urls import BUCKETS, scheme, shown


def takes(url: str) -> bool:
    """Tell whether results can be written to a URL: to buckets."""
    return scheme(url) in BUCKETS


def put(url: str, content: bytes | str) -> None:
    """Write bytes, or a file by its path, as the object at a URL.

    Raises:
        OutputError: it cannot be written, or an object is there that idqp did not write.

    """
    from idqp_cli.ingest.places.remote import Places  # noqa: PLC0415 - only what is elsewhere has to pay

    try:
        place, key = Places(None).of(url)
        from idqp_cli.ingest.places.buckets import Bucket  # noqa: PLC0415

        if not isinstance(place, Bucket) or not key or key.endswith("/"):
            raise OutputError(f"{shown(url)}: names no object")
        if isinstance(content, str):
            with open(content, "rb") as file:
                content = file.read()
        place.write(key, content)
    except UnreadableError as error:
        raise OutputError(str(error)) from None
    except OSError as error:
        raise OutputError(f"{shown(url)}: cannot be written: {(error.strerror or 'unknown').lower()}") from None
