"""`variants`: which texts are other spellings of more frequent ones, and what is shown of them."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from conftest import Shell, checked
from idqp_cli.core.model import Cause, DatasetReport
from idqp_cli.rules import spelling
from idqp_cli.rules.typos import typos

Check = Callable[..., DatasetReport]
RULE: dict[str, Any] = {"type": "variants", "column": "t"}
CITIES = "t\n" + "Birmingham\n" * 9 + "Birmingxam\nbirmingham \nLeeds\n"


@settings(max_examples=400, deadline=None)
@given(
    counts=st.dictionaries(
        st.sampled_from(oracle.SPELLINGS) | st.text(st.sampled_from("aA1é .-'\u200b\u0301_b"), max_size=5),
        st.sampled_from([1, 1, 2, 3, 5, 10, 11, 60]),
        max_size=25,
    ),
    right=st.just([]) | st.lists(st.sampled_from(oracle.SPELLINGS), max_size=8, unique=True),
)
def test_variants_are_those_that_plain_python_finds(counts: dict[str, int], right: list[str]) -> None:
    texts = [text for text, number in counts.items() for _ in range(number)]
    rows = [{"id": number, "t": text} for number, text in enumerate(texts)]
    failing = oracle.variants("t", right).says(rows).failing or ()
    assert set(spelling.variants(counts.items(), right)) == {texts[number] for number in failing}


WORDS = ["Female", "Male", "North", "South", "East", "B", "TX", "CT", "MAX 7"]
SLIPS = ["Femle", "emale", "Femael", "Femalex", "ale", "Mle", "Maleu", "Nroth", "Norh", "orth", "Sout", "Eats", "EastS", "xB", "B3", "T", "XT", "TY", "MAX 8", "MAX7"]  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(
    usual=st.dictionaries(st.sampled_from(WORDS), st.sampled_from([4, 5, 9, 10, 40, 60, 200]), min_size=1),
    rare=st.dictionaries(
        st.sampled_from(SLIPS) | st.text(st.sampled_from("aA1 ."), max_size=4), st.sampled_from([1, 1, 2, 8, 12, 40])
    ),
)
def test_typing_errors_are_those_that_plain_python_finds(usual: dict[str, int], rare: dict[str, int]) -> None:
    counts = [*(rare | usual).items()]
    assert {counts[number][0] for number in typos(counts)} == oracle.mistyped(dict(counts))


NAMES = [
    "Anna",
    "Anne",
    "Hanna",
    "Hanne",
    "Maria",
    "Marie",
    "Mario",
    "Jan",
    "Jane",
    "Joan",
    "John",
    "Tim",
    "Tom",
    "Kim",
]
SEXES = [("Female", 200), ("Male", 180)]
RHINES = [f"Rhi{one}ne" for one in "abcdefghijklmopqrstuvwxyz"]
FEMALES = ["Femle", "emale", "Femael", "Feamle", "Femalex", "Fmale", "Femqale", "Femal", "Feale", "eFmale", "Femlae"]


@pytest.mark.parametrize(
    ("what", "counts", "wrong"),
    [
        ("typing errors of two words", [*SEXES, *((text, 1) for text in FEMALES)], FEMALES),
        ("so many of them are one in six", [("Female", 50), *((text, 1) for text in FEMALES)], FEMALES),
        ("one may be a value of its own", [*SEXES, ("Femle", 1)], []),
        ("names, of which many are alike", [(name, 60 if at % 3 else 1) for at, name in enumerate(NAMES)], []),
        ("codes of two letters", [(a + b, 3 ** ("ABC".index(a) + 1)) for a in "ABC" for b in "ABCDEF"], []),
        ("rare words that are not alike", [*SEXES, ("Femle", 2), *((f"other {one}", 1) for one in "abcdef")], []),
        ("digits", [("Model 1", 300), *((f"Model {one}", 2) for one in range(2, 10))], []),
        (
            "one of those alike is far more frequent than the others",
            [("Rhine", 1000), ("Danube", 900), ("Rhone", 140), *((text, 9) for text in RHINES)],
            RHINES,
        ),
    ],
)  # fmt: skip
def test_typing_errors_need_evidence(what: str, counts: list[tuple[str, int]], wrong: list[str]) -> None:
    assert {counts[number][0] for number in typos(counts)} == {*wrong}, what


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=12))
def test_the_key_of_a_text_is_that_of_all_its_spellings(text: str) -> None:
    assert spelling.key(text) == oracle.spelling(text)


def test_a_sample_names_the_text_to_use(check: Check) -> None:
    result = check(CITIES, RULE).results[-1]
    assert (result.rule, result.status, result.verdict.rows_failed) == ("variants(t)", "failed", 2)
    assert [(sample.line, sample.causes) for sample in result.samples] == [
        (11, (Cause("t", "Birmingham"),)),
        (12, (Cause("t", "Birmingham"),)),
    ]


def test_a_misspelling_of_a_misspelling_has_the_same_text_to_use() -> None:
    counts = [("Birmingham", 100), ("Birmingxam", 10), ("Birmzngxam", 1), ("birmzngxam ", 1)]
    assert spelling.variants(counts) == dict.fromkeys(["Birmingxam", "Birmzngxam", "birmzngxam "], "Birmingham")


def test_no_output_shows_the_text_to_use_of_personal_values(shell: Shell) -> None:
    shell.write("t.csv", CITIES)
    shell.rules(RULE, pii=["t"])
    for form in ("table", "json", "markdown", "html", "junit", "sarif", "github"):
        ran = shell.idqp("check", "--no-store", "--format", form)
        assert ran.code == 1
        assert "rmingh" not in (ran.out + ran.err).lower(), form


def test_rows_of_several_files_and_their_quarantine(shell: Shell) -> None:
    name = "st\"ate's"
    for file, texts in (("a", ["PAID", "PAID"]), ("b", ["paid", "open"])):
        with (shell.folder / f"{file}.csv").open("w", newline="") as out:
            csv.writer(out).writerows([("id", name), *enumerate(texts)])
    shell.rules({"type": "variants", "column": name}, path="*.csv", key=["id"])
    ran = shell.idqp("check", "--no-store", "--quarantine", "bad", "--format", "json")
    (sample,) = ran.json["datasets"][0]["results"][-1]["samples"]
    assert (sample["file"], sample["line"], sample["causes"]) == ("b.csv", 2, [{"column": name, "usual": "PAID"}])
    with (shell.folder / "bad" / "t.csv").open(newline="") as apart:
        assert [row[name] for row in csv.DictReader(apart)] == ["paid"]


def test_a_guessed_column_is_compared_as_text(check: Check) -> None:
    numbers = "".join(f"{number}\n" for number in range(30))
    result = check(f"t\n{numbers}n/a\nn/a\nN/A\n", RULE).results[-1]
    assert [sample.line for sample in result.samples] == [34]
    result = check("t\ntrue\ntrue\nTRUE\nfalse\n", RULE).results[-1]
    assert [sample.line for sample in result.samples] == [4]


def test_cells_that_do_not_parse_are_compared_as_text(check: Check) -> None:
    text = "t\n1\n2\nn/a\nn/a\nN/A\n"
    result = check(text, RULE, read={"types": {"t": "BIGINT"}}).results[-1]
    assert (result.verdict.rows_evaluated, [sample.line for sample in result.samples]) == (5, [6])


def test_types_of_parquet(tmp_path: Path) -> None:
    words = ["PAID", "PAID", "paid"]
    columns = {"t": pa.array(words), "e": pa.array(words).dictionary_encode(), "n": pa.array([1, 2, 3])}
    columns |= {"l": pa.array([[word] for word in words]), "z": pa.nulls(3)}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    rules = [{"type": "variants", "column": name} for name in columns]
    results = checked(tmp_path, rules, path="t.parquet").datasets[0].results[-5:]
    assert [(one.status, one.verdict.rows_failed) for one in results] == [
        ("failed", 1), ("failed", 1), ("error", None), ("error", None), ("passed", 0),
    ]  # fmt: skip
    assert results[2].verdict.message == "n is BIGINT, which is no text"


def test_too_many_different_texts_are_an_error(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "MAX_VALUES", 3)
    assert check("t\na\nb\nB\nB\n", RULE).results[-1].status == "failed"
    result = check("t\na\nb\nB\nB\nc\n", RULE).results[-1]
    assert (result.status, "more than 3 different texts" in result.verdict.message) == ("error", True)


def test_texts_that_are_no_categories_are_not_compared(check: Check) -> None:
    long = "a" * 201
    result = check(f"t\n{long}\n{long}\n{long.upper()}\n", RULE).results[-1]
    assert (result.status, result.verdict.rows_evaluated) == ("passed", 3)


def test_many_different_texts_are_compared_in_little_time() -> None:
    draw = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    texts = {"".join(draw.choices(letters, k=draw.randint(8, 14))) + "tion" for _ in range(20_000)}
    counts = [(text, draw.choice([1, 1, 50])) for text in sorted(texts)]
    usual = next(text for text, number in counts if number == 50)
    typo = usual[:3] + ("x" if usual[3] != "x" else "y") + usual[4:]
    assert spelling.variants([*counts, (typo, 1)])[typo] == usual


def test_a_sample_of_rows_cannot_tell(shell: Shell) -> None:
    shell.write("t.csv", CITIES)
    shell.rules(RULE)
    ran = shell.idqp("check", "--no-store", "--sample", "3", "--format", "json")
    assert ran.json["datasets"][0]["results"][-1]["status"] == "skipped"


def test_explain_shows_what_is_fetched(shell: Shell) -> None:
    shell.write("t.csv", CITIES)
    shell.rules(RULE)
    ran = shell.idqp("check", "--explain", "-v")
    assert ran.code == 0
    assert "its different texts are counted" in ran.out
    assert "GROUP BY 1 LIMIT 100001" in ran.out.replace("\n", " ")
