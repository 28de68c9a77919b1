"""Statements that try to leave the data: each by its family, its way of hiding, and where a rule would hold it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a rule holds the SQL."""

    QUERY = "query"
    EXPRESSION = "expression"
    WHERE = "where"


@dataclass(frozen=True)
class Escape:
    """An attempt; in its text `@secret`, `@folder`, `@new`, `@port` and `@data` stand for what lies outside, and inside."""

    family: str
    place: Place
    text: str

    def __str__(self) -> str:
        """Return what a failing test shows."""
        return f"{self.family} as {self.place}: {self.text}"


READERS = (
    "read_csv('@secret')", "read_csv_auto('@secret')", "read_csv(['@secret'], header = false, all_varchar = true)",
    "read_text('@secret')", "read_blob('@secret')", "read_json('@secret.json')", "read_json_auto('@secret.json')",
    "read_ndjson('@secret.json')", "read_ndjson_objects('@secret.json')", "read_json_objects('@secret.json')",
    "read_parquet('@secret.parquet')", "parquet_scan('@secret.parquet')", "parquet_metadata('@secret.parquet')",
    "parquet_schema('@secret.parquet')", "parquet_kv_metadata('@secret.parquet')",
    "parquet_file_metadata('@secret.parquet')", "sniff_csv('@secret')", "glob('@folder/*')", "glob('@folder/**')",
    "glob('/proc/self/environ')", "read_text('/proc/self/environ')", "read_blob('/proc/self/mem')",
    "read_text('file://@secret')", "read_text('@folder/./own/../canary.csv')", "read_text('@folder/[c]anary.csv')",
    "read_csv('http://127.0.0.1:@port/x.csv')", "read_csv('https://127.0.0.1:@port/x.csv')",
    "read_text('s3://127.0.0.1:@port/x')", "read_parquet('hf://datasets/x/y.parquet')", "sqlite_scan('@secret', 't')",
    "read_xlsx('@secret')", "postgres_scan('host=127.0.0.1 port=@port', 'public', 't')",
    "mysql_query('x', 'SELECT 1')", "st_read('@secret')", "iceberg_scan('@folder')", "delta_scan('file://@folder')",
)  # fmt: skip
NAMED = (
    "'@secret'", '"@secret"', "'@secret.json'", "'@secret.parquet'", "'@folder/*.csv'", "'http://127.0.0.1:@port/x.csv'",
    "'file://@secret'", "'/proc/self/environ'", '"@folder/canary.csv"', 'main."@secret"', 'memory.main."@secret"',
)  # fmt: skip
TELLING = (
    "duckdb_settings()", "duckdb_secrets()", "duckdb_databases()", "duckdb_tables()", "duckdb_views()",
    "duckdb_extensions()", "duckdb_logs", "duckdb_temporary_files()", "duckdb_functions()", "duckdb_variables()",
    "pragma_database_list", "pragma_table_info('t')", "pragma_storage_info('t')", "pg_catalog.pg_tables",
    "pg_catalog.pg_settings", "pg_settings", "information_schema.tables", "sqlite_master", "duckdb_columns()",
    "python_variable", "which_secret('s3://x', 's3')", "query('SELECT * FROM read_text(''@secret'')')",
    "query_table('@secret')", "query_table(['@secret'])", "python_map_function()", "pandas_scan(0)", "arrow_scan(0, 0, 0)",
    "seq_scan()", "repeat_row(1, num_rows = 9)", "test_all_types()", "duckdb_approx_database_count()",
)  # fmt: skip
HIDINGS = (
    "WITH x AS (SELECT * FROM @it) SELECT * FROM x",
    "WITH x AS MATERIALIZED (SELECT * FROM @it) SELECT * FROM t, x",
    "WITH x AS (WITH y AS (FROM @it) FROM y) FROM x",
    "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n FROM x, @it) SELECT * FROM x",
    "SELECT * FROM t, LATERAL (SELECT * FROM @it) AS l",
    "SELECT (SELECT count(*) FROM @it) FROM t",
    "SELECT * FROM t WHERE EXISTS (SELECT * FROM @it)",
    "SELECT * FROM t WHERE 'x' IN (SELECT 'x' FROM @it)",
    "SELECT * FROM t ORDER BY (SELECT count(*) FROM @it)",
    "SELECT * FROM t LIMIT (SELECT count(*) FROM @it)",
    "SELECT * FROM t UNION ALL BY NAME SELECT * FROM @it",
    "SELECT * FROM t POSITIONAL JOIN @it",
    "SELECT * FROM t LEFT JOIN (FROM @it) AS j ON true",
    "SELECT count(*) FROM t HAVING (SELECT count(*) FROM @it) > 0",
    "SELECT * FROM t QUALIFY row_number() OVER (ORDER BY (SELECT count(*) FROM @it)) = 1",
    "SELECT [x FOR x IN (SELECT list(q::VARCHAR) FROM @it AS q)] FROM t",
    "SELECT CASE WHEN id = 1 THEN (SELECT any_value(q::VARCHAR) FROM @it AS q) END FROM t",
    "SELECT max(id) FILTER (WHERE EXISTS (FROM @it)) FROM t",
    "PIVOT (SELECT 1 AS a, 2 AS b FROM @it) ON a IN (1) USING sum(b)",
    "FROM t /* FROM */ , /**/ @it --",
    "SELECT * FROM (((SELECT * FROM (((FROM @it))))))",
    "SELECT * FROM (VALUES ((SELECT count(*) FROM @it))) AS v",
    "(SELECT * FROM t) EXCEPT (SELECT * FROM @it)",
    "SELECT * FROM t ASOF JOIN (SELECT 1 AS id FROM @it) AS a ON t.id >= a.id",
    "SELECT * FROM t TABLESAMPLE 1 ROWS, @it",
    "SELECT COLUMNS(*) FROM @it",
    "FROM @it SELECT *",
    "TABLE @it",
    "DESCRIBE FROM @it",
    "SUMMARIZE FROM @it",
    "SHOW TABLES FROM @it",
    "EXPLAIN ANALYZE SELECT * FROM @it",
    "SELECT t.* FROM t SEMI JOIN @it ON true",
    "SELECT 1 FROM t GROUP BY (SELECT count(*) FROM @it)",
)
WRITINGS = (
    "COPY (SELECT 666) TO '@new'", "COPY (SELECT 666) TO '@secret'", "COPY t TO '@new' (FORMAT parquet)",
    "COPY (SELECT 666) TO '@data' (USE_TMP_FILE false)", "COPY (SELECT 1 AS a) TO '@folder' (PARTITION_BY a)",
    "COPY (SELECT 666) TO '/dev/fd/1'", "COPY x FROM '@secret'", "EXPORT DATABASE '@new'", "IMPORT DATABASE '@folder'",
    "ATTACH '@new' AS a", "ATTACH '@secret' AS a (TYPE sqlite)", "ATTACH 'http://127.0.0.1:@port/x.db' AS a",
    "ATTACH 'postgres://127.0.0.1:@port/x' AS a (TYPE postgres)", "ATTACH ':memory:' AS a", "DETACH memory", "USE system",
    "INSTALL httpfs", "LOAD httpfs", "FORCE INSTALL spatial FROM community", "LOAD '@secret'", "UPDATE EXTENSIONS",
    "PRAGMA database_list", "PRAGMA enable_profiling", "PRAGMA profiling_output = '@new'",
    "PRAGMA show_tables", "PRAGMA version", "PRAGMA import_database('@folder')",
    "SET enable_external_access = true", "SET allowed_paths = ['/']", "SET allowed_directories = ['/']",
    "SET lock_configuration = false", "RESET enable_external_access", "SET temp_directory = '@folder'",
    "SET log_query_path = '@new'", "SET home_directory = '@folder'", "SET memory_limit = '100GB'",
    "SET VARIABLE x = 1", "SET SESSION search_path = 'x'", "SET custom_extension_repository = 'http://127.0.0.1:@port'",
    "CREATE TABLE x AS SELECT 1", "CREATE VIEW t AS SELECT 1", "CREATE OR REPLACE TEMP VIEW t AS SELECT 0 WHERE false",
    "CREATE MACRO sum(x) AS 0", "CREATE MACRO m(p) AS TABLE SELECT * FROM read_text(p)", "CREATE SCHEMA s",
    "CREATE SECRET s (TYPE s3, KEY_ID 'x', SECRET 'y')", "CREATE PERSISTENT SECRET s (TYPE http)", "CREATE TYPE e AS ENUM ('x')",
    "CREATE SEQUENCE q", "CREATE FUNCTION f(x) AS getenv(x)", "DROP VIEW t", "DROP TABLE t", "ALTER TABLE t ADD COLUMN x INT",
    "INSERT INTO t VALUES (1)", "UPDATE t SET id = 2", "DELETE FROM t", "TRUNCATE t",
    "MERGE INTO t USING t AS s ON true WHEN MATCHED THEN DELETE", "CALL pragma_version()", "CALL enable_logging(storage = 'file')",
    "CALL duckdb_logs()", "CHECKPOINT", "FORCE CHECKPOINT memory", "VACUUM", "ANALYZE", "BEGIN", "COMMIT", "ROLLBACK",
    "PREPARE p AS SELECT * FROM read_text('@secret')", "EXECUTE p", "EXECUTE IMMEDIATE 'SELECT 1'", "DEALLOCATE p",
    "COMMENT ON TABLE t IS 'x'", "SHOW TABLES", "SHOW ALL TABLES", "DESCRIBE t", "SUMMARIZE t", "EXPLAIN SELECT 1",
    "VALUES (getenv('IDQP_CANARY'))",
)  # fmt: skip
# Where a statement stands that is not alone.
BESIDE = (
    "SELECT * FROM t; @it", "SELECT * FROM t) AS r; @it; SELECT * FROM (SELECT 1", "WITH x AS (@it) SELECT 1 AS a FROM t",
    "WITH x AS (@it RETURNING *) SELECT * FROM x", "SELECT 1 -- \n; @it", "SELECT * FROM (@it)", "/* SELECT */ @it",
    "\ufeff@it", "SELECT 1\u2028; @it", "SELECT $$ $$; @it", "SELECT 'a\\'; @it --'", "WITH x AS MATERIALIZED (@it) FROM x",
)  # fmt: skip
CALLS = (
    "getenv('IDQP_CANARY')", "current_setting('home_directory')", "current_setting('allowed_paths')::VARCHAR",
    "getvariable('x')", "read_text('@secret')", "current_query()", "current_database()", "current_schema()",
    "current_user", "session_user", "version()", "pg_backend_pid()", "inet_server_addr()", "current_schemas(true)[1]",
    "nextval('q')", "currval('q')", "txid_current()", "json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "write_log('x')", "set_config('x', 'y', false)", "pg_read_file('@secret')", "pg_sleep(9)", "sleep_ms(9000)",
    "load_extension('@secret')", "readfile('@secret')", "writefile('@new', 'x')", "system('touch @new')",
    "shell('touch @new')", "http_get('http://127.0.0.1:@port/')", "url_get('http://127.0.0.1:@port/')",
    "uuid()::VARCHAR", "gen_random_uuid()::VARCHAR", "random()::VARCHAR", "setseed(0.5)::VARCHAR", "error('x')",
    "pg_get_viewdef(1)", "pg_typeof(id)", "has_table_privilege('t', 'select')::VARCHAR", "in_search_path('x', 'y')::VARCHAR",
    "which_secret('x', 's3')", "icu_sort_key(a, 'de')", "getenv(chr(73) || 'DQP_CANARY')", '"getenv"(\'IDQP_CANARY\')',
    "system.main.getenv('IDQP_CANARY')", "('IDQP_CANARY').getenv()", "GetEnv /**/ ('IDQP_CANARY')",
    "list_transform(['IDQP_CANARY'], lambda x: getenv(x))[1]", "list_aggregate(['@secret'], 'read_text')",
    "CASE WHEN true THEN getenv('IDQP_CANARY') END", "[getenv(x) FOR x IN ['IDQP_CANARY']][1]",
    "{'k': getenv('IDQP_CANARY')}.k", "coalesce(NULL, getenv('IDQP_CANARY'))", "TRY(getenv('IDQP_CANARY'))",
    "(SELECT content FROM read_text('@secret'))", "(FROM read_text('@secret') SELECT content)",
    "(SELECT max(id) FROM t)::VARCHAR", "(WITH x AS (FROM read_text('@secret')) SELECT content FROM x)",
    "EXISTS (FROM '@secret')::VARCHAR", "ARRAY(SELECT content FROM read_text('@secret'))[1]", "$1", "?", "$secret",
    "first(getenv('IDQP_CANARY')) OVER ()", "max(a) OVER ()", "COLUMNS(*)::VARCHAR", "a) OR (getenv('x') = 'y'",
    "'x' FROM read_text('@secret') --", "'x'; COPY (SELECT 1) TO '@new'; SELECT 'x'", "a AS b", "a, getenv('IDQP_CANARY')",
    "a ORDER BY 1", "a WHERE true", "DISTINCT a", "* EXCLUDE (id)", "a UNION SELECT content FROM read_text('@secret')",
    "U&'\\0067etenv'", "ｇetenv('IDQP_CANARY')", "getenv\u200b('IDQP_CANARY')", "a /*", "a --", "'", "$$",
)  # fmt: skip


def escapes() -> tuple[Escape, ...]:
    """Return all attempts."""
    return tuple(_drawn())


def _drawn() -> Iterator[Escape]:
    """Yield each source as it is and in one hiding, so that every hiding meets several sources."""
    sources = (
        [("reader", one) for one in READERS] + [("name", one) for one in NAMED] + [("telling", one) for one in TELLING]
    )
    for number, (family, source) in enumerate(sources):
        yield Escape(family, Place.QUERY, f"SELECT * FROM {source}")
        for hiding in (HIDINGS[number % len(HIDINGS)], HIDINGS[(7 * number + 3) % len(HIDINGS)]):
            yield Escape(f"{family}, hidden", Place.QUERY, hiding.replace("@it", source))
    for number, statement in enumerate(WRITINGS):
        yield Escape("statement", Place.QUERY, statement)
        yield Escape("statement, beside", Place.QUERY, BESIDE[number % len(BESIDE)].replace("@it", statement))
    for number, call in enumerate(CALLS):
        yield Escape("call", (Place.EXPRESSION, Place.WHERE)[number % 2], f"{call} = 'x'")
        yield Escape("call", Place.QUERY, f"SELECT {call} AS c FROM t")
