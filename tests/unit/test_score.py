import pytest

from idqp_cli.core.errors import ExitCode
from idqp_cli.core.model import DatasetReport, Result, RunStatus, Severity, Status, Verdict
from idqp_cli.pipeline.score import dataset_status, exit_code, run_status, score

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
PASSED, FAILED, INCONCLUSIVE = Status.PASSED, Status.FAILED, Status.INCONCLUSIVE
ERROR, SKIPPED = Status.ERROR, Status.SKIPPED

Told = tuple[Status, Severity]


def results(*told: Told) -> tuple[Result, ...]:
    return tuple(Result("r", "unique", (), severity, Verdict(status, "said")) for status, severity in told)


def dataset(*told: Told, fail_on: Severity = WARNING) -> DatasetReport:
    found = results(*told)
    return DatasetReport("d", "d.csv", 1, dataset_status(found, fail_on), score(found), None, found)


def unread() -> DatasetReport:
    return DatasetReport("d", "d.csv", None, RunStatus.ERROR, None, None, (), "no such file")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], None),
        ([(SKIPPED, CRITICAL)], None),
        ([(PASSED, INFO)], 100.0),
        ([(FAILED, INFO)], 0.0),
        ([(PASSED, CRITICAL), (FAILED, WARNING)], 66.67),
        ([(PASSED, WARNING), (FAILED, CRITICAL)], 33.33),
        ([(PASSED, WARNING), (FAILED, INFO)], 66.67),
        ([(PASSED, CRITICAL), (PASSED, WARNING), (FAILED, INFO)], 85.71),
        ([(PASSED, INFO), (ERROR, INFO)], 50.0),
        ([(PASSED, INFO), (INCONCLUSIVE, INFO)], 50.0),
        ([(PASSED, INFO), (SKIPPED, CRITICAL)], 100.0),
    ],
    ids=[
        "no rules", "only skipped", "passed", "failed", "critical counts 4", "against 2", "warning counts 2",
        "of all", "error did not pass", "inconclusive did not pass", "skipped does not count",
    ],
)  # fmt: skip
def test_score(told: list[Told], expected: float | None) -> None:
    assert score(results(*told)) == expected


@pytest.mark.parametrize(
    ("told", "fail_on", "status", "code"),
    [
        ([], WARNING, RunStatus.PASSED, 0),
        ([(PASSED, CRITICAL)], INFO, RunStatus.PASSED, 0),
        ([(SKIPPED, CRITICAL)], INFO, RunStatus.PASSED, 0),
        ([(FAILED, INFO)], INFO, RunStatus.FAILED, 1),
        ([(FAILED, INFO)], WARNING, RunStatus.PASSED, 0),
        ([(FAILED, WARNING)], WARNING, RunStatus.FAILED, 1),
        ([(FAILED, WARNING)], CRITICAL, RunStatus.PASSED, 0),
        ([(FAILED, CRITICAL)], WARNING, RunStatus.FAILED, 1),
        ([(ERROR, INFO)], CRITICAL, RunStatus.ERROR, 3),
        ([(INCONCLUSIVE, WARNING)], WARNING, RunStatus.ERROR, 3),
        ([(INCONCLUSIVE, INFO)], WARNING, RunStatus.PASSED, 0),
        ([(ERROR, INFO), (FAILED, CRITICAL)], WARNING, RunStatus.FAILED, 3),
    ],
    ids=[
        "no rules", "passed", "skipped", "info fails on info", "info does not on warning", "warning does on warning",
        "warning does not on critical", "critical does on warning", "an error is never 0", "inconclusive is never 0",
        "inconclusive below --fail-on", "3 wins over 1",
    ],
)  # fmt: skip
def test_status_and_exit_code(told: list[Told], fail_on: Severity, status: RunStatus, code: int) -> None:
    report = dataset(*told, fail_on=fail_on)
    assert report.status is status
    assert exit_code([report], fail_on, recorded=True) == code


@pytest.mark.parametrize(
    ("datasets", "status", "recorded", "not_recorded"),
    [
        ([], RunStatus.PASSED, ExitCode.PASSED, ExitCode.NOT_RECORDED),
        ([dataset((PASSED, INFO))], RunStatus.PASSED, ExitCode.PASSED, ExitCode.NOT_RECORDED),
        (
            [dataset((PASSED, INFO)), dataset((FAILED, WARNING))],
            RunStatus.FAILED,
            ExitCode.FAILED,
            ExitCode.NOT_RECORDED,
        ),
        ([unread()], RunStatus.ERROR, ExitCode.NOT_CHECKED, ExitCode.NOT_CHECKED),
        (
            [unread(), dataset((FAILED, WARNING))],
            RunStatus.FAILED,
            ExitCode.NOT_CHECKED,
            ExitCode.NOT_CHECKED,
        ),
    ],
    ids=["no dataset", "passed", "one failed", "unread", "unread wins over failed"],
)
def test_a_run_is_as_its_worst_dataset(
    datasets: list[DatasetReport], status: RunStatus, recorded: ExitCode, not_recorded: ExitCode
) -> None:
    assert run_status(datasets) is status
    assert exit_code(datasets, WARNING, recorded=True) is recorded
    assert exit_code(datasets, WARNING, recorded=False) is not_recorded


def test_the_numbers_of_the_exit_codes() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "PASSED": 0,
        "FAILED": 1,
        "USAGE": 2,
        "NOT_CHECKED": 3,
        "NOT_RECORDED": 4,
        "BUG": 70,
        "INTERRUPTED": 130,
    }
