"""One check of SodaCL, the language of Soda 3: its line, and the keys below it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Scalar
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.filtered import Filtered
from idqp_cli.importing.intervals import Allowed, compared
from idqp_cli.importing.soda.formats import FORMATS
from idqp_cli.importing.values import NoEquivalentError
from idqp_cli.importing.variables import dollars, in_sql

LINE = re.compile(r"(?P<metric>.+?)\s*(?P<rest>(?:(?:not\s+)?between\b|[=<>!]).*)?", re.DOTALL | re.IGNORECASE)
# One call alone: `avg(a) - avg(b)` and `avg(coalesce(a, 0))` are no checks of SodaCL.
CALL = re.compile(
    r"(?P<name>[A-Za-z_]\w*)\s*\(\s*(?P<args>(?:\"[^\"]*\"|`[^`]*`|\[[^\]]*\]|'[^']*'|[^()\"`])*?)\s*\)", re.DOTALL
)
SIGNED = re.compile(r"(==?|!=|<>|<=|>=|<|>)\s*([-+]?[\d.,_]+(?:[eE][-+]?\d+)?)\s*(%|[A-Za-z][\w ]*)?")
BETWEEN = re.compile(
    r"(not\s+)?between\s*([\[(]?)\s*([-+]?[\d.,_]+)\s*%?\s+and\s+([-+]?[\d.,_]+)\s*%?\s*([\])]?)", re.IGNORECASE
)
AGE = re.compile(r"(?:d|h|m|s|w|mins?|minutes?|hours?|days?|weeks?)(?:\s.*|\d.*)?", re.IGNORECASE)
ARGUMENT = re.compile(r"""\s*("(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|'[^']*'|[^,]+?)\s*(?:,|$)""")
COMMON = frozenset({
    "name", "title", "filter", "warn", "fail", "attributes", "identity", "samples limit", "samples columns",
    "exclude columns", "excluded columns", "collect failed rows",
})  # fmt: skip
MISSING = frozenset({"missing values", "missing regex", "missing format"})
VALID = frozenset({
    "valid values", "invalid values", "valid min", "valid max", "valid length", "valid min length", "valid max length",
    "valid regex", "valid format", "invalid regex", "invalid format",
})  # fmt: skip

KEYS = COMMON | MISSING | VALID


@frozen
class Check(Filtered):
    """A check of SodaCL: the metric, its arguments, what its value may be, and the keys below the line.

    `allowed` is None where the line has no bound. `keys` are those that every
    rule takes; `where` is the filter of the check and of its block.
    """

    text: str
    metric: str
    arguments: tuple[str, ...]
    rest: str
    allowed: Allowed | None
    unit: str
    given: Mapping[str, Node]
    keys: Mapping[str, object]
    warn: Allowed | None
    fail: Allowed | None
    variables: Mapping[str, str]
    dataset: str

    def column(self) -> str:
        """Return the one column that the check is about."""
        if len(self.arguments) != 1:
            raise NoEquivalentError(f"{self.metric} is about one column")
        return self.arguments[0]

    def bounds(self) -> list[tuple[Allowed, dict[str, object]]]:
        """Return what the value may be, each with the severity of a value outside."""
        judged: list[tuple[Allowed, dict[str, object]]] = []
        if self.fail is not None:
            judged.append((self.fail, {}))
        if self.warn is not None and self.warn != self.fail:
            judged.append((self.warn, {"severity": "warning"}))
        if not judged and self.allowed is not None:
            judged.append((self.allowed, {}))
        if not judged:
            raise NoEquivalentError("it has no bound, like > 0")
        return judged

    def refuse_others(self, *known: str) -> None:
        """Refuse keys that are not understood, because they may change the meaning."""
        look.refuse_others(dict(self.given), (*COMMON, *known), "the check")

    def filled(self, node: Node | None, what: str) -> str:
        """Return a text with its variables filled."""
        return in_sql(look.text(node, what), self.variables)


