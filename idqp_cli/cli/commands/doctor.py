"""`idqp doctor`: what is installed, what is in force, and who is kept from what?"""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterator, Mapping

import typer

from idqp_cli import __version__
from idqp_cli.access import admission
from idqp_cli.access.roles import TITLES
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core import confines
from idqp_cli.core.address import is_server, masked
from idqp_cli.core.errors import ExitCode, IdqpError
from idqp_cli.ingest.places import credentials
from idqp_cli.pipeline import untrusted
from idqp_cli.pipeline.confinement import force
from idqp_cli.project import project as config
from idqp_cli.project.project import Project
from idqp_cli.report import listing
from idqp_cli.report.listing import Cell, Format
from idqp_cli.store import existing_store
from idqp_cli.store.sqlite import LIBRARY_VERSION
from idqp_cli.stream import registry
from idqp_cli.stream.sources import properties

app = App()

COLUMNS = ("what", "value", "source")
PACKAGES = (
    "duckdb", "sqlite-utils", "bcrypt", "psycopg", "pymysql", "pyarrow", "numpy", "scikit-learn", "obstore", "fsspec",
    "botocore", "urllib3", "deltalake", "pyiceberg", "confluent-kafka", "fastavro", "protobuf",
)  # fmt: skip
SAID = {"COMMANDLINE": "the command line", "ENVIRONMENT": "the environment", "DEFAULT": "default"}
Row = Mapping[str, Cell]


@app.command()
def doctor(
    context: typer.Context,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Show versions, places and their credentials, the settings in force and their origin, and the state of the store.

    Examples:
      idqp doctor
      idqp doctor --format json

    """
    sources = {name: _source(context, name) for name in context.params}
    project = options.project(rules)
    address = store or project.store
    rows = [*_versions(), *_places(), *_confinement(), *_settings(project, store, sources)]
    code = ExitCode.PASSED
    try:
        if confines.confined():
            rows.append(_row("store answers", "not asked: the rules are untrusted", ""))
        elif not is_server(address) and not os.path.exists(address):
            rows.append(_row("store answers", "no: there is no store yet; `idqp check` creates it", ""))
        else:
            rows += _store(address)
    except IdqpError as error:
        rows.append(_row("store answers", f"no: {error}", ""))
        code = ExitCode.NOT_RECORDED
    listing.write(rows, COLUMNS, format, "")
    raise typer.Exit(code)


def _source(context: typer.Context, name: str) -> str:
    return SAID[getattr(context.get_parameter_source(name), "name", "DEFAULT")]


def _versions() -> Iterator[Row]:
    yield _row("idqp", __version__, "")
    yield _row("python", platform.python_version(), platform.platform())
    yield _row("sqlite", LIBRARY_VERSION, "python")
    for package in PACKAGES:
        try:
            yield _row(package, importlib.metadata.version(package), "installed")
        except importlib.metadata.PackageNotFoundError:
            yield _row(package, "not installed", "")


def _confinement() -> Iterator[Row]:
    for what, value in force.told():
        yield _row(what, value, "kernel")
    why = untrusted.why(os.environ)
    yield _row("untrusted input", "no" if why is None else f"yes: {why}", "" if why is None else "environment")


def _places() -> Iterator[Row]:
    """Say which places data can be read from, and which credentials there are: never their values."""
    for one in credentials.found():
        if one.installed:
            yield _row(f"place {one.place}", one.kind or "no credentials found", one.source)
        else:
            yield _row(f"place {one.place}", f"not installed: pip install 'idqp[{one.place}]'", "")
    yield _row("login to Kafka", *properties.found())
    yield _row("login to the schema registry", *registry.found())


def _settings(project: Project, store: str | None, sources: Mapping[str, str]) -> Iterator[Row]:
    yield _row("rules file", project.path or "none", sources["rules"] if project.path else "no rules.yaml here")
    written = project.path and project.store != str(project.folder / config.DEFAULT_STORE)
    address = store or project.store
    if confines.confined():
        yield _row("store", "none", "the rules are untrusted")
    else:
        source = sources["store"] if store else "rules file" if written else "default"
        yield _row("store", masked(address), source)
    yield _row("datasets", len(project.datasets), "rules file")
    yield _row("default severity", project.defaults.severity or "each rule type's own", "rules file")
    yield _row("samples", project.defaults.samples, "rules file")
    yield _row("system user", admission.system_user(), "operating system")


def _store(address: str) -> Iterator[Row]:
    with existing_store(address, admission.credential(address)) as opened:
        identity = admission.identify(opened)
        if identity.role is None and not identity.open:
            yield _row("store answers", "yes, but not to strangers", "store")
            yield _row("acting as", "nobody: `idqp login`", "")
            return
        info = opened.info()
    yield _row("store answers", f"yes: {info.backend}, version {info.version} of {info.newest_version}", "store")
    yield _row("enforcement", f"{info.enforcement}: {info.said}", "store")
    if identity.open:
        yield _row("acting as", f"{identity.actor}, who may do everything: the store has no users", "operating system")
    elif identity.role is not None:
        source = admission.TOKEN if os.environ.get(admission.TOKEN) else "session or database role"
        yield _row("acting as", f"{identity.actor}, {TITLES[identity.role]}", source)


def _row(what: str, value: Cell, source: str) -> Row:
    return {"what": what, "value": value, "source": source}
