"""How a rules file says that text is read: as Spark reads it then, or as a line that says that it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import Shell
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import Notation, ReadOptions
from idqp_cli.engine.spark.read_options import options
from sail_server import sail

__all__ = ["sail"]

TEXTS = {
    "delimiter": ({"delimiter": ";"}, "a;b\n1;x\n2;y\n"),
    "quote": ({"quote": "'"}, "a,b\n1,'x,1'\n2,y\n"),
    "escape": ({"escape": "\\"}, 'a,b\n1,"x\\"1"\n2,y\n'),
    "comment": ({"comment": "#"}, "a,b\n# nothing\n1,x\n2,y\n"),
    "header": ({"header": True}, "a,b\n1,x\n2,y\n"),
    "encoding": ({"encoding": "utf-8"}, "a,b\n1,é\n2,y\n"),
}
REFUSED = {
    "missing_values": {"missing_values": ["NA"]},
    "header": {"header": False},
    "quote": {"quote": "none"},
    "encoding": {"encoding": "latin-1"},
    "skip": {"skip": 1},
    "types": {"types": {"a": "VARCHAR"}},
    "decimal": {"decimal": ","},
    "date_format": {"date_format": "%d.%m.%Y"},
    "columns": {"columns": {"a": {"decimal": ","}}},
}
RULES: list[dict[str, Any]] = [{"type": "schema", "columns": {"a": "any integer", "b": "any text"}}, {"type": "range", "column": "a", "min": 1, "max": 2},
         {"type": "completeness", "column": "b"}]  # fmt: skip


def verdicts(shell: Shell, *words: str) -> dict[str, tuple[str, int | None]]:
    ran = shell.idqp("check", "--no-store", "--format", "json", *words)
    (dataset,) = ran.json["datasets"]
    assert dataset["message"] is None, dataset["message"]
    return {one["rule"]: (one["status"], one["rows_evaluated"]) for one in dataset["results"] if one["rule"] != "parse"}


@pytest.mark.parametrize("key", TEXTS)
def test_text_is_read_as_duckdb_reads_it(shell: Shell, sail: str, key: str) -> None:
    read, text = TEXTS[key]
    shell.write("t.csv", text)
    shell.rules(*RULES, path=str(shell.folder / "t.csv"), read=read)
    here = verdicts(shell)
    assert here["range(a)"] == ("passed", 2)
    assert verdicts(shell, "--engine", sail) == here


@pytest.mark.parametrize("key", REFUSED)
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_what_has_no_equal_is_said_and_not_checked(shell: Shell, sail: str, key: str, ending: str) -> None:
    shell.write(f"t.{ending}", "a,b\n1,x\n" if ending == "csv" else '{"a": 1, "b": "x"}\n')
    shell.rules(*RULES, path=str(shell.folder / f"t.{ending}"), read=REFUSED[key])
    ran = shell.idqp("check", "--no-store", "--engine", sail)
    assert ran.code == 3
    assert f"read.{key} has no equal with engine: spark" in ran.err


def test_every_key_has_an_answer() -> None:
    said: dict[str, Any] = {
        "max_line": ReadOptions(max_line=9), "true_values": ReadOptions(notation=Notation(true_values=("y",))),
        "comment": ReadOptions(comment="//"), "skip": ReadOptions(skip=2),
    }  # fmt: skip
    for key, read in said.items():
        with pytest.raises(UnreadableError, match=rf"read\.{key} has no equal"):
            options("csv", read, "t.csv")
    assert options("parquet", ReadOptions(skip=2), "t.parquet") == {}
    assert options("csv", ReadOptions(), "t.csv")["mode"] == "FAILFAST"
