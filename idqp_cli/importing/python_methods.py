"""What methods and functions of Python, pandas and polars are in SQL, where one expression says it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Scalar


@frozen
class Call:
    """A call in SQL: what it is of, its arguments, and those with a name, as constants and in SQL."""

    of: str
    arguments: tuple[str, ...]
    constants: Mapping[str, object]
    named: Mapping[str, str]


# A condition counts as 1 or 0 in a mean and a sum.
AGGREGATES: Mapping[str, str] = {
    "mean": "avg(CAST({0} AS DOUBLE))", "sum": "sum(CAST({0} AS DOUBLE))", "min": "min({0})", "max": "max({0})",
    "median": "median({0})", "std": "stddev_samp({0})", "var": "var_samp({0})", "nunique": "count(DISTINCT {0})",
    "n_unique": "count(DISTINCT {0})", "count": "count({0})", "any": "coalesce(bool_or({0}), false)",
}  # fmt: skip
ARITHMETIC: Mapping[type[ast.operator], str] = {
    ast.Add: "{0} + {1}",
    ast.Sub: "{0} - {1}",
    ast.Mult: "{0} * {1}",
    ast.Div: "{0} / {1}",
    ast.FloorDiv: "floor({0} / {1})",
    # Of Python the remainder has the sign of the divisor.
    ast.Mod: "({0} % {1} + {1}) % {1}",
    ast.Pow: "pow({0}, {1})",
    ast.BitAnd: "{0} AND {1}",
    ast.BitOr: "{0} OR {1}",
    ast.BitXor: "{0} <> {1}",
}
PARTS: Mapping[str, str] = {
    "year": "year", "month": "month", "day": "day", "hour": "hour", "minute": "minute", "second": "second",
    "quarter": "quarter", "dayofyear": "dayofyear",
}  # fmt: skip
MODULES: Mapping[str, str] = {
    "np": "np", "numpy": "np", "pd": "pd", "pandas": "pd", "re": "re", "datetime": "datetime", "dt": "datetime",
    "date": "date", "math": "math",
}  # fmt: skip
# What they have that tells the time.
CLOCKS = frozenset({"Timestamp", "datetime", "date"})
GROUPS = frozenset({"str", "dt"})
LISTS = frozenset({"isin", "is_in"})
# Methods that tell yes or no, of which a missing value is no.
CONDITIONS = frozenset({
    "gt", "ge", "lt", "le", "eq", "ne", "between", "is_between", "contains", "match", "fullmatch", "startswith",
    "endswith", "starts_with", "ends_with", "isdigit", "isnumeric", "isdecimal", "isalpha", "isalnum", "isupper",
    "islower",
})  # fmt: skip
# Those of a text that do not say so by their names.
OF_TEXTS = frozenset({
    "strip", "lower", "upper", "startswith", "endswith", "isdigit", "isnumeric", "isdecimal", "isalpha", "isalnum",
    "isupper", "islower", "len()", "nchar()", "str_length()", "tolower()", "toupper()", "str_detect()", "grepl()",
    "startsWith()", "endsWith()", "re.match", "re.fullmatch", "re.search",
})  # fmt: skip
OF_NULLS = frozenset({"isna", "isnull", "notna", "notnull", "is_null", "is_not_null"})
# Of a text only a whole number is one; of a number its fraction is cut off.
WHOLE = (
    r"(CASE WHEN typeof({0}) = 'VARCHAR' THEN CAST(nullif(regexp_extract(trim(CAST({0} AS VARCHAR)), '^[+-]?\d+$'), '')"
    " AS HUGEINT) ELSE CAST(trunc(CAST({0} AS DOUBLE)) AS HUGEINT) END)"
)
TIMES = ("current_timestamp::TIMESTAMP", "current_date")
# Templates: {of} is what a method is of, {0} and {1} are its arguments.
TEMPLATES: Mapping[str, str] = {
    "gt": "({of} > {0})", "ge": "({of} >= {0})", "lt": "({of} < {0})", "le": "({of} <= {0})", "eq": "({of} = {0})",
    "ne": "({of} <> {0})",
    "isna": "({of} IS NULL)", "isnull": "({of} IS NULL)", "is_null": "({of} IS NULL)",
    "notna": "({of} IS NOT NULL)", "notnull": "({of} IS NOT NULL)", "is_not_null": "({of} IS NOT NULL)",
    "abs": "abs({of})", "not_": "(NOT {of})",
    "add": "({of} + {0})", "sub": "({of} - {0})", "mul": "({of} * {0})", "div": "({of} / {0})",
    # Methods of texts, of a series and of a single one.
    "str.len": "length({of})", "str.len_chars": "length({of})", "str.lower": "lower({of})", "str.upper": "upper({of})",
    "str.strip": "trim({of})", "strip": "trim({of})", "lower": "lower({of})", "upper": "upper({of})",
    "str.startswith": "starts_with({of}, {0})", "startswith": "starts_with({of}, {0})",
    "str.starts_with": "starts_with({of}, {0})", "str.ends_with": "ends_with({of}, {0})",
    "str.endswith": "ends_with({of}, {0})", "endswith": "ends_with({of}, {0})",
    "str.match": "regexp_matches({of}, '^(?:' || {0} || ')')", "str.fullmatch": "regexp_full_match({of}, {0})",
    **{prefix + name: f"regexp_full_match({{of}}, '{regex}')" for prefix in ("", "str.") for name, regex in (
        ("isdigit", r"\d+"), ("isnumeric", r"\d+"), ("isdecimal", r"\d+"), ("isalpha", r"\pL+"),
        ("isalnum", r"[\pL\pN]+"),
    )},
    **{prefix + "isupper": "({of} = upper({of}) AND {of} <> lower({of}))" for prefix in ("", "str.")},
    **{prefix + "islower": "({of} = lower({of}) AND {of} <> upper({of}))" for prefix in ("", "str.")},
    "dt.date": "CAST({of} AS DATE)",
    # Functions.
    "len()": "length({0})", "abs()": "abs({0})", "str()": "CAST({0} AS VARCHAR)", "bool()": "{0}",
    "is_na()": "({0} IS NULL)", "nchar()": "length({0})", "str_length()": "length({0})", "tolower()": "lower({0})",
    "toupper()": "upper({0})", "str_detect()": "regexp_matches({0}, {1})", "grepl()": "regexp_matches({1}, {0})",
    "startsWith()": "starts_with({0}, {1})", "endsWith()": "ends_with({0}, {1})",
    "float()": "CAST({0} AS DOUBLE)", "int()": WHOLE, "round()": "round({0})",
    "re.match": "regexp_matches({1}, '^(?:' || {0} || ')')", "re.fullmatch": "regexp_full_match({1}, {0})",
    "re.search": "regexp_matches({1}, {0})", "np.abs": "abs({0})", "np.all": "{0}", "np.isnan": "({0} IS NULL)",
    "pd.isna": "({0} IS NULL)", "pd.notna": "({0} IS NOT NULL)", "pd.isnull": "({0} IS NULL)",
    "np.isfinite": "isfinite({0})", "np.isclose": "(abs({0} - {1}) <= 1e-8 + 1e-5 * abs({1}))",
    "pd.Timestamp": "CAST({0} AS TIMESTAMP)", "pd.to_datetime": "CAST({0} AS TIMESTAMP)",
    "datetime.now": TIMES[0], "datetime.today": TIMES[0], "datetime.utcnow": TIMES[0], "date.today": TIMES[1],
    "Timestamp.now": TIMES[0], "Timestamp.today": TIMES[0],
    "np.logical_and": "({0} AND {1})", "np.logical_or": "({0} OR {1})", "np.logical_not": "(NOT {0})",
}  # fmt: skip
NUMBERS = {name: template.count("{0}") and (2 if "{1}" in template else 1) for name, template in TEMPLATES.items()}
INCLUSIVE: Mapping[object, tuple[str, str]] = {
    "both": (">=", "<="), "neither": (">", "<"), "left": (">=", "<"), "right": (">", "<="), True: (">=", "<="),
    False: (">", "<"), "none": (">", "<"),
}  # fmt: skip


def written(name: str, call: Call) -> str | None:
    """Return a call in SQL; None where it is not known, or is given what is not."""
    special: Mapping[str, Callable[[Call], str | None]] = {
        "between": _between,
        "is_between": _between,
        "str.contains": _contains,
        "astype": _cast,
        "pd.Timestamp": _moment,
    }
    if name.startswith("str."):
        call = _of_texts(call)
    if name in special and (made := special[name](call)) is not None:
        return made
    call = _of_texts(call) if name.startswith("str.") or name in OF_TEXTS else call
    template = TEMPLATES.get(name)
    if template is None or len(call.arguments) != NUMBERS[name] or call.named or set(call.constants) - {"na"}:
        return None
    return template.format(*call.arguments, of=call.of)


def _of_texts(call: Call) -> Call:
    """Return a call whose columns are texts, as what looks like a number is read as one."""
    texts = tuple(f"CAST({one} AS VARCHAR)" if one.startswith('"') else one for one in (call.of, *call.arguments))
    return Call(texts[0], texts[1:], call.constants, call.named)


def _between(call: Call) -> str | None:
    bounds = [*call.arguments, *(call.named[key] for key in ("left", "right") if key in call.named)]
    word = call.constants.get("inclusive", call.constants.get("closed", "both"))
    if len(bounds) != 2 or word not in INCLUSIVE:
        return None
    low, high = INCLUSIVE[word]
    return f"({call.of} {low} {bounds[0]} AND {call.of} {high} {bounds[1]})"


def _contains(call: Call) -> str | None:
    if len(call.arguments) != 1 or set(call.constants) - {"regex", "na", "case", "literal"}:
        return None
    if call.constants.get("regex") is False or call.constants.get("literal") is True:
        return f"contains({call.of}, {call.arguments[0]})"
    flags = ", 'i'" if call.constants.get("case") is False else ""
    return f"regexp_matches({call.of}, {call.arguments[0]}{flags})"


def _cast(call: Call) -> str | None:
    kinds: Mapping[Scalar, str] = {"str": "VARCHAR", "string": "VARCHAR", "float": "DOUBLE"}
    kind = kinds.get(call.arguments[0].strip("'")) if len(call.arguments) == 1 else None
    return None if kind is None else f"CAST({call.of} AS {kind})"


def _moment(call: Call) -> str | None:
    return TIMES[0] if call.arguments in {("'now'",), ("'today'",)} else None


def part(text: str, place: ast.expr) -> str | None:
    """Return a part of a text: its first or last characters, or those between two places; None for another one."""
    match place:
        case ast.Slice(lower=None, upper=ast.Constant(value=int() as high), step=None):
            return f"left({text}, {high})"
        case ast.Slice(lower=ast.Constant(value=int() as low), upper=None, step=None):
            return f"substring({text}, {low + 1})"
        case ast.Slice(lower=ast.Constant(value=int() as low), upper=ast.Constant(value=int() as high), step=None):
            return f"substring({text}, {low + 1}, {max(high - low, 0)})"
        case ast.Slice(lower=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as last)), upper=None):
            return f"right({text}, {last})" if place.step is None and last else None
        case ast.Constant(value=int() as at):
            # What is not there is missing.
            return f"nullif(substring({text}, {at + 1}, 1), '')"
    return None


SPANS = frozenset({"timedelta", "Timedelta", "DateOffset", "relativedelta"})
UNITS = frozenset({"weeks", "days", "hours", "minutes", "seconds", "months", "years"})


def interval(node: ast.Call) -> str | None:
    """Return a span of time like `timedelta(days=1)` in SQL; None if a call is none, or not of whole numbers."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in SPANS:
        return None
    given = [("days", one) for one in node.args[:1]] + [(str(one.arg), one.value) for one in node.keywords]
    parts = []
    for unit, value in given:
        whole = value.value if isinstance(value, ast.Constant) else None
        if unit not in UNITS or isinstance(whole, bool) or not isinstance(whole, int):
            return None
        parts.append(f"INTERVAL {whole} {unit.removesuffix('s').upper()}")
    return f"({' + '.join(parts)})" if parts and len(node.args) <= 1 else None
