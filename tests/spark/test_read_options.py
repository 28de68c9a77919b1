"""CSV on a cluster: typed as on DuckDB by what `read:` says, or one line that says what Spark cannot read."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from conftest import Shell
from generated import ROOT
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import Notation, ReadOptions
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN
from idqp_cli.engine.engines import Expected
from idqp_cli.engine.spark.cluster import connected
from idqp_cli.engine.spark.dataset import ingest, named
from idqp_cli.engine.spark.read_options import options
from idqp_cli.engine.spark.text_files import MOST_NUMBERED
from idqp_cli.ingest.resources import AS_IT_LIKES
from sail_server import sail

__all__ = ["sail"]

# A server that computes in one thread takes a while for all.
PARTS = 3
# What a report has of a run and not of the data.
OF_THE_RUN = frozenset({"duration_seconds", "file_modified_at", "fingerprint", "seconds"})
RULES: list[dict[str, Any]] = [
    {"type": "completeness", "column": "a"},
    {"type": "completeness", "column": "b"},
    {"type": "unique", "column": "b"},
    {"type": "statistic", "column": "a", "statistic": "max", "max": 2},
    {"type": "row_count", "min": 9},
]
# What `read:` says, the text, and other rules than those.
READ: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "a,b\n1,x\n2,\n3,x\n"),
    "blanks": ({}, "a,b\n 1,x \n2 , y\n3,z\n"),
    "delimiter": ({"delimiter": ";"}, "a;b\n1;x\n2;y\n"),
    "found_delimiter": ({}, "a\tb\n1\tx\n2\ty\n3\ty\n"),
    "quote": ({"quote": "'"}, "a,b\n1,'x,1'\n2,y\n"),
    "no_quote": ({"quote": "none"}, 'a,b\n1,"x\n2,y"z\n'),
    "escape": ({"escape": "\\"}, 'a,b\n1,"x\\"1"\n2,y\n'),
    "doubled": ({}, 'a,b\n1,"x""1"\n2,y\n'),
    "lines_in_cells": ({}, 'a,b\n1,"x\ny"\n2,"y\n"\n3,"x\ny"\n'),
    "crlf": ({}, "a,b\r\n1,x\r\n2,y\r\n3,x\r\n"),
    "comment": ({"comment": "#"}, "a,b\n# nothing\n1,x\n2,y\n"),
    "header": ({"header": True}, "a,b\n1,x\n2,y\n"),
    "encoding": ({"encoding": "utf-8"}, "a,b\n1,é\n2,y\n"),
    "missing": ({"missing_values": ["NA", "-"]}, "a,b\n1,x\nNA,-\n3,x\nNA,NA\n"),
    "missing_in_one": ({"columns": {"a": {"missing_values": ["-1"]}}}, "a,b\n1,x\n-1,-1\n3,x\n"),
    "all_quoted": ({}, '"a","b"\n"1","x"\n"2",""\n"","y"\n'),
    "types": ({"types": {"a": "VARCHAR"}}, "a,b\n007,x\n08,y\n"),
    "wrong_cells": ({"types": {"a": "BIGINT"}}, "a,b\n1,x\ntwo,y\n3.5,y\n-4,y\n99999999999999999999,y\n"),
    "unsigned": ({"types": {"a": "UTINYINT"}}, "a,b\n1,x\n-1,y\n300,y\n2,y\n"),
    "decimal": ({"decimal": ",", "thousands": "."}, "a;b\n1,5;x\n1.234,5;y\n1;y\n"),
    "found_decimal": ({}, "a;b\n1,5;x\n2,25;y\n0,75;y\n"),
    "strip": ({"columns": {"a": {"strip": "€"}}}, "a,b\n1 €,x\n€2,y\nx,y\n"),
    "date_format": ({"date_format": "%d.%m.%Y", "types": {"b": "DATE"}}, "a,b\n1,31.12.2024\n2,1.2.2025\n3,31.02.2024\n"),
    "names_of_months": ({"date_format": "%d %b %Y", "types": {"b": "DATE"}}, "a,b\n1,31 Dec 2024\n2,1 Feb 2025\n"),
    "words": ({"true_values": ["ja"], "false_values": ["nein"], "types": {"b": "BOOLEAN"}}, "a,b\n1,ja\n2,nein\n3,vielleicht\n"),
    "epoch": ({"types": {"b": "EPOCH_S"}}, "a,b\n1,1700000000\n2,x\n"),
    "dates": ({}, "a,b\n1,2024-01-31\n2,2024-02-30\n3,2024-02-01\n4,\n"),
    "times": ({}, "a,b\n1,2024-01-31 10:00:00\n2,2024-02-01T11:30\n3,2024-02-01 25:00\n"),
    "zones": ({}, "a,b\n1,2024-01-31T10:00:00Z\n2,2024-02-01 11:30+02:00\n3,2024-01-31 11:00:00+01:00\n"),
    "codes": ({}, "a,b\n1,007\n2,0815\n3,007\n"),
    "long": ({}, "a,b\n1,12345678901234567890\n2,1\n3,1\n"),
    "fine": ({}, "a,b\n1,0.1234567890123456789\n2,1.5\n3,1.5\n"),
    "special": ({}, "a,b\n1,NaN\n2,1.5\n3,inf\n4,2\n"),
    "twins": ({}, "a,b,b\n1,x,2\n2,y,3\n"),
    "no_name": ({}, "a,b,\n1,x,2\n2,y,3\n"),
    "trailing": ({}, "a,b,\n1,x,\n2,y,\n3,y,\n"),
    "no_rows": ({}, "a,b\n"),
    "wide": ({}, "a,b\n" + "".join(f"{number},{'x' * 500}{number}\n" for number in range(700)) + "seven,y\n"),
    "late_text": ({}, "a,b\n" + "".join(f"{number},{number}\n" for number in range(700)) + "x,\n" * 300),
}  # fmt: skip
ODD = {
    "one_column": ({}, "b\nx\ny\nx\n", [{"type": "unique", "column": "b"}]),
    "no_header": ({"header": False}, "1,x\n2,y\n", [{"type": "unique", "column": "column1"}, {"type": "range", "column": "column0", "max": 1}]),
    "names": ({}, 'from `x`,"a ""b"" \'c\'",ü/ä\n1,2,3\n4,,6\n', [{"type": "completeness", "column": "a \"b\" 'c'"}, {"type": "range", "column": "from `x`", "max": 3}]),
}  # fmt: skip
ON_SPARK = "IDQP_SPARK" in os.environ

REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "encoding": ({"encoding": "latin-1"}, "a,b\n1,x\n", "read.encoding has no equal with engine: spark"),
    "skip": ({"skip": 1}, "# made\na,b\n1,x\n", "read.skip has no equal with engine: spark"),
    "comments": ({"comment": "//"}, "a,b\n1,x\n", "read.comment has no equal with engine: spark"),
    "max_line": ({"max_line": 9_000_000}, "a,b\n1,x\n", "read.max_line has no equal with engine: spark"),
    "unknown": ({"types": {"c": "DATE"}}, "a,b\n1,x\n", "names the column 'c'"),
    "preamble": ({}, "Report\n\na,b\n1,x\n2,y\n3,z\n4,z\n5,z\n", "2 lines before the header, which Spark cannot skip"),
    "mark": ({}, "a,b\n1,x\ufffd\n", "1 line with bytes that are not UTF-8, or with U+FFFD"),
    "trailing": ({}, "a,b\n1,x,\n2,y,\n3,y,\n", "its rows end in a delimiter"),
    "blank": ({}, "a\n1\n\n3\n", "one column and blank lines"),
    "ragged": ({}, "a,b\n1,x\n2,y,z\n", "cannot be read to its end"),
    "empty": ({}, "", "is empty"),
    "html": ({}, "<html><body>No</body></html>\n", "is a web page or XML"),
}


def reported(shell: Shell, datasets: dict[str, Any], *words: str) -> dict[str, Any]:
    """Return what a check says of each dataset, but for what is of the run."""
    rules = json.dumps({"version": 1, "datasets": datasets}, ensure_ascii=False)
    (shell.folder / "rules.yaml").write_text(rules, encoding="utf-8")
    ran = shell.idqp("check", "--no-store", "--format", "json", *words)
    assert ran.out, ran.err
    return {dataset["dataset"]: of_data(dataset) for dataset in ran.json["datasets"]}


def of_data(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: of_data(one) for key, one in value.items() if key not in OF_THE_RUN}
    return [of_data(one) for one in value] if isinstance(value, list) else value


def different(here: Any, there: Any, path: str = "") -> list[str]:  # noqa: ANN401 - JSON
    """Return where two reports differ, and how."""
    if isinstance(here, dict) and isinstance(there, dict) and here.keys() == there.keys():
        return [line for key, one in here.items() for line in different(one, there[key], f"{path}/{key}")]
    if isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        pairs = enumerate(zip(here, there, strict=True))
        return [line for place, (one, other) in pairs for line in different(one, other, f"{path}/{place}")]
    return [] if here == there else [f"{path}: {here!r} and {there!r}"]


@pytest.mark.parametrize("part", range(PARTS))
def test_text_is_judged_as_duckdb_judges_it(shell: Shell, sail: str, part: int) -> None:
    datasets: dict[str, Any] = {}
    for name, (read, text) in list(READ.items())[part::PARTS]:
        shell.write(f"{name}.csv", text)
        datasets[name] = {"path": f"{name}.csv", "key": ["a"], "read": read, "rules": RULES}
    for name, (read, text, rules) in list(ODD.items())[part::PARTS]:
        shell.write(f"{name}.csv", text)
        datasets[name] = {"path": f"{name}.csv", "read": read, "rules": rules}
    here = reported(shell, datasets)
    assert {name for name, dataset in here.items() if dataset["message"]} == set()
    there = reported(shell, datasets, "--engine", sail)
    assert {line.split("/")[1] for line in different(here, there)} <= {"lines_in_cells"}, different(here, there)
    assert different(without_places(here), without_places(there)) == []


EMPTY: dict[str, tuple[dict[str, Any], str]] = {
    "in_the_middle": ({}, 'a,b,c\n1,"",3\n2,,4\n3,x,5\n'),
    "at_the_ends": ({}, 'b,a,c\n"",1,x\n,2,""\ny,3,\n'),
    "with_crlf": ({}, 'a,b\r\n1,""\r\n2,\r\n3,y\r\n'),
    "with_tabs": ({}, 'a\tb\n1\t""\n2\t\n3\ty\n'),
    "with_bars": ({"delimiter": "|"}, 'a|b\n1|""\n2|\n3|y\n'),
    "other_quotes": ({"quote": "'"}, "a;b\n1;''\n2;\n3;y\n"),
    "late": ({}, "a,b\n" + "".join(f"{n},y\n" for n in range(900)) + '901,""\n902,\n'),
}


def test_an_empty_text_in_quotes_is_no_missing_cell(shell: Shell, sail: str) -> None:
    datasets: dict[str, Any] = {}
    for name, (read, text) in EMPTY.items():
        shell.write(f"{name}.csv", text)
        base: dict[str, Any] = {"path": f"{name}.csv", "key": ["a"], "rules": [{"type": "completeness", "column": "b"}]}
        datasets |= {name: {**base, "read": read}, f"{name}_said": {**base, "read": {**read, "missing_values": [""]}}}
    here, there = reported(shell, datasets), reported(shell, datasets, "--engine", sail)
    for name in EMPTY:
        failed, said = (here[one]["results"][-1]["rows_failed"] for one in (name, f"{name}_said"))
        assert (failed, said) == (1, 2)
        if not ON_SPARK:
            # Sail has one cell for both, and is not believed.
            assert there[name]["status"] == "error"
            assert "takes quoted empty texts for missing cells" in there.pop(name)["message"]
            here.pop(name)
    assert different(here, there) == []


def test_the_example_and_the_tutorial_are_judged_as_on_duckdb(shell: Shell, sail: str) -> None:
    example = yaml.safe_load((ROOT / "rules.yaml.example").read_text(encoding="utf-8"))["datasets"]
    (shell.folder / "tests").symlink_to(ROOT / "tests")
    tutorial = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    shell.write("orders.csv", block(tutorial, "orders.csv"))
    datasets = {**example, **yaml.safe_load(block(tutorial, "rules.yaml"))["datasets"]}
    here = reported(shell, datasets)
    assert {name: sum(one["status"] == "failed" for one in dataset["results"]) for name, dataset in here.items()} == {
        "flights": 2, "orders": 4,
    }  # fmt: skip
    assert different(here, reported(shell, datasets, "--engine", sail)) == []


def block(page: str, name: str) -> str:
    """Return the first file of this name that a page shows."""
    return page.split(f"<!-- file: {name} -->\n```", 1)[1].split("\n", 1)[1].split("```", 1)[0]


def test_several_files_are_one_dataset(shell: Shell, sail: str) -> None:
    (shell.folder / "days/day=2026-01-01").mkdir(parents=True)
    (shell.folder / "days/day=2026-01-02").mkdir()
    shell.write("days/day=2026-01-01/o.csv", "a,b\n1,x\n2,y\n")
    shell.write("days/day=2026-01-02/o.csv", "b;a\nx;3\ny;4\n")
    (shell.folder / "two").mkdir()
    shell.write("two/1.csv", "a,b\n1,x\n2,y\n")
    shell.write("two/2.csv", "a,c\n3,x\n4,y\n")
    (shell.folder / "packed").mkdir()
    for number in range(2):
        (shell.folder / f"packed/{number}.csv.gz").write_bytes(gzip.compress(f"a,b\n{number},x\nx,\n".encode()))
    rules: list[dict[str, Any]] = [{"type": "unique", "column": "b"}, {"type": "range", "column": "a", "max": 3}]
    datasets = {
        "days": {"path": "days", "rules": [*rules, {"type": "unique", "columns": ["day", "b"]}]},
        "two": {"path": "two/*.csv", "rules": rules},
        "packed": {"path": "packed/*.csv.gz", "rules": rules},
    }
    here, there = reported(shell, datasets), reported(shell, datasets, "--engine", sail)
    assert different(*(with_names(report, shell.folder) for report in (here, there))) == []


def without_places(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a report without the lines of rows."""
    if isinstance(value, dict):
        return {key: without_places(one) for key, one in value.items() if key != "line"}
    return [without_places(one) for one in value] if isinstance(value, list) else value


