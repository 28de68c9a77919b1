"""A folder that no dataset has: its files are as many datasets as they are, and nothing is left out without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Shell
from idqp_cli.pipeline.folders import parts
from idqp_cli.suggest.grouping import called_alike, grouped, joined

ORDERS = "order_id,customer,amount\n" + "".join(f"{n},c{n % 7},{n}.5\n" for n in range(40))
CUSTOMERS = "customer,name\n" + "".join(f"c{n},name {n}\n" for n in range(7))


def names(found: Shell, *words: str) -> dict[str, int | None]:
    ran = found.idqp("check", *words, "--format", "json")
    return {one["dataset"]: one["rows"] for one in ran.json["datasets"]}


@pytest.mark.parametrize(
    ("files", "groups"),
    [
        (("d/orders_2026-01.csv", "d/orders_2026-02.csv"), 1),
        (("d/day=2026-01-01/x.csv", "d/day=2026-01-02/x.csv"), 1),
        (("d/2026/01/x.csv", "d/2026/02/x.csv"), 1),
        (("d/part-0-1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed.parquet", "d/part-1-9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d.parquet"), 1),
        (("d/3f2a9c0d11.csv", "d/77ab01cc90.csv"), 1),
        (("d/deadbeef.csv", "d/facade.csv"), 2),
        (("d/orders.csv", "d/orders.parquet"), 2),
        (("d/eu/orders.csv", "d/us/orders.csv"), 2),
    ],
)  # fmt: skip
def test_what_files_are_called(files: tuple[str, ...], groups: int) -> None:
    assert len(called_alike(files, "d")) == groups


@pytest.mark.parametrize(
    ("one", "other", "groups"),
    [
        (("a", "b"), ("A", "b"), 1),
        (("a", "b", "c"), ("a", "b"), 1),
        (("a", "b", "c"), ("a",), 2),
        (("a",), (), 2),
        ((), (), 2),
    ],
)
def test_columns_in_common(one: tuple[str, ...], other: tuple[str, ...], groups: int) -> None:
    assert len(joined((("x",), ("y",)), {"x": one, "y": other})) == groups


def test_a_glob_stands_for_its_files_alone() -> None:
    files = ("1.csv", "2.csv", "eu.csv")
    apart = grouped(files, dict.fromkeys(files, ("a",)))
    assert [group.path for group in apart] == list(files)
    assert [group.path for group in grouped(files[:2], {})] == ["1.csv", "2.csv"]
    assert [group.path for group in grouped(files[:2], dict.fromkeys(files, ("a",)))] == ["*.csv"]


@pytest.fixture
def place(shell: Shell) -> Shell:
    for name, text in {
        "d/orders_1.csv": ORDERS, "d/orders_2.csv": ORDERS, "d/customers.csv": CUSTOMERS, "d/notes.md": "# notes\n",
        "d/events.jsonl": '{"event": 1}\n',
    }.items():  # fmt: skip
        shell.write(name, text)
    return shell


def test_unlike_files_are_datasets_of_their_own(place: Shell) -> None:
    ran = place.idqp("check", "d")
    assert ran.code == 0
    assert "d: not looked at: d/notes.md; name a file to check it" in ran.err
    assert ran.out.rstrip().endswith("idqp init d/customers.csv d/events.jsonl 'd/orders_*.csv'")
    assert names(place, "d") == {"d/customers.csv": 7, "d/events.jsonl": 1, "d/orders_*.csv": 80}
    assert names(place, "d", "d/customers.csv") == names(place, "d")
    assert names(place, ".") == names(place, "d")


@pytest.mark.parametrize("option", [("--untrusted",), ("--deadline", "60s", "--memory-limit", "1GB")])
def test_the_same_with_limits(place: Shell, option: tuple[str, ...]) -> None:
    assert names(place, "d", *option) == {"d/customers.csv": 7, "d/events.jsonl": 1, "d/orders_*.csv": 80}


def test_files_of_a_dataset_are_checked_by_its_rules(place: Shell) -> None:
    place.rules({"type": "row_count", "max": 79}, path="d/orders_*.csv")
    ran = place.idqp("check", "d", "--format", "json")
    (orders,) = (one for one in ran.json["datasets"] if one["dataset"] == "t")
    assert ran.code == 1
    assert orders["rows"] == 80
    assert names(place, "d", "--exclude", "dataset:t") == {"t": 80, "d/customers.csv": 7, "d/events.jsonl": 1}
    assert names(place, "d/orders_1.csv") == {"t": 40}


def test_a_file_that_cannot_be_read_leaves_the_others(place: Shell) -> None:
    (place.folder / "d" / "broken.parquet").write_bytes(b"PAR1 no more")
    ran = place.idqp("check", "d", "--format", "json")
    status = {one["dataset"]: one["status"] for one in ran.json["datasets"]}
    assert ran.code == 3
    assert status.pop("d/broken.parquet") == "error"
    assert set(status.values()) == {"passed"}


def test_rows_that_were_set_apart_are_no_data(place: Shell) -> None:
    assert place.idqp("check", "d", "--quarantine", "d/bad", "--good", "d/good").code == 0
    ran = place.idqp("check", "d")
    assert "d: not looked at: d/notes.md, d/bad/, d/good/; name a file to check it" in ran.err
    assert len(names(place, "d")) == 3


def test_a_folder_stands_as_it_is_without_names_of_data_and_where_all_are_alike(shell: Shell) -> None:
    shell.write("spark/part-0", ORDERS)
    shell.write("spark/part-1", ORDERS)
    shell.write("regions/eu.csv", ORDERS)
    shell.write("regions/us.csv", ORDERS.replace(",amount", ",sum"))
    assert names(shell, "spark") == {"spark": 80}
    assert names(shell, "regions") == {"regions": 80}
    shell.write("regions/README.md", "# regions\n")
    assert names(shell, "regions") == {"regions": 80}


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('[{"a": 1}, {"a": 2}]', 2),
        (' [\n  {"a": 1}\n]', 1),
        ('{"a": 1}\n{"a": 2}\n', 2),
        ('{"name": "settings", "of": {"a": 1}}', None),
        ("{\n}\n", None),
        ("[1, 2]", None),
        ("", None),
    ],
)
def test_a_json_file_is_data_if_it_holds_several_objects(shell: Shell, text: str, rows: int | None) -> None:
    shell.write("d/x.json", text)
    shell.write("d/x.csv", "b\n1\n")
    found = names(shell, "d")
    assert found.get("d/x.json") == rows


def test_names_are_hostile(shell: Shell) -> None:
    for name in ("[a].csv", "*.csv", "new\nline.csv", "$(rm).csv", "-x.csv", "{a,b}.csv", "é ü.csv"):
        shell.write(f"d/{name}", f"{ord(name[0])}_a,b\n1,2\n")
    ran = shell.idqp("check", "d", "--format", "json")
    assert ran.code == 0
    assert len(ran.json["datasets"]) == 7
    assert all(one["rows"] == 1 for one in ran.json["datasets"])
    assert "new\nline" not in shell.idqp("check", "d").err


def test_other_commands_divide_a_folder_alike(place: Shell) -> None:
    assert place.idqp("init", "d").code == 0
    written = (place.folder / "rules.yaml").read_text(encoding="utf-8")
    assert all(f"path: {path}" in written for path in ("'d/orders_*.csv'", "d/customers.csv", "d/events.jsonl"))
    assert place.idqp("check").code == 0
    assert place.idqp("check", "d").code == 0
    seen = place.idqp("profile", "d").out
    assert "orders  " in seen
    assert "customers  " in seen


def test_tables_below_a_folder_are_datasets(tmp_path: Path) -> None:
    deltalake = pytest.importorskip("deltalake")
    pyarrow = pytest.importorskip("pyarrow")
    deltalake.write_deltalake(str(tmp_path / "lake"), pyarrow.table({"a": [1, 2]}))
    (tmp_path / "x.csv").write_text("b\n1\n", encoding="utf-8")
    assert {part.name for part in parts(str(tmp_path))} == {str(tmp_path / "lake"), str(tmp_path / "x.csv")}
