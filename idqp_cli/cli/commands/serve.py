"""`idqp serve`: the API and the dashboard."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core.address import is_server
from idqp_cli.core.errors import UsageError
from idqp_cli.report import stderr

app = App()
NEEDED = ("fastapi", "uvicorn", "jwt", "cryptography", "python_multipart")


@app.command()
def serve(
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where to listen. Other machines need a host that they can reach.")
    ] = "127.0.0.1:8000",
    workers: Annotated[int, typer.Option(min=1, max=64, help="The number of processes.")] = 1,
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="Let pages of this origin call the API.  [repeatable]"),
    ] = None,
    writes: Annotated[
        int,
        typer.Option(
            min=1, max=100_000, help="How many writes a minute each user may do (without --redis: in each process)."
        ),
    ] = 10,
    checks: Annotated[
        int, typer.Option(min=0, max=64, help="How many checks each process does at a time, for `POST /checks`.")
    ] = 1,
    upload_limit: Annotated[
        str, typer.Option(metavar="SIZE", help="How large an upload to `POST /checks` may be; 0 takes none.")
    ] = "100MB",
    keys: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="The private folder of the signing keys.  [default: one of this user]"),
    ] = None,
    read_store: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="IDQP_READ_STORE",
            help="Read from this replica of a PostgreSQL store if it is up to date.",
        ),
    ] = None,
    redis: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="IDQP_REDIS",
            help="Share computed answers and the counts of writes through this Redis.",
        ),
    ] = None,
    oidc: Annotated[
        str | None,
        typer.Option(
            metavar="ISSUER",
            help="Let people log in by this OpenID Connect provider; the secret is in IDQP_OIDC_SECRET.",
        ),
    ] = None,
    oidc_client: Annotated[str, typer.Option(metavar="ID", help="The client id that the provider has given.")] = "idqp",
    public_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The address of the server for browsers.  [default: that of --listen]"),
    ] = None,
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Serve the API and the dashboard for a store.

    Examples:
      idqp serve
      idqp serve --store postgresql://db.example.com/idqp --listen 0.0.0.0:8000 --workers 2

    """
    if any(find_spec(name) is None for name in NEEDED):
        raise UsageError("idqp serve needs its extra: pip install 'idqp[serve]'")
    if redis is not None and find_spec("redis") is None:
        raise UsageError("--redis needs its extra: pip install 'idqp[serve,redis]'")
    if oidc is not None and any(find_spec(name) is None for name in ("authlib", "requests")):
        raise UsageError("--oidc needs its extra: pip install 'idqp[serve,oidc]'")
    if read_store is not None and not is_server(read_store):
        raise UsageError("--read-store takes a PostgreSQL replica, like postgresql://replica.example.com/idqp")
    from idqp_cli.server import keys as signing  # noqa: PLC0415 - only a server has to pay
    from idqp_cli.server import settings  # noqa: PLC0415
    from idqp_cli.server.run import prepare, run  # noqa: PLC0415

    host, port = settings.listening(listen)
    address = store or options.project(rules).store
    given = settings.Settings(
        store=address,
        keys=keys or signing.default_folder(address),
        rules=rules,
        host=host,
        port=port,
        origins=tuple(map(settings.origin, origin or ())),
        writes=writes,
        checks=checks,
        upload_bytes=settings.size(upload_limit),
        redis=redis,
        read_store=read_store,
        oidc=oidc,
        oidc_client=oidc_client,
        public=settings.origin(public_url or f"http://{host}:{port}", "--public-url"),
    )
    settings.refuse_insecure(given)
    prepare(given)
    stderr.note(f"serving on http://{host}:{port} (Ctrl-C stops)")
    run(given, workers)