def with_names(value: Any, folder: Path) -> Any:  # noqa: ANN401 - JSON
    """Return a report in which files have the names that they have in a folder, and without their number."""
    text = json.dumps(value).replace(f"{folder}/", "").replace(" (2 files)", "")
    return json.loads(text)


def test_files_with_other_headers_behind_those_that_are_looked_at_are_refused(shell: Shell, sail: str) -> None:
    for folder, last in (("alike", "a,b"), ("unlike", "b,a")):
        (shell.folder / folder).mkdir()
        for number in range(22):
            shell.write(f"{folder}/{number:02}.csv", f"{last if number == 21 else 'a,b'}\n{number},x\n")
    datasets = {name: {"path": f"{name}/*.csv", "rules": RULES[:2]} for name in ("alike", "unlike")}
    found = reported(shell, datasets, "--engine", sail)
    assert found["alike"]["rows"] == 22
    assert "not all files have the header a,b" in found["unlike"]["message"]


def test_each_row_of_many_files_has_a_place_of_its_own(shell: Shell, sail: str) -> None:
    (shell.folder / "many").mkdir()
    for number in range(MOST_NUMBERED + 1):
        shell.write(f"many/{number:02}.csv", f"a,b\n{number},x\n{number},y\n")
    with connected(sail, 1_000, AS_IT_LIKES) as cluster:
        source = named(["many/*.csv"], shell.folder)
        relation = ingest(cluster, Dataset("many", "many/*.csv"), source, Expected({}, {}, {})).relation
        place = f"`{FILE_COLUMN}`, `{ROW_COLUMN}`"
        view = relation.numbered.strip('"')
        found = cluster.session.sql(f"SELECT count(*), count(DISTINCT struct({place})) FROM {view}").collect()
        ((rows, places),) = found
    assert (rows, places) == (2 * (MOST_NUMBERED + 1),) * 2


