"""National identity numbers against python-stdnum: what is valid is found, and a wrong digit is seen."""

from __future__ import annotations

import importlib
import random
from typing import Any

import duckdb
import pytest

from idqp_cli.rules.notation.national_ids import IDS

# Valid numbers from the documentation of python-stdnum, by country, with the module that knows them.
VALID = {
    "BE": ("stdnum.be.nn", ["85.07.30-033.28", "17073003384"]),
    "BR": ("stdnum.br.cpf", ["390.533.447-05", "31365327248"]),
    "CH": ("stdnum.ch.ssn", ["756.9217.0769.85", "7569217076985"]),
    "CN": ("stdnum.cn.ric", ["360426199101010071", "44011320141005001X"]),
    "ES": ("stdnum.es.dni", ["54362315K", "54362315-K"]),
    "FR": ("stdnum.fr.nir", ["2 95 10 99 126 111 93", "253072B07300470"]),
    "GB": ("", ["AB123456C", "AB 12 34 56 C"]),
    "IT": ("stdnum.it.codicefiscale", ["RCCMNL83S18D969H"]),
    "NL": ("stdnum.nl.bsn", ["111222333", "941331490"]),
    "PL": ("stdnum.pl.pesel", ["44051401359", "75462572538"]),
    "SE": ("stdnum.se.personnummer", ["880320-0016", "8803200016"]),
    "US": ("stdnum.us.ssn", ["536-90-4399"]),
}
# In these, every wrong digit shows.
CHECKED = ("BE", "BR", "CH", "CN", "ES", "FR", "NL", "SE")


def judged(country: str, texts: list[str]) -> list[bool]:
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT {IDS[country]('t')} FROM (SELECT unnest(?) AS t)", [texts]).fetchall()
    return [found for (found,) in rows]


def test_all_countries_are_compared() -> None:
    assert set(VALID) == set(IDS)


@pytest.mark.parametrize("country", VALID)
def test_as_stdnum_judges(country: str) -> None:
    module, texts = VALID[country]
    chance = random.Random(17)
    digits = [(text, at) for text in texts for at, one in enumerate(text) if one.isdigit()]
    wrong = []
    for text, at in digits:
        other = chance.choice([one for one in "0123456789" if one != text[at]])
        wrong.append(text[:at] + other + text[at + 1 :])
    assert judged(country, texts) == [True] * len(texts)
    assert not any(judged(country, ["", "x", "1", "12345678901234567890", "Ada Lovelace", "2024-01-31"]))
    if not module:
        return
    known: Any = importlib.import_module(module)
    assert all(known.is_valid(text) for text in texts)
    found = judged(country, wrong)
    # What stdnum takes is taken; it also knows birthdays and regions.
    assert [text for text, one in zip(wrong, found, strict=True) if known.is_valid(text) and not one] == []
    if country in CHECKED:
        assert sum(found) <= len(wrong) // 20
