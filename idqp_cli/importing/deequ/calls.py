"""The calls of Deequ in code of Scala and of Python, as text: names, constants, lists, and assertions on a number."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.core.frozen import frozen
from idqp_cli.importing import intervals, look
from idqp_cli.importing.arguments import split
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.values import NoEquivalentError

LONGEST, LONGEST_CALL, DEEPEST, MOST_OPEN = 1 << 20, 1 << 14, 20, 100
NAMES = r"(?:is|has|are|have|contains|does)[A-Z]\w*|satisfies|where|customSql|kllSketch\w*"
CALL = re.compile(rf"(?<![\w.])(Check)\s*\(|\.\s*({NAMES})\s*\(")
STRING = re.compile(r'r?"""(.*?)"""|r?"((?:[^"\\]|\\.)*)"|r?\'((?:[^\'\\]|\\.)*)\'', re.DOTALL)
COMMENT = re.compile(
    r'("""(?:.*?)"""|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')|//[^\n]*|/\*.*?\*/|(?m:^\s*#[^\n]*)', re.DOTALL
)
# Of Python: there # begins a comment wherever it stands, and // divides.
PYTHON_COMMENT = re.compile(
    r'(""".*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')|#[^\n]*', re.DOTALL
)
LISTED = re.compile(r"(?:Array|Seq|List|Set|set|list)?\s*(?:\[\s*String\s*\])?\s*[\[({](.*)[\])}]", re.DOTALL)
LAMBDA = re.compile(r"(?:lambda\s+(\w+)\s*:|\(?\s*(\w+)\s*(?::\s*\w+)?\s*\)?\s*=>)\s*(.*)", re.DOTALL)
NUMBER = r"[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?[LlDdFf]?"
PART = re.compile(
    rf"\(*\s*(?:(?P<low>{NUMBER})\s*(?P<before><=|<|>=|>)\s*)?x\s*(?:(?P<sign><=|<|>=|>|==|!=)\s*(?P<high>{NUMBER}))?\s*\)*"
)
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
PYTHON_TYPES: Mapping[str, str] = {"int": "Integral", "float": "Fractional", "bool": "Boolean", "str": "String"}
ONE = re.compile(r"(?:Check\.)?IsOne")
VARIABLE = re.compile(r"\w*check\w*\s*\Z", re.IGNORECASE)
OWNER = re.compile(r"(?<![\w.)])(\w+)\s*\Z")
GIVEN = re.compile(r"(\w+)\s*(?::\s*\w+)?\s*=\s*[\\(\s]*(?:\w+\.)?\Z")
CLOSING = {"(": ")", "[": "]", "{": "}"}


@frozen
class Call:
    """A call: the name, its arguments, the line, and how it is written.

    An argument is a text, a number, a list of these, an `Allowed`, None, or an `Unread`.
    With `chained` it is of what the call before it returned, with `of_check` of a
    variable that is named like a check. `at` is where it begins in the text. `variable`
    is the one whose method it is, or of a `Check(…)` the one that is given it. `remarks`
    say what there is to know about it.
    """

    name: str
    arguments: tuple[object, ...]
    line: int
    text: str
    chained: bool = False
    of_check: bool = False
    at: int = 0
    variable: str = ""
    remarks: tuple[str, ...] = ()


class Unread:
    """An argument that only running the code would tell."""

    def __init__(self, text: str) -> None:
        """Keep how it is written."""
        self.text = text


PREDICATES: Mapping[str, str] = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<", "eq": "=", "neq": "!="}
PREDICATE = re.compile(
    r"(?:\w+\.)?(gte|gt|lte|lt|eq|neq|between|is_one|is_zero|is_positive|is_non_negative)\(([^()]*)\)"
)


def calls(text: str, *, python: bool = False) -> Iterator[Call]:
    """Yield the calls of checks in the order in which they stand; comments are passed over."""
    plain = (PYTHON_COMMENT if python else COMMENT).sub(
        lambda match: match[1] or re.sub(r"[^\n]", " ", match[0]), text[:LONGEST]
    )
    lines = [0, *(one.end() for one in re.finditer("\n", plain))]
    open_, last = 0, -1
    for found in CALL.finditer(plain):
        end = _end(plain, found.end() - 1)
        if end is None:
            open_ += 1
            if open_ > MOST_OPEN:
                return
            continue
        inner = plain[found.end() : end]
        name = found[1] or found[2]
        yield Call(
            name,
            arguments=arguments(split(inner, STRING)),
            line=bisect_right(lines, found.start()),
            text=f"{name}({inner.strip()})",
            chained=0 <= last <= found.start() and not plain[last : found.start()].strip(" \t\r\n\\"),
            of_check=VARIABLE.search(plain, max(0, found.start() - 60), found.start()) is not None,
            at=found.start(),
            variable=_variable(plain, found.start(), given=name == "Check"),
        )
        last = end + 1


def _variable(text: str, at: int, *, given: bool) -> str:
    """Return the variable before a place: whose method a call is, or that is given its value."""
    found = (GIVEN if given else OWNER).search(text, max(0, at - 120), at)
    return found[1] if found else ""


