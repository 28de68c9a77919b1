"""The fixtures of the server's tests."""

from __future__ import annotations

from oidc_provider import provider
from redis_server import redis_server
from server_place import addresses, key_folder, place
from upload_place import sending, temporary

__all__ = ["addresses", "key_folder", "place", "provider", "redis_server", "sending", "temporary"]
