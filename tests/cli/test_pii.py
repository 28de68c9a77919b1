"""Cells of columns under `pii` are in no output and in no store, whatever rule looks at them and however it ends."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
import typer

from conftest import Cluster, csv_text
from idqp_cli.cli.app import app, guarded
from idqp_cli.core.model import Severity
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.run import run
from idqp_cli.pipeline.targets import Choice, choose
from idqp_cli.project import contract
from idqp_cli.project.project import empty
from idqp_cli.report import formats
from idqp_cli.report.formats import Format
from idqp_cli.report.view import View
from idqp_cli.rules import RULE_TYPES

Rule = Mapping[str, object]

TEXT, NUMBER, MOMENT = "qzMarkerXv", "7654321.25", "1987-06-05 04:03:02"
MARKERS = (TEXT, NUMBER, "7,654,321", "7654321", "7654320", "1987-06-05", "1987-06")
SECRET = ("who", "Salary", "born")

# Each rule once on every column that it can be about, so that it fails there; none says a cell itself unless it has to.
RULES: Mapping[str, Sequence[Rule]] = {
    "completeness": [{"column": name, "where": f'"{name}" IS NULL OR n > 2'} for name in SECRET]
    + [{"column": "who", "missing_values": [TEXT]}, {"column": "who", "disguised": True}],
    "duplicates": [{}, {"columns": ["who", "Salary"]}, {"except": ["n"]}],
    "dependency": [{"columns": ["part"], "column": name} for name in SECRET] + [{"columns": ["who"], "column": "n"}],
    "variants": [{"column": "who"}],
    "unique": [{"column": name} for name in SECRET] + [{"columns": ["who", "n"]}],
    "accepted_values": [{"column": "who", "values": ["x", TEXT + "no"]}, {"column": "salary", "values": [1]}],
    "rejected_values": [
        {"column": "who", "values": [TEXT]},
        {"column": "Salary", "values": [float(NUMBER)]},
        {"column": "who", "values": [TEXT], "threshold": "100%"},
    ],
    "required_values": [{"column": "who", "values": [TEXT, TEXT + "no"]}, {"column": "who", "values": [TEXT]}],
    "range": [
        {"column": "Salary", "max": 1},
        {"column": "salary", "max": float(NUMBER) - 1},
        {"column": "born", "min": "2020-01-01"},
        {"column": "born", "max": MOMENT},
        {"column": "who", "max": "a"},
    ],
    "length": [{"column": name, "max": 1} for name in SECRET],
    "pattern": [
        {"column": "who", "regex": TEXT, "negate": True},
        {"column": "who", "like": [f"%{TEXT}", "a%"], "negate": True},
        {"column": "Salary", "regex": "^x"},
    ],
    "format": [{"column": "who", "format": "email"}, {"column": "Salary", "format": "date"}],
    "expression": [
        {"expression": "length(who) < 3"},
        {"expression": f"\"who\" <> '{TEXT}' OR upper(WHO) = 'a'"},
        {"expression": "CAST(who AS INTEGER) > 0"},
        {"expression": "Salary < 5 AND born > DATE '2001-01-01'"},
    ],
    "sequence": [{"column": name, "strict": True} for name in SECRET],
    "references": [{"column": "who", "dataset": "other", "to": ["who"]}],
    "row_count": [{"max": 1, "where": f"who = '{TEXT}'"}],
    "statistic": [
        {"column": "Salary", "statistic": name, "max": 1, **({"q": 0.5} if name == "quantile" else {})}
        for name in ("min", "max", "mean", "median", "sum", "stddev", "variance", "quantile", "distinct_count")
    ]
    + [
        {"column": "SALARY", "statistic": "max", "min": 1, "segment_by": "part"},
        {"column": "Salary", "statistic": "max", "min": 1},
    ],
    "freshness": [{"column": "born", "max_age": "1d"}, {"column": "born", "max_age": "30000d"}],
    "drift": [{"column": name, "min_rows": 1, "baseline": "previous"} for name in SECRET]
    + [{"column": "Salary", "min_rows": 1, "baseline": {"file": "t.csv"}}, {"column": "n", "min_rows": 1}],
    "outliers": [
        {"columns": ["salary"], "method": "zscore", "cutoff": 0.1},
        {"columns": ["Salary", "n"], "method": "iqr"},
        {"columns": ["Salary", "n"], "method": "mad"},
        {"method": "isolation_forest"},
        {"method": "knn", "baseline": "previous"},
        {"method": "knn", "columns": ["who", "Salary"]},
        {"method": "ensemble", "order_by": "born"},
    ],
    "anomaly": [
        {"metric": f"{name}({column})"}
        for name in ("min", "max", "mean", "median", "sum", "low", "high", "mode_share", "mean_length")
        for column in ("Salary", "who")
    ]
    + [{"metric": "profile"}, {"metric": "the largest"}],
    "schema": [{"columns": {"who": "any", "gone": "VARCHAR"}, "allow_extra": False}],
    "query": [
        {"sql": "SELECT who, salary AS pay FROM t"},
        {"sql": f"SELECT 'so ' || who AS told FROM t WHERE who = '{TEXT}'"},
        {"sql": "SELECT CAST(who AS INTEGER) FROM t"},
    ],
}
# Each row beside its own twin; one cell of `born` and one of `n` do not parse.
ROWS = [
    (TEXT, NUMBER, MOMENT if number != 40 else TEXT, number if number != 30 else "bad", "ab"[number % 2])
    for number in range(60)
]
OTHER = [(f"somebody {number}", number * 1.5, f"2020-01-01 00:00:{number:02}", number, "c") for number in range(40)]


@pytest.fixture
def idqp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that runs idqp in process, in a folder of its own, and returns all that it says."""
    monkeypatch.chdir(tmp_path)
    for name in ("IDQP_STORE", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str, codes: Sequence[int] = (0, 1, 3)) -> str:
        code = guarded(lambda: typer.main.get_command(app).main(list(words), prog_name="idqp", standalone_mode=False))
        told = capsys.readouterr()
        assert code in codes, (words, told.err)
        return told.out + told.err

    return run


