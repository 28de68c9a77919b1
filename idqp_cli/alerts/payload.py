"""A notice as JSON text and back: how it waits in the outbox."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from idqp_cli.alerts.values import ENDS, News, Notice, Told
from idqp_cli.core.model import Severity


def written(notice: Notice) -> str:
    """Return the notice as one line of JSON."""
    return json.dumps(plain(notice), separators=(",", ":"), allow_nan=False)


def plain(notice: Notice) -> dict[str, Any]:
    """Return the notice as values that JSON knows, without the numbers of what it does not show."""
    told = {**asdict(notice), "at": notice.at.isoformat()}
    del told["numbers"], told["told"]
    if not notice.only:
        del told["only"]
    told["news"] = [
        {name: value for name, value in {**asdict(news), "since": news.since.isoformat()}.items() if value is not None}
        for news in notice.news
    ]
    return told


def read(text: str) -> Notice:
    """Return the notice that `written` made the text of.

    Raises:
        ValueError: it is no such text.

    """
    try:
        told = json.loads(text)
        told["at"] = datetime.fromisoformat(told["at"])
        told["severity"] = Severity(told["severity"])
        told["counts"] = {Told(name): number for name, number in told["counts"].items()}
        told["news"] = tuple(_news(news) for news in told["news"])
        told["only"] = tuple(told.get("only", ()))
        return Notice(**told)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(type(error).__name__) from None


def narrowed(text: str, only: Sequence[str]) -> str:
    """Return the text of the same notice for the recipients alone whom it has not reached."""
    return written(replace(read(text), only=tuple(only)))


def together(notices: Sequence[Notice]) -> Notice:
    """Return notices for one channel, oldest first, as one that tells the last of each incident."""
    if len(notices) == 1:
        return notices[0]
    last = {news.number: news for notice in notices for news in notice.news}
    datasets = {notice.dataset for notice in notices}
    counts: Counter[Told] = Counter()
    for notice in notices:
        counts.update(notice.counts)
    return Notice(
        key=f"{notices[0].key}+{len(notices)}",
        channel=notices[0].channel,
        at=notices[-1].at,
        dataset=datasets.pop() if len(datasets) == 1 else None,
        severity=max((notice.severity for notice in notices), key=lambda one: one.rank),
        counts=dict(counts),
        news=tuple(sorted(last.values(), key=lambda one: (one.told in ENDS, -one.severity.rank))),
        digest=True,
    )


def _news(told: dict[str, Any]) -> News:
    known = {field.name for field in fields(News)}
    told = {name: value for name, value in told.items() if name in known}
    before = told.get("severity_before")
    return News(
        **{
            **told,
            "told": Told(told["told"]),
            "severity": Severity(told["severity"]),
            "severity_before": None if before is None else Severity(before),
            "since": datetime.fromisoformat(told["since"]),
            "history": tuple(told.get("history", ())),
            "samples": tuple(told.get("samples", ())),
        }
    )
