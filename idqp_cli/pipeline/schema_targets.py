"""What `idqp schema` is asked for: datasets, their versions and files, as schemas."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from idqp_cli.access.admission import admitted
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UsageError
from idqp_cli.core.model import SchemaChange, SchemaReport
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_url
from idqp_cli.engine.engines import engine
from idqp_cli.pipeline import observe, targets
from idqp_cli.pipeline.observe import Looked
from idqp_cli.pipeline.register import Proposal
from idqp_cli.pipeline.request import Target
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project.project import Project
from idqp_cli.schemas import registry
from idqp_cli.schemas.compare import compare
from idqp_cli.schemas.compatibility import Mode, reported
from idqp_cli.schemas.registry import Policy
from idqp_cli.schemas.schema import Schema, SchemaVersion
from idqp_cli.store import Store

LARGEST = 1 << 24


def target(project: Project, word: str) -> Target:
    """Return the dataset, or the file, that a word names."""
    (found,) = targets.choose(project, Choice((word,)))
    return found


def title(project: Project, word: str) -> str:
    """Return what a schema is called elsewhere: the dataset's name, or the file's without its folder and ending."""
    name = target(project, word).dataset.name
    return os.path.basename(name).split(".")[0] or name if os.sep in name or _is_file(word) else name


def policy(dataset: Dataset, mode: Mode | None = None, last: int | None = None) -> Policy:
    """Return how the dataset's schema may change, unless a person says otherwise.

    A mode that the person names is judged; by the dataset's own mode `none` nothing would be.
    """
    return Policy(mode or Mode(dataset.schema), last or dataset.schema_last)


def chosen(project: Project, word: str, address: str, version: str | None) -> Schema:
    """Return the schema that a word means: a file's as it is, or the dataset's version, by default the latest.

    Raises:
        UsageError: there is no such version.

    """
    if _is_file(word) and version is None:
        return _looked(project, target(project, word)).schema
    return _version(word, _history(project, word, address), version).columns


def difference(project: Project, a: str, b: str, address: str) -> tuple[SchemaChange, ...]:
    """Return the changes from one schema to another, each a registered version or a file as it is."""
    words = (a, b)
    files = [_looked(project, target(project, word)) if _is_file(word) else None for word in words]
    known = [
        found.schema if found else _named(project, word, address) for word, found in zip(words, files, strict=True)
    ]
    for side, other in ((1, 0), (0, 1)):
        found = files[side]
        # A text says what it is only beside what it should be.
        if found is not None and not found.typed and (side == 1 or not _is_guess(known[other])):
            known[side] = _looked(project, target(project, words[side]), known[other]).compared
            break
    return tuple(reported(change, Mode.FULL) for change in compare(known[0], known[1]).changes)


def judged(project: Project, word: str, store: Store, rule: Policy, against: str | None) -> tuple[SchemaReport, Policy]:
    """Judge the schema of a dataset or file as it is against its versions; `against` chooses which.

    Raises:
        UsageError: there is no such version.

    """
    one = target(project, word)
    history = store.schema_versions(one.dataset.name)
    versions: Sequence[SchemaVersion] = history
    if against is not None:
        found = registry.against(history, against, rule)
        if found is None:
            raise UsageError(_unknown(word, history, against))
        versions, rule = found
    looked = _looked(project, one, versions[-1].columns if versions else ())
    return registry.validate(versions, looked.compared, rule), rule


def proposal(project: Project, word: str, store: Store, why: str | None) -> Proposal:
    """Return the schema of a dataset or file as it is, to be registered."""
    one = target(project, word)
    history = store.schema_versions(one.dataset.name, 1)
    looked = _looked(project, one, history[-1].columns if history else ())
    return Proposal(one.dataset.name, looked.schema, looked.compared, policy(one.dataset), why)


def content(path: str) -> str:
    """Return the text of a file in which a schema is written.

    Raises:
        UsageError: it cannot be read.

    """
    try:
        if not os.path.isfile(path):
            raise UsageError(f"{clean(path)}: is not a file")
        if os.path.getsize(path) > LARGEST:
            raise UsageError(f"{clean(path)}: is larger than {LARGEST >> 20} MB, too large for a schema")
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{clean(path)}: cannot be read: {reason}") from None


def _looked(project: Project, one: Target, registered: Schema = ()) -> Looked:
    return observe.look(
        one.dataset, one.paths, one.rules, project.folder, registered, engine(project.engine, project.fetch_rows)
    )


def _is_file(word: str) -> bool:
    return is_url(word) or os.path.exists(word)


def _is_guess(schema: Schema) -> bool:
    return all(column.text for column in schema)


def _history(project: Project, word: str, address: str) -> tuple[SchemaVersion, ...]:
    with admitted(address, "schema show") as (store, _):
        return store.schema_versions(target(project, word).dataset.name)


def _named(project: Project, word: str, address: str) -> Schema:
    """Return a registered schema by `DATASET` or `DATASET@VERSION`."""
    name, _, version = word.rpartition("@")
    if not name:
        name, version = word, ""
    return _version(name, _history(project, name, address), version or None).columns


def _version(word: str, history: Sequence[SchemaVersion], version: str | None) -> SchemaVersion:
    found = [one for one in history if version in {None, one.version}]
    if not found:
        raise UsageError(_unknown(word, history, version))
    return found[-1]


def _unknown(word: str, history: Sequence[SchemaVersion], version: str | None) -> str:
    if not history:
        return f"{clean(word)}: no version of its schema is registered; `idqp check` registers the first"
    known = ", ".join(one.version for one in history[-10:])
    return f"{clean(word)}: there is no version {clean(version or '', 40)} of its schema; there are {known}"
