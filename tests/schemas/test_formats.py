"""Foreign schemas: what is read of each format, and that what was read is written so that it reads the same."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idqp_cli.core.errors import UsageError
from idqp_cli.schemas.formats import Format, read, write
from idqp_cli.schemas.schema import Schema, SchemaColumn

PLAIN = ["TINYINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "VARCHAR", "BLOB", "DATE", "TIME", "TIMESTAMP",
         "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "UUID", "BOOLEAN", "JSON", "INTERVAL", '"NULL"', "DECIMAL(12,2)",
         "INTEGER[]", "VARCHAR[3]", 'STRUCT(a INTEGER, "b c" STRUCT(d DATE)[])', "MAP(VARCHAR, INTEGER)",
         "ENUM('x', 'it''s')", "UNION(n INTEGER, s VARCHAR)"]  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8) | st.sampled_from(
    ["yes", "1e5", "007", "null", 'say "hi"', "it's", "a,b", "--", "/*", "~", "$ref", "CHECK", "2024-01-01"]
)
VALUES = st.lists(
    TEXTS | st.integers(-9, 9) | st.sampled_from([0.5, -1e30, 1e-7, 0.1]), min_size=1, max_size=3, unique=True
)
COLUMNS = st.builds(
    SchemaColumn,
    name=TEXTS,
    type=st.sampled_from(PLAIN),
    nullable=st.booleans(),
    required=st.booleans(),
    enum=st.none() | VALUES.map(tuple),
    min_length=st.none() | st.integers(0, 3),
    max_length=st.none() | st.integers(3, 6),
)
SCHEMAS = st.lists(COLUMNS, min_size=1, max_size=4, unique_by=lambda one: one.name.casefold()).map(tuple)
PRESENCE = {Format.JSON_SCHEMA, Format.ODCS}


@pytest.mark.parametrize("form", list(Format))
@settings(deadline=None, max_examples=60)
@given(schema=SCHEMAS)
def test_what_is_written_reads_the_same(form: Format, schema: Schema) -> None:
    """Of presence only some formats speak; in the others a column is always there."""
    expected = schema if form in PRESENCE else tuple(replace(column, required=True) for column in schema)
    text = write(schema, "orders", form)
    again = read(text, form, "orders")
    assert again == expected
    assert write(again, "orders", form) == write(expected, "orders", form)


@settings(deadline=None, max_examples=60)
@given(SCHEMAS)
def test_a_json_schema_is_one(schema: Schema) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(write(schema, "t", Format.JSON_SCHEMA)))


@settings(deadline=None, max_examples=60)
@given(
    st.text(max_size=60)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "properties", "fields", "schema", "name", "$ref", "items", "anyOf", "enum", "constraints"]
                ),
                inner,
                max_size=4,
            )
        ),
    ).map(json.dumps),
    st.sampled_from(list(Format)),
)
def test_any_text_is_a_schema_or_refused(text: str, form: Format) -> None:
    try:
        found = read(text, form, "x")
    except UsageError as error:
        said = str(error)
    else:
        said = write(found, "x", form)
        found = read(said, form, "x")
    assert said


def test_a_json_schema_of_another_tool() -> None:
    text = """{
      "$ref": "#/$defs/Order",
      "$defs": {
        "Order": {
          "type": "object",
          "properties": {
            "id": {"type": "integer", "minimum": 1},
            "email": {"anyOf": [{"type": "string", "maxLength": 80}, {"type": "null"}], "default": null},
            "status": {"enum": ["open", "paid"], "type": "string"},
            "placed": {"type": "string", "format": "date-time"},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}}
          },
          "required": ["id", "status"]
        },
        "Line": {"type": "object", "properties": {"sku": {"type": "string"}, "qty": {"type": "integer"}}}
      }
    }"""
    assert read(text, Format.JSON_SCHEMA, "x") == (
        SchemaColumn("id", "BIGINT", nullable=False, required=True),
        SchemaColumn("email", "VARCHAR", required=False, max_length=80),
        SchemaColumn("status", "VARCHAR", nullable=False, required=True, enum=("open", "paid")),
        SchemaColumn("placed", "TIMESTAMP WITH TIME ZONE", nullable=False, required=False),
        SchemaColumn("lines", "STRUCT(sku VARCHAR, qty BIGINT)[]", nullable=False, required=False),
    )


def test_a_table_schema_of_another_tool() -> None:
    text = """{"fields": [
      {"name": "id", "type": "integer"},
      {"name": "price", "type": "number", "constraints": {"required": true, "minimum": 0}},
      {"name": "day", "type": "date", "format": "%d/%m/%Y"},
      {"name": "size", "type": "string", "constraints": {"enum": ["S", "M"], "maxLength": 2}},
      {"name": "note"}
    ], "primaryKey": "id"}"""
    assert read(text, Format.FRICTIONLESS, "x") == (
        SchemaColumn("id", "BIGINT", nullable=False, required=True),
        SchemaColumn("price", "DOUBLE", nullable=False, required=True),
        SchemaColumn("day", "DATE", required=True),
        SchemaColumn("size", "VARCHAR", required=True, enum=("S", "M"), max_length=2),
        SchemaColumn("note", "VARCHAR", required=True),
    )


def test_a_contract_of_another_tool() -> None:
    text = """
