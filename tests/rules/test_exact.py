"""Every rule type on random tables, against plain Python: no difference, in any form of file, on one thread and on two.

IDQP_EXAMPLES says how many tables, each with a rule of every type: `IDQP_EXAMPLES=2000 pytest tests/rules/test_exact.py`.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
import tables
from idqp_cli.core.model import Result, Severity
from idqp_cli.ingest.resources import Resources
from idqp_cli.pipeline import run, targets
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project as config
from idqp_cli.rules import RULE_TYPES
from oracle import CONDITIONS, Case, Said, quoted
from tables import Row

EXAMPLES = int(os.environ.get("IDQP_EXAMPLES", "25"))
# A schema is compared without a look at the rows; the past and models have oracles of their own.
ELSEWHERE = {"anomaly", "drift", "outliers", "schema"}
SHARES: Mapping[Any, float] = {0: 0.0, 0.25: 0.25, "50%": 0.5, "100 %": 1.0}


@dataclass(frozen=True)
class Asked:
    """A case, and what every rule may say beside it."""

    case: Case
    where: str | None
    segment_by: str | None
    min_rows: int
    threshold: float | str

    def rule(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Return the rule as the rules file says it."""
        keys = dict(self.case.keys)
        if "column" in keys:
            keys["column"] = names[keys["column"]]
        if "columns" in keys:
            keys["columns"] = [names[name] for name in keys["columns"]]
        if "except" in keys:
            keys["except"] = [names[name] for name in keys["except"]]
        if self.case.filterable and self.where is not None:
            keys["where"] = self.where.format(t=quoted(names["t"]))
        if self.case.divisible and self.segment_by is not None:
            keys |= {"segment_by": names[self.segment_by], "min_rows": self.min_rows}
        if self.takes_a_threshold:
            keys["threshold"] = self.threshold if keys["type"] != "query" else 2
        return keys

    @property
    def takes_a_threshold(self) -> bool:
        """Tell whether the rule is one that a threshold judges."""
        return self.case.keys["type"] not in {"row_count", "statistic", "freshness"}

    def segments(self, rows: Sequence[Row]) -> dict[str | None, list[Row]]:
        """Return the rows that the rule looks at, by segment."""
        divided: dict[str | None, list[Row]] = {None: list(rows)}
        if self.case.divisible and self.segment_by is not None:
            divided = {}
            for row in rows:
                cell = row[self.segment_by]
                divided.setdefault("(missing)" if cell is None else tables.written(cell), []).append(row)
            rare = [name for name, own in divided.items() if len(own) < self.min_rows]
            if rare:
                together = {row["id"]: row for name in rare for row in divided.pop(name)}
                divided["(rare)"] = [together[number] for number in sorted(together)]
        if self.case.filterable and self.where is not None:
            holds = CONDITIONS[self.where]
            divided = {name: [row for row in own if holds(row)] for name, own in divided.items()}
        return divided

    def status(self, said: Said) -> str:
        """Return the status that the oracle gives."""
        if said.status is not None:
            return said.status
        allowed = 2 if self.case.keys["type"] == "query" else SHARES[self.threshold]
        return "passed" if said.metric is not None and said.metric <= allowed else "failed"


@dataclass(frozen=True)
class Example:
    """A table in a form of file, another one beside it, and a rule of each type."""

    names: Mapping[str, str]
    rows: Sequence[Row]
    others: Sequence[Row]
    form: str
    threads: int
    asked: Sequence[Asked]


@st.composite
def examples(draw: st.DrawFn) -> Example:
    names = {name: name for name in tables.TYPES} | {"t": draw(st.sampled_from(tables.HOSTILE))}
    rows, others = draw(tables.rows()), draw(tables.rows())
    where = st.none() | st.sampled_from(sorted(CONDITIONS))
    asked = [
        Asked(
            case=draw(cases),
            where=draw(where),
            segment_by=draw(st.sampled_from([None, None, "g", "b", "day"])),
            min_rows=draw(st.integers(1, 3)),
            threshold=draw(st.sampled_from(list(SHARES))),
        )
        for cases in oracle.cases(names, [*others]).values()
    ]
    form, threads = draw(st.sampled_from(tables.FORMS)), draw(st.sampled_from([1, 2]))
    return Example(names, rows, others, form, threads, asked)


