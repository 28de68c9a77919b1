"""Outliers on tables: what is found and why, what is left alone, and that no table is too strange."""

from __future__ import annotations

import json
import math
import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conftest import Cell, Shell, csv_text
from idqp_cli.core.model import DatasetReport, Result
from idqp_cli.store import open_store
from idqp_cli.store.audit import verify
from idqp_cli.store.values import OfRun

METHODS = ["knn", "isolation_forest", "ensemble"]
NAMES = ["id", "amount", "qty", "status", "note", "ok"]


def orders(rows: int, seed: int, changed: dict[int, dict[str, Cell]] | None = None) -> str:
    """Return ordinary orders as CSV, some of them with changed cells."""
    source = random.Random(seed)
    table: list[list[Cell]] = []
    for number in range(rows):
        row: dict[str, Cell] = {
            "id": seed * 100_000 + number, "amount": round(source.gauss(100, 10), 2), "qty": source.randint(1, 9),
            "status": source.choice(["paid", "new", "shipped"]), "note": f"N-{source.randrange(100_000):05}",
            "ok": source.random() < 0.8,
        }  # fmt: skip
        row.update((changed or {}).get(number, {}))
        table.append([row[name] for name in NAMES])
    return csv_text(NAMES, table)


def outliers(report: DatasetReport) -> Result:
    return next(result for result in report.results if result.type == "outliers")


@pytest.mark.parametrize(
    ("column", "cell", "usual"),
    [
        ("amount", 900.0, " to "),
        ("amount", 1e300, " to "),
        ("status", "payed", "paid (3"),
        ("note", "drop table orders; --", "characters, like A-9 ("),
        ("status", None, "paid (3"),
        ("qty", None, " to "),
    ],
)
def test_an_odd_row_is_found_and_says_why(
    check: Callable[..., DatasetReport], column: str, cell: Cell, usual: str
) -> None:
    found = outliers(check(orders(800, 1, {500: {column: cell}}), {"type": "outliers"}))
    assert found.status == "failed"
    assert [sample.line for sample in found.samples] == [502]
    (sample,) = found.samples
    assert sample.causes[0].column == column
    assert usual in sample.causes[0].usual


@pytest.mark.parametrize("method", [*METHODS, "lstm"])
def test_usual_rows_are_left_alone(check: Callable[..., DatasetReport], method: str) -> None:
    order = {"order_by": "id"} if method == "lstm" else {}
    for seed in (1, 2):
        found = outliers(check(orders(600, seed), {"type": "outliers", "method": method, **order}))
        judged = 584 if method == "lstm" else 600
        assert (found.status, found.verdict.rows_failed, found.verdict.rows_evaluated) == ("passed", 0, judged)


def test_a_row_that_breaks_the_rhythm_is_found_by_its_order_alone(check: Callable[..., DatasetReport]) -> None:
    source = random.Random(1)
    waves: list[float] = [round(math.sin(hour * math.pi / 12) + source.gauss(0, 0.05), 4) for hour in range(1200)]
    waves[700] = 0.9 if waves[700] < 0 else -0.9
    rows: list[Sequence[Cell]] = [(hour, wave) for hour, wave in enumerate(waves)]
    source.shuffle(rows)
    rule = {"type": "outliers", "method": "lstm", "order_by": "hour"}
    found = outliers(check(csv_text(["hour", "wave"], rows), rule, key=["hour"]))
    assert 700 in [sample.key["hour"] for sample in found.samples]
    assert outliers(check(csv_text(["hour", "wave"], rows), {"type": "outliers"})).status == "passed"


def test_the_ensemble_says_how_weights_are_shared_out(check: Callable[..., DatasetReport]) -> None:
    text = orders(800, 1, {500: {"amount": 1e9, "qty": 1e9, "note": "?", "status": "?"}})
    found = outliers(check(text, {"type": "outliers", "method": "ensemble", "alpha": 0.001, "threshold": 0}))
    assert "without the LSTM the weights are isolation_forest 0.57, zscore 0.43" in found.verdict.message


