"""The report as JUnit XML, as Jenkins and the other viewers of test results read it.

A dataset is a suite, a rule a test case. What does not fail the run does not
fail its test case either.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from idqp_cli.model import DatasetReport, Report, Result, Status
from idqp_cli.output import phrases
from idqp_cli.output.view import View
from idqp_cli.text import clean

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def render(report: Report, view: View) -> str:  # noqa: ARG001 - a test result is the same to everyone
    """Return the report as XML, pure ASCII."""
    suites = [_suite(dataset, report) for dataset in report.datasets]
    totals = {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in ("tests", "failures", "errors")}
    root = ET.Element("testsuites", {"name": "idqp", "time": f"{report.duration_seconds:.3f}", **totals})
    root.extend(suites)
    ET.indent(root)
    text: str = ET.tostring(root, encoding="unicode")
    return DECLARATION + text.encode("ascii", "xmlcharrefreplace").decode() + "\n"


def _suite(dataset: DatasetReport, report: Report) -> ET.Element:
    name = clean(dataset.dataset)
    cases = [_case(result, name, report) for result in phrases.ranked(dataset.results)]
    if dataset.message is not None:
        unread = ET.Element("testcase", {"name": "read", "classname": name})
        ET.SubElement(unread, "error", {"type": "unreadable", "message": clean(dataset.message, phrases.LONG)})
        cases.append(unread)
    counts = {
        plural: str(sum(case.find(one) is not None for case in cases))
        for plural, one in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    suite = ET.Element("testsuite", {
        "name": name, "tests": str(len(cases)), **counts, "timestamp": f"{report.started_at:%Y-%m-%dT%H:%M:%S}",
    })  # fmt: skip
    properties = ET.SubElement(suite, "properties")
    for key, value in (("source", dataset.source), ("rows", dataset.rows), ("score", dataset.score)):
        if value is not None:
            ET.SubElement(properties, "property", {"name": key, "value": clean(value)})
    suite.extend(cases)
    return suite


def _case(result: Result, dataset: str, report: Report) -> ET.Element:
    case = ET.Element("testcase", {"name": phrases.rule(result), "classname": dataset})
    told = {"type": f"{result.severity} {clean(result.type, 60)}", "message": phrases.message(result)}
    lines = [phrases.message(result), phrases.about(result), phrases.bounds(result), phrases.incident(result, report)]
    lines += map(phrases.sample, result.samples)
    text = "\n".join(one for one in lines if one)
    if result.status is Status.SKIPPED:
        ET.SubElement(case, "skipped", told)
    elif result.status is Status.ERROR or (result.status is Status.INCONCLUSIVE and _counts(result, report)):
        ET.SubElement(case, "error", told).text = text
    elif result.status is Status.FAILED and _counts(result, report):
        ET.SubElement(case, "failure", told).text = text
    elif result.status is not Status.PASSED:
        ET.SubElement(case, "system-out").text = text
    return case


def _counts(result: Result, report: Report) -> bool:
    return result.severity.rank >= report.fail_on.rank
