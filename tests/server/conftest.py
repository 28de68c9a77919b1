"""The fixtures of the server's tests."""

from __future__ import annotations

from server_place import addresses, key_folder, place

__all__ = ["addresses", "key_folder", "place"]
