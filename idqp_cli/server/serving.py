"""What the requests of one process share: settings, connections, keys, limits."""

from __future__ import annotations

import os
from pathlib import Path
from threading import BoundedSemaphore, Event

from idqp_cli.core.frozen import frozen
from idqp_cli.project import contract
from idqp_cli.project import project as config
from idqp_cli.project.project import Project
from idqp_cli.server.cache import Cache
from idqp_cli.server.keys import Keys
from idqp_cli.server.limits import Buckets
from idqp_cli.server.measured import Measured
from idqp_cli.server.oidc import Provider
from idqp_cli.server.redis_shared import Shared
from idqp_cli.server.replica import Replica
from idqp_cli.server.settings import SECRET, Settings
from idqp_cli.server.tracing import Tracing
from idqp_cli.server.uploads import Uploads
from idqp_cli.server.workers import Workers
from idqp_cli.store.pool import Pool

# bcrypt takes 0.4 s of a processor; more logins at once wait for each other.
LOGINS_AT_ONCE = 2
LOGINS_A_MINUTE = 60


@frozen
class Serving:
    """All that a request may need.

    `hashing` holds back logins that would take every processor; `stopping` is set when the process is to end.
    """

    settings: Settings
    pool: Pool
    keys: Keys
    writes: Buckets
    logins: Buckets
    cache: Cache
    measured: Measured
    tracing: Tracing
    hashing: BoundedSemaphore
    workers: Workers
    uploads: Uploads
    provider: Provider | None
    replica: Replica | None
    stopping: Event

    def project(self) -> Project:
        """Return the rules file as it is now; without one, the project of this folder.

        Raises:
            IdqpError: it is not there any more, or cannot be read.

        """
        rules = self.settings.rules
        if rules is None and not os.path.lexists(config.DEFAULT_PATH):
            return config.empty(Path.cwd())
        return contract.load(rules or config.DEFAULT_PATH, {})


def begun(settings: Settings) -> Serving:
    """Return what a process needs to serve; no connection is open yet."""
    pool, keys = Pool(settings.store, settings.connections), Keys(settings.keys)
    tracing = Tracing()
    shared = None if settings.redis is None else Shared(settings.redis, settings.store, keys)
    return Serving(
        settings=settings,
        pool=pool,
        keys=keys,
        writes=Buckets(settings.writes, shared=shared, kind="writes"),
        logins=Buckets(LOGINS_A_MINUTE, shared=shared, kind="logins"),
        cache=Cache(shared),
        measured=Measured(),
        tracing=tracing,
        hashing=BoundedSemaphore(LOGINS_AT_ONCE),
        workers=Workers(settings, pool, tracing.check),
        uploads=Uploads(settings, pool, tracing.check),
        replica=None if settings.read_store is None else Replica(settings.read_store, settings.connections),
        provider=None if settings.oidc is None else Provider(settings, os.environ.get(SECRET) or None),
        stopping=Event(),
    )
