"""The names of types in warehouses, pandas, Spark and schema languages, as ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from idqp_cli.core import type_families
from idqp_cli.core.text import clean
from idqp_cli.importing.arguments import split
from idqp_cli.importing.values import NoEquivalentError

TEXT, WHOLE, SMALL, FLOAT, BOOLEAN = "VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN"
DATE, MOMENT, ZONED, TIME = "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIME"

_NAMES: Mapping[str, str] = {
    TEXT: "varchar character varying char character nchar nvarchar bpchar text string str stringtype object longtext "
    "mediumtext tinytext clob varchar2 nvarchar2 citext string_ category categorydtype categorical enum name "
    "string[python] string[pyarrow] large_string utf8 sql_variant factor dtype('o')",
    WHOLE: "bigint int8 int64 long longtype bigserial byteint int_ integertype64 dtype('int64')",
    SMALL: "int integer int4 int32 integertype mediumint serial",
    "SMALLINT": "smallint int2 int16 shorttype short",
    "TINYINT": "tinyint bytetype",
    "UBIGINT": "uint64", "UINTEGER": "uint32", "USMALLINT": "uint16", "UTINYINT": "uint8",
    FLOAT: "double double precision float float8 float64 doubletype real8 float_ binary_double dtype('float64')",
    "FLOAT": "float4 float32 real floattype",
    BOOLEAN: "boolean bool bool_ booleantype logical bit",
    DATE: "date datetype date32 date32[day] date[pyarrow]",
    MOMENT: "timestamp datetime datetime2 timestamp_ntz timestampntz timestamptype timestampntztype "
    "timestamp without time zone smalldatetime datetime64 datetime64[ns] "
    "datetime64[us] datetime64[ms] datetime64[s] timestamp[us] timestamp[ns] "
    "pd.timestamp",
    ZONED: "timestamptz timestamp_tz timestamp with time zone timestamp_ltz timestampltz datetimeoffset "
    "timestamp with local time zone datetimetz",
    TIME: "time time without time zone timetype",
    "UUID": "uuid uniqueidentifier guid",
    "BLOB": "blob bytea binary varbinary bytes binarytype image",
    "JSON": "json jsonb variant super",
    "INTERVAL": "interval timedelta timedelta64 timedelta64[ns]",
}  # fmt: skip
_WORDS = (
    "character varying", "double precision", "timestamp without time zone", "timestamp with time zone",
    "timestamp with local time zone", "time without time zone",
)  # fmt: skip


def _table() -> dict[str, str]:
    found = {}
    for kind, names in _NAMES.items():
        left = names
        for words in _WORDS:
            if re.search(rf"(?:^|\s){words}(?:\s|$)", left):
                found[words] = kind
                left = re.sub(rf"(?:^|(?<=\s)){words}(?=\s|$)", "", left)
        found |= dict.fromkeys(left.split(), kind)
    return found


NAMES: Mapping[str, str] = _table()
DECIMALS = re.compile(
    r"(?:decimal|numeric|number|dec|bignumeric|bigdecimal|decimaltype|fixed|decimal128|money)", re.IGNORECASE
)
# A type of lists: array<int>, ArrayType(IntegerType(), True), pl.List(pl.Int64), int[].
LISTED = re.compile(r"(?:\w+\.)?(?:arraytype|array|list|large_list)\s*[<(\[](.+)[>)\]]|(.+?)\[\]", re.DOTALL)
QUOTED = re.compile(r"'[^']*'")
SIZED = re.compile(r"(?P<name>.*?)\s*\(\s*(?P<size>[\w ]+)\s*(?:,\s*(?P<scale>\d+)\s*)?\)\s*(?P<rest>.*)", re.DOTALL)


def ours(written: str) -> str:
    """Return our name of a type.

    Raises:
        NoEquivalentError: it is none that is known.

    """
    name = re.sub(r"\s+", " ", written.strip().strip("'\"").lower())
    element = LISTED.fullmatch(name)
    if element is not None:
        # What follows the type of the elements says whether they may be missing.
        kind = ours(split(element[1] or element[2], QUOTED)[0])
        if kind in type_families.FAMILIES:
            raise NoEquivalentError(f"the type '{clean(written, 60)}' has no equivalent")
        return f"{kind}[]"
    name = re.sub(r"^(?:np|numpy|pd|pandas|pl|polars|pa|pyarrow|t|types|sa|sqlalchemy|dt)\.", "", name)
    name = name.removesuffix("()")
    name = name.removesuffix("dtype") if name not in NAMES else name
    if name in NAMES:
        return NAMES[name]
    match = SIZED.fullmatch(name)
    plain, size, scale = (match["name"], match["size"], match["scale"]) if match else (name, None, None)
    if match is not None and match["rest"]:
        plain = f"{plain} {match['rest']}"
    if DECIMALS.fullmatch(plain):
        return _decimal(plain, size, scale)
    if plain in NAMES:
        return NAMES[plain]
    raise NoEquivalentError(f"the type '{clean(written, 60)}' has no equivalent")


def _decimal(name: str, size: str | None, scale: str | None) -> str:
    if size is None or not size.isdigit():
        # A number of any size and scale.
        return type_families.NUMBER
    width, digits = int(size), int(scale or 0)
    if not 1 <= width <= 38 or digits > width:
        return type_families.NUMBER
    # As wide as it can be, it is the warehouse's word for any whole number.
    whole = digits == 0 and width == 38 and name == "number"
    return type_families.INTEGER if whole else f"DECIMAL({width},{digits})"


def any_of(names: Sequence[str]) -> str:
    """Return our name of what a column may be that is of any of the types; names that are not known are passed over.

    Raises:
        NoEquivalentError: none is known, or they are not of one family.

    """
    found, refused = set(), None
    for name in names:
        try:
            found.add(ours(name))
        except NoEquivalentError as error:
            refused = error
    if not found:
        raise refused or NoEquivalentError("no type is named")
    if len(found) == 1:
        return found.pop()
    for family in type_families.FAMILIES:
        if all(kind == family or _within(kind, family) for kind in found):
            return family
    raise NoEquivalentError(f"no family of types has all of {', '.join(sorted(found))}")


def _within(kind: str, family: str) -> bool:
    if kind in type_families.FAMILIES:
        return (kind, family) == (type_families.INTEGER, type_families.NUMBER)
    return type_families.belongs(kind, family)
