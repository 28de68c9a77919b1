"""The formats, held against programs that know each of them."""

from __future__ import annotations

import base64
import binascii
import gzip
import random
import re
import string
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import phonenumbers
import pytest
import semver
from stdnum import ean, iban, luhn

from conftest import checked
from idqp_cli.core.model import Column
from idqp_cli.rules.formats import Format, Formatted
from idqp_cli.rules.notation import codes
from idqp_cli.rules.notation.checks import CHECKS
from idqp_cli.rules.notation.postal import POSTAL_CODES

Oracle = Callable[[str], bool]
LETTERS, DIGITS = string.ascii_uppercase, string.digits


def passing(texts: Iterable[str], **keys: object) -> set[str]:
    """Return the texts that a rule of these keys passes."""
    rule = Formatted(name="f", line=1, columns=("x",), **keys)  # type: ignore[arg-type]
    condition = rule.failing((Column("x", "VARCHAR"),))
    database = duckdb.connect()
    database.execute("CREATE TABLE t (x VARCHAR)")
    unique = sorted(set(texts))
    database.execute("INSERT INTO t SELECT unnest(?::VARCHAR[])", [unique])
    assert database.execute("SELECT count(*) FROM t").fetchall() == [(len(unique),)]
    return {text for (text,) in database.execute(f"SELECT x FROM t WHERE NOT ({condition})").fetchall()}


def takes(call: Callable[[str], object], *refusals: type[Exception]) -> Oracle:
    """Return an oracle that says whether a call takes a text."""

    def says(text: str) -> bool:
        try:
            call(text)
        except refusals:
            return False
        return True

    return says


def spoilt(text: str, chance: random.Random, alphabet: str) -> str:
    """Return the text with one character changed, added or gone."""
    at = chance.randrange(len(text) + 1)
    put: str = chance.choice([*alphabet, ""])
    return text[:at] + put + text[at + chance.randrange(2) :]


def around(right: Sequence[str], alphabet: str, times: int = 4) -> list[str]:
    """Return right texts and what is nearly one."""
    chance = random.Random(1)
    return [*right, *(spoilt(text, chance, alphabet) for text in right for _ in range(times))]


def ipv6_texts() -> list[str]:
    chance = random.Random(2)
    found = []
    for _ in range(1500):
        groups = [f"{chance.choice([0, chance.randrange(1 << 16)]):x}" for _ in range(chance.randrange(1, 9))]
        if chance.random() < 0.3:
            groups[-1] = ".".join(str(chance.randrange(260)) for _ in range(4))
        at = chance.randrange(len(groups) + 1)
        halves = ":".join(groups[:at]), ":".join(groups[at:])
        found += [":".join(groups), "::".join(halves)]
    return found


def iban_texts() -> list[str]:
    chance = random.Random(3)
    letters = {"n": DIGITS, "a": LETTERS, "c": DIGITS + LETTERS}
    found = []
    for one in codes.IBANS.split():
        country, written = one.split(":")
        for _ in range(12):
            parts = re.findall(r"(\d+)([nac])", written)
            rest = "".join(chance.choice(letters[kind]) for number, kind in parts for _ in range(int(number)))
            if chance.random() < 0.5 and "a" not in written:
                rest = re.sub("[A-Z]", "0", rest)
            found.append(country + iban.calc_check_digits(f"{country}00{rest}") + rest)
    return found


def days() -> list[date]:
    chance = random.Random(4)
    found = [date(1, 1, 1) + timedelta(chance.randrange(3_650_000)) for _ in range(400)]
    return [*found, date(2024, 2, 29), date(2000, 2, 29), date(9999, 12, 31), date(1, 1, 1)]


def iso_day(text: str) -> bool:
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None and takes(date.fromisoformat, ValueError)(text)


def iso_moment(text: str) -> bool:
    moment = re.fullmatch(
        r"[0-9]{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?",
        text,
        re.ASCII,
    )
    return moment is not None and takes(datetime.fromisoformat, ValueError)(text)


def by_order(order: str) -> Oracle:
    def read(text: str) -> object:
        separators = re.sub(r"[0-9]", "", text)
        if separators not in {"..", "//", "--"}:
            raise ValueError(text)
        return datetime.strptime(text, order.replace("-", separators[0])).date()  # noqa: DTZ007

    return takes(read, ValueError)


