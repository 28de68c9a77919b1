"""The report as JUnit XML, as Jenkins and the other viewers of test results read it.

A dataset is a suite, a rule a test case. What does not fail the run does not
fail its test case either.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from idqp_cli.core.model import DatasetReport, Report, Result, Status
from idqp_cli.core.text import clean
from idqp_cli.report import wording
from idqp_cli.report.view import View

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def render(report: Report, view: View) -> str:  # noqa: ARG001 - a test result is the same to everyone
    """Return the report as XML, pure ASCII."""
    suites = [_suite(dataset, report) for dataset in report.datasets]
    totals = {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in ("tests", "failures", "errors")}
    root = ET.Element("testsuites", {"name": "idqp", "time": f"{report.duration_seconds:.3f}", **totals})
    root.extend(suites)
    ET.indent(root)
    # A runner of GitHub takes a line of its log that begins with two colons for a command.
    text = re.sub(r"(?m)^(\s*):(?=:)", r"\1&#58;", ET.tostring(root, encoding="unicode"))
    return DECLARATION + text.encode("ascii", "xmlcharrefreplace").decode() + "\n"


def _suite(dataset: DatasetReport, report: Report) -> ET.Element:
    name = clean(dataset.dataset)
    cases = [_case(result, name, report) for result in wording.ranked(dataset.results)]
    if dataset.message is not None:
        unread = ET.Element("testcase", {"name": "read", "classname": name})
        why, *incident = wording.unread(dataset, report)
        error = ET.SubElement(unread, "error", {"type": "unreadable", "message": why})
        if incident:
            error.text = "\n".join((why, *incident))
        cases.append(unread)
    counts = {
        plural: str(sum(case.find(one) is not None for case in cases))
        for plural, one in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    suite = ET.Element("testsuite", {
        "name": name, "tests": str(len(cases)), **counts, "timestamp": f"{report.started_at:%Y-%m-%dT%H:%M:%S}",
    })  # fmt: skip
    properties = ET.SubElement(suite, "properties")
    for key, value in (
        ("source", dataset.source), ("rows", dataset.rows), ("score", dataset.score),
        ("description", dataset.description), ("owner", dataset.owner),
    ):  # fmt: skip
        if value is not None:
            ET.SubElement(properties, "property", {"name": key, "value": clean(value, wording.LONG)})
    suite.extend(cases)
    return suite


def _case(result: Result, dataset: str, report: Report) -> ET.Element:
    case = ET.Element("testcase", {"name": wording.rule(result), "classname": dataset})
    told = {"type": f"{result.severity} {clean(result.type, 60)}", "message": wording.message(result)}
    about = [one for one in (wording.about(result), wording.purpose(result)) if one]
    lines = [wording.message(result), *about, wording.bounds(result), wording.incident(result, report)]
    lines += map(wording.sample, result.samples)
    text = "\n".join(line for line in lines if line)
    if result.status is Status.SKIPPED:
        ET.SubElement(case, "skipped", told)
    elif result.status is Status.ERROR or (result.status is Status.INCONCLUSIVE and _counts(result, report)):
        ET.SubElement(case, "error", told).text = text
    elif result.status is Status.FAILED and _counts(result, report):
        ET.SubElement(case, "failure", told).text = text
    elif result.status is not Status.PASSED:
        ET.SubElement(case, "system-out").text = text
    if about and result.status in {Status.PASSED, Status.SKIPPED}:
        ET.SubElement(case, "system-out").text = "\n".join(about)
    return case


def _counts(result: Result, report: Report) -> bool:
    return result.severity.rank >= report.fail_on.rank
