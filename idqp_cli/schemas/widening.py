"""Which type holds every value of another, so that a reader of the one can read what is written as the other; pure.

Where Avro has the two types, the answer is that of its schema resolution
(https://avro.apache.org/docs/1.12.0/specification/#schema-resolution), as
Confluent's registry asks it: integers of up to 64 bits promote to FLOAT and
DOUBLE, VARCHAR and BLOB to each other. Elsewhere a type holds another if no
value is lost.
"""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.schemas.types import UNKNOWN, Decimal, List, Map, Plain, Struct, Type, Union

SIGNED: Mapping[str, int] = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128}
UNSIGNED: Mapping[str, int] = {f"U{name}": bits for name, bits in SIGNED.items()}
INTEGERS: Mapping[str, int] = {**SIGNED, **UNSIGNED}
# The bits of the integers that the type holds exactly, and the digits of the decimal numbers that it tells apart.
FLOATS: Mapping[str, tuple[int, int]] = {"FLOAT": (24, 6), "DOUBLE": (53, 15)}
PROMOTED_BITS = 64
# Each holds the ones before it.
MOMENTS = ("DATE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP")
TEXTS: Mapping[str, frozenset[str]] = {
    "VARCHAR": frozenset({"UUID", "JSON", "BLOB"}),
    "BLOB": frozenset({"VARCHAR"}),
    "DOUBLE": frozenset({"FLOAT"}),
}


def holds(reader: Type, writer: Type) -> bool:
    """Tell whether every value that is written as `writer` can be read as `reader`."""
    match reader, writer:
        case _ if reader == writer or writer == Plain(UNKNOWN):
            return True
        case Union(members), Union(others):
            return all(any(holds(mine, theirs) for _, mine in members) for _, theirs in others)
        case Union(members), _:
            return any(holds(member, writer) for _, member in members)
        case _, Union(members):
            return all(holds(reader, member) for _, member in members)
        case List(element, size), List(other, length):
            return size in {None, length} and holds(element, other)
        case Map(key, value), Map(other_key, other_value):
            return holds(key, other_key) and holds(value, other_value)
        case Struct(fields), Struct(others):
            written = dict(others)
            return all(name in written and holds(kind, written[name]) for name, kind in fields)
        case Decimal(), _:
            return _fits(reader, writer)
        case Plain(name), Decimal(width, _):
            return name in FLOATS and width <= FLOATS[name][1]
        case Plain(name), Plain(other):
            return _plainly(name, other)
    return False


def rounds(reader: Type, writer: Type) -> bool:
    """Tell whether large whole numbers written as `writer` are rounded when read as `reader`."""
    match reader, writer:
        case Plain(name), Plain(other):
            return name in FLOATS and other in INTEGERS and _magnitude(other) > FLOATS[name][0]
    return False


def _fits(reader: Decimal, writer: Type) -> bool:
    match writer:
        case Decimal(width, scale):
            return reader.scale >= scale and reader.width - reader.scale >= width - scale
        case Plain(name) if name in INTEGERS:
            return reader.width - reader.scale >= len(str(2 ** _magnitude(name)))
    return False


def _magnitude(integer: str) -> int:
    """Return the bits of an integer type without that of the sign."""
    return INTEGERS[integer] - (integer in SIGNED)


def _plainly(reader: str, writer: str) -> bool:
    if writer in INTEGERS and reader in INTEGERS:
        return (reader in SIGNED or writer in UNSIGNED) and _magnitude(reader) >= _magnitude(writer)
    if writer in INTEGERS and reader in FLOATS:
        return INTEGERS[writer] <= PROMOTED_BITS
    if writer in MOMENTS and reader in MOMENTS:
        return MOMENTS.index(reader) >= MOMENTS.index(writer)
    return writer in TEXTS.get(reader, ())
