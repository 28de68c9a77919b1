"""Google Cloud Storage."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from obstore.store import GCSStore

from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import AS_USUAL, PlaceSettings
from idqp_cli.core.urls import shown
from idqp_cli.ingest.places.buckets import Bucket, client_config, retry_config

if TYPE_CHECKING:
    from obstore.store import GCSConfig

EMULATOR = "STORAGE_EMULATOR_HOST"
CREDENTIALS = "see GOOGLE_APPLICATION_CREDENTIALS, or GOOGLE_SKIP_SIGNATURE=true for a public bucket"


def place(root: str, deadline: Deadline | None, settings: PlaceSettings = AS_USUAL) -> Bucket:
    """Open a bucket with Google's application default credentials; an emulator without any.

    Raises:
        UnreadableError: the settings cannot be used.

    """
    config: GCSConfig = {}
    emulator = os.environ.get(EMULATOR)
    if emulator:
        emulator = emulator if "://" in emulator else f"http://{emulator}"
        config = {"base_url": emulator, "skip_signature": True}
    if settings.endpoint:
        config["base_url"] = settings.endpoint
    if settings.anonymous is not None:
        config["skip_signature"] = settings.anonymous
    endpoint = settings.endpoint or emulator or os.environ.get("GOOGLE_BASE_URL")
    try:
        store = GCSStore(
            root.partition("://")[2], config=config, client_options=client_config(endpoint, deadline),
            retry_config=retry_config(deadline),
        )  # fmt: skip
    except Exception as error:  # noqa: BLE001 - obstore's own errors and ValueError alike
        raise UnreadableError(f"{shown(root)}: cannot be opened ({type(error).__name__}); {CREDENTIALS}") from None
    return Bucket(store, root, CREDENTIALS, deadline, settings, place)
