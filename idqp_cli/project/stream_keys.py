"""The keys under `stream:`: how the messages of a topic are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from idqp_cli.core.topics import BrokerSettings, StreamSettings
from idqp_cli.core.urls import WEB, is_stream, scheme
from idqp_cli.core.yaml import Node
from idqp_cli.project import decode
from idqp_cli.project.place import Place, keys

KEYS = (
    "format",
    "registry",
    "fields",
    "columns",
    "dead_letter",
    "window",
    "event_time",
    "late",
    "tls",
    "ca",
    "certificate",
    "key",
    "sasl",
)
FORMATS = ("json", "csv", "avro", "protobuf")
WITH_SCHEMA = ("avro", "protobuf")
COLUMNS = ("key", "headers", "timestamp", "partition", "offset")
LONGEST_WINDOW = 86_400
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


def settings(given: Mapping[str, Node], place: Place) -> StreamSettings:
    """Read how the messages of a dataset are read."""
    node, path, place = given["stream"], given["path"].value, place.at("stream")
    if not (isinstance(path, str) and is_stream(path)):
        raise place.error(node.mark, "takes a topic; write path: kafka://HOST:PORT/TOPIC")
    own = keys(node, place, KEYS)
    form = decode.word(FORMATS)(own["format"], place.at("format")) if "format" in own else StreamSettings.format
    found = StreamSettings(
        format=form,
        registry=_registry(own["registry"], place.at("registry")) if "registry" in own else None,
        fields=decode.texts(own["fields"], place.at("fields")) if "fields" in own else (),
        columns=_columns(own["columns"], place.at("columns")) if "columns" in own else (),
        dead_letter=_topic(own["dead_letter"], place.at("dead_letter")) if "dead_letter" in own else None,
        window=decode.duration(own["window"], place.at("window")) if "window" in own else None,
        event_time=decode.text(own["event_time"], place.at("event_time")) if "event_time" in own else None,
        late=decode.duration(own["late"], place.at("late")) if "late" in own else 0.0,
        broker=_broker(own, node, place),
    )
    if (form == "csv") != bool(found.fields):
        raise place.error(node.mark, "fields: csv needs the names of the cells, in order; other formats have none")
    if (form in WITH_SCHEMA) != (found.registry is not None):
        raise place.error(
            node.mark, f"registry: {' and '.join(WITH_SCHEMA)} need the URL of one; other formats have none"
        )
    if found.window is None and ("event_time" in own or "late" in own):
        raise place.error(node.mark, "event_time and late: are of windows; write window: 5m")
    if found.window is not None and not 1 <= found.window <= LONGEST_WINDOW:
        raise place.error(own["window"].mark, "window: must be from 1s to 1d")
    if form == "csv" and found.event_time is not None and found.event_time not in found.fields:
        raise place.error(own["event_time"].mark, "event_time: is none of the fields")
    if found.dead_letter is not None and isinstance(path, str) and path.endswith(f"/{found.dead_letter}"):
        raise place.error(own["dead_letter"].mark, "dead_letter: is the topic itself; name another")
    return found


def _broker(own: Mapping[str, Node], node: Node, place: Place) -> BrokerSettings:
    files = {name: decode.text(own[name], place.at(name)) for name in ("ca", "certificate", "key") if name in own}
    sasl = decode.word(MECHANISMS)(own["sasl"], place.at("sasl")) if "sasl" in own else None
    tls = decode.flag(own["tls"], place.at("tls")) if "tls" in own else bool(files or sasl)
    if files and not tls:
        raise place.error(node.mark, f"{next(iter(files))}: is of TLS; leave out tls: false")
    if ("certificate" in files) != ("key" in files):
        raise place.error(node.mark, "certificate and key: one needs the other")
    return BrokerSettings(tls, sasl=sasl, **files)


def _registry(node: Node, place: Place) -> str:
    found = decode.text(node, place)
    try:
        parts = urlsplit(found) if scheme(found) in WEB else None
        # A port that is no number, or too large, is an error only where it is asked for.
        whole = parts is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, whole = None, False
    if parts is None or not whole or parts.query or parts.fragment:
        raise place.error(node.mark, "must be a URL, http://HOST:PORT or https://…")
    if parts.username is not None or parts.password is not None:
        raise place.error(node.mark, "holds a login; put it into IDQP_REGISTRY_USER and IDQP_REGISTRY_PASSWORD")
    return found


def _columns(node: Node, place: Place) -> tuple[str, ...]:
    word = decode.word(COLUMNS)
    return tuple(dict.fromkeys(word(one, place) for one in (node.value if isinstance(node.value, tuple) else (node,))))


def _topic(node: Node, place: Place) -> str:
    found = decode.text(node, place)
    if not TOPIC.fullmatch(found) or found in {".", ".."}:
        raise place.error(node.mark, "must be the name of a topic: letters, digits, . _ - (at most 249)")
    return found