def digits_of(text: str, lengths: set[int]) -> bool:
    return text.isascii() and text.isdigit() and len(text) in lengths


def canonical_uuid(text: str) -> bool:
    return takes(uuid.UUID, ValueError)(text) and str(uuid.UUID(text)) == text.lower()


def a_base64(text: str) -> bool:
    return (
        text != ""
        and len(text) % 4 == 0
        and takes(lambda one: base64.b64decode(one, validate=True), binascii.Error, ValueError)(text)
    )


CHANCE = random.Random(5)
UUIDS = [str(uuid.UUID(int=CHANCE.getrandbits(128), version=version)) for version in (1, 3, 4, 5) for _ in range(40)]
IPV4 = [str(IPv4Address(CHANCE.getrandbits(32))) for _ in range(200)]
EANS = [
    body + ean.calc_check_digit(body)
    for size in (7, 11, 12, 13)
    for _ in range(60)
    for body in ["".join(CHANCE.choices(DIGITS, k=size))]
]
CARDS = [
    body + luhn.calc_check_digit(body)
    for size in range(10, 20)
    for _ in range(40)
    for body in ["".join(CHANCE.choices(DIGITS, k=size))]
]
DAYS = [str(day) for day in days()]
MOMENTS = [
    f"{day}{CHANCE.choice('T ')}{CHANCE.randrange(26):02}:{CHANCE.randrange(61):02}{CHANCE.choice(['', ':59', ':60', ':00.5', ':00.123456'])}{CHANCE.choice(['', 'Z', '+02:00', '-0330', '+05', '+15:00', '+1'])}"
    for day in DAYS
]
DMY = [f"{day.day}{mark}{day.month:02}{mark}{day.year:04}" for day in days() for mark in "./-"]
MDY = [f"{day.month}{mark}{day.day:02}{mark}{day.year:04}" for day in days() for mark in "./-"]
YMD = [f"{day.year:04}{mark}{day.month}{mark}{day.day:02}" for day in days() for mark in "./-"]
VERSIONS = [
    "1.0.0",
    "0.0.4",
    "1.2.3-alpha.1",
    "1.0.0-0A.is.legal",
    "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
    "1.2.3----R-S.12.9.1--.12+meta",
    "10.20.30",
    "1.0.0-alpha0.valid",
]
FUZZED: dict[str, tuple[list[str], Oracle]] = {
    "ipv4": (around(IPV4, "0159.: "), takes(IPv4Address, AddressValueError)),
    "ipv6": (around(ipv6_texts(), "0:af.g", 1), lambda text: "%" not in text and takes(IPv6Address, AddressValueError)(text)),
    "uuid": (around(UUIDS, "0aF-g{"), canonical_uuid),
    "date": (around([*DAYS, "1900-02-29", "2023-02-29", "2024-02-30", "2024-04-31", "0000-01-01"], "0129- "), iso_day),
    "datetime": (around(MOMENTS, "0129-:TZ+. "), iso_moment),
    "timestamp": (around(MOMENTS, "0129-:TZ+. "), iso_moment),
    "date_dmy": (around([*DMY, *MDY, *YMD], "0123./- ", 1), by_order("%d-%m-%Y")),
    "date_mdy": (around([*DMY, *MDY, *YMD], "0123./- ", 1), by_order("%m-%d-%Y")),
    "date_ymd": (around([*DMY, *MDY, *YMD], "0123./- ", 1), by_order("%Y-%m-%d")),
    "iban": (around(iban_texts(), "0AZa"), lambda text: text == text.upper() and iban.is_valid(text, check_country=False)),
    "ean": (around(EANS, "059a "), lambda text: digits_of(text, {8, 12, 13, 14}) and luhn_free_gtin(text)),
    "credit_card": (around(CARDS, "059a"), lambda text: digits_of(text, set(range(12, 20))) and luhn.is_valid(text)),
    "base64": (around([base64.b64encode(CHANCE.randbytes(size)).decode() for size in range(1, 80)], "A+/=_ "), a_base64),
    "semver": (around(VERSIONS, "01.-+aA", 60), semver.Version.is_valid),
}  # fmt: skip


def luhn_free_gtin(text: str) -> bool:
    return sum(int(digit) * (1 if place % 2 == 0 else 3) for place, digit in enumerate(reversed(text))) % 10 == 0


