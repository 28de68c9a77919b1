"""Texts as numbers, dates, times and truth: what each is on DuckDB, it is on the cluster, or it is not read there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from idqp_cli.core import sql
from idqp_cli.core.reading import Notation
from idqp_cli.engine.spark.cluster import Cluster, connected
from idqp_cli.engine.spark.nodes import UnsaidError
from idqp_cli.engine.spark.translate import spark
from idqp_cli.ingest import forms, typed_cells
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.resources import AS_IT_LIKES
from sail_server import sail

__all__ = ["sail"]

KINDS = [
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL(38,2)", "DECIMAL(38,0)",
    "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE",
]  # fmt: skip
# Types whose values Spark has not, or reads otherwise.
UNSAID = ["UTINYINT", "UBIGINT", "UHUGEINT", "TIME", "UUID", "TIMESTAMP_NS"]
TEXTS = [
    "", " ", "0", "-0", "+0", "00", "007", "1", "-1", "+1", " 1", "1 ", "\t1", "1\n", "1 2", "1.", ".5", "-.5", "+.5", "1.5", "1,5",
    "1.0", "1.10", "1.005", "-1.50", "1e5", "1E5", "1e+5", "1e-5", "1e", "e5", "1e400", "-1e400", "1e-400", "1.5d", "1.5f", "1d",
    "0x10", "0b1", "1_000", "1__0", "127", "128", "-128", "-129", "32768", "2147483648", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "99999999999999999999999999999999999999",
    "123456789012345", "1234567890123456", "12345678901234567", "123456789012345678", "0.1", "0.12345678901234567",
    "0.123456789012345678", "1234567890.123456789", "100000000000000000000.5", "3.0000000000000000001", "NaN", "nan", "-nan",
    "inf", "Inf", "-inf", "Infinity", "+Infinity", "infinit", "true", "True", "TRUE", "tRuE", "t", "yes", "false", "f", "no", "falſe",
    "2024-01-31", "2024-02-29", "2023-02-29", "2024-02-30", "2024-1-31", "2024-01-1", "2024-13-01", "2024-00-10", "24-01-31",
    "02024-01-31", "0001-01-01", "9999-12-31", "10000-01-01", " 2024-01-31", "2024-01-31 ", "2024/01/31", "20240131", "31.01.2024",
    "2024-01-31T", "2024-01-31 10", "2024-01-31 10:00", "2024-01-31T10:00", "2024-01-31 10:00:00", "2024-01-31 24:00:00",
    "2024-01-31 23:59:60", "2024-01-31 10:00:00.1", "2024-01-31 10:00:00.123456", "2024-01-31 10:00:00.1234567",
    "2024-01-31 10:00:00.12345600", "2024-01-31 10:00:00Z", "2024-01-31 10:00:00 Z", "2024-01-31T10:00:00.5Z",
    "2024-01-31 10:00:00 UTC", "2024-01-31 10:00:00UTC", "2024-01-31 10:00:00 GMT", "2024-01-31 10:00:00+02", "2024-01-31 10:00:00+0200",
    "2024-01-31 10:00:00+02:00", "2024-01-31 10:00:00 +02:00", "2024-01-31 10:00:00 -05:30", "2024-01-31 10:00:00+15:00",
    "2024-01-31 10:00:00 Europe/Berlin", "2024-01-31 10:00Z", "2024-01-31 10:00+02:00", "1969-12-31 23:59:59.999999",
    "31.1.2024", "1.2.2024", "29.02.2023", "12/31/2024", "31/12/2024", "31.01.2024 10:30", "31.01.2024 24:30",
    "31.01.24", "1.234,5", "1.234.567", "12.34,5", "1 234,5", "1\u202f234,5", "€ 5,00", "5,00 €", "-5,00", "1.234,567", "ja", "nein", "Ja",
    "ä", "NULL", "x'y", "a\\b", "😀", "٣", "１",
]  # fmt: skip
FORMS: dict[str, tuple[str, forms.Form | None]] = {
    "decimal": ("DOUBLE", forms.NumberForm(",", ".", "")),
    "strip": ("DOUBLE", forms.NumberForm(",", "", "€")),
    "spaces": ("DECIMAL(38,2)", forms.NumberForm(",", " ", "")),
    "integer": ("BIGINT", forms.NumberForm(",", ".", "")),
    "day": ("DATE", forms.of_format("%d.%m.%Y")),
    "american": ("DATE", forms.of_format("%m/%d/%Y")),
    "days": ("DATE", forms.TimeForm(("%d.%m.%Y", "%d/%m/%Y"), "DATE")),
    "time": ("TIMESTAMP", forms.of_format("%d.%m.%Y %H:%M")),
    "compact": ("DATE", forms.of_format("%Y%m%d")),
    "words": ("BOOLEAN", forms.words(Notation(true_values=("ja",), false_values=("nein",)))),
}


# Each text by itself, and begun by a letter.
ROWS = [(at, text, f"x{text}") for at, text in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def cluster(sail: str) -> Iterator[Cluster]:
    with connected(sail, 1_000, AS_IT_LIKES) as found:
        found.session.createDataFrame(ROWS, "i INT, t STRING, u STRING").createOrReplaceTempView("texts")
        yield found


@pytest.fixture(scope="module")
def duck() -> Iterator[Database]:
    with connect((), AS_IT_LIKES) as database:
        listed = ", ".join(f"({sql.listing(row)})" for row in ROWS)
        database.fetch(f"CREATE TEMP TABLE texts AS SELECT * FROM (VALUES {listed}) AS v(i, t, u)")
        yield database


def there(cluster: Cluster, statement: str) -> list[tuple[object, ...]]:
    found = cluster.session.sql(spark(statement, {"t": "VARCHAR", "u": "VARCHAR", "i": "INTEGER"}))
    return [tuple(row) for row in found.collect()]


def asked(cell: str) -> str:
    return f"SELECT i, {cell} AS v FROM texts ORDER BY i"


def compared(duck: Database, cluster: Cluster, cell: str) -> None:
    rows = zip(duck.fetch(asked(cell)), there(cluster, asked(cell)), strict=True)
    different = {TEXTS[int(str(one[0]))]: (one[1], other[1]) for one, other in rows if shown(one[1]) != shown(other[1])}
    assert different == {}


def shown(value: object) -> str:
    """Return a value so that numbers of all types, and times with a zone and without, are compared by what they say."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(Decimal(repr(value) if isinstance(value, float) else value).normalize())
    return str(value).removesuffix("+00:00")


