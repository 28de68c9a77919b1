"""Expressions from a grammar: honest ones, and such in which one piece is not for rules."""

from __future__ import annotations

import random
from dataclasses import dataclass

NUMBERS = ("id", "qty", "amount", "price", "total", "1", "0.5", "-3", "1e2", "NULL")
TEXTS = ("status", "name", "email", "code", "'x'", "''", "'it''s'", "'getenv(1)'", "'-- x'", "$$it's$$", "NULL")
TIMES = ("order_date", "created_at", "DATE '2024-01-01'", "TIMESTAMP '2024-01-01 00:00:00'", "current_date", "now()")
COMPARED = ("=", "<>", "!=", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")
# What no rule may do, as a text; with a name that SQL knows in other letters, or hidden in space and comments.
REACHING = (
    "getenv({0})", "GETENV({0})", '"getenv"({0})', "getenv /* {1} */ ({0})", "system.main.getenv({0})",
    "current_setting({0})", "getvariable({0})", "read_text({0})", "(SELECT content FROM read_text({0}))",
    "(SELECT max(name) FROM t)", "(FROM read_csv({0}) SELECT 1)", "(SELECT 'x' FROM 'secret.csv')", "current_query()",
    "version()", "uuid()::VARCHAR", "random()::VARCHAR", "max({0}) OVER ()", "lag({0}) OVER (ORDER BY id)",
    "nextval({0})::VARCHAR", "json_execute_serialized_sql({0})", "write_log({0})", "pg_sleep(9)::VARCHAR",
    "error({0})", "$1", "?", "COLUMNS(*)::VARCHAR", "({0}).getenv()", "EXISTS (FROM 'x')::VARCHAR",
    "ARRAY(SELECT name FROM t)[1]", "list_transform([{0}], lambda x: getenv(x))[1]", "[getenv(x) FOR x IN [{0}]][1]",
    "pg_typeof({0})", "stats({0})", "in_search_path({0}, {0})::VARCHAR", "cast_to_type({0}, current_query())",
)  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """An expression, and whether a piece of it is not for rules."""

    text: str
    hostile: bool


class Speaker:
    """Draws expressions of a limited depth from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        """Take the source of chance."""
        self._chance = chance
        self._reaching = False

    def sentence(self, *, hostile: bool) -> Sentence:
        """Return a condition; a hostile one reaches out in at least one place."""
        while True:
            self._reaching, self._reached = hostile, False
            text = self._condition(4)
            if self._reached == hostile:
                return Sentence(text, hostile)

    def _one(self, *choices: str) -> str:
        return self._chance.choice(choices)

    def _condition(self, depth: int) -> str:
        if depth == 0:
            return self._one("is_active", "true", "id = 1", "name IS NULL")
        number, text, time, condition = self._number, self._text, self._time, self._condition
        forms = (
            lambda d: f"{number(d)} {self._one(*COMPARED)} {number(d)}",
            lambda d: f"{text(d)} {self._one(*COMPARED)} {text(d)}",
            lambda d: f"{time(d)} {self._one(*COMPARED)} {time(d)}",
            lambda d: f"({condition(d)}) {self._one('AND', 'OR', 'and', 'oR')} ({condition(d)})",
            lambda d: f"NOT ({condition(d)})",
            lambda d: f"({condition(d)}) IS {self._one('', 'NOT ')}{self._one('TRUE', 'FALSE', 'NULL')}",
            lambda d: f"{number(d)} {self._one('', 'NOT ')}BETWEEN {number(d)} AND {number(d)}",
            lambda d: f"{text(d)} {self._one('', 'NOT ')}IN ({text(d)}, {text(d)})",
            lambda d: f"{text(d)} {self._one('LIKE', 'NOT LIKE', 'ILIKE', 'SIMILAR TO', 'GLOB')} {text(d)}",
            lambda d: f"CASE WHEN {condition(d)} THEN {condition(d)} ELSE {condition(d)} END",
            lambda d: f"regexp_matches({text(d)}, '[a-z]+')",
            lambda d: f"list_contains([{text(d)}, {text(d)}], {text(d)})",
            lambda d: f"len([x FOR x IN [{number(d)}, 2] IF x > {number(d)}]) > 0",
            lambda d: f"coalesce({condition(d)}, false)",
        )
        return self._chance.choice(forms)(depth - 1)

    def _number(self, depth: int) -> str:
        if depth == 0:
            return self._one(*NUMBERS)
        number, text = self._number, self._text
        forms = (
            lambda d: f"({number(d)} {self._one('+', '-', '*', '/', '//', '%')} {number(d)})",
            lambda d: f"{self._one('abs', 'round', 'floor', 'ceil', 'sqrt', 'sign')}({number(d)})",
            lambda d: f"length({text(d)})",
            lambda d: f"{self._one('greatest', 'least', 'coalesce', 'nullif')}({number(d)}, {number(d)})",
            lambda d: f"CAST({number(d)} AS {self._one('DOUBLE', 'BIGINT', 'DECIMAL(18, 2)')})",
            lambda d: f"TRY_CAST({text(d)} AS INTEGER)",
            lambda d: f"CASE WHEN {self._condition(d)} THEN {number(d)} END",
            lambda d: f"date_diff('day', {self._time(d)}, {self._time(d)})",
            lambda d: f"if({self._condition(d)}, {number(d)}, {number(d)})",
        )
        return self._chance.choice(forms)(depth - 1)

    def _text(self, depth: int) -> str:
        if self._reaching and self._chance.random() < 0.2:
            self._reached = True
            return self._one(*REACHING).format(self._one(*TEXTS), self._one("x", "(", "--"))
        if depth == 0:
            return self._one(*TEXTS)
        text = self._text
        forms = (
            lambda d: f"({text(d)} || {text(d)})",
            lambda d: f"{self._one('lower', 'upper', 'trim', 'reverse', 'md5')}({text(d)})",
            lambda d: f"substr({text(d)}, 1, 2)",
            lambda d: f"replace({text(d)}, {text(d)}, {text(d)})",
            lambda d: f"{self._number(d)}::VARCHAR",
            lambda d: f"{{'k': {text(d)}}}.k",
            lambda d: f"[{text(d)}, {text(d)}][1]",
            lambda d: f"CASE WHEN {self._condition(d)} THEN {text(d)} ELSE {text(d)} END",
            lambda d: f"list_transform([{text(d)}], lambda x: x || 'y')[1]",
            lambda d: f"strftime({self._time(d)}, '%Y')",
        )
        return self._chance.choice(forms)(depth - 1)

    def _time(self, depth: int) -> str:
        if depth == 0:
            return self._one(*TIMES)
        return self._one(
            self._time(depth - 1),
            f"({self._time(depth - 1)} + INTERVAL 1 DAY)",
            f"date_trunc('month', {self._time(0)})",
        )
