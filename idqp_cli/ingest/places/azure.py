"""Azure Blob Storage and Data Lake."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from obstore.store import AzureStore

from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import AS_USUAL, PlaceSettings
from idqp_cli.core.urls import shown
from idqp_cli.ingest.places.buckets import Bucket, client_config, retry_config

if TYPE_CHECKING:
    from obstore.store import AzureConfig

CONNECTION = "AZURE_STORAGE_CONNECTION_STRING"
ACCOUNT = ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT")
ENDPOINTS = ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT")
PUBLIC = ".core.windows.net"
CREDENTIALS = "see AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_CLIENT_ID, or AZURE_SKIP_SIGNATURE=true"


def place(root: str, deadline: Deadline | None, settings: PlaceSettings = AS_USUAL) -> Bucket:
    """Open a container of the account that the URL, the connection string or the environment names.

    Raises:
        UnreadableError: no account is named, or the settings cannot be used.

    """
    container, at, host = root.partition("://")[2].partition("@")
    config = _connection() | _named(host if at else "") | _said(settings)
    if "account_name" not in config:
        raise UnreadableError(
            f"{shown(root)}: whose container? set {ACCOUNT[0]}, or write abfss://CONTAINER@ACCOUNT.dfs{PUBLIC}/…"
        )
    endpoint = config.get("endpoint")
    try:
        store = AzureStore(
            container, config=config, client_options=client_config(endpoint, deadline),
            retry_config=retry_config(deadline),
        )  # fmt: skip
    except Exception as error:  # noqa: BLE001 - obstore's own errors and ValueError alike
        raise UnreadableError(f"{shown(root)}: cannot be opened ({type(error).__name__}); {CREDENTIALS}") from None
    return Bucket(store, root, CREDENTIALS, deadline, settings, place)


def _named(host: str) -> AzureConfig:
    """Return the account that the URL or the environment names."""
    found: AzureConfig = {}
    name = next((os.environ[one] for one in ACCOUNT if os.environ.get(one)), None)
    endpoint = next((os.environ[one] for one in ENDPOINTS if os.environ.get(one)), None)
    if host:
        name, _, cloud = host.partition(".")
        cloud = cloud.removeprefix("dfs").removeprefix("blob")
        if cloud and cloud != PUBLIC and endpoint is None:
            endpoint = f"https://{name}.blob{cloud}"
    if name:
        found["account_name"] = name
    if endpoint:
        found["endpoint"] = endpoint
    return found


def _said(settings: PlaceSettings) -> AzureConfig:
    """Return what the rules file says."""
    found: AzureConfig = {}
    if settings.account:
        found["account_name"] = settings.account
    if settings.endpoint:
        found["endpoint"] = settings.endpoint
    if settings.anonymous is not None:
        found["skip_signature"] = settings.anonymous
    return found


def _connection() -> AzureConfig:
    """Return what a connection string says, as Azure's own tools write it."""
    parts = dict(one.partition("=")[::2] for one in os.environ.get(CONNECTION, "").split(";") if "=" in one)
    found: AzureConfig = {}
    if "AccountName" in parts:
        found["account_name"] = parts["AccountName"]
    if "AccountKey" in parts:
        found["account_key"] = parts["AccountKey"]
    if "SharedAccessSignature" in parts:
        found["sas_key"] = parts["SharedAccessSignature"]
    if "BlobEndpoint" in parts:
        found["endpoint"] = parts["BlobEndpoint"].rstrip("/")
    return found