def project(folder: Path, form: str, pii: Sequence[str] = SECRET) -> None:
    """Write the data and the rules, with every rule type on the columns under `pii`."""
    names = ("who", "Salary", "born", "n", "part")
    if form == "csv":
        (folder / "t.csv").write_text(csv_text(names, [*OTHER, *ROWS]) + f"{TEXT},1,2\n", encoding="utf-8")
    else:
        lines = [json.dumps(dict(zip(names, row, strict=True))) for row in [*OTHER, *ROWS]]
        (folder / "t.jsonl").write_text(
            "\n".join([*lines, f'{{"who": "{TEXT}', f'["{TEXT}"]']) + "\n", encoding="utf-8"
        )
        (folder / "t.csv").write_text(csv_text(names, ROWS), encoding="utf-8")
    (folder / "other.csv").write_text("who,n\nnobody,1\n", encoding="utf-8")
    rules = [{"type": kind, **rule} for kind, own in RULES.items() for rule in own]
    rules.append({"type": "statistic", "name": "the largest", "column": "Salary", "statistic": "max", "min": 1})
    rules.append({"type": "row_count", "min": 1, "segment_by": "who"})
    own = {"path": f"t.{form}", "pii": list(pii), "key": ["who", "n"], "rules": rules}
    slack = {"type": "slack", "webhook": "http://127.0.0.1:9/never"}
    text = {
        "version": 1,
        "datasets": {"t": own, "other": {"path": "other.csv"}},
        "alerts": {"channels": {"team": slack}, "routes": [{"to": ["team"]}]},
    }
    (folder / "rules.yaml").write_text(json.dumps(text), encoding="utf-8")


def told(text: str) -> list[str]:
    """Return where a text names a cell."""
    return [text[max(0, place - 120) : place + 60] for one in MARKERS if (place := text.find(one)) >= 0]


def everything(idqp: Callable[..., str], folder: Path, store: str) -> dict[str, str]:
    """Run every command that reads or writes what was found; return what each said and wrote."""
    said: dict[str, str] = {}
    for day in range(1, 10):
        head, *lines = (folder / "t.csv").read_text(encoding="utf-8").splitlines()
        part = [head, *lines[day:50]] if day < 9 else [head, *lines]
        (folder / f"old-2024-01-{day:02}.csv").write_text("\n".join(part) + "\n", encoding="utf-8")
    said["backfill"] = idqp("check", "t", "--store", store, "--backfill", "old-*.csv", "--select", "type:anomaly")
    outputs = [word for form in Format for word in ("-o", f"{form}=out.{form}")]
    said["check"] = idqp("check", "--store", store, "-v", *outputs, "--metrics-file", "out.prom", codes=(1, 3))
    said["again"] = idqp("check", "--store", store, "-v", codes=(1, 3))
    said["sample"] = idqp("check", "--store", store, "-v", "--sample", "50", codes=(1, 3))
    said["explain"] = idqp("check", "--explain", "t")
    said["save"] = idqp("baseline", "save", "t", "--name", "first", "--store", store)
    for words in (
        ("incident", "list"),
        ("incident", "show", "1"),
        ("rule", "list"),
        ("history", "t"),
        ("alert", "list"),
    ):
        said[" ".join(words)] = idqp(*words, "--store", store)
    said["report"] = idqp("report", "--store", store)
    said["backtest"] = idqp("backtest", "t", "--store", store, codes=(0, 1, 2, 3))
    for path in folder.glob("out.*"):
        said[path.name] = path.read_text(encoding="utf-8")
    return said