class TestBaseline:
    """What is usual is learnt from another file."""

    def rule(self, shell: Shell, changed: dict[int, dict[str, Cell]], **more: object) -> Any:  # noqa: ANN401 - JSON
        shell.write("usual.csv", orders(1500, 1))
        shell.write("t.csv", orders(500, 2, changed))
        shell.rules({"type": "outliers", "baseline": {"file": "usual.csv"}, **more})
        return shell.idqp("check", "--format", "json").json["datasets"][0]["results"][-1]

    def test_of_a_clean_batch_no_row_fails(self, shell: Shell) -> None:
        found = self.rule(shell, {})
        assert (found["status"], found["rows_failed"], found["threshold"]) == ("passed", 0, 0.0)

    def test_with_alpha_as_many_pass_as_chance_makes(self, shell: Shell) -> None:
        found = self.rule(shell, {}, alpha=0.01)
        assert found["status"] == "passed"
        assert found["metric_value"] < 0.02
        assert 0.01 < found["threshold"] < 0.04

    def test_one_row_far_beyond_all_fails_alone(self, shell: Shell) -> None:
        found = self.rule(shell, {250: {"amount": 90_000.0}})
        assert (found["status"], found["rows_failed"]) == ("failed", 1)
        assert found["samples"][0]["line"] == 252

    def test_a_batch_with_many_odd_rows_fails(self, shell: Shell) -> None:
        changed: dict[int, dict[str, Cell]] = {number: {"amount": 500.0 + number} for number in range(0, 500, 10)}
        found = self.rule(shell, changed)
        assert found["status"] == "failed"
        assert 50 <= found["rows_failed"] <= 62

    @pytest.mark.parametrize("rows", [1, 2, 5, 15, 24, 40])
    def test_one_row_far_beyond_all_fails_in_a_small_file_too(self, shell: Shell, rows: int) -> None:
        shell.write("usual.csv", orders(300, 1))
        shell.rules({"type": "outliers", "columns": NAMES[1:], "baseline": {"file": "usual.csv"}})
        for odd in (False, True):
            shell.write("t.csv", orders(rows, 3, {0: {"amount": 90_000.0}} if odd else {}))
            found = shell.idqp("check", "--format", "json").json["datasets"][0]["results"][-1]
            assert (found["status"], found["rows_failed"]) == (("failed", 1) if odd else ("passed", 0))

    def test_a_baseline_that_is_not_there_is_an_error(self, shell: Shell) -> None:
        shell.write("t.csv", orders(50, 1))
        shell.rules({"type": "outliers", "baseline": {"file": "gone.csv"}})
        ran = shell.idqp("check")
        assert ran.code == 3
        assert "its baseline gone.csv cannot be read" in ran.err