@pytest.mark.parametrize("declared", [False, True], ids=["guessed", "declared"])
@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_the_same_value(
    duck: Database, cluster: Cluster, kind: str, *, lenient: bool, declared: bool
) -> None:
    compared(duck, cluster, typed_cells.read_as("t", kind, lenient=lenient, declared=declared))


@pytest.mark.parametrize("name", FORMS)
def test_a_text_in_a_form_is_the_same_value(duck: Database, cluster: Cluster, name: str) -> None:
    kind, form = FORMS[name]
    compared(duck, cluster, forms.value("t", kind, form, lenient=False, declared=False))


@pytest.mark.parametrize("kind", UNSAID)
def test_a_type_that_spark_has_not_is_refused(kind: str) -> None:
    with pytest.raises(UnsaidError):
        spark(asked(typed_cells.read_as("t", kind, lenient=False)), {"t": "VARCHAR"})


@pytest.mark.parametrize("form", ["%d %b %Y", "%d.%m.%y", "%Y-%m-%d %H:%M %z", "%d.%d.%Y", "%I:%M %p"])
def test_a_format_of_other_parts_is_refused(form: str) -> None:
    with pytest.raises(UnsaidError):
        spark(
            asked(forms.value("t", "TIMESTAMP", forms.of_format(form), lenient=False, declared=False)), {"t": "VARCHAR"}
        )


def test_texts_have_the_same_shapes(duck: Database, cluster: Cluster) -> None:
    statement = typed_cells.shape_counts(["t", "u"], "texts")
    found = duck.fetch(statement)
    assert sorted(map(str, there(cluster, statement))) == sorted(map(str, found))
    assert len(found) > 15


def test_numbers_have_the_same_digits(duck: Database, cluster: Cluster) -> None:
    statement = typed_cells.digit_counts(["t", "t || '0'", "u"], "texts")
    assert there(cluster, statement) == duck.fetch(statement)
