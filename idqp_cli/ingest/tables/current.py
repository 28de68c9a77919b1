"""The newest metadata file in the folder of an Iceberg table, on this machine or in a bucket."""

from __future__ import annotations

import os
import re

from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import PlaceSettings
from idqp_cli.core.urls import is_url
from idqp_cli.ingest.tables import METADATA

VERSION = re.compile(r"v?(\d+)")
HINT = "version-hint.text"


def newest(where: str, shown: str, settings: PlaceSettings, deadline: Deadline | None) -> str:
    """Return the path or URL of the newest metadata file of a table: the one of its hint, or of the highest number.

    Raises:
        UnreadableError: there is none, or which one it is cannot be known.

    """
    folder = f"{where.rstrip('/')}/metadata"
    names, told = _away(folder, settings, deadline) if is_url(where) else _here(folder)
    for name in (f"v{told}{METADATA}", f"{told}{METADATA}"):
        if name in names:
            return f"{folder}/{name}"
    numbers = {name: int(found[1]) for name in names if (found := VERSION.match(name)) is not None}
    last = [name for name, number in numbers.items() if number == max(numbers.values())]
    if len(last) != 1:
        raise UnreadableError(
            f"{shown}: which of its metadata files is the newest is not known; name it, or its catalog:"
            " iceberg://CATALOG/NAMESPACE.TABLE"
        )
    return f"{folder}/{last[0]}"


def _here(folder: str) -> tuple[list[str], str]:
    """Return the names of the metadata files in a folder of this machine, and what the hint beside them says."""
    hint = os.path.join(folder, HINT)
    names = [name for name in os.listdir(folder) if name.endswith(METADATA)]
    if not os.path.isfile(hint):
        return names, ""
    with open(hint, encoding="utf-8") as file:
        return names, file.read().strip()


def _away(folder: str, settings: PlaceSettings, deadline: Deadline | None) -> tuple[list[str], str]:
    """Return the same of a folder in a bucket."""
    from idqp_cli.ingest.places.remote import Places  # noqa: PLC0415 - only what is elsewhere has to pay

    found = {one.name.rpartition("/")[2]: one for one in Places(deadline, settings).find(f"{folder}/")}
    hint = found.get(HINT)
    told = "" if hint is None else hint.read(0, hint.size).decode("utf-8", "replace").strip()
    return [name for name in found if name.endswith(METADATA)], told
