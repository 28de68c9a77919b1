"""When a silence holds, by the clock of its time zone; pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from idqp_cli.alerts.values import Silence


def holds(silence: Silence, at: datetime) -> bool:
    """Tell whether it is the silence's time."""
    if (silence.since is not None and at < silence.since) or (silence.until is not None and at >= silence.until):
        return False
    local = at.astimezone(zone(silence.zone))
    if silence.cron is not None and silence.lasts is not None and not _recurs(silence.cron, silence.lasts, local):
        return False
    day = local.weekday()
    if silence.between is not None:
        begins, ends = silence.between
        now = local.time()
        if begins <= ends:
            if not begins <= now < ends:
                return False
        elif now < ends:
            # Behind midnight, it is still the silence of the day before.
            day = (day - 1) % 7
        elif now < begins:
            return False
    return not silence.days or day in silence.days


def zone(name: str | None) -> tzinfo:
    """Return the time zone of a name like `Europe/Berlin`; UTC if none is said.

    Raises:
        ValueError: there is no such zone.

    """
    if name is None:
        return UTC
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only a silence with a time zone has to pay

    try:
        return ZoneInfo(name)
    except (OSError, KeyError) as error:
        raise ValueError(str(error)) from None


def recurring(cron: str) -> bool:
    """Tell whether a text is a time that recurs, as cron writes it."""
    from croniter import croniter  # noqa: PLC0415 - only a silence that recurs has to pay

    return len(cron.split()) == 5 and bool(croniter.is_valid(cron))


def _recurs(cron: str, lasts: timedelta, local: datetime) -> bool:
    """Tell whether the last time that `cron` names is less than `lasts` ago."""
    from croniter import CroniterBadDateError, croniter  # noqa: PLC0415

    try:
        # The minute itself is a beginning too.
        begun = croniter(cron, local + timedelta(microseconds=1)).get_prev(datetime)
    except CroniterBadDateError:
        return False
    # Two times of one zone are subtracted by its clock, which is set twice a year.
    return bool(local.astimezone(UTC) - begun.astimezone(UTC) < lasts)
