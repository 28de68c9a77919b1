"""Messages of Avro and Protobuf whose schemas are in a registry, written by Confluent's own serializers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import pytest
from confluent_kafka import Message
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2, wrappers_pb2

from conftest import Ran, Shell
from idqp_cli.core.errors import UnreadableError
from idqp_cli.stream.registry import Registry
from kafka_broker import Broker, Content
from schema_registry import SchemaRegistry, registry

__all__ = ["registry"]

Fields = Sequence[Mapping[str, Any]]
PLACE: Mapping[str, Any] = {
    "type": "record", "name": "Place",
    "fields": [{"name": "city", "type": "string"}, {"name": "zip", "type": ["null", "string"]}],
}  # fmt: skip
ORDER: Fields = [
    {"name": "id", "type": "long"},
    {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 4}},
    {"name": "huge", "type": {"type": "bytes", "logicalType": "decimal", "precision": 50, "scale": 2}},
    {"name": "day", "type": {"type": "int", "logicalType": "date"}},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "wall", "type": {"type": "long", "logicalType": "local-timestamp-micros"}},
    {"name": "uid", "type": {"type": "string", "logicalType": "uuid"}},
    {"name": "status", "type": {"type": "enum", "name": "Status", "symbols": ["new", "paid"]}},
    {"name": "note", "type": ["null", "string"]},
    {"name": "any", "type": ["null", "string", "long"]},
    {"name": "ratio", "type": "double"},
    {"name": "raw", "type": "bytes"},
    {"name": "place", "type": PLACE},
    {"name": "other", "type": ["null", "Place"]},
    {"name": "tags", "type": {"type": "array", "items": "string"}},
    {"name": "counts", "type": {"type": "map", "values": "int"}},
]  # fmt: skip
ROW: Mapping[str, Any] = {
    "id": 2**62, "amount": Decimal("1234567890123456.7891"), "huge": Decimal("9" * 45 + ".25"), "day": date(1969, 7, 20),
    "at": datetime(2024, 2, 3, 4, 5, 6, 123457, UTC), "wall": datetime(2024, 2, 3, 4, 5, 6, 123457),  # noqa: DTZ001
    "uid": "7f0c5b0e-4d3a-4f39-8d9c-0d5f2b3e4a11", "status": "paid", "note": None, "any": 7, "ratio": 0.1,
    "raw": b"\x00\xffab\\", "place": {"city": "Köln", "zip": None}, "other": {"city": "a\x00b", "zip": "1"},
    "tags": ["x", "y"], "counts": {"k": 1},
}  # fmt: skip
# One condition for each column, which holds of no other value.
EXACT = [
    "id = 4611686018427387904", "amount = 1234567890123456.7891", f"huge = '{'9' * 45}.25'",
    "day = DATE '1969-07-20'", "\"at\" = TIMESTAMPTZ '2024-02-03 04:05:06.123457+00'",
    "wall = TIMESTAMP '2024-02-03 04:05:06.123457'", "uid = UUID '7f0c5b0e-4d3a-4f39-8d9c-0d5f2b3e4a11'",
    "status = 'paid'", "note IS NULL", '"any" = \'7\'', "ratio = 0.1::DOUBLE", "hex(raw) = '00FF61625C'",
    "place.city = 'Köln' AND place.zip IS NULL", "other.zip = '1' AND length(other.city) = 3", "tags = ['x', 'y']",
    "counts['k'] = 1",
]  # fmt: skip


def record(fields: Fields, name: str = "Order") -> str:
    return json.dumps({"type": "record", "name": name, "namespace": "shop", "fields": list(fields)})


def avro(
    where: SchemaRegistry,
    topic: str,
    schema: str,
    rows: Sequence[Mapping[str, Any]],
    refer: Sequence[SchemaReference] = (),
) -> list[bytes]:
    client = SchemaRegistryClient({"url": where.url})
    serialize = AvroSerializer(client, Schema(schema, "AVRO", list(refer)))
    context = SerializationContext(topic, MessageField.VALUE)
    return [serialize(row, context) or b"" for row in rows]


def offset(message: Message) -> int:
    return int(dict(cast("list[tuple[str, bytes]]", message.headers()))["idqp.offset"])


def settings(where: SchemaRegistry, form: str, **more: object) -> dict[str, object]:
    return {"format": form, "registry": where.url, **more}


def watch(shell: Shell, *words: str, env: Mapping[str, str] | None = None) -> Ran:
    return shell.idqp("watch", "--until-end", "--format", "json", *words, env=env)


def results(ran: Ran) -> dict[str, Any]:
    assert ran.out, ran.err
    return {one["rule"]: one for one in json.loads(ran.out)["datasets"][0]["results"]}


def conditions(listed: Sequence[str]) -> list[dict[str, object]]:
    return [{"type": "expression", "expression": one, "name": f"e{number}"} for number, one in enumerate(listed)]


def test_every_type_of_avro_is_a_column_of_exact_values(shell: Shell, broker: Broker, registry: SchemaRegistry) -> None:
    topic = broker.topic()
    shell.rules(
        *conditions(EXACT), path=broker.url(topic), stream=settings(registry, "avro", columns=["partition", "key"])
    )
    broker.produce(topic, avro(registry, topic, record(ORDER), [ROW]))
    done = watch(shell)
    assert {rule: one["status"] for rule, one in results(done).items() if one["status"] != "passed"} == {}, done.out
    assert done.code == 0


def test_a_message_that_its_schema_does_not_fit_is_a_finding_with_its_place(
    shell: Shell, broker: Broker, registry: SchemaRegistry
) -> None:
    topic, dead = broker.topic(), broker.topic()
    fields = [
        ORDER[0],
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}},
    ]
    good = avro(registry, topic, record(fields), [{"id": n, "amount": Decimal("1.5")} for n in range(3)])
    foreign = registry.register("other", {"schema": "message A {}", "schemaType": "PROTOBUF"})
    # The decimal number has more digits than the schema says.
    wide = good[0][:6] + b"\x08\x7f\xff\xff\xff"
    bad = [
        b"", b"{}", b"\0\0\0", b"\0\0\0\0\x63" + good[0][5:], b"\0" + foreign.to_bytes(4) + b"\0", good[0][:-1],
        good[0] + b"x", wide, b"\0\0\0\0\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ]  # fmt: skip
    shell.rules(
        {"type": "range", "column": "id", "max": 1},
        path=broker.url(topic),
        stream=settings(registry, "avro", dead_letter=dead),
    )
    contents: list[Content] = [good[0], *bad[:4], good[2], *bad[4:], good[1], None]
    broker.produce(topic, contents)
    done = watch(shell)
    found = results(done)
    assert (done.code, found["parse"]["rows_failed"], found["range(id)"]["rows_failed"]) == (1, len(bad), 1)
    assert [one["offset"] for one in found["parse"]["samples"]] == [1, 2, 3, 4, 6]
    assert [one["offset"] for one in found["range(id)"]["samples"]] == [5]
    sent = {offset(one): one.value() for one in broker.messages(dead)}
    assert sent == {at: one for at, one in enumerate(contents) if one in bad or one == good[2]}


def test_the_schema_of_the_registry_is_held_against_the_versions_before(
    shell: Shell, broker: Broker, registry: SchemaRegistry
) -> None:
    topic = broker.topic()
    shell.rules(
        {"type": "unique", "column": "id"}, path=broker.url(topic), stream=settings(registry, "avro"), schema="backward"
    )
    first = [ORDER[0], ORDER[7]]
    broker.produce(topic, avro(registry, topic, record(first), [{"id": 1, "status": "new"}]))
    assert watch(shell).code == 0
    # A field that may be missing is no harm, and old messages stand beside new ones.
    second = [*first, ORDER[8]]
    both = avro(registry, topic, record(second), [{"id": 2, "status": "new", "note": "x"}])
    both += avro(registry, topic, record(first), [{"id": 3, "status": "paid"}])
    broker.produce(topic, both)
    done = watch(shell)
    schema = json.loads(done.out)["datasets"][0]["schema"]
    assert (done.code, [one["column"] for one in schema["changes"]]) == (0, ["note"])
    # Another type is.
    third = [{"name": "id", "type": "string"}, *second[1:]]
    broker.produce(topic, avro(registry, topic, record(third), [{"id": "4", "status": "new", "note": None}]))
    done = watch(shell)
    broken = results(done)["schema"]
    assert (done.code, broken["status"], broken["incident"] is not None) == (1, "failed", True)
    assert "id" in broken["message"]


def test_a_schema_may_refer_to_others_and_to_itself(shell: Shell, broker: Broker, registry: SchemaRegistry) -> None:
    topic = broker.topic()
    registry.register("place", {"schema": record(PLACE["fields"], "Place")})
    tree = {
        "type": "record", "name": "Tree",
        "fields": [{"name": "n", "type": "int"}, {"name": "next", "type": ["null", "Tree"]}],
    }  # fmt: skip
    schema = record([{"name": "place", "type": "shop.Place"}, {"name": "tree", "type": tree}])
    row = {"place": {"city": "a", "zip": None}, "tree": {"n": 1, "next": {"n": 2, "next": None}}}
    refer = [SchemaReference("shop.Place", "place", 1)]
    rules = conditions(["place.city = 'a'", "json_extract(tree.next, '$.n') = 2"])
    shell.rules(*rules, path=broker.url(topic), stream=settings(registry, "avro"))
    broker.produce(topic, avro(registry, topic, schema, [row], refer))
    done = watch(shell)
    assert done.code == 0, done.out


F = descriptor_pb2.FieldDescriptorProto


def proto() -> Any:  # noqa: ANN401 - its class is made here
    """Return the class of a message with a field of every kind, the second of its file, and nested in another."""
    file = descriptor_pb2.FileDescriptorProto(name=f"shop{time.monotonic_ns()}.proto", package="shop", syntax="proto3")
    file.dependency.extend(["google/protobuf/timestamp.proto", "google/protobuf/wrappers.proto"])
    file.message_type.add(name="First")
    outer = file.message_type.add(name="Outer")
    order = outer.nested_type.add(name="Order")
    kind = file.enum_type.add(name="Status")
    kind.value.add(name="NEW", number=0)
    kind.value.add(name="PAID", number=3)
    inner = order.nested_type.add(name="Inner")
    inner.field.add(name="city", number=1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
    entry = order.nested_type.add(name="CountsEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
    entry.field.add(name="value", number=2, type=F.TYPE_INT32, label=F.LABEL_OPTIONAL)
    name = ".shop.Outer.Order"
    for number, (field, type_, of) in enumerate((
        ("id", F.TYPE_INT64, ""), ("big", F.TYPE_UINT64, ""), ("ratio", F.TYPE_DOUBLE, ""), ("raw", F.TYPE_BYTES, ""),
        ("status", F.TYPE_ENUM, ".shop.Status"), ("place", F.TYPE_MESSAGE, f"{name}.Inner"),
        ("at", F.TYPE_MESSAGE, ".google.protobuf.Timestamp"), ("known", F.TYPE_MESSAGE, ".google.protobuf.Int64Value"),
        ("gone", F.TYPE_MESSAGE, ".google.protobuf.StringValue"),
    ), 1):  # fmt: skip
        order.field.add(name=field, number=number, type=type_, type_name=of or None, label=F.LABEL_OPTIONAL)
    order.field.add(name="tags", number=20, type=F.TYPE_STRING, label=F.LABEL_REPEATED)
    order.field.add(
        name="counts", number=21, type=F.TYPE_MESSAGE, type_name=f"{name}.CountsEntry", label=F.LABEL_REPEATED
    )
    pool = descriptor_pool.DescriptorPool()
    for one in (timestamp_pb2, wrappers_pb2):
        pool.AddSerializedFile(one.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Outer.Order"))


def test_every_type_of_protobuf_is_a_column_of_exact_values(
    shell: Shell, broker: Broker, registry: SchemaRegistry
) -> None:
    topic, made = broker.topic(), proto()
    message = made(id=-(2**63), big=2**64 - 1, ratio=0.1, raw=b"\x00\xff", status=3, tags=["x"], counts={"k": 1})
    message.place.city = "K"
    message.at.FromJsonString("2024-02-03T04:05:06.123457Z")
    message.known.value = 5
    client = SchemaRegistryClient({"url": registry.url})
    serialize: Callable[..., Any] = ProtobufSerializer(
        made, client, {"use.deprecated.format": False, "skip.known.types": True}
    )
    content = serialize(message, SerializationContext(topic, MessageField.VALUE))
    holds = [
        "id = -9223372036854775808", "big = 18446744073709551615", "ratio = 0.1::DOUBLE", "hex(raw) = '00FF'",
        "status = 'PAID'", "place.city = 'K'", "\"at\" = TIMESTAMPTZ '2024-02-03 04:05:06.123457+00'", "known = 5",
        "gone IS NULL", "tags = ['x']", "counts['k'] = 1",
    ]  # fmt: skip
    shell.rules(*conditions(holds), path=broker.url(topic), stream=settings(registry, "protobuf"))
    broker.produce(topic, [content, content[:5] + b"\x02\x40\x00", content[:-1]])
    done = watch(shell)
    found = results(done)
    assert {rule: one["status"] for rule, one in found.items() if one["status"] != "passed"} == {"parse": "failed"}, (
        done.out
    )
    assert [one["offset"] for one in found["parse"]["samples"]] == [1, 2]


def test_a_registry_that_does_not_answer_is_waited_for(shell: Shell, broker: Broker, registry: SchemaRegistry) -> None:
    topic = broker.topic()
    shell.rules({"type": "unique", "column": "id"}, path=broker.url(topic), stream=settings(registry, "avro"))
    broker.produce(topic, avro(registry, topic, record(ORDER[:1]), [{"id": 1}, {"id": 2}]))
    registry.status = 503
    hasty = "from idqp_cli.stream import watch\nwatch.PATIENCE_SECONDS = 0.5\n"
    done = shell.idqp("watch", "--until-end", first=hasty)
    place = registry.url.removeprefix("http://")
    assert (done.code, done.err.splitlines()[-1]) == (
        3, f"idqp: error: t: the schema registry at {place} answers 503",
    )  # fmt: skip
    # It is asked again, and nothing that came meanwhile is lost.
    again = (
        "from idqp_cli.stream import registry\nold = registry.Registry._asked\ntimes = []\n"
        "def asked(self, number):\n    times.append(1)\n"
        "    if len(times) == 1:\n        raise registry.WaitError('down')\n    return old(self, number)\n"
        "registry.Registry._asked = asked\n"
    )
    registry.status = 200
    done = shell.idqp("watch", "--until-end", first=again)
    assert done.err.splitlines()[0] == "idqp: t: down; trying again"
    assert (done.code, "batch 1: 2 messages" in done.err) == (0, True)


@pytest.mark.parametrize("form", ["avro", "protobuf"])
def test_a_login_comes_from_the_environment(shell: Shell, broker: Broker, registry: SchemaRegistry, form: str) -> None:
    topic = broker.topic()
    shell.rules(path=broker.url(topic), stream=settings(registry, form))
    broker.produce(topic, [b"\0\0\0\0\x01\0"])
    registry.login = "me:hidden"
    done = watch(shell)
    assert (done.code, done.err.count("\n"), "refuses the login; see IDQP_REGISTRY_USER" in done.err) == (3, 1, True)
    done = watch(shell, env={"IDQP_REGISTRY_USER": "me", "IDQP_REGISTRY_PASSWORD": "hidden"})
    assert (done.code, "the registry does not have" in done.out, "hidden" in done.out + done.err) == (1, True, False)


def test_settings_of_a_registry_that_do_not_fit_are_refused(shell: Shell, broker: Broker) -> None:
    for given, told in (
        ({"format": "avro"}, "avro and protobuf need the URL of one"),
        ({"registry": "http://r"}, "avro and protobuf need the URL of one"),
        ({"format": "avro", "registry": "ftp://r"}, "registry: must be a URL"),
        ({"format": "avro", "registry": "http://me:hidden@r"}, "registry: holds a login"),
    ):
        shell.rules(path=broker.url("t"), stream=given)
        done = watch(shell)
        assert (done.code, told in done.err, "hidden" in done.err) == (2, True, False), done.err


def test_what_is_no_registry_is_one_line(shell: Shell, broker: Broker) -> None:
    topic = broker.topic()
    broker.produce(topic, [b"\0\0\0\0\x01\0"])
    host, port = broker.address.split(":")
    shell.rules(path=broker.url(topic), stream={"format": "avro", "registry": f"http://{host}:{int(port)}"})
    hasty = "from idqp_cli.stream import watch\nwatch.PATIENCE_SECONDS = 0.5\n"
    done = shell.idqp("watch", "--until-end", first=hasty)
    assert (done.code, done.err.splitlines()[-1].startswith("idqp: error: t: the schema registry does not answer")) == (
        3,
        True,
    )


REFERENCE = {"name": "shop.Place", "subject": "place", "version": 1}


@pytest.mark.parametrize("told", [
    "place", 7, True, {"place": 1}, REFERENCE, [7], [None], ["place"], [[REFERENCE]], [{}],
    *([{key: value for key, value in REFERENCE.items() if key != left_out}] for left_out in REFERENCE),
    *([{**REFERENCE, "version": version}] for version in ("first", None, [1], float("inf"), float("nan"))),
])  # fmt: skip
def test_references_of_another_form_are_refused(registry: SchemaRegistry, told: object) -> None:
    registry.schemas[1] = {"schema": record(ORDER[:1]), "references": told}
    with pytest.raises(UnreadableError, match=r"is no schema registry: its references have another form$"):
        Registry(registry.url, {}).schema(1)


@pytest.mark.parametrize("body", [
    b"", b"\xff", b"[", b"[]", b"null", b"7", b'"x"', b"{}", b'{"schema"', b"<html>", b"[" * 200_000, b'{"a":' * 200_000, b"9" * 5000,
], ids=range(13))  # fmt: skip
def test_what_answers_and_is_no_registry_is_refused(registry: SchemaRegistry, body: bytes) -> None:
    registry.body = body
    with pytest.raises(UnreadableError, match=r"is no schema registry: it answers 200$"):
        Registry(registry.url, {}).schema(1)


def test_a_registry_that_is_refused_is_one_line(shell: Shell, broker: Broker, registry: SchemaRegistry) -> None:
    topic = broker.topic()
    shell.rules(path=broker.url(topic), stream=settings(registry, "avro"))
    broker.produce(topic, [b"\0\0\0\0\x01\0"])
    registry.schemas[1] = {"schema": record(ORDER[:1]), "references": "place"}
    done = watch(shell)
    assert (done.code, done.out, done.err) == (
        3, "", f"idqp: error: {registry.url}: is no schema registry: its references have another form\n",
    )  # fmt: skip


def test_a_port_that_is_none_is_refused(shell: Shell) -> None:
    for place in (
        "r:x", "r:-1", "r:0", "r:65536", "r:99999999999999999999", "r:8081x", "r:8081:8082", "r:８０", "r: ", "[::1]:x",
    ):  # fmt: skip
        shell.rules(path="kafka://127.0.0.1:9/t", stream={"format": "avro", "registry": f"http://{place}/path"})
        done = watch(shell)
        assert (done.code, done.out, done.err.count("\n"), "registry: must be a URL" in done.err) == (2, "", 1, True), (
            done.err
        )


def test_uuids_are_told_apart(shell: Shell, broker: Broker, registry: SchemaRegistry) -> None:
    topic = broker.topic()
    rows = [{"uid": str(UUID(int=number))} for number in (1, 2, 2)]
    shell.rules({"type": "unique", "column": "uid"}, path=broker.url(topic), stream=settings(registry, "avro"))
    broker.produce(topic, avro(registry, topic, record([ORDER[6]]), rows))
    assert results(watch(shell))["unique(uid)"]["rows_failed"] == 2
