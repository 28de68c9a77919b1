"""Amazon S3 and what speaks like it: MinIO, Ceph, R2."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.exceptions import BotoCoreError
from obstore.store import S3Store

from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import AS_USUAL, PlaceSettings
from idqp_cli.core.text import clean
from idqp_cli.core.urls import shown
from idqp_cli.ingest.places.buckets import Bucket, client_config, retry_config

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Credential

ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
UNSIGNED = ("AWS_SKIP_SIGNATURE", "AWS_NO_SIGN_REQUEST")
TRUE = ("1", "true", "yes", "on")
FRESH = timedelta(minutes=5)


def place(root: str, deadline: Deadline | None, settings: PlaceSettings = AS_USUAL) -> Bucket:
    """Open a bucket with the credentials, the region and the endpoint that AWS's own tools would use.

    Without credentials it is asked as a public one.

    Raises:
        UnreadableError: the settings cannot be used.

    """
    bucket = root.partition("://")[2]
    try:
        session = botocore.session.get_session()
        unsigned = any(os.environ.get(name, "").lower() in TRUE for name in UNSIGNED)
        unsigned = unsigned if settings.anonymous is None else settings.anonymous
        credentials = None if unsigned else session.get_credentials()
        known = settings.region or os.environ.get("AWS_REGION") or session.get_config_variable("region")
        region, endpoint = known or "us-east-1", settings.endpoint or _endpoint(session)
    except BotoCoreError as error:
        raise UnreadableError(f"{shown(root)}: the settings of AWS cannot be used: {clean(error)}") from None
    config: S3Config = {"region": region, "skip_signature": credentials is None}
    if endpoint:
        config["endpoint"] = endpoint
    if settings.virtual_hosted is not None:
        config["virtual_hosted_style_request"] = settings.virtual_hosted
    provider = None if credentials is None else _provider(credentials)
    source = "there are no credentials" if credentials is None else f"the credentials are of: {credentials.method}"
    try:
        store = S3Store(
            bucket,
            config=config,
            client_options=client_config(endpoint, deadline),
            retry_config=retry_config(deadline),
            credential_provider=provider,
        )
    except Exception as error:  # noqa: BLE001 - obstore's own errors and ValueError alike
        raise UnreadableError(
            f"{shown(root)}: cannot be opened ({type(error).__name__}); see AWS_ENDPOINT_URL"
        ) from None
    return Bucket(store, root, source, deadline, settings, place)


def _endpoint(session: Any) -> str | None:  # noqa: ANN401 - botocore has no types
    for name in ENDPOINTS:
        if os.environ.get(name):
            return os.environ[name]
    profile = session.get_scoped_config()
    services = session.full_config.get("services", {}).get(profile.get("services", ""), {})
    own = services.get("s3", {}).get("endpoint_url") if isinstance(services.get("s3"), dict) else None
    found = own or profile.get("endpoint_url")
    return str(found) if found else None


def _provider(credentials: Any) -> Callable[[], S3Credential]:  # noqa: ANN401 - botocore has no types
    """Return what asks for the credentials of the moment; those that run out are asked for again."""

    def provide() -> S3Credential:
        now = credentials.get_frozen_credentials()
        runs_out = hasattr(credentials, "refresh_needed")
        return {
            "access_key_id": now.access_key,
            "secret_access_key": now.secret_key,
            "token": now.token,
            "expires_at": datetime.now(UTC) + FRESH if runs_out else None,
        }

    return provide
