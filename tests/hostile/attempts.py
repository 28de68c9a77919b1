"""A process that runs statements which try to leave the data, and tells what each read, wrote or reached outside.

Run as a program, so that what breaks down is not the test: `attempts.py LAYERS FOLDER`, with a JSON list of [place, text] on
stdin; it prints a JSON object per statement, at once.
"""

from __future__ import annotations

import json
import select
import socket
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from idqp_cli.core import sql
from idqp_cli.engine.user_sql import objection, select_objection
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.resources import Resources

# What the files outside, the environment and a Python variable hold.
TOKEN = "canary-51c0ffee"
ONE_THREAD = Resources(threads=1)


def prepare(folder: Path) -> Path:
    """Write the data, and beside it what no rule may read; return the path of the data."""
    own = folder / "own"
    own.mkdir()
    (own / "t.csv").write_text("id,a\n1,x\n2,y\n3,z\n")
    (folder / "canary.csv").write_text(f"k,v\n1,{TOKEN}\n")
    (folder / "canary.csv.json").write_text(json.dumps({"v": TOKEN}))
    pq.write_table(pa.table({"v": [TOKEN]}), folder / "canary.csv.parquet")
    return own / "t.csv"


def seen(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run(layers: str, folder: Path, wanted: list[tuple[str, str]]) -> None:
    """Run each statement by a connection of its own, and print what happened."""
    data = folder / "own" / "t.csv"
    with socket.create_server(("127.0.0.1", 0)) as server, connect((), ONE_THREAD) as parser:
        stand_for = {
            "@secret": folder / "canary.csv", "@folder": folder, "@new": folder / "new.csv", "@data": data,
            "@port": server.getsockname()[1],
        }  # fmt: skip
        for place, text in wanted:
            for name, value in stand_for.items():
                text = text.replace(name, str(value))  # noqa: PLW2901 - one statement, made complete
            before = seen(folder)
            ran, told = _attempt(parser, layers, str(data), place, text)
            found = {
                "ran": ran, "read": TOKEN in told, "wrote": seen(folder) != before,
                "reached": bool(select.select([server], [], [], 0)[0]),
            }  # fmt: skip
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()


def _attempt(parser: Database, layers: str, data: str, place: str, text: str) -> tuple[bool, str]:
    """Return whether the statement ran to its end, and all that it told."""
    source = f"read_csv({sql.literal(data)})"
    if place == "query":
        statement = (
            f"SELECT * FROM (WITH t AS (SELECT * FROM {source}) SELECT * FROM {sql.isolated(text)}) AS r"
            if "guard" in layers or "settings" in layers
            else text
        )
    else:
        statement = f"SELECT * FROM {source} AS t WHERE {sql.isolated(text)} IS NOT NULL"
    refused = select_objection(parser, text, "t") if place == "query" else objection(parser, text)
    if "guard" in layers and refused is not None:
        return False, refused
    try:
        return True, repr(_locked(data, statement) if "settings" in layers else _open(data, statement))
    except (QueryError, duckdb.Error, RuntimeError) as error:
        return False, str(error)


def _locked(data: str, statement: str) -> object:
    with connect([data], ONE_THREAD) as database:
        database.lock()
        return database.fetch(statement)


def _open(data: str, statement: str) -> object:
    python_variable = pa.table({"v": [TOKEN]})
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "threads": "1"}) as connection:
        connection.execute(f"CREATE VIEW t AS SELECT * FROM read_csv({sql.literal(data)})")
        return (connection.execute(statement).fetchall(), python_variable is None)


def main(layers: str, folder: str) -> None:
    """Do what the words say."""
    run(layers, Path(folder), json.load(sys.stdin))


if __name__ == "__main__":
    main(*sys.argv[1:])