def test_what_spark_cannot_read_is_said_and_not_checked(shell: Shell, sail: str) -> None:
    datasets: dict[str, Any] = {}
    for name, (read, text, _) in REFUSED.items():
        shell.write(f"{name}.csv", text)
        datasets[name] = {"path": f"{name}.csv", "read": read, "rules": [{"type": "row_count", "min": 1}]}
    (shell.folder / "western.csv").write_bytes("a,b\n1,é\n".encode("latin-1"))
    datasets["western"] = {"path": "western.csv", "rules": [{"type": "row_count", "min": 1}]}
    datasets["absent"] = {"path": "absent.csv", "rules": [{"type": "row_count", "min": 1}]}
    ran = shell.idqp("check", "--no-store", "--format", "json", "--engine", sail, *rules_of(shell, datasets))
    assert ran.code == 3
    said = {dataset["dataset"]: dataset["message"] or "" for dataset in ran.json["datasets"]}
    expected = {**{name: words for name, (_, _, words) in REFUSED.items()}, "absent": "sees no such file"}
    assert {name: words for name, words in expected.items() if words not in said[name]} == {}, said
    # Spark decodes what it can; not every server of the protocol does.
    assert "not UTF-8" in said["western"] or "cannot read it" in said["western"]


def rules_of(shell: Shell, datasets: dict[str, Any]) -> tuple[str, str]:
    (shell.folder / "odd.yaml").write_text(json.dumps({"version": 1, "datasets": datasets}), encoding="utf-8")
    return "--rules", str(shell.folder / "odd.yaml")


