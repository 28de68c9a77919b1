"""SQL of other engines in that of DuckDB: functions of dates, of patterns and of NULL, and quotes of names.

Only what has one meaning is translated; the result is examined like any SQL of a rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from idqp_cli.importing import joins
from idqp_cli.importing.arguments import split

STRING = re.compile(r"'(?:[^']|'')*'")
RAW = re.compile(r"\b[rR]('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
NAME = re.compile(r"`([^`]+)`")
CALL = re.compile(r"(?<![\w.\"])([A-Za-z_]\w*)\s*\(")
INTERVAL = re.compile(r"interval\s+('?)(-?\d+)\1\s*(\w+)", re.IGNORECASE)
INFIX = re.compile(r"([\w.]+|\"[^\"]+\")\s+(not\s+)?(?:rlike|regexp)\s+('(?:[^']|'')*')", re.IGNORECASE)
TILDE = re.compile(r"([\w.]+|\"[^\"]+\")\s*(!?~)\s*('(?:[^']|'')*')")
UNITS = frozenset({"second", "minute", "hour", "day", "week", "month", "quarter", "year", "millisecond", "microsecond"})
# A path into a cell of JSON, as Snowflake has it: `payload:a.b[0]::string`.
PATH = re.compile(
    r"(?<![\w:.])((?:\w+\.)?(?:[A-Za-z_]\w*|\"[^\"]+\"))"
    r":([A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\]|\['[\w ]+'\])*)(?!\w*:\w)"
)
# What is about text in other engines, whatever a file's column is read as.
OF_TEXT = frozenset({
    "length", "trim", "ltrim", "rtrim", "upper", "lower", "substring", "substr", "regexp_matches", "regexp_replace",
    "regexp_extract", "regexp_full_match", "replace", "split_part", "starts_with", "ends_with", "left", "right",
    "contains", "instr", "strpos",
})  # fmt: skip
PLAIN = re.compile(r'(?:\w+\.)?(?:[A-Za-z_]\w*|"[^"]+")')
LIKE = re.compile(r'((?:\w+\.)?(?:[A-Za-z_]\w*|"[^"]+"))(\s+(?:not\s+)?i?like\s)', re.IGNORECASE)
CASTS = {"float64": "DOUBLE", "int64": "BIGINT", "bignumeric": "DOUBLE", "bool64": "BOOLEAN"}
CAST = re.compile(rf"(\bas\s+|::\s*)({'|'.join(CASTS)})\b", re.IGNORECASE)
DEEPEST = 30
# No rule has longer SQL.
LONGEST = 10_000


def translated(statement: str) -> str:
    """Return SQL as DuckDB reads it; what is not known stays as it is."""
    if len(statement) > LONGEST:
        return statement
    text = joins.crossed(RAW.sub(lambda match: _quoted(match[1][1:-1]), statement))
    text = _outside(NAME, text, lambda match: '"' + match[1].replace('"', '""') + '"')
    text = _outside(INFIX, text, lambda match: _matches(match[1], match[3], negated=bool(match[2])))
    text = _outside(TILDE, text, lambda match: _matches(match[1], match[3], negated=match[2] == "!~"))
    text = _outside(PATH, text, lambda match: f"json_extract_string({match[1]}, '$.{match[2]}')")
    text = _outside(CAST, text, lambda match: match[1] + CASTS[match[2].lower()])
    text = _outside(LIKE, text, lambda match: _as_text(match[1]) + match[2])
    return _calls(text, 0)


def _outside(pattern: re.Pattern[str], text: str, made: Callable[[re.Match[str]], str]) -> str:
    """Replace what a pattern finds, but for what begins inside of a text in quotes."""
    parts, at = [], 0
    while (match := pattern.search(text, at)) is not None:
        quoted = STRING.search(text, at)
        if quoted is not None and quoted.start() < match.start():
            parts.append(text[at : quoted.end()])
            at = quoted.end()
        else:
            parts += [text[at : match.start()], made(match)]
            at = match.end()
    return "".join(parts) + text[at:]


def _matches(text: str, regex: str, *, negated: bool) -> str:
    return f"{'NOT ' if negated else ''}regexp_matches({_as_text(text)}, {regex})"


def _as_text(name: str) -> str:
    """Return a column as text: a text file may have it read as a number."""
    plain = PLAIN.fullmatch(name) is not None and name.lower() not in {"end", "null"}
    return f"CAST({name} AS VARCHAR)" if plain else name


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _calls(text: str, depth: int) -> str:
    """Translate the calls in a text, inner ones first."""
    made, at = [], 0
    while (match := CALL.search(text, at)) is not None:
        string = next((one for one in STRING.finditer(text, at) if one.start() <= match.start() < one.end()), None)
        if string is not None:
            made.append(text[at : string.end()])
            at = string.end()
            continue
        end = _end(text, match.end())
        if end is None or depth > DEEPEST:
            break
        arguments = [_calls(part, depth + 1) for part in split(text[match.end() : end], STRING)]
        made.append(text[at : match.start()])
        made.append(_call(match[1], arguments, text[match.start() : match.end()]))
        at = end + 1
    return "".join(made) + text[at:]


def _end(text: str, at: int) -> int | None:
    """Return where the bracket closes that is open at a place."""
    depth = 1
    while at < len(text):
        string = STRING.match(text, at)
        if string is not None:
            at = string.end()
            continue
        depth += (text[at] == "(") - (text[at] == ")")
        if not depth:
            return at
        at += 1
    return None


def _unit(word: str) -> str | None:
    plain = word.strip().strip("'\"").lower().removesuffix("s")
    return plain if plain in UNITS else None


def _call(name: str, arguments: Sequence[str], begin: str) -> str:
    if name.lower() == "len" and not all(map(PLAIN.fullmatch, arguments)):
        # Of a list it is DuckDB's own.
        return f"{begin}{', '.join(arguments)})"
    function = FUNCTIONS.get(name.lower())
    ours = NAMES.get(name.lower(), name.lower())
    if ours in OF_TEXT and arguments:
        arguments = [_as_text(arguments[0]), *arguments[1:]]
    made = function(arguments) if function is not None else None
    return made if made is not None else f"{begin}{', '.join(arguments)})"


def _moved(sign: str) -> Callable[[Sequence[str]], str | None]:
    """Return the translation of what adds to a date: (unit, number, date), (date, number) or (date, INTERVAL …)."""

    def function(arguments: Sequence[str]) -> str | None:
        if len(arguments) == 3 and (unit := _unit(arguments[0])) is not None:
            return f"({arguments[2]} {sign} INTERVAL ({arguments[1]}) {unit})"
        if len(arguments) == 2:
            match = INTERVAL.fullmatch(arguments[1])
            if match is not None and (unit := _unit(match[3])) is not None:
                return f"({arguments[0]} {sign} INTERVAL ({match[2]}) {unit})"
            if re.fullmatch(r"-?\d+", arguments[1]):
                return f"({arguments[0]} {sign} INTERVAL ({arguments[1]}) day)"
        return None

    return function


def _difference(arguments: Sequence[str]) -> str | None:
    """Return the number of boundaries between two dates: (unit, a, b), (b, a, unit), or (b, a) in days."""
    if len(arguments) == 3 and (unit := _unit(arguments[0])) is not None:
        return f"date_diff('{unit}', {arguments[1]}, {arguments[2]})"
    if len(arguments) == 3 and (unit := _unit(arguments[2])) is not None:
        return f"date_diff('{unit}', {arguments[1]}, {arguments[0]})"
    return f"date_diff('day', {arguments[1]}, {arguments[0]})" if len(arguments) == 2 else None


def _named(name: str, number: int | None = None) -> Callable[[Sequence[str]], str | None]:
    return lambda arguments: f"{name}({', '.join(arguments)})" if number in {None, len(arguments)} else None


def _word(word: str) -> Callable[[Sequence[str]], str | None]:
    return lambda arguments: None if arguments else word


def _as_date(arguments: Sequence[str]) -> str | None:
    if len(arguments) == 1:
        return f"CAST({arguments[0]} AS DATE)"
    form = _form(arguments)
    return None if form is None else f"CAST(strptime(CAST({arguments[0]} AS VARCHAR), {form}) AS DATE)"


def _is_null(arguments: Sequence[str]) -> str | None:
    """Return what `isnull` is: of one a condition, of two the first that is not NULL."""
    if len(arguments) == 1:
        return f"({arguments[0]} IS NULL)"
    return f"coalesce({', '.join(arguments)})" if len(arguments) == 2 else None


def _case(arguments: Sequence[str]) -> str | None:
    if len(arguments) != 3:
        return None
    return f"CASE WHEN {arguments[0]} THEN {arguments[1]} ELSE {arguments[2]} END"


def _written(arguments: Sequence[str]) -> str | None:
    """Return a date as text in a form like YYYY-MM-DD."""
    form = _form(arguments)
    return None if form is None else f"strftime({arguments[0]}, {form})"


def _form(arguments: Sequence[str]) -> str | None:
    """Return the second of two arguments, a form like YYYY-MM-DD, as that of strftime."""
    if len(arguments) != 2 or (match := STRING.fullmatch(arguments[1])) is None:
        return None
    form = FORM.sub(lambda one: FORMS[one[0].upper()], match[0])
    return None if re.search(r"(?<!%)[A-Za-z]", form) else form


def _number(arguments: Sequence[str]) -> str | None:
    """Return a date of digits as a number; of other texts the engines read numbers apart."""
    digits = len(arguments) == 1 and DIGITS.fullmatch(arguments[0])
    return f"CAST({arguments[0]} AS BIGINT)" if digits else None


def _divided(arguments: Sequence[str]) -> str | None:
    return f"({arguments[0]}) / nullif({arguments[1]}, 0)" if len(arguments) == 2 else None


def _seconds(arguments: Sequence[str]) -> str | None:
    """Return the whole seconds since 1970 of a time."""
    return f"CAST(floor(epoch(CAST({arguments[0]} AS TIMESTAMP))) AS BIGINT)" if len(arguments) == 1 else None


def _element(arguments: Sequence[str]) -> str | None:
    """Return an element of a list or a mapping."""
    return f"({arguments[0]})[{arguments[1]}]" if len(arguments) == 2 else None


def _or_zero(arguments: Sequence[str]) -> str | None:
    return f"coalesce({arguments[0]}, 0)" if len(arguments) == 1 else None


# Other names of functions of text.
NAMES: Mapping[str, str] = {
    "len": "length", "char_length": "length", "character_length": "length", "startswith": "starts_with",
    "endswith": "ends_with", "regexp_contains": "regexp_matches", "regexp_like": "regexp_matches",
    "rlike": "regexp_matches",
}  # fmt: skip
FORMS: Mapping[str, str] = {"YYYY": "%Y", "HH24": "%H", "MM": "%m", "DD": "%d", "MI": "%M", "SS": "%S"}
FORM = re.compile("|".join(FORMS), re.IGNORECASE)
DIGITS = re.compile(r"strftime\(.*, '[%YHmdMS]+'\)", re.DOTALL)
FUNCTIONS: Mapping[str, Callable[[Sequence[str]], str | None]] = {
    "current_timestamp": _word("current_timestamp"), "current_date": _word("current_date"),
    "getdate": _word("current_timestamp"), "sysdate": _word("current_timestamp"),
    "systimestamp": _word("current_timestamp"),
    "dateadd": _moved("+"), "date_add": _moved("+"), "timestamp_add": _moved("+"), "datetime_add": _moved("+"),
    "date_sub": _moved("-"), "timestamp_sub": _moved("-"), "datetime_sub": _moved("-"),
    "datediff": _difference, "date_diff": _difference, "timestamp_diff": _difference, "datetime_diff": _difference,
    "regexp_contains": _named("regexp_matches", 2), "regexp_like": _named("regexp_matches", 2),
    "rlike": _named("regexp_matches", 2), "safe_cast": _named("try_cast"), "nvl": _named("coalesce"),
    "ifnull": _named("coalesce"), "isnull": _is_null, "iff": _case, "len": _named("length", 1), "to_date": _as_date,
    "char_length": _named("length", 1), "countif": _named("count_if", 1), "to_char": _written, "to_varchar": _written,
    "to_number": _number, "unix_timestamp": _seconds, "to_unix_timestamp": _seconds,
    "safe_divide": _divided, "zeroifnull": _or_zero, "startswith": _named("starts_with", 2),
    "endswith": _named("ends_with", 2), "size": _named("array_length", 1), "try_element_at": _element,
    "element_at": _element,
}  # fmt: skip
