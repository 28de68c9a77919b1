"""A run as metrics in the text format of Prometheus, for the node exporter's textfile collector and the Pushgateway."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import field

from idqp_cli import __version__
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import DatasetReport, Report, Result, RunStatus, Status
from idqp_cli.core.text import clean

Labels = Mapping[str, str]
NO_LAG: Mapping[str, Mapping[int, int]] = {}
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@frozen
class Gauge:
    """A metric: what it means, and its values by labels; what is None is left out."""

    name: str
    help: str
    values: list[tuple[Labels, float | None]] = field(default_factory=list)


def render(report: Report, lag: Mapping[str, Mapping[int, int]] = NO_LAG) -> str:
    """Return the run's metrics as text that ends with a line break.

    `lag` says of topics, by dataset and partition, how many messages are behind.
    """
    gauges = [*_gauges(report), _behind(lag)]
    return "".join(line + "\n" for gauge in gauges for line in _lines(gauge))


def _behind(lag: Mapping[str, Mapping[int, int]]) -> Gauge:
    return Gauge(
        "idqp_stream_lag_messages",
        "Messages of the partition behind the last recorded batch.",
        [
            ({"dataset": clean(dataset), "partition": str(partition)}, number)
            for dataset, partitions in lag.items()
            for partition, number in sorted(partitions.items())
        ],
    )


def _gauges(report: Report) -> Iterator[Gauge]:
    datasets = [(_of(dataset), dataset) for dataset in report.datasets]
    at = report.started_at.timestamp()
    yield Gauge("idqp_info", "The version of idqp.", [({"version": __version__}, 1)])
    yield Gauge("idqp_exit_code", "The exit code of the run.", [({}, int(report.exit_code))])
    yield Gauge("idqp_duration_seconds", "How long the run took.", [({}, round(report.duration_seconds, 3))])
    yield Gauge(
        "idqp_last_check_timestamp_seconds", "When the dataset was checked.", [(labels, at) for labels, _ in datasets]
    )
    yield Gauge(
        "idqp_dataset_status",
        "What became of the dataset: 1 for its status, 0 for the others.",
        [
            ({**labels, "status": status}, int(dataset.status is status))
            for labels, dataset in datasets
            for status in RunStatus
        ],
    )
    yield Gauge("idqp_dataset_rows", "The rows of the dataset.", [(labels, one.rows) for labels, one in datasets])
    yield Gauge("idqp_dataset_score", "The score, 0 to 100.", [(labels, one.score) for labels, one in datasets])
    yield Gauge(
        "idqp_dataset_rules",
        "How many rules of the dataset came to what.",
        [
            ({**labels, "status": status}, sum(result.status is status for result in dataset.results))
            for labels, dataset in datasets
            for status in Status
        ],
    )
    yield from _of_rules([({**labels, **_by(one)}, one) for labels, dataset in datasets for one in dataset.results])


def _of_rules(results: list[tuple[Labels, Result]]) -> Iterator[Gauge]:
    told = {
        "status": "What became of the rule: 0 passed, 1 failed, 2 not settled or in error; absent if it was skipped.",
        "metric_value": "What the rule measured.",
        "threshold": "What the rule's metric is compared with.",
        "rows_evaluated": "The rows that the rule looked at.",
        "rows_failed": "The rows that fail the rule.",
    }
    codes = {Status.PASSED: 0, Status.FAILED: 1, Status.INCONCLUSIVE: 2, Status.ERROR: 2}
    for name, meaning in told.items():
        yield Gauge(
            f"idqp_rule_{name}",
            meaning,
            [
                (labels, codes.get(result.status) if name == "status" else getattr(result.verdict, name))
                for labels, result in results
            ],
        )


def _of(dataset: DatasetReport) -> Labels:
    return {"dataset": clean(dataset.dataset)}


def _by(result: Result) -> Labels:
    segment = {} if result.segment is None else {"segment": clean(result.segment)}
    return {"rule": clean(result.rule), "type": clean(result.type), "severity": result.severity, **segment}


def _lines(gauge: Gauge) -> Iterator[str]:
    known = {_labelled(labels): value for labels, value in gauge.values if value is not None}
    if not known:
        return
    yield f"# HELP {gauge.name} {gauge.help}"
    yield f"# TYPE {gauge.name} gauge"
    for labels, value in known.items():
        yield f"{gauge.name}{labels} {_number(value)}"


def _labelled(labels: Labels) -> str:
    inside = ",".join(f'{name}="{value.translate(ESCAPES)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value)
