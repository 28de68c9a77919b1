"""Two levels, shares and changes beside what else a check does: formats, segments, stores, alerts, quarantine."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from conftest import Shell
from receivers import Receiver, receiver

LEVELS = {"type": "range", "column": "x", "min": 1, "warn": "1%", "fail": "10 rows"}
KEY = {"IDQP_KEY": "R-0123456789-secret"}


@pytest.fixture
def receivers() -> Iterator[Callable[..., Receiver]]:
    with ExitStack() as stack:
        yield lambda *statuses, **headers: stack.enter_context(receiver(*statuses, **headers))


@pytest.fixture(params=["sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest, shell: Shell) -> Callable[..., None]:
    """Return a function that writes a rules file whose store is in either backend."""
    store = {}
    if request.param == "postgresql":
        cluster = request.getfixturevalue("cluster")
        store = {"store": cluster.address(request.getfixturevalue("database"))}

    def write(*rules: Mapping[str, object], **top: object) -> None:
        datasets = {"t": {"path": "t.csv", "schema": "none", "rules": list(rules)}}
        shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets, **store, **top}))

    return write


def rows(shell: Shell, failed: int, of: int = 100) -> None:
    shell.write("t.csv", "id,x,s\n" + "".join(f"{at},{int(at >= failed)},{'ab'[at % 2]}\n" for at in range(of)))


def results(report: Any, rule: str) -> dict[str | None, Any]:  # noqa: ANN401 - a report is looked into freely
    return {one["segment"]: one for one in report["datasets"][0]["results"] if one["rule"] == rule}


def test_an_incident_is_as_severe_as_the_level_in_either_store(
    shell: Shell, stored: Callable[..., None], receivers: Callable[..., Receiver]
) -> None:
    team, pager = receivers(), receivers(202)
    channels = {
        "team": {"type": "slack", "webhook": f"{team.url}/hook"},
        "pager": {"type": "pagerduty", "routing_key": "${IDQP_KEY}", "url": f"{pager.url}/v2/enqueue"},
    }
    routes = [{"match": {"severity": "critical"}, "to": ["pager", "team"]}, {"to": ["team"]}]
    stored({**LEVELS, "name": "r"}, alerts={"channels": channels, "routes": routes})
    found = []
    for failed in (1, 3, 20, 20, 5, 0):
        rows(shell, failed)
        ran = shell.idqp("check", "--format", "json", env=KEY)
        assert "not alerted" not in ran.err
        listed = shell.idqp("incident", "list", "--all", "--format", "json").json
        told = [(one["severity"], one["status"], one["occurrences"]) for one in listed]
        found.append((failed, ran.code, told, len(team.received), [got.json["event_action"] for got in pager.received]))
    assert found == [
        (1, 0, [], 0, []), (3, 1, [("warning", "open", 1)], 1, []), (20, 1, [("critical", "open", 2)], 2, ["trigger"]),
        (20, 1, [("critical", "open", 3)], 2, ["trigger"]), (5, 1, [("warning", "open", 4)], 2, ["trigger", "resolve"]),
        (0, 0, [("warning", "resolved", 4)], 3, ["trigger", "resolve"]),
    ]  # fmt: skip


def test_every_format_says_the_level(shell: Shell) -> None:
    rows(shell, 5)
    segmented = {**LEVELS, "name": "by s", "segment_by": "s", "warn": "5%", "fail": "2 rows"}
    fine = {**LEVELS, "name": "fine", "warn": "5%"}
    bad = {**LEVELS, "name": "bad", "fail": "4 rows"}
    shell.rules({**LEVELS, "name": "mild"}, bad, fine, segmented)
    files = ("json", "junit", "sarif", "markdown", "github", "html")
    ran = shell.idqp("check", "--no-store", *(word for one in files for word in ("--output", f"{one}=out.{one}")))
    assert ran.code == 1
    text = {one: (shell.folder / f"out.{one}").read_text() for one in files} | {"table": ran.out}
    report = json.loads(text["json"])
    told = {
        (rule, place): (one["status"], one["severity"])
        for rule in ("mild", "bad", "fine", "by s")
        for place, one in results(report, rule).items()
    }
    assert told == {
        ("mild", None): ("failed", "warning"), ("bad", None): ("failed", "critical"), ("fine", None): ("passed", "critical"),
        ("by s", "a"): ("failed", "critical"), ("by s", "b"): ("passed", "critical"),
    }  # fmt: skip
    limits = {"mild": "warning above 1 %, critical above 10 rows", "bad": "warning above 1 %, critical above 4 rows"}
    for form, content in text.items():
        shown = content.replace("%25", "%")
        for said in limits.values():
            assert said in shown, form
    cases = {case.get("name"): case for case in ET.fromstring(text["junit"]).iter("testcase")}  # noqa: S314 - it is our own
    kinds = {name: [one.get("type") for one in case.iter("failure")] for name, case in cases.items()}
    assert (kinds["mild"], kinds["bad"], kinds["fine"]) == (["warning range"], ["critical range"], [])
    (run,) = json.loads(text["sarif"])["runs"]
    assert sorted((one["ruleId"], one["level"]) for one in run["results"]) == [
        ("t/bad", "error"), ("t/by s", "error"), ("t/mild", "warning"),
    ]  # fmt: skip
    assert "::warning file=t.csv,line=2,title=t%3A mild::" in text["github"]
    assert "::error file=t.csv,line=2,title=t%3A bad::" in text["github"]
    assert "warning | `mild`" in text["markdown"]
    assert "critical | `bad`" in text["markdown"]
    assert "warning  mild" in text["table"]
    assert "critical  bad" in text["table"]


@pytest.mark.parametrize(("failed", "fail_on", "code"), [
    (1, "warning", 0), (3, "warning", 1), (3, "critical", 0), (10, "critical", 0), (11, "critical", 1), (11, "info", 1),
])  # fmt: skip
def test_a_run_fails_by_the_level_that_was_reached(shell: Shell, failed: int, fail_on: str, code: int) -> None:
    rows(shell, failed)
    shell.rules(LEVELS)
    assert shell.idqp("check", "--no-store", "--fail-on", fail_on).code == code


def test_a_change_is_held_against_the_run_before_in_either_store(shell: Shell, stored: Callable[..., None]) -> None:
    stored(
        {"type": "row_count", "name": "n", "change": "10%"},
        {"type": "row_count", "name": "both", "change": "10%", "min": 80},
    )
    found = []
    for number in (100, 100, 110, 121, 134, 134, 121, 109, 79, 0, 120):
        rows(shell, 0, number)
        report = shell.idqp("check", "--format", "json").json
        found.append((number, results(report, "n")[None]["status"], results(report, "both")[None]["status"]))
    # What failed is no baseline, and a check that is repeated says the same.
    told = {
        100: "passed",
        110: "passed",
        121: "passed",
        134: "failed",
        109: "passed",
        79: "failed",
        0: "failed",
        120: "failed",
    }
    assert found == [(100, "skipped", "skipped"), *((number, told[number], told[number]) for number, _, _ in found[1:])]


@pytest.mark.parametrize(("rule", "told"), [
    ({"segment_by": "s"}, "change: goes without equals and segment_by"), ({"equals": "t"}, "change: goes without equals"),
    ({"min": 5, "max": 2}, "min 5 is above max 2"),
])  # fmt: skip
def test_a_change_that_is_refused(shell: Shell, rule: Mapping[str, object], told: str) -> None:
    rows(shell, 0)
    shell.rules({"type": "row_count", "change": "10%", **rule})
    ran = shell.idqp("check")
    assert ran.code == 2
    assert told in ran.err


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize(("nulls", "failed"), [("compare", "1 2 3 4"), ("ignore", "1 2")])
def test_rows_with_a_repeated_null_are_set_apart(shell: Shell, form: str, nulls: str, failed: str) -> None:
    text = "id,a,b\n1,x,1\n2,x,1\n3,,2\n4,,2\n5,,3\n6,y,\n7,z,\n"
    shell.write("t.csv", text)
    if form == "parquet":
        options = arrow_csv.ConvertOptions(strings_can_be_null=True)
        parquet.write_table(
            arrow_csv.read_csv(io.BytesIO(text.encode()), convert_options=options), shell.folder / "t.parquet"
        )
    shell.rules(
        {"type": "unique", "columns": ["a", "b"], "nulls": nulls, "warn": 0, "fail": "3 rows"},
        path=f"t.{form}",
        key=["id"],
    )
    ran = shell.idqp("check", "--no-store", "--quarantine", "bad", "--good", "good", "--format", "json")
    (found,) = results(ran.json, "unique(a, b)").values()
    assert (found["rows_failed"], found["severity"]) == (
        len(failed.split()),
        "critical" if nulls == "compare" else "warning",
    )
    apart = [ids(shell, f"{folder}/t.{form}") for folder in ("bad", "good")]
    assert apart == [failed.split(), [one for one in "1234567" if one not in failed]]


def ids(shell: Shell, name: str) -> list[str]:
    path = shell.folder / name
    if name.endswith("parquet"):
        return [str(one) for one in parquet.read_table(path)["id"].to_pylist()]
    return [row["id"] for row in csv.DictReader(io.StringIO(path.read_text()))]


@pytest.mark.parametrize(("rule", "status", "evaluated", "failed"), [
    ({"min_share": "50%", "where": "s = 'a'"}, "passed", 4, 2), ({"min_share": "51%", "where": "s = 'a'"}, "failed", 4, 2),
    ({"min_share": "34%", "where": "s = 'b'", "of": "all"}, "failed", 3, 2), ({"min_share": "33%", "where": "s = 'b'", "of": "all"}, "passed", 3, 2),
    ({"min_share": "90%", "where": "s = 'nobody'"}, "skipped", 0, 0), ({"min_share": "90%", "where": "s = 'nobody'", "of": "all"}, "skipped", 0, 0),
    ({"warn": "1 row", "fail": "2 rows", "where": "s = 'a'"}, "failed", 4, 2),
])  # fmt: skip
def test_a_share_of_the_rows_that_where_leaves(
    shell: Shell, rule: Mapping[str, object], status: str, evaluated: int, failed: int
) -> None:
    shell.write("t.csv", "id,x,s\n1,1,a\n2,1,a\n3,0,a\n4,0,a\n5,,a\n6,1,b\n7,0,b\n8,,b\n")
    shell.rules({"type": "range", "column": "x", "min": 1, "name": "r", **rule}, key=["id"])
    ran = shell.idqp("check", "--no-store", "--quarantine", "bad", "--format", "json")
    (found,) = results(ran.json, "r").values()
    assert (found["status"], found["rows_evaluated"] or 0, found["rows_failed"] or 0) == (status, evaluated, failed)
    assert len(ids(shell, "bad/t.csv")) == failed
