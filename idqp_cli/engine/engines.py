"""Where data is read and rules are evaluated: in this process by DuckDB, or on a Spark cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.frozen import frozen
from idqp_cli.ingest import relation
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.files import Source
from idqp_cli.ingest.places import connected, located
from idqp_cli.ingest.relation import Ingested
from idqp_cli.ingest.resources import Resources
from idqp_cli.ingest.tables import Moment

if TYPE_CHECKING:
    from idqp_cli.ingest.sample_rows import Draw


@frozen
class Expected:
    """What is known of a dataset's columns before it is read.

    `families` maps a column to the family that rules take it for, `types` to the
    declared type, and `readings` to the type that it was read as before.
    """

    families: Mapping[str, str]
    types: Mapping[str, str]
    readings: Mapping[str, str]


class Engine(Protocol):
    """An engine. What it raises are UnreadableErrors, of data, and UsageErrors, of what was asked."""

    @property
    def here(self) -> bool:
        """Whether data is read in this process, so that limits can end it."""

    def located(
        self, paths: Sequence[str], folder: Path, deadline: Deadline | None, moment: Moment
    ) -> AbstractContextManager[Source]:
        """Find what `paths` stand for."""

    def connected(self, sources: Iterable[Source], resources: Resources) -> AbstractContextManager[Database]:
        """Open the one connection of a run, that reads nothing but `sources`."""

    def ingest(self, database: Database, dataset: Dataset, source: Source, expected: Expected) -> Ingested:
        """Open a source as a relation."""

    def sampled(self, database: Database, ingested: Ingested, asked: Draw) -> Ingested:
        """Return a source as a sample of its rows; as it is where it has no more."""


@frozen
class Here:
    """DuckDB, in this process."""

    here: bool = True

    def located(
        self, paths: Sequence[str], folder: Path, deadline: Deadline | None, moment: Moment
    ) -> AbstractContextManager[Source]:
        """Find what `paths` stand for."""
        return located(paths, folder, deadline, moment)

    def connected(self, sources: Iterable[Source], resources: Resources) -> AbstractContextManager[Database]:
        """Open the one connection of a run."""
        return connected(sources, resources)

    def ingest(self, database: Database, dataset: Dataset, source: Source, expected: Expected) -> Ingested:
        """Open a source as a relation."""
        return relation.ingest(database, dataset, source, expected.families, expected.types, expected.readings)

    def sampled(self, database: Database, ingested: Ingested, asked: Draw) -> Ingested:
        """Return a source as a sample of its rows."""
        return relation.sampled(database, ingested, asked)


@frozen
class Spark:
    """A Spark cluster at `remote`, like `sc://host:15002`; `most` rows of a dataset may come here."""

    remote: str
    most: int
    here: bool = False

    def located(
        self, paths: Sequence[str], folder: Path, deadline: Deadline | None, moment: Moment
    ) -> AbstractContextManager[Source]:
        """Find what `paths` stand for."""
        from idqp_cli.engine.spark import dataset  # noqa: PLC0415 - only such an engine has to pay

        del deadline, moment
        return nullcontext(dataset.named(paths, folder))

    def connected(self, sources: Iterable[Source], resources: Resources) -> AbstractContextManager[Database]:
        """Open the one connection of a run."""
        from idqp_cli.engine.spark import cluster  # noqa: PLC0415 - only such an engine has to pay

        del sources
        return cluster.connected(self.remote, self.most, resources)

    def ingest(self, database: Database, dataset: Dataset, source: Source, expected: Expected) -> Ingested:
        """Open a source as a relation."""
        from idqp_cli.engine.spark import cluster  # noqa: PLC0415
        from idqp_cli.engine.spark import dataset as on_cluster  # noqa: PLC0415

        assert isinstance(database, cluster.Cluster)
        return on_cluster.ingest(database, dataset, source, expected)

    def sampled(self, database: Database, ingested: Ingested, asked: Draw) -> Ingested:
        """Return a source as a sample of its rows, which come here."""
        from idqp_cli.engine.spark import cluster  # noqa: PLC0415
        from idqp_cli.engine.spark import dataset as on_cluster  # noqa: PLC0415

        assert isinstance(database, cluster.Cluster)
        return on_cluster.sampled(database, ingested, asked)


HERE = Here()


def engine(remote: str | None, most: int) -> Engine:
    """Return the engine of a rules file: a Spark cluster where it names one, of which `most` rows may come here."""
    return HERE if remote is None else Spark(remote, most)