def dumped(database: str) -> str:
    """Return all that an SQLite store holds."""
    with sqlite3.connect(database) as connection:
        return "\n".join(connection.iterdump())


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_no_cell_is_told_or_kept(idqp: Callable[..., str], tmp_path: Path, form: str) -> None:
    assert set(RULES) == set(RULE_TYPES)
    project(tmp_path, form)
    said = everything(idqp, tmp_path, "state.db")
    assert {f"out.{one}" for one in Format} < set(said)
    said["store"] = dumped("state.db")
    assert "is outside its range" in said["store"]
    assert {where: found for where, text in said.items() if (found := told(text))} == {}


def test_cells_are_shown_on_stdout_to_one_who_asks_and_nowhere_else(
    idqp: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project(tmp_path, "csv")
    outputs = [word for form in Format for word in ("-o", f"{form}=out.{form}")]
    words = ["check", "--store", "state.db", "--show-data", "--format", "json", *outputs, "--metrics-file", "out.prom"]
    guarded(lambda: typer.main.get_command(app).main(words, prog_name="idqp", standalone_mode=False))
    shown = capsys.readouterr()
    assert {TEXT, NUMBER, "1987-06-05"} <= {one for one in MARKERS if one in shown.out}
    said = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("out.*")}
    assert len(said) == len(Format) + 1
    said |= {"stderr": shown.err, "store": dumped("state.db"), "report": idqp("report", "--store", "state.db")}
    said["incident"] = idqp("incident", "show", "1", "--store", "state.db")
    assert {where: found for where, text in said.items() if (found := told(text))} == {}


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--no-store",), 2), (("--explain",), 2), (("--backfill", "t.csv"), 2), (("--store", "/dev/null/x"), 4)],
)
def test_cells_are_not_shown_where_no_store_says_who_may_see_them(
    idqp: Callable[..., str], tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    project(tmp_path, "csv")
    assert told(idqp("check", "t", "--show-data", *words, codes=(code,))) == []


def test_no_cell_is_kept_by_a_server(idqp: Callable[..., str], tmp_path: Path, cluster: Cluster, database: str) -> None:
    project(tmp_path, "csv")
    said = everything(idqp, tmp_path, cluster.address(database))
    tables = cluster.run("SELECT tablename FROM pg_tables WHERE schemaname = 'idqp'", database)
    for (name,) in tables:
        rows = cluster.run(f"SELECT t::text FROM idqp.{name} t", database)
        said[f"table {name}"] = "\n".join(str(row) for row in rows)
    assert "is outside its range" in said["table metrics"] + said["table incidents"] + said["table alerts"]
    assert {where: found for where, text in said.items() if (found := told(text))} == {}


def veiled(folder: Path, form: str, *words: str) -> dict[str, str]:
    """Check what strangers wrote, without the confinement, and return the report in every format."""
    project(folder, form, ())
    found = contract.load("rules.yaml", {}) if not words else empty(folder)
    chosen = choose(found, Choice(words, exclude=("type:outliers",)))
    request = Request(found, chosen, Severity.INFO, "me", veiled=True)
    report = run(request, Memory(None), lambda _: None).report
    view = View(verbose=True)
    return {kind: formats.render(kind, report, view) for kind in Format}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_no_cell_of_any_column_is_told_of_untrusted_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = veiled(tmp_path, form)
    assert "is outside its range" in said[Format.HTML]
    assert {where: found for where, text in said.items() if (found := told(text))} == {}
    said = veiled(tmp_path, form, f"t.{form}")
    assert "parse" in said[Format.JSON]
    assert {where: found for where, text in said.items() if (found := told(text))} == {}