def evaluated(folder: Path, example: Example, **top: object) -> tuple[list[int], Sequence[Result]]:
    """Return the line of each row, and the results of the rules; `top` is what else the rules file says."""
    form, names = example.form, example.names
    # Sail takes a column's minimum and maximum for all of its values, where they are equal, and NaN is none of them.
    lines = tables.save(folder, "t", form, names, example.rows, statistics="engine" not in top)
    tables.save(folder, "o", form, names, example.others, statistics="engine" not in top)
    types = {names[name]: kind for name, kind in tables.TYPES.items()}
    read = {} if form == "parquet" else {"read": {"types": types, "header": True}}
    rules = [{**one.rule(names), "name": f"r{number}"} for number, one in enumerate(example.asked)]
    datasets = {"t": {"path": f"t.{form}", "key": ["id"], "rules": rules, **read}, "o": {"path": f"o.{form}", **read}}
    project = {"version": 1, "defaults": {"samples": 50}, **top, "datasets": datasets}
    (folder / "rules.yaml").write_text(json.dumps(project), encoding="utf-8")
    loaded = config.load(str(folder / "rules.yaml"), {})
    request = Request(
        loaded, targets.choose(loaded, Choice(words=("t",))), Severity.WARNING, "tester", oracle.AS_OF,
        resources=Resources(threads=example.threads),
    )  # fmt: skip
    (report,) = run.run(request, Memory(None), lambda _: None).report.datasets
    assert report.message is None, report.message
    if form != "parquet":
        assert report.results[0].status == "passed", report.results[0]
    return lines, report.results


def same(told: float | None, expected: float | None) -> bool:
    """Compare metrics: exactly, but for the rounding of sums and quotients of floating-point numbers."""
    if told is None or expected is None:
        return told is expected
    told, expected = oracle.as_float(told), oracle.as_float(expected)
    return told == expected or (math.isnan(told) and math.isnan(expected)) or math.isclose(told, expected, rel_tol=1e-9)


def differences(example: Example, lines: Sequence[int | None], results: Sequence[Result]) -> list[str]:
    found = []
    by_rule: dict[str, dict[str | None, Result]] = {}
    for result in results:
        by_rule.setdefault(result.rule, {})[result.segment] = result
    for number, asked in enumerate(example.asked):
        told, segments = by_rule[f"r{number}"], asked.segments(example.rows)
        if set(told) != set(segments):
            found.append(f"{asked.rule(example.names)}: segments {set(told)}, not {set(segments)}")
            continue
        for segment, rows in segments.items():
            said, verdict = asked.case.says(rows), told[segment].verdict
            mine: list[object] = [verdict.status.value, verdict.rows_evaluated, verdict.rows_failed]
            theirs: list[object] = [
                asked.status(said),
                said.evaluated,
                None if said.failing is None else len(said.failing),
            ]
            if said.failing is not None and asked.status(said) == "failed" and said.evaluated is not None:
                mine.append([(sample.line, sample.key[example.names["id"]]) for sample in told[segment].samples])
                theirs.append([(lines[row], row) for row in said.failing])
            if mine != theirs or not same(verdict.metric_value, said.metric):
                found.append(
                    f"{asked.rule(example.names)} [{segment}]: {mine} {verdict.metric_value} ({verdict.message}),"
                    f" not {theirs} {said.metric}"
                )
    return found


def test_every_rule_type_has_an_oracle() -> None:
    assert set(oracle.cases({"t": "t"}, [])) | ELSEWHERE == set(RULE_TYPES)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(example=examples())
def test_every_rule_type_says_what_plain_python_says(example: Example) -> None:
    with tempfile.TemporaryDirectory() as name:
        assert not differences(example, *evaluated(Path(name), example))