@pytest.mark.parametrize("name", list(FUZZED))
def test_a_format_takes_what_its_oracle_takes(name: str) -> None:
    texts, oracle = FUZZED[name]
    wanted = {text for text in texts if oracle(text)}
    assert 0 < len(wanted) < len(set(texts))
    assert passing(texts, format=Format(name)) == wanted


@pytest.mark.parametrize("version", range(1, 9))
def test_uuids_of_one_version(version: int) -> None:
    texts = around([*UUIDS, *(one.upper() for one in UUIDS)], "0aF-")
    wanted = {text for text in texts if canonical_uuid(text) and uuid.UUID(text).version == version}
    assert passing(texts, format=Format.UUID, version=version) == wanted


def test_phone_numbers_of_all_countries() -> None:
    """Every country's example is taken as it is written there and abroad."""
    written = set()
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is None:
                continue
            forms = phonenumbers.PhoneNumberFormat
            for form in (forms.E164, forms.INTERNATIONAL, forms.NATIONAL):
                text = phonenumbers.format_number(number, form)
                if sum(one.isdigit() for one in text) >= 7:
                    written.add(text)
    assert len(written) > 900
    assert written - passing(written, format=Format.PHONE) == set()


def test_ports_of_urls() -> None:
    texts = [
        f"http://a.b:{port}/"
        for port in (0, 1, 80, 9999, 10000, 59999, 60000, 65535, 65536, 65999, 70000, 99999, 100000)
    ]
    assert passing(texts, format=Format.URL) == {
        text for text in texts if takes(lambda one: urlsplit(one).port, ValueError)(text)
    }


def test_every_format_has_a_check() -> None:
    assert {*CHECKS, "postal_code"} == set(Format)


def test_many_countries_have_postal_codes() -> None:
    assert len(POSTAL_CODES) >= 60
    assert set(POSTAL_CODES) <= set(codes.COUNTRIES.split())
    for country in POSTAL_CODES:
        assert passing(["", "x", "123456789012"], format=Format.POSTAL_CODE, country=country) == set()


# Codes of real places, and what nearly is one.
PLACES = {
    "AR": ("1425/C1425ABC/9410", "142/I1425ABC/14255"), "AT": ("1010/9990", "0101/10100"),
    "AU": ("2000/0800/9999/0200", "0100/200/20000"), "BE": ("1000/9992", "0999/B-1000"),
    "BR": ("01310-100/01310100", "1310-100/01310-1000"), "CA": ("K1A 0B1/M5V3L9/V6B 4Y8", "D1A 0B1/K1A-0B1/K1A 0D1/k1a 0b1"),
    "CH": ("8001/3000", "0800/80011"), "CN": ("100000/518000", "10000/1000000"), "CZ": ("110 00/60200", "010 00/1100"),
    "DE": ("10115/01067/99998", "1067/00115/D-10115"), "DK": ("2100/0999", "210/21000"),
    "ES": ("28001/01001/52080", "00001/53001/2800"), "FI": ("00100/99999", "0010/001000"),
    "FR": ("75001/01000/97400/20000", "00100/99000/7500"),
    "GB": ("SW1A 1AA/M1 1AE/B33 8TH/CR2 6XH/DN55 1PT/EC1A1BB/W1A 0AX", "SW1A/M1 1A/QM1 1AE/DN55 1PTT/SW1A 1CA"),
    "GR": ("104 31/85100", "904 31/1043"), "HU": ("1051/9400", "0105/10511"),
    "IE": ("D02 X285/A65F4E2/D6W XY00", "D2 X285/B65 F4E2/D02 X28"), "IN": ("110001/560 034", "010001/11000"),
    "IT": ("00118/20121", "0118/I-00118"), "JP": ("100-0001/1000001", "100-001/10-00001"),
    "KR": ("04524/63644", "64000/00524/4524"), "MX": ("06000/99999", "00600/6000"),
    "NL": ("1012 AB/1012AB/9999 ZZ/1012 SX", "0012 AB/1012 SS/1012 SA/1012SD/1012 A/1012 ab"), "NO": ("0150/9991", "150/01500"),
    "NZ": ("6011/0110", "601/60110"), "PL": ("00-950/31-001", "00950/0-950"),
    "PT": ("1000-001/4999-999", "0100-001/1000001/1000-01"), "RU": ("101000/694923", "001000/710000/10100"),
    "SE": ("111 22/98499", "011 22/1112"), "SG": ("018956/800000", "18956/0189560"), "SK": ("811 01/04001", "311 01/8110"),
    "TR": ("34000/01000/81950", "82000/00100/3400"), "US": ("02139/90210-1234", "2139/90210-123/902101234"),
    "ZA": ("0001/8001", "001/80011"), "SA": ("11564/12345-6789", "1156/12345-678"),
}  # fmt: skip


