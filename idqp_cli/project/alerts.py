"""The `alerts` part of a rules file → AlertSettings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime, time, timedelta, tzinfo
from typing import TypeVar

from idqp_cli.alerts import CHANNEL_TYPES
from idqp_cli.alerts.address import endpoint
from idqp_cli.alerts.channel import PREFIX, VARIABLE, Channel
from idqp_cli.alerts.mail import ADDRESS, TLS
from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.alerts.silences import recurring, zone
from idqp_cli.alerts.templates import FIELDS, unknown
from idqp_cli.alerts.values import Match, Route, Silence, Undelivered
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.project import decode
from idqp_cli.project.place import Place, items, keys, mapping, shown

KEYS = ("channels", "routes", "silences", "digest", "repeat", "tell_after", "samples", "allow_private")
MATCH = ("severity", "dataset", "tag", "type")
ROUTE = ("match", "to", "tell_after")
SILENCE = ("match", "from", "until", "between", "days", "zone", "cron", "for")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHANNEL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
NEVER = "never"
T = TypeVar("T")


def settings(node: Node, place: Place) -> AlertSettings:
    """Read the mapping under `alerts`."""
    given = keys(node, place, KEYS)
    channels = _channels(given["channels"], place.at("channels")) if "channels" in given else {}
    default = AlertSettings()
    return AlertSettings(
        channels=channels,
        routes=_listed(given.get("routes"), place.at("routes"), lambda one, at: _route(one, at, channels)),
        silences=_listed(given.get("silences"), place.at("silences"), _silence),
        digest=decode.whole(given["digest"], place.at("digest")) if "digest" in given else default.digest,
        repeat=_repeat(given["repeat"], place.at("repeat")) if "repeat" in given else default.repeat,
        tell_after=_failures(given["tell_after"], place.at("tell_after")) if "tell_after" in given else 1,
        samples="samples" in given and decode.flag(given["samples"], place.at("samples")),
        allow_private="allow_private" in given and decode.flag(given["allow_private"], place.at("allow_private")),
    )


def _listed(node: Node | None, place: Place, read: Callable[[Node, Place], T]) -> tuple[T, ...]:
    return () if node is None else tuple(read(item, place) for item in items(node, place))


def _channels(node: Node, place: Place) -> dict[str, Channel]:
    found = {}
    for name, one in mapping(node, place).items():
        if not CHANNEL_NAME.fullmatch(name):
            shown = clean(name, 60)
            raise place.error(
                node.key_marks[name], f"'{shown}': a name consists of letters, digits, _ . - (at most 100)"
            )
        found[name] = _channel(one, place.at(name))
    return found


def _channel(node: Node, place: Place) -> Channel:
    written = mapping(node, place)
    known = ", ".join(CHANNEL_TYPES)
    if "type" not in written:
        raise place.error(node.mark, f"type: is missing; known types: {known}")
    name = written["type"].value
    if not isinstance(name, str) or name not in CHANNEL_TYPES:
        raise place.error(written["type"].mark, f"unknown channel type {shown(written['type'])}; known types: {known}")
    channel_type = CHANNEL_TYPES[name]
    own = {WRITTEN_AS.get(field.name, field.name): field for field in fields(channel_type)}
    given = keys(node, place, ("type", *own))
    values: dict[str, object] = {}
    for key, field in own.items():
        if key in given:
            values[field.name] = _reader(field.name, str(field.type))(given[key], place.at(key))
        elif field.default is MISSING:
            raise place.error(node.mark, f"{key}: is missing")
    channel = channel_type(**values)  # type: ignore[arg-type] # each value is read by its field's type
    fault = channel.fault()
    if fault is not None:
        raise place.error(node.mark, fault)
    return channel


# Words that Python keeps to itself, or that say too little there.
WRITTEN_AS = {"sender": "from"}


def _reader(name: str, kind: str) -> Callable[[Node, Place], object]:
    """Return the reader of a channel's key."""
    return BY_NAME.get(name) or BY_TYPE[kind.removesuffix(" | None")]


def _template(node: Node, place: Place) -> str:
    """Read text in which ${IDQP_NAME} stands for a variable."""
    text = decode.text(node, place)
    for variable in VARIABLE.findall(text):
        if not variable.startswith(PREFIX):
            raise place.error(node.mark, f"${{{variable}}}: only variables that begin with {PREFIX} are read")
    return text


def _words(node: Node, place: Place) -> str:
    """Read text in which {dataset} stands for a field of the message."""
    text = _template(node, place)
    field = unknown(text)
    if field is not None:
        raise place.error(node.mark, f"there is no field {{{clean(field, 60)}}}; known fields: {', '.join(FIELDS)}")
    return text


def _secret(node: Node, place: Place) -> str:
    """Read the name of a variable that holds a secret."""
    text = _template(node, place)
    if not VARIABLE.fullmatch(text):
        example = f"${{{PREFIX}{place.words[-1].upper()}}}"
        raise place.error(
            node.mark, f"is a secret: use a variable instead, like {example}, and set it in the environment"
        )
    return text


def _url(node: Node, place: Place) -> str:
    """Read an address to deliver to; one with a variable is judged when it is known."""
    text = _template(node, place)
    if VARIABLE.search(text) is None:
        try:
            endpoint(text)
        except Undelivered as why:
            raise place.error(node.mark, str(why)) from None
    return text