@pytest.mark.parametrize("more", [("--sample", "50"), ("--quarantine", "bad"), ("--good", "good")], ids=" ".join)
def test_text_in_a_form_crosses_the_other_options(shell: Shell, sail: str, more: tuple[str, str]) -> None:
    """A column that Spark cannot read, one that it types, and wrong cells, in rows that come here."""
    lines = "".join(f"{number},{number % 28 + 1} Feb 2024,{number / 4}\n" for number in range(60))
    shell.write("t.csv", f"a,d,x\n{lines}x,30 Feb 2024,NA\n")
    rules = [{"type": "range", "column": "a", "max": 50}, {"type": "completeness", "column": "x"}, {"type": "unique", "column": "d"},
             {"type": "freshness", "column": "d", "max_age": "9999d"}]  # fmt: skip
    read = {"missing_values": ["NA"], "columns": {"d": {"date_format": "%d %b %Y"}}}
    datasets = {"t": {"path": "t.csv", "key": ["a"], "read": read, "rules": rules}}
    found = {}
    for engine in ("duckdb", sail):
        words = (more[0], f"{engine[:2]}-{more[1]}" if not more[1].isdigit() else more[1])
        (dataset,) = reported(shell, datasets, "--engine", engine, *words).values()
        found[engine] = (
            # A cluster counts all rows also beside a sample.
            [(one["rule"], one["rows_evaluated"]) for one in dataset["results"] if one["type"] != "row_count"],
            written(shell.folder / words[1]),
        )
        assert dataset["message"] is None
    assert found["duckdb"] == found[sail]


def written(path: Path) -> int:
    """Count the rows that were written to a folder: as text of text here, as Parquet of a cluster."""
    texts = sum(len(file.read_text(encoding="utf-8").splitlines()) - 1 for file in path.rglob("*.csv"))
    return texts + sum(int(pq.read_metadata(file).num_rows) for file in path.rglob("*.parquet"))


def test_json_has_types_and_refuses_every_key() -> None:
    said: dict[str, Any] = {
        "max_line": ReadOptions(max_line=9), "true_values": ReadOptions(notation=Notation(true_values=("y",))),
        "missing_values": ReadOptions(missing_values=("NA",)), "types": ReadOptions(types={"a": "DATE"}),
    }  # fmt: skip
    for key, read in said.items():
        with pytest.raises(UnreadableError, match=rf"read\.{key} has no equal"):
            options("json", read, "t.json")
    assert options("parquet", ReadOptions(skip=2), "t.parquet") == {}
    assert options("json", ReadOptions(), "t.json")["mode"] == "FAILFAST"