apiVersion: v3.2.0
kind: DataContract
id: 53581432-6c55-4ba2-a65f-72344a91553a
version: 1.0.0
status: active
schema:
  - name: orders
    physicalType: table
    properties:
      - {name: id, logicalType: integer, physicalType: int64, primaryKey: true}
      - {name: total, logicalType: number, physicalType: "decimal(10,2)", required: true}
      - {name: placed, logicalType: timestamp}
      - name: status
        logicalType: string
        enum: [{value: open}, {value: paid}]
        logicalTypeOptions: {maxLength: 10}
      - name: tags
        logicalType: array
        items: {logicalType: string}
"""
    assert read(text, Format.ODCS, "x") == (
        SchemaColumn("id", "BIGINT", nullable=False, required=True),
        SchemaColumn("total", "DECIMAL(10,2)", nullable=False, required=True),
        SchemaColumn("placed", "TIMESTAMP", required=True),
        SchemaColumn("status", "VARCHAR", required=True, enum=("open", "paid"), max_length=10),
        SchemaColumn("tags", "VARCHAR[]", required=True),
    )


def test_a_statement_of_another_database() -> None:
    text = """
-- orders, from the shop
CREATE TABLE IF NOT EXISTS shop.orders (
    id BIGSERIAL PRIMARY KEY, /* the key */
    "unit price" NUMERIC(10, 2) NOT NULL DEFAULT 0.00,
    status VARCHAR(10) DEFAULT 'open' CHECK (status IN ('open', 'it''s paid')),
    placed timestamp(3) without time zone,
    seen timestamptz REFERENCES other (a, b),
    code char(3),
    tags text[],
    CONSTRAINT two UNIQUE (id, code),
    PRIMARY KEY (id, code)
);
CREATE INDEX i ON shop.orders (id);
"""
    assert read(text, Format.DDL, "x") == (
        SchemaColumn("id", "BIGINT", nullable=False, required=True),
        SchemaColumn("unit price", "DECIMAL(10,2)", nullable=False, required=True),
        SchemaColumn("status", "VARCHAR", required=True, enum=("open", "it's paid"), max_length=10),
        SchemaColumn("placed", "TIMESTAMP", required=True),
        SchemaColumn("seen", "TIMESTAMP WITH TIME ZONE", required=True),
        SchemaColumn("code", "VARCHAR", nullable=False, required=True, max_length=3),
        SchemaColumn("tags", "VARCHAR[]", required=True),
    )


@pytest.mark.parametrize(
    ("form", "text", "reason"),
    [
        (Format.JSON_SCHEMA, "{", "line 1 is not JSON"),
        (Format.JSON_SCHEMA, '{"properties": {"a": {"type": ["string", "integer"]}}}', "a has several types"),
        (Format.JSON_SCHEMA, '{"properties": {"a": {"$ref": "other.json"}}}', "a refers to another document"),
        (Format.JSON_SCHEMA, '{"properties": {"a": {"$ref": "#/properties/a"}}}', "refers to itself"),
        (Format.JSON_SCHEMA, '{"properties": {}}', "has no columns"),
        (Format.JSON_SCHEMA, "[" * 100_000, "nested too deep"),
        (Format.FRICTIONLESS, '{"fields": [{"name": "a", "type": "money"}]}', "a: the type 'money' is unknown"),
        (Format.FRICTIONLESS, '{"fields": [{"name": "a"}, {"name": "a"}]}', "names the column 'a' twice"),
        (Format.ODCS, "apiVersion: v2.2.2\nschema: []", "apiVersion is v2.2.2"),
        (Format.ODCS, "a: &x 1\nb: *x", "line 1"),
        (Format.DDL, "SELECT 1", "0 CREATE TABLE statements"),
        (Format.DDL, "CREATE TABLE t (a INTEGER", "cannot be read as SQL"),
        (Format.DDL, "CREATE TABLE t (a (1))", "column a: its type cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused(form: Format, text: str, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(text, form, "f.txt")
    assert reason in str(refused.value)
    assert str(refused.value).startswith("f.txt: ")


def test_a_hostile_document_ends() -> None:
    levels = {
        f"l{n}": {"type": "object", "properties": {f"p{i}": {"$ref": f"#/$defs/l{n + 1}"} for i in range(9)}}
        for n in range(30)
    }
    text = json.dumps({"$defs": {**levels, "l30": {}}, "properties": {"a": {"$ref": "#/$defs/l0"}}})
    with pytest.raises(UsageError, match="nested too deep"):
        read(text, Format.JSON_SCHEMA, "x")


# A statement in the words of each of nine databases, and the types that its columns have.
STATEMENTS = {
    "mysql": (
        """CREATE TABLE IF NOT EXISTS `shop`.`orders` (
  `id` int unsigned NOT NULL AUTO_INCREMENT, `status` enum('open','paid') DEFAULT 'open' COMMENT 'state, of order',
  `amount` decimal(10,2) DEFAULT NULL, PRIMARY KEY (`id`), KEY `k` (`status`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;""",
        ["UINTEGER", "ENUM('open', 'paid')", "DECIMAL(10,2)"],
    ),
    "postgres": (
        """CREATE TABLE public.orders (id bigserial PRIMARY KEY, ref uuid DEFAULT gen_random_uuid(), tags text[] NOT NULL,
  at timestamp with time zone, price numeric(12,2) CHECK (price > 0));""",
        ["BIGINT", "UUID", "VARCHAR[]", "TIMESTAMP WITH TIME ZONE", "DECIMAL(12,2)"],
    ),
    "bigquery": (
        """CREATE TABLE `p.d.t` (id INT64 NOT NULL, tags ARRAY<STRING>, r STRUCT<a INT64, b STRING>, ts TIMESTAMP, d DATETIME)
  PARTITION BY DATE(ts) OPTIONS(description="x");""",
        ["BIGINT", "VARCHAR[]", "STRUCT(a BIGINT, b VARCHAR)", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP"],
    ),
    "snowflake": (
        """create or replace TRANSIENT TABLE DB.S.T (ID NUMBER(38,0) NOT NULL autoincrement, V VARIANT, N VARCHAR(40),
  TS TIMESTAMP_NTZ(9), constraint pk primary key (ID)) cluster by (ID);""",
        ["DECIMAL(38,0)", "JSON", "VARCHAR", "TIMESTAMP"],
    ),
    "sql server": (
        """CREATE TABLE [dbo].[Orders]( [Id] [int] IDENTITY(1,1) NOT NULL, [Name] [nvarchar](50) NULL,
  [When] [datetime2](7) NOT NULL, [Price] [money] NULL, CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([Id] ASC)) ON [PRIMARY]""",
        ["INTEGER", "VARCHAR", "TIMESTAMP", "DECIMAL(19,4)"],
    ),
    "spark": (
        """CREATE TABLE t (id BIGINT NOT NULL COMMENT 'x', m MAP<STRING, INT>, d DECIMAL(10,2))
  USING delta PARTITIONED BY (id) LOCATION 's3://x'""",
        ["BIGINT", "MAP(VARCHAR, INTEGER)", "DECIMAL(10,2)"],
    ),
    "oracle": (
        "CREATE TABLE hr.emp (id NUMBER(6) CONSTRAINT nn NOT NULL, n VARCHAR2(20 BYTE), d DATE DEFAULT SYSDATE) TABLESPACE u",
        ["DECIMAL(6,0)", "VARCHAR", "DATE"],
    ),
    "clickhouse": (
        "CREATE TABLE t (id UInt64, n Nullable(String), d DateTime64(3)) ENGINE = MergeTree ORDER BY id",
        ["UBIGINT", "VARCHAR", "TIMESTAMP"],
    ),
    "sqlite": (
        'CREATE TABLE "t" (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT COLLATE NOCASE, c REAL)',
        ["INTEGER", "VARCHAR", "FLOAT"],
    ),
}


@pytest.mark.parametrize("database", STATEMENTS)
def test_statements_of_many_databases_are_read(database: str) -> None:
    text, types = STATEMENTS[database]
    assert [column.type for column in read(text, Format.DDL, "x")] == types
