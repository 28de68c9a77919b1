"""SQL of other engines has the same meaning here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from idqp_cli.importing import Tool
from idqp_cli.importing.dialect import translated
from importing.judged import verdict


@pytest.mark.parametrize(("written", "made"), [
    ("a > 1 AND coalesce(b, 'x(y)') = 'dateadd(1)'", "a > 1 AND coalesce(b, 'x(y)') = 'dateadd(1)'"),
    ("dateadd(day, -3, current_timestamp())", "(current_timestamp + INTERVAL (-3) day)"),
    ("date_sub(current_date(), INTERVAL 2 WEEK)", "(current_date - INTERVAL (2) week)"),
    ("DATEADD('month', n, d)", "(d + INTERVAL (n) month)"),
    ("datediff(hour, a, b) < 3", "date_diff('hour', a, b) < 3"),
    ("timestamp_diff(b, a, SECOND)", "date_diff('second', a, b)"),
    ("datediff(b, a)", "date_diff('day', a, b)"),
    ("date_diff('day', a, b)", "date_diff('day', a, b)"),
    ("REGEXP_CONTAINS(`a b`, r'^\\d+$')", "regexp_matches(CAST(\"a b\" AS VARCHAR), '^\\d+$')"),
    ("a RLIKE 'x' or b not regexp 'y'", "regexp_matches(CAST(a AS VARCHAR), 'x') or NOT regexp_matches(CAST(b AS VARCHAR), 'y')"),
    ("a ~ '[0-9]'", "regexp_matches(CAST(a AS VARCHAR), '[0-9]')"),
    ("a !~ 'x'", "NOT regexp_matches(CAST(a AS VARCHAR), 'x')"),
    ("nvl(a, ifnull(b, 0))", "coalesce(a, coalesce(b, 0))"),
    ("iff(a > 1, safe_cast(b as float64), len(c))", "CASE WHEN a > 1 THEN try_cast(b as DOUBLE) ELSE length(CAST(c AS VARCHAR)) END"),
    ("f(g(h(", "f(g(h("),
    ("n = 'as int64 `x` a ~ ' AND a ~ '^b'", "n = 'as int64 `x` a ~ ' AND regexp_matches(CAST(a AS VARCHAR), '^b')"),
    ("n <> 'b rlike ''c''' OR CAST(a AS int64) > 1", "n <> 'b rlike ''c''' OR CAST(a AS BIGINT) > 1"),
    ("k = to_number(to_char(d, 'YYYYMMDD'))", "k = CAST(strftime(d, '%Y%m%d') AS BIGINT)"),
    ("to_char(d, 'yyyy-mm-dd hh24:mi:ss')", "strftime(d, '%Y-%m-%d %H:%M:%S')"),
    ("to_date(a, 'YYYY-MM-DD') > d", "CAST(strptime(CAST(a AS VARCHAR), '%Y-%m-%d') AS DATE) > d"),
    ("to_date(a, 'DD Mon') > d", "to_date(a, 'DD Mon') > d"),
    ("isnull(a, 0) = 0 and not isnull(b)", "coalesce(a, 0) = 0 and not (b IS NULL)"),
    ("to_char(d, 'Day') = to_number(a)", "to_char(d, 'Day') = to_number(a)"),
    ("safe_divide(a, b) > zeroifnull(c)", "(a) / nullif(b, 0) > coalesce(c, 0)"),
    ("startswith(a, 'x') or endswith(b, 'y')", "starts_with(CAST(a AS VARCHAR), 'x') or ends_with(CAST(b AS VARCHAR), 'y')"),
    ("nvl(list_contains([1, 2], a), false)", "coalesce(list_contains([1, 2], a), false)"),
    ("select * from a join b where a.id < b.id", "select * from a CROSS JOIN b where a.id < b.id"),
    ("select * from a inner join (select 1 from c join d) b", "select * from a CROSS JOIN (select 1 from c CROSS JOIN d) b"),
    ("select * from a join b left join c on b.x = c.x", "select * from a CROSS JOIN b left join c on b.x = c.x"),
    ("from a join b join c on b.x = c.x on a.x = b.x", "from a join b join c on b.x = c.x on a.x = b.x"),
    ("from a join b using (x) where n = 'a join b'", "from a join b using (x) where n = 'a join b'"),
    ("from a cross join b natural join c -- join d", "from a cross join b natural join c -- join d"),
    ("from a left outer join b", "from a left outer join b"),
    ("length(trim(t.zip)) = 5", "length(trim(CAST(t.zip AS VARCHAR))) = 5"),
    ("name NOT LIKE 'a%' and x(b) like 'b'", "CAST(name AS VARCHAR) NOT LIKE 'a%' and x(b) like 'b'"),
    ("case when a then b end like 'x'", "case when a then b end like 'x'"),
    ("payload:a.b[0]::string = 'x:y'", "json_extract_string(payload, '$.a.b[0]')::string = 'x:y'"),
    ("o.p:id::int > 3 and d::date > '2020-01-01 10:00:00'", "json_extract_string(o.p, '$.id')::int > 3 and d::date > '2020-01-01 10:00:00'"),
    ("with w as (select * from a join b on a.x = b.x) select * from w join c", "with w as (select * from a join b on a.x = b.x) select * from w CROSS JOIN c"),
])  # fmt: skip
def test_what_has_one_meaning_is_translated(written: str, made: str) -> None:
    assert translated(written) == made


@pytest.mark.parametrize(
    ("condition", "passes", "fails"),
    [
        ("a !~ '^[0-9]{2}$'", "a,b\n12,1\n34,2", "a,b\n12,1\n345,2"),
        ("length(a) <> 2", "a,b\n12,1\n34,2", "a,b\n12,1\n345,2"),
        ("a LIKE '3%'", "a,b\n12,1\n,2", "a,b\n12,1\n345,2"),
        ("substring(a, 1, 1) = '3'", "a,b\n12,1\n,2", "a,b\n12,1\n345,2"),
        ("p:k.n::int > 3", 'a,p\n1,"{""k"": {""n"": 3}}"\n2,', 'a,p\n1,"{""k"": {""n"": 4}}"'),
    ],
)
def test_functions_of_text_take_columns_that_a_file_has_as_numbers(
    condition: str, passes: str, fails: str, tmp_path: Path
) -> None:
    files = {"c.yml": json.dumps({"checks for t": [{"failed rows": {"fail condition": condition}}]})}
    assert verdict(tmp_path, Tool.SODA, files, passes) == "passes"
    assert verdict(tmp_path, Tool.SODA, files, fails) == "fails"


def test_the_rules_are_those_of_the_other_engine(tmp_path: Path) -> None:
    checks = (
        "checks for t:\n  - failed rows: {fail condition: \"a ~ '[0-9]'\"}\n"
        '  - failed rows: {fail condition: "CAST(b AS DATE) > dateadd(day, 3, current_date())"}\n'
    )
    files = {"c.yml": checks}
    assert verdict(tmp_path, Tool.SODA, files, "a,b\nx,2020-01-01") == "passes"
    assert verdict(tmp_path, Tool.SODA, files, "a,b\nx1x,2020-01-01") == "fails"
    assert verdict(tmp_path, Tool.SODA, files, "a,b\nx,2999-01-01") == "fails"
