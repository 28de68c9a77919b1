"""The checks of DQX on times: how old they are, and that they are not to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.core import sql
from idqp_cli.importing import look, row_checks, row_sql, rule_keys
from idqp_cli.importing.deequ.dqx_asked import Asked, Function, Made, some
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.values import NoEquivalentError

NOW = "CAST(current_timestamp AS TIMESTAMP)"


def _each(asked: Asked, form: str) -> Iterable[Made]:
    """Return the check of a condition on each column, whose name stands for `{0}`."""
    for name in some(asked.names):
        condition = form.format(sql.identifier(name))
        made = rule_keys.rule("expression", expression=condition, **asked.keys)
        yield Failing(made, row_sql.breaks(condition), (name,))


def _moment(asked: Asked, key: str) -> str | None:
    """Return a time to compare with instead of now: a constant, or SQL; None where there is none."""
    if key not in asked.given:
        return None
    written = look.text(asked.given[key], key)
    return f"CAST({sql.literal(written)} AS TIMESTAMP)" if row_checks.ISO.fullmatch(written) else f"({written})"


def _offset(asked: Asked) -> int:
    return look.whole(asked.given["offset"], "offset") if "offset" in asked.given else 0


def _not_future(asked: Asked) -> Iterable[Made]:
    offset, now = _offset(asked), _moment(asked, "curr_timestamp") or "current_timestamp"
    return _each(asked, "{0} <= " + now + (f" + INTERVAL {offset} SECOND" if offset else ""))


def _not_near(asked: Asked) -> Iterable[Made]:
    now = _moment(asked, "curr_timestamp") or "current_timestamp"
    return _each(asked, f"NOT ({{0}} > {now} AND {{0}} < {now} + INTERVAL {_offset(asked)} SECOND)")


def _fresh(asked: Asked) -> Iterable[Made]:
    # Each row is looked at, not only the newest one.
    minutes = look.whole(asked.given.get("max_age_minutes"), "max_age_minutes")
    return _each(asked, f"{{0}} >= {_moment(asked, 'base_timestamp') or NOW} - INTERVAL {minutes} MINUTE")


def _older(asked: Asked) -> Iterable[Made]:
    """Return the check that a date is more than so many days before today, or with `negate` is not."""
    days = look.whole(asked.given.get("days"), "days")
    today = _moment(asked, "curr_date") or "current_date"
    sign = ">=" if look.flag(asked.given.get("negate"), "negate") else "<"
    return _each(asked, f"CAST({{0}} AS DATE) {sign} CAST({today} AS DATE) - {days}")


def _older_than_other(asked: Asked) -> Iterable[Made]:
    """Return the check that a date is more than so many days before that of another column."""
    first, second = (look.text(asked.given.get(key), key) for key in ("column1", "column2"))
    days = look.whole(asked.given["days"], "days") if "days" in asked.given else 0
    sign = ">=" if look.flag(asked.given.get("negate"), "negate") else "<"
    one, other = (f"CAST({sql.identifier(name)} AS DATE)" for name in (first, second))
    return [row_checks.holds(f"{one} {sign} {other} - {days}", **asked.keys)]


def _windows(asked: Asked) -> Iterable[Made]:
    """Return the check that each window of time, of those that have rows, has at least so many."""
    width = look.whole(asked.given.get("window_minutes"), "window_minutes") * 60
    least = look.whole(asked.given.get("min_records_per_window"), "min_records_per_window")
    if not width:
        raise NoEquivalentError("its windows have no width")
    for name in some(asked.names):
        at = f"CAST({sql.identifier(name)} AS TIMESTAMP)"
        now = _moment(asked, "curr_timestamp") or NOW
        conditions = [f"{at} <= {now}", *([f"({asked.where})"] if asked.where else [])]
        if "lookback_windows" in asked.given:
            back = look.whole(asked.given["lookback_windows"], "lookback_windows") * width
            conditions.append(f"{at} >= {now} - INTERVAL {back} SECOND")
        rows = rule_keys.from_table("SELECT *", asked.dataset, " AND ".join(conditions))
        window = f"count(*) OVER (PARTITION BY floor(epoch({at}) / {width}))"
        yield rule_keys.rule("query", sql=f"{rows} QUALIFY {window} < {least}", **asked.plain)


FUNCTIONS: Mapping[str, Function] = {
    "is_not_in_future": _not_future, "is_not_in_near_future": _not_near, "is_data_fresh": _fresh,
    "is_older_than_n_days": _older, "is_older_than_col2_for_n_days": _older_than_other,
    "is_data_fresh_per_time_window": _windows,
}  # fmt: skip
