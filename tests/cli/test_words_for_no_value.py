"""A check without rules reads words like `NA` among numbers as missing, says so, and agrees with what `idqp init` writes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest

from conftest import Ran, Shell

SAID = "that there is no value, and"


def table(cells: Sequence[str], words: Sequence[str], *more: str) -> str:
    """Return a table with 10 words among 200 cells, in turn."""
    turn = [
        words[number // 20 % len(words)] if number % 20 == 0 else cells[number % len(cells)] for number in range(200)
    ]
    rows = [f"{number},{cell},{number % 7}" for number, cell in enumerate(turn)]
    return "id,qty,day\n" + "\n".join([*rows, *more]) + "\n"


def parse(ran: Ran) -> dict[str, object]:
    (found,) = (one for one in ran.json["datasets"][0]["results"] if one["rule"] == "parse")
    return dict(found)


def checked(shell: Shell, name: str, *words: str) -> Ran:
    return shell.idqp("check", name, "--no-store", "--format", "json", *words)


@pytest.mark.parametrize(("cells", "words"), [
    (["1", "2", "3"], ["NA"]), (["1.5", "2.5"], ["N/A", "-"]), (["2024-01-02", "2024-02-03"], ["null", "none"]),
    (["1", "2", "3"], ["?", "NA", "--"]), (["2024-01-02 10:00:00", "2024-01-02 11:00:00"], ["n/a"]),
])  # fmt: skip
def test_cells_that_say_so_are_missing_and_counted(shell: Shell, cells: list[str], words: list[str]) -> None:
    shell.write("t.csv", table(cells, words))
    absent = 10
    ran = checked(shell, "t.csv")
    found = parse(ran)
    assert (ran.code, found["status"], found["severity"], found["metric_value"]) == (0, "failed", "info", absent)
    assert f"{absent} cells say {SAID} are read as missing (qty: {absent} cells)" in str(found["message"])
    assert found["samples"]
    # Whoever wants it to fail says so, and the rules that are written for the file agree.
    assert checked(shell, "t.csv", "--fail-on", "info").code == 1
    assert shell.idqp("init", "t.csv").code == 0
    assert "missing_values" in (shell.folder / "rules.yaml").read_text()
    assert shell.idqp("check", "--no-store").code == ran.code


def test_json_lines_agree(shell: Shell) -> None:
    rows = [{"id": number, "qty": "NA" if number % 20 == 0 else number} for number in range(200)]
    shell.write("t.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    found = parse(ran := checked(shell, "t.jsonl"))
    assert (ran.code, found["status"], found["severity"], found["metric_value"]) == (0, "failed", "info", 10)


def test_a_column_that_such_words_make_one_of_texts_has_a_finding(shell: Shell) -> None:
    shell.write("t.csv", "id,qty\n" + "".join(f"{number},{'NA' if number % 3 else number}\n" for number in range(200)))
    ran = checked(shell, "t.csv")
    found = {one["rule"]: (one["status"], one["severity"]) for one in ran.json["datasets"][0]["results"]}
    assert (ran.code, found["parse"][0], found["rejected_values(qty)"]) == (0, "passed", ("failed", "info"))


def test_what_is_wrong_besides_is_critical_and_shown_first(shell: Shell) -> None:
    shell.write("t.csv", table(["1", "2", "3"], ["NA"], "200,twelve,1"))
    found = parse(ran := checked(shell, "t.csv"))
    assert (ran.code, found["severity"]) == (1, "critical")
    assert str(found["message"]).startswith("1 cell not of the column's type (qty: 1 cell); 10 cells say that")
    assert ["twelve" in json.dumps(one) for one in found["samples"]] == [True]  # type: ignore[attr-defined]
    shell.write("u.csv", table(["1", "2", "3"], ["NA"], '"x"y,1,1,1'))
    found = parse(ran := checked(shell, "u.csv"))
    assert (ran.code, found["severity"], "1 line not read as a row" in str(found["message"])) == (1, "critical", True)


def test_a_country_is_a_value(shell: Shell) -> None:
    rows = "".join(f"{number},{['DE', 'NA', 'FR', '-'][number % 4]}\n" for number in range(200))
    shell.write("t.csv", "id,country\n" + rows)
    found = parse(ran := checked(shell, "t.csv"))
    assert (ran.code, found["status"], SAID in ran.out) == (0, "passed", False)


def test_rules_of_ones_own_say_themselves_what_is_missing(shell: Shell) -> None:
    shell.write("t.csv", table(["1", "2"], ["NA"]))
    shell.rules({"type": "unique", "column": "id"})
    found = parse(ran := shell.idqp("check", "--no-store", "--format", "json"))
    assert (ran.code, found["severity"], SAID in ran.out) == (1, "critical", False)


def test_untrusted_data_are_judged_by_no_value(shell: Shell) -> None:
    shell.write("t.csv", table(["1", "2"], ["NA"]))
    ran = checked(shell, "t.csv", "--untrusted")
    assert (ran.code, parse(ran)["severity"], '"NA"' in ran.out) == (1, "critical", False)


@pytest.mark.parametrize("form", ["table", "junit", "sarif", "github", "markdown", "html"])
def test_every_format_says_it(shell: Shell, form: str) -> None:
    shell.write("t.csv", table(["1", "2"], ["NA"]))
    ran = shell.idqp("check", "t.csv", "--no-store", "--format", form)
    assert ran.code == 0
    assert f"10 cells say {SAID} are read as missing" in re.sub(r"\s+", " ", ran.out)


@pytest.mark.parametrize("separate", [",", ";"])
def test_a_word_that_is_a_code_elsewhere_is_missing_in_its_column_alone(shell: Shell, separate: str) -> None:
    codes = ["NA", "DE", "FR", "ZA", "BW"]
    lines = [f"{n},{codes[n % 5]},{'NA' if n % 40 == 3 else n % 9},{'-' if n % 2 else 'A'}" for n in range(300)]
    shell.write(
        "t.csv", "id,country,amount,grade\n".replace(",", separate) + "\n".join(lines).replace(",", separate) + "\n"
    )
    ran = checked(shell, "t.csv")
    (found,) = (one for one in ran.json["datasets"][0]["results"] if one["status"] == "failed")
    assert (ran.code, found["rule"], found["metric_value"]) == (0, "parse", 8)
    assert shell.idqp("init", "t.csv").code == 0
    written = (shell.folder / "rules.yaml").read_text()
    assert "columns: {amount: {missing_values: [NA]}}" in written
    assert "values: [BW, DE, FR, NA, ZA]" in written
    assert shell.idqp("check", "--no-store").code == 0


def test_a_word_unlike_the_texts_of_its_column_is_missing_everywhere(shell: Shell) -> None:
    lines = [f"{'NA' if n % 50 == 1 else f'N{n % 7}{n % 3}AB'},{'NA' if n % 40 == 3 else n % 9}" for n in range(300)]
    shell.write("t.csv", "plane,delay\n" + "\n".join(lines) + "\n")
    assert shell.idqp("init", "t.csv").code == 0
    assert "read: {missing_values: [NA]}" in (shell.folder / "rules.yaml").read_text()
