"""What the processes of a server share through Redis: answers that were computed, and how often somebody wrote.

Nothing depends on it: while Redis does not answer, each process goes on with
what it has itself. What is kept there is sealed with the signing keys, so that
whoever can read Redis reads no answer, and can put none in its place.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from idqp_cli.core.errors import UsageError
from idqp_cli.server.keys import Keys
from idqp_cli.server.workers import log

if TYPE_CHECKING:
    from redis import Redis

# In seconds: how long an answer is kept, how long Redis may take, and how long it is left alone if it takes longer.
KEPT, PATIENCE, LEFT_ALONE = 300, 0.25, 5.0
SCHEMES = ("redis://", "rediss://", "unix://")
# A bucket as in `limits`, by the clock of Redis; returns how many seconds to wait, 0 for none.
TAKE = """
local most, each = tonumber(ARGV[1]), 60 / tonumber(ARGV[1])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'left', 'since')
local left, since = tonumber(kept[1]) or most, tonumber(kept[2]) or now
left = math.min(most, left + math.max(0, now - since) / each)
local wait = 0
if left >= 1 then left = left - 1 else wait = (1 - left) * each end
redis.call('HSET', KEYS[1], 'left', tostring(left), 'since', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], 120)
return tostring(wait)
"""


class Shared:
    """What is shared through the Redis at an address, by all that serve the same store."""

    def __init__(self, address: str, store: str, keys: Keys) -> None:
        """Take the address; Redis is asked when it is needed.

        Raises:
            UsageError: it is no address of Redis.

        """
        import redis  # noqa: PLC0415 - only who shares has to pay
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415

        if not address.startswith(SCHEMES):
            raise UsageError("--redis takes an address like redis://127.0.0.1:6379/0")
        try:
            self._redis: Redis = redis.Redis.from_url(
                address, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
            )
        except (ValueError, redis.RedisError):
            raise UsageError("--redis: is no address of Redis, like redis://127.0.0.1:6379/0") from None
        self._failures: tuple[type[Exception], ...] = (redis.RedisError, OSError)
        self._keys, self._name = keys, f"idqp:{hashlib.sha256(store.encode()).hexdigest()[:16]}"
        self._again_at = 0.0

    def found(self, tag: str) -> bytes | None:
        """Return the answer of a tag, None if there is none."""
        if self._away():
            return None
        key = self._keys.newest()
        try:
            sealed = self._redis.get(f"{self._name}:answer:{key.name}:{tag}")
        except self._failures as error:
            self._lost(error)
            return None
        return key.unpacked(sealed, tag) if isinstance(sealed, bytes) else None

    def keep(self, tag: str, body: bytes) -> None:
        """Keep an answer."""
        if self._away():
            return
        key = self._keys.newest()
        try:
            self._redis.set(f"{self._name}:answer:{key.name}:{tag}", key.packed(body, tag), ex=KEPT)
        except self._failures as error:
            self._lost(error)

    def take(self, kind: str, name: str, most: int) -> float | None:
        """Take one of a bucket that all processes share; return the seconds to wait, None if Redis does not say."""
        if self._away():
            return None
        bucket = f"{self._name}:{kind}:{hashlib.sha256(name.encode()).hexdigest()[:32]}"
        try:
            told = self._redis.eval(TAKE, 1, bucket, str(most))
            return float(told) if isinstance(told, bytes) else None
        except self._failures as error:
            self._lost(error)
            return None

    def _away(self) -> bool:
        return time.monotonic() < self._again_at

    def _lost(self, error: Exception) -> None:
        # What an error of the client says has the address in it.
        if not self._away():
            log(f"Redis does not answer ({type(error).__name__}); each process goes on by itself")
        self._again_at = time.monotonic() + LEFT_ALONE
