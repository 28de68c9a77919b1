"""The keys of a dataset in a rules file, its rules aside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from idqp_cli.core.dataset import Dataset, ServiceLevel
from idqp_cli.core.reading import ReadOptions
from idqp_cli.core.topics import StreamSettings
from idqp_cli.core.urls import DATABASES, STREAMS, scheme, secret
from idqp_cli.core.yaml import Node
from idqp_cli.ingest.stdin import STANDARD_INPUT
from idqp_cli.project import decode, read_keys, stream_keys
from idqp_cli.project.defaults import Defaults
from idqp_cli.project.place import Place, keys, shown
from idqp_cli.project.variables import VARIABLE, filled
from idqp_cli.schemas.compatibility import Mode
from idqp_cli.schemas.registry import Policy

# The word by which personal columns are found; a column of this name is written as a list.
AUTO = "auto"
DATASET = (
    "path", "description", "owner", "read", "key", "pii", "schema", "allow_empty", "sla", "expect_every", "timezone",
    "holidays", "incremental", "stream", "rules",
)  # fmt: skip


def dataset_of(name: str, node: Node, place: Place, defaults: Defaults, variables: Mapping[str, str]) -> Dataset:
    """Read what a rules file says of a dataset. Raises RulesError."""
    given = keys(node, place, DATASET)
    if "path" not in given:
        raise place.error(node.mark, "path: is missing; a file, a folder, a glob, a URL or -")
    if isinstance(given["path"].value, str) and secret(VARIABLE.sub("", given["path"].value)):
        raise place.error(given["path"].mark, "path: holds a secret; write ${{ NAME }} and say --set NAME=…")
    finds_pii = "pii" in given and given["pii"].value == AUTO
    if "incremental" in given:
        _refuse_not_incremental(given, place)
    policy = _policy(given["schema"], place.at("schema")) if "schema" in given else Policy(Mode(Dataset.schema))
    return Dataset(
        name=name,
        path=filled(given["path"], place.at("path"), variables),
        description=decode.text(given["description"], place.at("description")) if "description" in given else None,
        owner=decode.text(given["owner"], place.at("owner")) if "owner" in given else None,
        read=read_keys.options(given["read"], place.at("read")) if "read" in given else ReadOptions(),
        key=decode.texts(given["key"], place.at("key")) if "key" in given else (),
        pii=() if finds_pii or "pii" not in given else decode.texts(given["pii"], place.at("pii")),
        finds_pii=finds_pii,
        schema=policy.mode,
        schema_last=policy.last,
        allow_empty="allow_empty" in given and decode.flag(given["allow_empty"], place.at("allow_empty")),
        samples=defaults.samples,
        sla=_sla(given["sla"], place.at("sla")) if "sla" in given else None,
        expect_every=_every(given["expect_every"], place.at("expect_every")) if "expect_every" in given else None,
        timezone=decode.timezone(given["timezone"], place.at("timezone")) if "timezone" in given else defaults.timezone,
        holidays=decode.days(given["holidays"], place.at("holidays")) if "holidays" in given else defaults.holidays,
        incremental="incremental" in given and decode.flag(given["incremental"], place.at("incremental")),
        stream=stream_keys.settings(given, place) if "stream" in given else StreamSettings(),
    )


def _refuse_not_incremental(given: Mapping[str, Node], place: Place) -> None:
    """Refuse new files only, where there are no files, or one state of a table is asked for."""
    mark, path = given["incremental"].mark, given["path"].value
    if isinstance(path, str) and (path == STANDARD_INPUT or scheme(path) in (*DATABASES, *STREAMS)):
        raise place.error(mark, "incremental: takes a folder, a glob, a file, or a table of Delta or Iceberg")
    read = given["read"].value if "read" in given else None
    named = [key for key in ("version", "as_of") if isinstance(read, dict) and key in read]
    if named:
        raise place.error(mark, f"incremental: goes without read.{named[0]}")


def _every(node: Node, place: Place) -> timedelta:
    seconds = decode.duration(node, place)
    if seconds <= 0:
        raise place.error(node.mark, "must be longer than 0, like 1d")
    return timedelta(seconds=seconds)


def _policy(node: Node, place: Place) -> Policy:
    if not isinstance(node.value, dict):
        return Policy(Mode(decode.word(Mode)(node, place)))
    given = keys(node, place, ("mode", "last"))
    mode = Mode(decode.word(Mode)(given["mode"], place.at("mode"))) if "mode" in given else Mode(Dataset.schema)
    if "last" not in given:
        return Policy(mode)
    last = decode.whole(given["last"], place.at("last"))
    if not mode.transitive or not last:
        raise place.error(given["last"].mark, "last: must be 1 or more, and needs a transitive mode")
    return Policy(mode, last)


def _sla(node: Node, place: Place) -> ServiceLevel:
    given = keys(node, place, ("score", "within"))
    for key in ("score", "within"):
        if key not in given:
            raise place.error(node.mark, f"{key}: is missing; like {{score: 99, within: 30d}}")
    score = decode.number(given["score"], place.at("score"))
    if not 0 <= score <= 100:
        raise place.error(given["score"].mark, f"score: must be from 0 to 100, not {shown(given['score'])}")
    return ServiceLevel(score, timedelta(seconds=decode.duration(given["within"], place.at("within"))))
