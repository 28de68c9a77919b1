"""The checks of DQX on the cells of a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network

from idqp_cli.core import sql
from idqp_cli.core.model import Scalar
from idqp_cli.core.text import clean
from idqp_cli.importing import intervals, look, patterns, row_checks, row_sql, rule_keys
from idqp_cli.importing.deequ import spark_values
from idqp_cli.importing.deequ.dqx_asked import Asked, Function, Made, some
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.values import NoEquivalentError


def _not_null(asked: Asked) -> Iterable[Made]:
    return [row_checks.missing(name, **asked.keys) for name in some(asked.names)]


def _not_empty(asked: Asked) -> Iterable[Made]:
    trimmed = look.flag(asked.given.get("trim_strings"), "trim_strings")
    return [
        row_checks.pattern(name, ["[^ ]"], **asked.keys) if trimmed else row_checks.length(name, 1, None, **asked.keys)
        for name in some(asked.names)
    ]


def _neither(asked: Asked) -> Iterable[Made]:
    return [*_not_null(asked), *_not_empty(asked)]


def _in_list(asked: Asked) -> Iterable[Made]:
    values = look.values(asked.given.get("allowed"), "allowed")
    if _any_case(asked):
        return [_listed(name, values, asked) for name in some(asked.names)]
    return [row_checks.accepted(name, values, **asked.keys) for name in some(asked.names)]


def _not_in_list(asked: Asked) -> Iterable[Made]:
    values = look.values(asked.given.get("forbidden"), "forbidden")
    if _any_case(asked):
        return [_listed(name, values, asked, "NOT ") for name in some(asked.names)]
    return [row_checks.rejected(name, values, **asked.keys) for name in some(asked.names)]


def _there_and_in_list(asked: Asked) -> Iterable[Made]:
    return [*_not_null(asked), *_in_list(asked)]


def _ranged(low: str | None, high: str | None, *, outside: bool = False) -> Function:
    def function(asked: Asked) -> Iterable[Made]:
        keys = [key for key in (low, high) if key]
        if len(keys) == 2 and not outside and any(key in asked.given for key in keys):
            # One limit of a range says what is meant, though DQX asks for both.
            keys = [key for key in keys if key in asked.given]
        bounds = [look.text(asked.given.get(key), key) if key in keys else None for key in (low, high)]
        if all(bound is None or look.NUMBER.fullmatch(bound) for bound in bounds):
            numbers = [None if one is None else look.fraction(one, "a limit") for one in bounds]
            return [
                row_checks.between(name, Allowed(numbers[0], numbers[1], outside=outside), **asked.keys)
                for name in some(asked.names)
            ]
        if outside:
            inside = [
                row_checks.between_texts(name, bounds[0], bounds[1], (False, False), of_sql=True)
                for name in some(asked.names)
            ]
            return [_not(one, asked) for one in inside]
        return [
            row_checks.between_texts(name, bounds[0], bounds[1], (False, False), of_sql=True, **asked.keys)
            for name in some(asked.names)
        ]

    return function


def _equal(sign: str) -> Function:
    def function(asked: Asked) -> Iterable[Made]:
        if "abs_tolerance" in asked.given or "rel_tolerance" in asked.given:
            return [_near(name, asked, sign) for name in some(asked.names)]
        values = spark_values.constants(look.value(asked.given.get("value"), "value"))
        made = row_checks.accepted if sign == "=" else row_checks.rejected
        if values:
            return [made(name, values, **asked.keys) for name in some(asked.names)]
        written = look.text(asked.given.get("value"), "value").strip()
        return [_holds(name, f"{sql.identifier(name)} {sign} ({written})", asked) for name in some(asked.names)]

    return function


def _regex(asked: Asked) -> Iterable[Made]:
    regex, negate = look.text(asked.given.get("regex"), "regex"), look.flag(asked.given.get("negate"), "negate")
    return [row_checks.pattern(name, [regex], negate=negate, **asked.keys) for name in some(asked.names)]


def _expression(asked: Asked) -> Iterable[Made]:
    expression = look.text(asked.given.get("expression"), "expression").strip()
    expression = f"NOT ({expression})" if look.flag(asked.given.get("negate"), "negate") else expression
    described = {"description": look.text(asked.given["msg"], "msg")} if "msg" in asked.given else {}
    return [rule_keys.rule("expression", expression=expression, **described, **asked.keys)]


def _formatted(form: str) -> Function:
    def function(asked: Asked) -> Iterable[Made]:
        node = asked.given.get("date_format") or asked.given.get("timestamp_format")
        pattern = None if node is None else patterns.strptime(look.text(node, "the format"))
        keys_ = {"format": form} if pattern is None else {"strptime": pattern}
        return [row_checks.formatted(name, keys_, **asked.keys) for name in some(asked.names)]

    return function


def _holds(name: str, condition: str, asked: Asked) -> Failing:
    """Return the check that a condition is true of every cell, or NULL."""
    return Failing(rule_keys.rule("expression", expression=condition, **asked.keys), row_sql.breaks(condition), (name,))


def _not(check: Failing, asked: Asked) -> Failing:
    """Return the check that what another one finds is right."""
    return _holds(check.columns[0], check.condition, asked)


def _any_case(asked: Asked) -> bool:
    return not look.flag(asked.given.get("case_sensitive"), "case_sensitive", default=True)


def _listed(name: str, values: Sequence[Scalar], asked: Asked, negation: str = "") -> Failing:
    """Return the check that a cell is one of the values, or with a negation is none, in upper and lower case."""
    lowered = row_sql.texts([str(one).lower() if isinstance(one, str) else one for one in values])
    return _holds(name, f"{negation}lower({row_sql.as_text(name)}) IN ({lowered})", asked)


def _near(name: str, asked: Asked, sign: str) -> Failing:
    value = intervals.as_sql(look.number(asked.given.get("value"), "value"))
    absolute, relative = (
        intervals.as_sql(look.number(asked.given[key], key)) if key in asked.given else "0"
        for key in ("abs_tolerance", "rel_tolerance")
    )
    column = sql.identifier(name)
    far = f"greatest({absolute}, {relative} * greatest(abs({column}), abs({value})))"
    return _holds(name, f"abs({column} - {value}) {'<=' if sign == '=' else '>'} {far}", asked)


def _null(asked: Asked) -> Iterable[Made]:
    for name in some(asked.names):
        column = sql.identifier(name)
        rule = rule_keys.rule("expression", expression=f"{column} IS NULL", **asked.keys)
        yield Failing(rule, f"{column} IS NOT NULL")


def _empty(asked: Asked) -> Iterable[Made]:
    """Return the check that a cell is empty, or missing."""
    trimmed = look.flag(asked.given.get("trim_strings"), "trim_strings")
    for name in some(asked.names):
        text = f"trim({row_sql.as_text(name)})" if trimmed else row_sql.as_text(name)
        yield _holds(name, f"{text} = ''", asked)


def _full_array(asked: Asked) -> Iterable[Made]:
    for name in some(asked.names):
        condition = f"coalesce(json_array_length(TRY_CAST({sql.identifier(name)} AS JSON)) > 0, false)"
        yield Failing(rule_keys.rule("expression", expression=condition, **asked.keys), f"NOT ({condition})")


def _degrees(most: int) -> Function:
    def function(asked: Asked) -> Iterable[Made]:
        for name in some(asked.names):
            value = f"TRY_CAST({row_sql.as_text(name)} AS DOUBLE)"
            yield _holds(name, f"coalesce({value} BETWEEN -{most} AND {most}, {sql.identifier(name)} IS NULL)", asked)

    return function


def _json_keys(asked: Asked) -> Iterable[Made]:
    names = look.texts(asked.given.get("keys"), "keys")
    every = look.flag(asked.given.get("require_all"), "require_all", default=True)
    listed = f"[{', '.join(map(sql.literal, names))}]"
    for name in some(asked.names):
        found = f"json_keys(TRY_CAST({sql.identifier(name)} AS JSON))"
        inside = f"{'list_has_all' if every else 'list_has_any'}({found}, {listed})"
        yield _holds(name, f"{sql.identifier(name)} IS NULL OR coalesce({inside}, false)", asked)


def _in_network(asked: Asked) -> Iterable[Made]:
    """Return the check that an address of IPv4 is in a block, like 192.168.1.0/24."""
    written = look.text(asked.given.get("cidr_block"), "cidr_block")
    try:
        network = ip_network(written, strict=False)
    except ValueError:
        raise NoEquivalentError(f"'{clean(written, 40)}' is no block of addresses") from None
    if network.version != 4:
        raise NoEquivalentError("a block of IPv6 has no equivalent")
    for name in some(asked.names):
        text = row_sql.as_text(name)
        parts = [f"TRY_CAST(split_part({text}, '.', {at}) AS BIGINT) * {256 ** (4 - at)}" for at in range(1, 5)]
        low, high = int(network.network_address), int(network.broadcast_address)
        inside = f"regexp_full_match({text}, {sql.literal(ADDRESS)}) AND {' + '.join(parts)} BETWEEN {low} AND {high}"
        yield _holds(name, f"{sql.identifier(name)} IS NULL OR coalesce({inside}, false)", asked)


# Four numbers, each up to 255.
ADDRESS = r"((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4}"
FUNCTIONS: Mapping[str, Function] = {
    "is_not_null": _not_null, "is_not_empty": _not_empty, "is_not_null_and_not_empty": _neither, "is_in_list": _in_list,
    "value_is_in_list": _in_list, "is_not_in_list": _not_in_list, "is_not_null_and_is_in_list": _there_and_in_list,
    "value_is_not_null_and_is_in_list": _there_and_in_list, "is_in_range": _ranged("min_limit", "max_limit"),
    "is_not_in_range": _ranged("min_limit", "max_limit", outside=True), "is_not_less_than": _ranged("limit", None),
    "not_less_than": _ranged("limit", None), "is_not_greater_than": _ranged(None, "limit"),
    "not_greater_than": _ranged(None, "limit"), "is_equal_to": _equal("="), "is_not_equal_to": _equal("<>"),
    "regex_match": _regex, "sql_expression": _expression, "is_valid_date": _formatted("date"),
    "is_valid_timestamp": _formatted("datetime"), "is_valid_json": _formatted("json"),
    "is_valid_ipv4_address": _formatted("ipv4"), "is_valid_ipv6_address": _formatted("ipv6"),
    "is_ipv4_address_in_cidr": _in_network, "is_null": _null, "is_empty": _empty, "is_null_or_empty": _empty,
    "is_not_null_and_not_empty_array": _full_array, "is_latitude": _degrees(90), "is_longitude": _degrees(180),
    "has_json_keys": _json_keys,
}  # fmt: skip