def parsed(
    text: str,
    given: Mapping[str, Node],
    dataset: str,
    variables: Mapping[str, str],
    block: str | None = None,
) -> Check:
    """Read the line of a check; `block` is the filter of the block that it stands in.

    Raises:
        NoEquivalentError: SodaCL has no such check.

    """
    line = re.sub(r"\s+", " ", dollars(text, variables)).strip()
    match = LINE.fullmatch(line)
    if match is None:
        raise NoEquivalentError("it is not a check of SodaCL")
    call = CALL.fullmatch(match["metric"].strip())
    metric = call["name"].lower() if call else match["metric"].strip()
    arguments = tuple(_argument(word) for word in ARGUMENT.findall(call["args"])) if call else ()
    rest = (match["rest"] or "").strip()
    # Neither a score nor an age is a plain number.
    allowed, unit = (None, "") if not rest or metric.startswith(("anomaly", "freshness")) else bound(rest)
    _refuse_age(unit, metric)
    return Check(
        text=line,
        metric=metric,
        arguments=arguments,
        rest=rest,
        allowed=allowed,
        unit=unit,
        given=given,
        keys=_keys(given, variables, block),
        warn=_alert(given.get("warn"), "warn", metric),
        fail=_alert(given.get("fail"), "fail", metric),
        variables=variables,
        dataset=dataset,
    )


def _argument(written: str) -> str:
    written = written.strip()
    if len(written) > 1 and written[0] in "\"`['":
        return written[1:-1].replace('""', '"') if written[0] == '"' else written[1:-1]
    return written


def _keys(given: Mapping[str, Node], variables: Mapping[str, str], block: str | None) -> dict[str, object]:
    keys: dict[str, object] = {}
    name = given.get("name") or given.get("title")
    if name is not None:
        keys["name"] = dollars(look.text(name, "name"), variables)
    filters = [block] if block else []
    if "filter" in given:
        filters.append(in_sql(look.text(given["filter"], "filter"), variables, kept=True).strip().rstrip(";"))
    if filters:
        keys["where"] = filters[0] if len(filters) == 1 else " AND ".join(f"({one})" for one in filters)
    if "attributes" in given:
        keys["tags"] = tags(given["attributes"])
    return keys


def tags(node: Node) -> list[str]:
    """Return attributes as tags: `name:value`."""
    texts = []
    for name, value in look.mapping(node, "attributes").items():
        texts += [f"{name}:{look.text(item, name)}" for item in look.items(value, name)]
    return texts


def bound(rest: str) -> tuple[Allowed, str]:
    """Read a bound like `> 5`, `< 5%` or `between (1 and 9]`; with its unit."""
    rest = rest.strip()
    between = BETWEEN.fullmatch(rest)
    if between is not None:
        low, high = (_number(between[at]) for at in (3, 4))
        if low > high:
            raise NoEquivalentError(f"nothing lies between {clean(between[3], 20)} and {clean(between[4], 20)}")
        return Allowed(low, high, between[2] == "(", between[5] == ")", outside=bool(between[1])), ""
    signed = SIGNED.fullmatch(rest)
    if signed is None:
        raise NoEquivalentError(f"'{clean(rest, 60)}' is not a bound like > 5 or between 1 and 9")
    return compared(signed[1], _number(signed[2])), (signed[3] or "").strip()


def _number(written: str) -> Fraction:
    return look.fraction(written.rstrip(",").replace(",", ""), "a bound")


def _refuse_age(unit: str, metric: str) -> None:
    """Refuse a bound like `30d ago` of a metric that is a number."""
    if AGE.fullmatch(unit) and not metric.startswith("freshness"):
        raise NoEquivalentError(f"a bound with '{clean(unit, 40)}' is of freshness only")


def _alert(node: Node | None, what: str, metric: str) -> Allowed | None:
    """Return what is allowed before an alert like `when > 5`; None without one, or where it is no bound."""
    if node is None or node.value is None or isinstance(node.value, dict):
        return None
    parts: list[Allowed] = []
    for item in look.items(node, what):
        written = look.text(item, what).strip()
        allowed, unit = bound(re.sub(r"^when\s+", "", written, flags=re.IGNORECASE))
        _refuse_age(unit, metric)
        parts.append(allowed.negated())
    if len(parts) != 1:
        raise NoEquivalentError(f"{what} has several bounds")
    return parts[0]


def words(given: Mapping[str, Node]) -> tuple[list[Scalar], str | None]:
    """Return what stands for a missing cell beside NULL: texts, and a pattern."""
    regex = look.text(given["missing regex"], "missing regex") if "missing regex" in given else None
    if "missing format" in given:
        regex = FORMATS.get(look.text(given["missing format"], "missing format"))
        if regex is None:
            raise NoEquivalentError("the missing format is not known")
    return look.values(given.get("missing values"), "missing values"), regex


def columns_of(check: Check) -> Sequence[str]:
    """Return the columns that the check is about, at least one."""
    if not check.arguments:
        raise NoEquivalentError(f"{check.metric} needs a column, like {check.metric}(a)")
    return check.arguments