@pytest.mark.parametrize("country", PLACES)
def test_postal_codes_of_places(country: str) -> None:
    right, wrong = (texts.split("/") for texts in PLACES[country])
    assert passing([*right, *wrong], format=Format.POSTAL_CODE, country=country) == set(right)


def test_lists_of_codes_are_whole() -> None:
    assert len(set(codes.COUNTRIES.split())) == len(set(codes.COUNTRIES_3.split())) == 249
    assert set(phonenumbers.SUPPORTED_REGIONS) - {"AC", "TA", "XK"} <= set(codes.COUNTRIES.split())


@pytest.mark.parametrize(
    ("kind", "cells", "format_", "wrong"),
    [
        ("DOUBLE", "90.0, -90.0, 90.0000001, 'inf', NULL, 'nan', 0.0", "latitude", 2),
        ("DECIMAL(9,6)", "180.000000, -180.000001", "longitude", 1),
        ("BIGINT", "4006381333931, 4006381333932, 36000291452, 12345, -4006381333931, NULL", "ean", 3),
        ("DOUBLE", "4006381333931, 4006381333931.5, 4006381333932, 'inf', 1e300", "ean", 4),
        ("DECIMAL(20,2)", "4006381333931.00, 4006381333931.01", "ean", 1),
        ("BIGINT", "4111111111111111, 4111111111111112", "credit_card", 1),
        ("TIMESTAMP", "'2024-01-01 00:00:00', 'infinity'", "timestamp", 1),
        ("TIMESTAMP WITH TIME ZONE", "'2024-01-01 00:00:00+00'", "datetime", 0),
        ("DATE", "'2024-01-01', 'infinity'", "date", 1),
        ("UUID", "'123e4567-e89b-42d3-a456-426614174000'", "uuid", 0),
    ],
)  # fmt: skip
def test_columns_of_other_types(tmp_path: Path, kind: str, cells: str, format_: str, wrong: int) -> None:
    rows = ", ".join(f"(CAST({cell} AS {kind}))" for cell in cells.split(", "))
    name = '"it\'s ""x"" é select"'
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute(f"COPY (SELECT * FROM (VALUES {rows}) AS t({name})) TO '{tmp_path}/t.parquet' (FORMAT parquet)")
    report = checked(
        tmp_path, [{"type": "format", "column": 'it\'s "x" é select', "format": format_}], path="t.parquet"
    )
    verdict = report.datasets[0].results[-1].verdict
    assert (verdict.rows_failed, verdict.status) == (wrong, "failed" if wrong else "passed")


def test_columns_named_like_what_the_sql_names(tmp_path: Path) -> None:
    """The names of a lambda's parameters hide no column, in several files, by segments, of some rows."""
    right = "4006381333931,4111111111111111,FR1420041010050500013M02606,DE89 3704 0044 0532 0130 00,a\n"
    wrong = "4006381333932,4111111111111112,FR1420041010050500013M02607,DE88 3704 0044 0532 0130 00,b\n"
    text = "n,pair,digits,text,g\n" + right * 5 + wrong * 2
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode()))
    rules = [
        {"type": "format", "column": column, "format": format_, **more}
        for column, format_ in (("n", "ean"), ("pair", "credit_card"), ("digits", "iban"), ("text", "iban"))
        for more in ({}, {"segment_by": "g"}, {"where": "g = 'b' AND n > 0"})
    ]
    results = checked(tmp_path, rules, path="*.csv*", pii=["pair"]).datasets[0].results
    found = [(one.verdict.rows_evaluated, one.verdict.rows_failed) for one in results if one.type == "format"]
    assert sorted(found) == sorted([(14, 4), (10, 0), (4, 4), (4, 4)] * 4)