def _mail(node: Node, place: Place) -> str:
    text = _template(node, place)
    if VARIABLE.search(text) is None and not ADDRESS.fullmatch(text):
        raise place.error(node.mark, f"{shown(node)} is not an e-mail address")
    return text


def _mails(node: Node, place: Place) -> tuple[str, ...]:
    listed = node.value if isinstance(node.value, tuple) else (node,)
    return tuple(_mail(item, place) for item in listed)


def _port(node: Node, place: Place) -> int:
    port = decode.whole(node, place)
    if not 1 <= port <= 65535:
        raise place.error(node.mark, f"must be a port, 1 to 65535, not {shown(node)}")
    return port


BY_NAME: Mapping[str, Callable[[Node, Place], object]] = {
    "webhook": _url, "url": _url, "sender": _mail, "to": _mails, "port": _port, "tls": decode.word(TLS),
    "mention": decode.texts,
}  # fmt: skip
BY_TYPE: Mapping[str, Callable[[Node, Place], object]] = {"Template": _template, "Secret": _secret, "Words": _words}


def _route(node: Node, place: Place, channels: Iterable[str]) -> Route:
    given = keys(node, place, ROUTE)
    if "to" not in given:
        raise place.error(node.mark, "to: is missing; name the channels")
    names = decode.texts(given["to"], place.at("to"))
    for name in names:
        if name not in channels:
            known = ", ".join(channels) or "none"
            raise place.error(given["to"].mark, f"to: there is no channel '{clean(name, 60)}'; the file has {known}")
    after = _failures(given["tell_after"], place.at("tell_after")) if "tell_after" in given else None
    return Route(_match(given.get("match"), place.at("match")), names, after)


def _failures(node: Node, place: Place) -> int:
    number = decode.whole(node, place)
    if not 1 <= number <= 1000:
        raise place.error(node.mark, f"must be a number of failures, 1 to 1000, not {shown(node)}")
    return number


def _match(node: Node | None, place: Place) -> Match:
    if node is None:
        return Match()
    given = keys(node, place, MATCH)
    for one in _values(given.get("severity")):
        decode.severity(one, place.at("severity"))
    return Match(**{key: decode.texts(value, place.at(key)) for key, value in given.items()})


def _values(node: Node | None) -> tuple[Node, ...]:
    if node is None:
        return ()
    return node.value if isinstance(node.value, tuple) else (node,)


def _silence(node: Node, place: Place) -> Silence:
    given = keys(node, place, SILENCE)
    if not given.keys() - {"match", "zone"}:
        raise place.error(node.mark, "a silence needs a time: set from, until, between, days or cron")
    if ("cron" in given) != ("for" in given):
        raise place.error(node.mark, "set cron and for together: the start of the silence and its length")
    name = decode.text(given["zone"], place.at("zone")) if "zone" in given else None
    try:
        clock = zone(name)
    except ValueError:
        raise place.error(
            given["zone"].mark, f"zone: {shown(given['zone'])} is not a time zone like Europe/Berlin"
        ) from None
    since = _moment(given["from"], place.at("from"), clock) if "from" in given else None
    until = _moment(given["until"], place.at("until"), clock) if "until" in given else None
    if since is not None and until is not None and until <= since:
        raise place.error(given["until"].mark, "until: must be later than from")
    return Silence(
        match=_match(given.get("match"), place.at("match")),
        since=since,
        until=until,
        between=_between(given["between"], place.at("between")) if "between" in given else None,
        days=_days(given["days"], place.at("days")) if "days" in given else (),
        zone=name,
        cron=_cron(given["cron"], place.at("cron")) if "cron" in given else None,
        lasts=_lasts(given["for"], place.at("for")) if "for" in given else None,
    )


def _cron(node: Node, place: Place) -> str:
    text = decode.text(node, place)
    if not recurring(text):
        example = '"0 22 * * 1-5" (22:00 from Monday to Friday)'
        raise place.error(node.mark, f"must be a cron expression, like {example}, not {shown(node)}")
    return text


def _lasts(node: Node, place: Place) -> timedelta:
    seconds = decode.duration(node, place)
    if seconds < 60:
        raise place.error(node.mark, f"must be a minute or more, not {shown(node)}")
    return timedelta(seconds=seconds)


def _moment(node: Node, place: Place, clock: tzinfo) -> datetime:
    try:
        found = datetime.fromisoformat(decode.text(node, place))
    except ValueError:
        raise place.error(node.mark, f"must be a time like 2024-01-31T06:00:00Z, not {shown(node)}") from None
    return found if found.tzinfo else found.replace(tzinfo=clock)


def _between(node: Node, place: Place) -> tuple[time, time]:
    clocks = [CLOCK.fullmatch(text) for text in decode.texts(node, place)]
    match clocks:
        case [re.Match() as begins, re.Match() as ends] if begins[0] != ends[0]:
            return time(int(begins[1]), int(begins[2])), time(int(ends[1]), int(ends[2]))
        case _:
            raise place.error(node.mark, 'must be two times of the day, like ["22:00", "06:00"]')


def _days(node: Node, place: Place) -> tuple[int, ...]:
    return tuple(DAYS.index(decode.word(DAYS)(item, place)) for item in items(node, place))


def _repeat(node: Node, place: Place) -> timedelta | None:
    if node.value == NEVER:
        return None
    seconds = decode.duration(node, place)
    if seconds < 60:
        raise place.error(node.mark, f"must be a minute or more, or {NEVER}, not {shown(node)}")
    return timedelta(seconds=seconds)