def _end(text: str, at: int) -> int | None:
    """Return the place of the bracket that closes the one at a place; None where none does."""
    open_: list[str] = []
    last = min(len(text), at + LONGEST_CALL)
    while at < last:
        match = STRING.match(text, at)
        if match is not None:
            at = match.end()
            continue
        one = text[at]
        if one in CLOSING:
            open_.append(CLOSING[one])
        elif open_ and one == open_[-1]:
            open_.pop()
            if not open_:
                return at
        at += 1
    return None


def arguments(written: Sequence[str]) -> tuple[object, ...]:
    """Return the arguments of a call as they are written, in their order; those with names have their places."""
    return tuple(_argument(part) for part in sorted(written, key=_place))


def _place(written: str) -> int:
    """Return where an argument stands among the others, which may be in any order if they have names."""
    if re.match(r"(?:column|columnA|lowerBound|columnCondition)\s*=(?![=>])", written):
        return 0
    return 2 if re.match(r"(?:hint|name|constraintName)\s*=(?![=>])", written) else 1


def _argument(written: str, depth: int = 0) -> object:
    if depth > DEEPEST:
        return Unread(written[:100])
    named = re.match(
        r"(?:assertion|hint|column|columns?|allowed_values|pattern|where|name|columnName|columnA|columnB"
        r"|lowerBound|upperBound|columnCondition|constraintName)\s*=(?![=>])\s*",
        written,
    )
    text = written[named.end() :] if named else written
    if text.startswith("Some(") and text.endswith(")"):
        text = text[5:-1].strip()
    if text in {"None", "null", "Nil", *PYTHON_TYPES} or re.fullmatch(
        r"[\w.]*(?:DataType\w*|CheckLevel)\.\w+|spark\w*|Integral|Fractional|Numeric|Boolean|String", text
    ):
        return None
    string = STRING.fullmatch(re.sub(r"\.r$", "", text))
    if string is not None:
        raw = next(group for group in string.groups() if group is not None)
        plain = text.startswith(('"""', "r"))
        return (
            raw
            if plain
            else re.sub(
                r"\\(.)", lambda one: {"n": "\n", "t": "\t"}.get(one[1], one[1] if one[1] in "\"'\\" else one[0]), raw
            )
        )
    if re.fullmatch(NUMBER, text):
        return look.fraction(re.sub("[LlDdFf]$", "", text), "a number")
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if ONE.fullmatch(text):
        return intervals.compared("=", look.fraction("1", "one"))
    allowed = assertion(text)
    if allowed is not None:
        return allowed
    listed = LISTED.fullmatch(text)
    if listed is not None:
        items = [_argument(part, depth + 1) for part in split(listed[1], STRING)]
        return Unread(text) if any(isinstance(item, (Unread, Allowed)) for item in items) else items
    return Unread(text)


def assertion(text: str) -> Allowed | None:
    """Return what a function like `_ >= 0.9` or `gte(0.9)` allows; None where it is none, or does more."""
    predicate = PREDICATE.fullmatch(text)
    if predicate is not None:
        return _predicate(predicate[1], [part.strip() for part in (predicate[2] or "").split(",") if part.strip()])
    match = LAMBDA.fullmatch(text)
    name, body = (match[1] or match[2], match[3]) if match else ("_", text)
    if match is None and "_" not in text:
        return None
    body = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", "x", body)
    allowed: Allowed | None = None
    for part in re.split(r"&&|\band\b", body):
        one = PART.fullmatch(part.strip())
        if one is None or (one["sign"] is None and one["before"] is None):
            return None
        try:
            for sign, number in ((FLIPPED.get(one["before"] or ""), one["low"]), (one["sign"], one["high"])):
                if sign is not None:
                    allowed = _both(
                        allowed, intervals.compared(sign, look.fraction(re.sub("[LlDdFf]$", "", number), "a number"))
                    )
        except NoEquivalentError:
            return None
    return allowed


def _predicate(name: str, numbers: list[str]) -> Allowed | None:
    """Return what a predicate of PyDeequ 2 allows."""
    try:
        values = [look.fraction(one, "a number") for one in numbers]
    except NoEquivalentError:
        return None
    match name, values:
        case "is_one", []:
            return intervals.compared("=", look.fraction("1", "one"))
        case "is_zero", []:
            return intervals.compared("=", look.fraction("0", "zero"))
        case "is_positive", []:
            return intervals.compared(">", look.fraction("0", "zero"))
        case "is_non_negative", []:
            return intervals.compared(">=", look.fraction("0", "zero"))
        case "between", [low, high]:
            return Allowed(low, high)
        case _, [value] if name in PREDICATES:
            return intervals.compared(PREDICATES[name], value)
    return None


def _both(first: Allowed | None, second: Allowed) -> Allowed:
    if first is None:
        return second
    if (
        first.outside
        or second.outside
        or (first.low is not None and second.low is not None)
        or (first.high is not None and second.high is not None)
    ):
        raise NoEquivalentError("its bounds do not fit together")
    low, high = (first, second) if first.low is not None else (second, first)
    return Allowed(low.low, high.high, low.low_open, high.high_open)