class TestPreviousRuns:
    """What is usual is learnt from the run before, or from a snapshot, and kept in the store."""

    def found(self, shell: Shell, text: str, *, code: int) -> dict[str, Any]:
        """Check the file with other content, and return the results by rule."""
        shell.write("t.csv", text)
        ran = shell.idqp("check", "--format", "json")
        assert ran.code == code
        return {result["rule"]: result for result in ran.json["datasets"][0]["results"]}

    def test_the_first_run_is_judged_by_itself_and_the_second_by_the_first(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": "previous"})
        first = self.found(shell, orders(600, 1, {300: {"amount": 900.0}}), code=1)["odd"]
        assert "unlike 600 rows of the same data (no run before had other data)" in first["message"]
        second = self.found(shell, orders(500, 2, {100: {"amount": 250.0}}), code=1)["odd"]
        # The row that failed in the first run has taught nothing.
        assert "1 of 500 rows: unlike 599 rows of the last run" in second["message"]
        assert [sample["line"] for sample in second["samples"]] == [102]

    def test_a_check_that_is_repeated_makes_nothing_usual(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": "previous"})
        assert self.found(shell, orders(500, 1), code=0)["odd"]["status"] == "passed"
        shell.write("t.csv", orders(500, 2, {100: {"amount": 900.0}, 101: {"amount": 910.0}}))
        for _ in range(3):
            ran = shell.idqp("check", "--format", "json")
            assert ran.code == 1
            (result,) = (one for one in ran.json["datasets"][0]["results"] if one["rule"] == "odd")
            assert (result["rows_failed"], "of the last run" in result["message"]) == (2, True)

    def test_the_models_of_two_runs_are_kept(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": "previous"}, {"type": "outliers"})
        for seed in range(5):
            self.found(shell, orders(100, seed), code=0)
        with closing(open_store(str(shell.folder / ".idqp/state.db"))) as store:
            names = store.models("t")
            assert len(names) == 2
            assert all(isinstance(key.origin, OfRun) and key.lesson.rule == "odd" for key in names)
            assert verify(store.audit(), store.audit_head()) is None

    def test_a_year_that_is_all_of_a_file_says_nothing_of_its_rows(self, shell: Shell) -> None:
        def of_year(seed: int, year: int) -> str:
            lines = orders(400, seed).splitlines()
            rows = (f"{line},{year},batch {year}" for line in lines[1:])
            return "\n".join([f"{lines[0]},year,batch", *rows, ""])

        shell.rules({"name": "odd", "type": "outliers", "baseline": "previous"})
        for seed, year in enumerate((2019, 2020, 2021)):
            assert self.found(shell, of_year(seed + 1, year), code=0)["odd"]["status"] == "passed"

    def test_other_columns_than_in_the_run_before_are_judged_by_themselves(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": "previous"}, schema="none")
        self.found(shell, orders(300, 1), code=0)
        renamed = orders(300, 2, {7: {"amount": 900.0}}).replace("qty", "quantity", 1)
        result = self.found(shell, renamed, code=1)["odd"]
        assert "of the same data (what the last run left does not fit)" in result["message"]

    def test_a_snapshot_is_saved_used_and_dropped(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": {"snapshot": "gold"}})
        missing = self.found(shell, orders(400, 1), code=3)["odd"]
        assert "the snapshot gold has no model for this rule; `idqp baseline save t --name gold`" in missing["message"]
        saved = shell.idqp("baseline", "save", "t", "--name", "gold")
        assert (saved.code, "saved a baseline of 6 columns and 1 model" in saved.err) == (0, True)
        assert self.found(shell, orders(400, 2), code=0)["odd"]["status"] == "passed"
        result = self.found(shell, orders(400, 3, {9: {"note": "?"}}), code=1)["odd"]
        assert "unlike 400 rows of the snapshot gold" in result["message"]
        assert shell.idqp("baseline", "drop", "t", "--name", "gold").code == 0
        self.found(shell, orders(400, 4), code=3)

    def test_a_snapshot_of_rows_that_teach_nothing_says_so(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": {"snapshot": "gold"}})
        shell.write("t.csv", orders(5, 1))
        saved = shell.idqp("baseline", "save", "t", "--name", "gold")
        assert saved.code == 3
        assert "nothing is saved: odd: it takes 10 rows to learn what is usual, there are 5" in saved.err
        assert shell.idqp("baseline", "list", "--format", "json").json == []

    def test_a_rule_that_learns_something_else_has_another_model(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": {"snapshot": "gold"}})
        shell.write("t.csv", orders(200, 1))
        shell.idqp("baseline", "save", "t", "--name", "gold")
        shell.rules({"name": "odd", "type": "outliers", "baseline": {"snapshot": "gold"}, "where": "qty > 1"})
        self.found(shell, orders(200, 2), code=3)

    def test_a_snapshot_of_some_rows_is_that_of_its_rule(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": {"snapshot": "gold"}, "where": "qty > 4"})
        shell.write("t.csv", orders(400, 1))
        assert shell.idqp("baseline", "save", "t", "--name", "gold").code == 0
        found = self.found(shell, orders(400, 2), code=0)["odd"]
        assert 0 < found["rows_evaluated"] < 300

    def test_without_a_store_there_is_no_snapshot(self, shell: Shell) -> None:
        shell.rules(
            {"name": "odd", "type": "outliers", "baseline": {"snapshot": "gold"}},
            {"name": "moved", "type": "drift", "column": "amount", "baseline": {"snapshot": "gold"}},
        )
        shell.write("t.csv", orders(200, 1))
        ran = shell.idqp("check", "--no-store", "--format", "json")
        results = {one["rule"]: one["status"] for one in ran.json["datasets"][0]["results"]}
        assert (results["odd"], results["moved"], ran.code) == ("skipped", "skipped", 0)

    def test_personal_columns_are_not_learnt(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": "previous"}, pii=["note"])
        for seed in (1, 2):
            assert self.found(shell, orders(300, seed, {9: {"note": "?"}}), code=0)["odd"]["status"] == "passed"
        with closing(open_store(str(shell.folder / ".idqp/state.db"))) as store:
            for key in store.models("t"):
                model = store.model("t", key)
                assert model is not None
                assert "note" not in model.settings
        shell.rules({"name": "odd", "type": "outliers", "column": "note", "baseline": "previous"}, pii=["note"])
        result = self.found(shell, orders(300, 3), code=3)["odd"]
        assert "note is pii, and a baseline would keep its values" in result["message"]

    def test_where_every_column_is_personal_there_is_nothing_to_learn(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": "previous"}, pii=NAMES)
        assert "every column is pii" in self.found(shell, orders(50, 1), code=3)["odd"]["message"]

    def test_a_touched_file_is_the_same_data(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": "previous"})
        self.found(shell, orders(400, 1), code=0)
        bad = orders(400, 2, {number: {"amount": 900.0 + number} for number in range(0, 400, 4)})
        assert [self.found(shell, bad, code=1)["odd"]["rows_failed"] >= 100 for _ in range(2)] == [True, True]

    def test_a_damaged_model_of_the_run_before_gives_way_and_one_of_a_snapshot_is_an_error(self, shell: Shell) -> None:
        shell.rules(
            {"name": "odd", "type": "outliers", "baseline": "previous"},
            {"name": "gold", "type": "outliers", "baseline": {"snapshot": "gold"}},
        )
        shell.write("t.csv", orders(300, 1))
        shell.idqp("baseline", "save", "t", "--name", "gold")
        shell.idqp("check")
        with closing(sqlite3.connect(shell.folder / ".idqp/state.db")) as connection:
            for number, arrays in connection.execute("SELECT id, arrays FROM models").fetchall():
                damaged = arrays[:99] + bytes([arrays[99] ^ 1]) + arrays[100:]
                connection.execute("UPDATE models SET arrays = ? WHERE id = ?", [damaged, number])
            connection.commit()
        found = self.found(shell, orders(300, 2, {7: {"amount": 900.0}}), code=3)
        assert "the same data (what the last run left does not fit)" in found["odd"]["message"]
        assert (found["gold"]["status"], "damaged" in found["gold"]["message"]) == ("error", True)

    def test_a_column_that_comes_under_pii_later_is_looked_at_no_more(self, shell: Shell) -> None:
        rules = (
            {"name": "odd", "type": "outliers", "baseline": "previous"},
            {"name": "gold", "type": "outliers", "baseline": {"snapshot": "gold"}},
        )
        shell.rules(*rules)
        shell.write("t.csv", orders(300, 1))
        shell.idqp("baseline", "save", "t", "--name", "gold")
        shell.idqp("check")
        shell.rules(*rules, pii=["note"])
        found = self.found(shell, orders(300, 2, {7: {"note": "?"}}), code=3)
        assert found["odd"]["status"] == "passed"
        assert "its model knows note, which it may not look at" in found["gold"]["message"]

    def test_numbers_that_are_given_out_go_on_from_file_to_file(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": "previous"})
        for seed in (1, 2, 3):
            lines = orders(300, seed).splitlines()
            random.Random(seed).shuffle(rows := lines[1:])
            found = self.found(shell, "\n".join([lines[0], *rows, ""]), code=0)
            assert found["odd"]["rows_failed"] == 0

    def test_a_condition_may_change_from_run_to_run(self, shell: Shell) -> None:
        shell.rules({"name": "odd", "type": "outliers", "baseline": "previous", "where": "qty <> ${{ LEFT_OUT }}"})
        for day in ("1", "2", "3"):
            shell.write("t.csv", orders(300, int(day)))
            assert shell.idqp("check", "--set", f"LEFT_OUT={day}").code == 0
        with closing(open_store(str(shell.folder / ".idqp/state.db"))) as store:
            assert len(store.models("t")) == 2

    def test_a_forecaster_is_held_to_rows_that_it_was_not_trained_on(self, shell: Shell) -> None:
        def noise(seed: int) -> str:
            source = random.Random(seed)
            return csv_text(["ts", *"abcde"], [[hour, *(source.gauss(0, 1) for _ in "abcde")] for hour in range(300)])

        rule = {"name": "odd", "type": "outliers", "method": "lstm", "order_by": "ts", "baseline": "previous"}
        shell.rules(rule)
        for seed in (1, 2, 3):
            assert self.found(shell, noise(seed), code=0)["odd"]["status"] == "passed"

    def test_too_few_rows_to_forecast_are_not_passed(self, shell: Shell) -> None:
        rule = {"name": "odd", "type": "outliers", "method": "lstm", "order_by": "id", "baseline": "previous"}
        shell.rules(rule)
        self.found(shell, orders(400, 1), code=0)
        found = self.found(shell, orders(13, 2, {7: {"amount": 900.0}}), code=0)["odd"]
        assert (found["status"], "too few rows to forecast" in found["message"]) == ("skipped", True)


STRANGE: dict[str, tuple[list[str], Sequence[Sequence[Cell]]]] = {
    "one row": (["a"], [[1]]),
    "two rows": (["a", "b"], [[1, "x"], [2, "y"]]),
    "constant": (["a", "b"], [[1, "x"]] * 50),
    "all missing": (["a", "b"], [[None, None]] * 50),
    "infinite": (["a", "b"], [["inf", 1.5], ["-inf", 2.5], ["nan", 0.5]] * 20),
    "huge": (["a"], [[number % 3 * 1e300] for number in range(60)] + [[-1.7e308], [1.7e308]]),
    "tiny": (["a"], [[number * 1e-320] for number in range(60)]),
    "one odd cell": (["a", "b"], [[0, None]] * 60 + [[1, "x"]]),
    "text": (["a"], [["é" * number] for number in range(1, 60)]),
    "hostile names": (['a"b', "c'd\n"], [[number % 7, f"x'{number}\n"] for number in range(60)]),
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("method", ["knn", "ensemble", "lstm", "zscore", "mad", "iqr"])
def test_no_table_is_too_strange(check: Callable[..., DatasetReport], name: str, method: str) -> None:
    names, rows = STRANGE[name]
    rule = {"type": "outliers", "method": method} | ({"order_by": names[0]} if method == "lstm" else {})
    found = outliers(check(csv_text(names, rows), rule))
    assert found.status in {"passed", "failed", "skipped"} or "looks at those alone" in found.verdict.message
    assert "nan" not in found.verdict.message.lower()
    assert found.verdict.message
    for value in (found.verdict.metric_value, found.verdict.threshold):
        assert value is None or math.isfinite(value)


@pytest.mark.parametrize(("width", "status"), [(120, "passed"), (1000, "skipped")])
def test_a_wide_table_is_judged_or_says_why_not(check: Callable[..., DatasetReport], width: int, status: str) -> None:
    names = [f"c{number}" for number in range(width)]
    source = random.Random(1)
    rows: list[list[Cell]] = [[source.randint(0, 99) for _ in names] for _ in range(40)]
    found = outliers(check(csv_text(names, rows), {"type": "outliers"}))
    assert found.status == status
    assert status == "passed" or "400 columns at most" in found.verdict.message


@pytest.mark.thorough
def test_the_verdict_does_not_depend_on_threads(shell: Shell) -> None:
    shell.write("t.csv", orders(3000, 1, {9: {"amount": 300.0}, 2000: {"status": "?"}}))
    shell.rules(
        {"type": "outliers"},
        {"type": "outliers", "method": "ensemble", "order_by": "id", "alpha": 0.01, "threshold": 0},
    )
    seen = []
    for threads in ("1", "2"):
        ran = shell.idqp(
            "check", "--no-store", "--format", "json", "--threads", threads, env={"OMP_NUM_THREADS": threads}
        )
        seen.append(ran.json["datasets"][0]["results"])
    assert seen[0] == seen[1]
    assert {result["status"] for result in seen[0] if result["type"] == "outliers"} == {"failed"}


def test_personal_values_are_hidden_and_the_report_is_valid(shell: Shell) -> None:
    shell.write("t.csv", orders(400, 1, {300: {"status": "secret"}}))
    shell.rules({"type": "outliers"}, pii=["status"])
    ran = shell.idqp("check", "--format", "json")
    schema = resources.files("idqp_cli.report").joinpath("report.schema.json").read_text(encoding="utf-8")
    Draft202012Validator(json.loads(schema)).validate(ran.json)
    (sample,) = ran.json["datasets"][0]["results"][-1]["samples"]
    assert sample["causes"][0] == {"column": "status", "usual": "(hidden)"}
    assert "secret" not in ran.out
    assert "shipped" not in ran.out


def test_outliers_are_set_apart(shell: Shell) -> None:
    shell.write("t.csv", orders(400, 1, {300: {"status": "odd"}}))
    shell.rules({"type": "outliers"})
    shell.idqp("check", "--quarantine", "bad", "--good", "fine")
    assert "odd" in (shell.folder / "bad" / "t.csv").read_text()
    assert "odd" not in (shell.folder / "fine" / "t.csv").read_text()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"method": "lstm"}, "order_by: is missing"),
        ({"method": "zscore", "alpha": 0.1}, "method zscore: takes no baseline, order_by or alpha"),
        ({"cutoff": 3}, "cutoff: goes with zscore, mad and iqr"),
        ({"order_by": "id"}, "order_by: goes with lstm and ensemble"),
        ({"baseline": {"window": "7d"}}, "baseline: outliers have no window of runs"),
        ({"baseline": {}}, "must be one of window, snapshot and file"),
    ],
)
def test_what_cannot_be_meant_is_refused(shell: Shell, keys: dict[str, object], message: str) -> None:
    shell.write("t.csv", orders(20, 1))
    shell.rules({"type": "outliers", **keys})
    ran = shell.idqp("check")
    assert ran.code == 2
    assert message in ran.err
