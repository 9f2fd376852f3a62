"""Queries over two small ports, and all that must not get through."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from mesh_core.errors import QueryRefusedError, UnknownAddressError
from mesh_core.serving import QueryError, QueryResult, run_query
from mesh_core.serving.engine import create_views, engine


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake's")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        files = {
            "flights": "SELECT i AS flight, 'C' || i % 3 AS carrier, "
            "TIMESTAMPTZ '2013-01-01 05:00:00' + to_hours(i) AS flown_at FROM range(100) r(i)",
            "carriers": "SELECT * FROM (VALUES ('C0', 'Zero'), ('C1', 'One')) v(carrier, name)",
            "secret": "SELECT 'hidden' AS word",
        }
        for name, sql in files.items():
            path = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    (folder / "plain.csv").write_text("a,b\n1,2\n")
    return folder


@pytest.fixture(scope="module")
def views(lake: Path) -> dict[str, str]:
    at = str(lake).replace("'", "''")
    return {
        "ops.flights": f"read_parquet(['{at}/flights.parquet'])",
        "fleet.carriers": f"SELECT * FROM read_parquet(['{at}/carriers.parquet'])",
        "fleet.aircraft": "SELECT NULL::VARCHAR AS tail_number WHERE false",
        "ops.broken": f"read_parquet(['{at}/gone.parquet'])",
    }


def ask(sql: str, views: dict[str, str], limit: int | None = None) -> QueryResult:
    return run_query(sql, views, limit=limit, memory_limit="256MB")


ACCEPTED = {
    "SELECT count(*) FROM ops.flights": [(100,)],
    "select COUNT(*) from OPS.Flights": [(100,)],
    "FROM fleet.carriers ORDER BY carrier": [("C0", "Zero"), ("C1", "One")],
    "TABLE fleet.aircraft": [],
    "VALUES (1, 'a'), (2, 'b');": [(1, "a"), (2, "b")],
    "-- a comment; with a semicolon\nSELECT 1 /* COPY */": [(1,)],
    "SELECT 'COPY x TO y; DROP TABLE z' AS text": [("COPY x TO y; DROP TABLE z",)],
    "SELECT name, count(*) FROM ops.flights JOIN fleet.carriers USING (carrier) GROUP BY ALL ORDER BY ALL": [
        ("One", 33),
        ("Zero", 34),
    ],
    "SELECT f.flight FROM ops.flights AS f WHERE f.carrier IN (SELECT carrier FROM fleet.carriers) "
    "ORDER BY 1 DESC LIMIT 1": [(99,)],
    "WITH late AS (FROM ops.flights WHERE flight > 97), n AS (SELECT count(*) AS n FROM late) FROM n": [(2,)],
    "WITH RECURSIVE up AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM up WHERE i < 4) SELECT sum(i) FROM up": [(10,)],
    'WITH "a/b.csv" AS (SELECT 7 AS x) SELECT x FROM "a/b.csv"': [(7,)],
    "SELECT sum(i) FROM range(5) r(i)": [(10,)],
    "SELECT * FROM generate_series(1, 3)": [(1,), (2,), (3,)],
    "SELECT unnest([3, 4])": [(3,), (4,)],
    "SELECT x FROM unnest([5, 6]) u(x)": [(5,), (6,)],
    "SELECT carrier FROM fleet.carriers UNION SELECT tail_number FROM fleet.aircraft ORDER BY 1": [("C0",), ("C1",)],
    "PIVOT (SELECT carrier FROM ops.flights) ON carrier IN ('C0', 'C1') USING count(*)": [(34, 33)],
    "SELECT flight, row_number() OVER (ORDER BY flight DESC) AS n FROM ops.flights QUALIFY n = 1": [(99, 1)],
    "SELECT (SELECT max(flight) FROM ops.flights), EXISTS (FROM fleet.aircraft)": [(99, False)],
    "SELECT flown_at FROM ops.flights WHERE flight = 0": [(datetime(2013, 1, 1, 10, tzinfo=UTC),)],
    "SELECT list_transform([1, 2], x -> x + 1), json_extract('{\"a\": 1}', '$.a')": [([2, 3], "1")],
}


@pytest.mark.parametrize("sql", ACCEPTED)
def test_accepted(sql: str, views: dict[str, str]) -> None:
    assert ask(sql, views).rows == ACCEPTED[sql]


def test_describe_and_summarize(views: dict[str, str]) -> None:
    described = ask("DESCRIBE ops.flights", views).rows
    assert [row[:2] for row in described] == [
        ("flight", "BIGINT"),
        ("carrier", "VARCHAR"),
        ("flown_at", "TIMESTAMP WITH TIME ZONE"),
    ]
    assert ask("DESCRIBE SELECT name FROM fleet.carriers", views).rows[0][0] == "name"
    assert [row[0] for row in ask("SUMMARIZE ops.flights", views).rows] == ["flight", "carrier", "flown_at"]


WIDER = [
    (
        "select i::decimal(10,2), {'a':1}::struct(a bigint), [1]::bigint[], map([1],['x']), "
        "'x'::enum('x','y'), 1::union(n int, s varchar) from s.v"
    ),
    "select * from s.v order by i desc nulls last limit 3 offset 1",
    "select * from s.v order by all",
    "select c, j, count(*) from s.v group by grouping sets ((c),(j),())",
    "select c, count(*) from s.v group by cube(c,j)",
    "select c, count(*) from s.v group by rollup(c,j)",
    "select * from s.v using sample 10%",
    "select * from s.v tablesample reservoir(5)",
    "select * from s.v limit 50%",
    "unpivot s.v on i, j into name n value val",
    "from s.v unpivot (val for n in (i, j))",
    "select * from s.v asof join s.w using (i)",
    "select * from s.v v, lateral (select v.i+1 as k) l",
    "select columns('i|j') from s.v",
    "select distinct on (c) * from s.v order by c, i",
    "select * exclude (c) replace (i+1 as i) rename (j as jj) from s.v",
    (
        "select sum(i) filter (where j=1) over (partition by c order by i rows between 1 preceding and "
        "current row) from s.v window w as (order by i)"
    ),
    "select * from s.v positional join s.w",
    "select * from s.v natural join s.w",
    "select i from s.v except all select i from s.w",
    "select * from s.v union all by name select * from s.w",
    (
        "select case when i>1 then 'a' else null end, coalesce(c,'x'), i between 1 and 3, c like 'c%', c ~ "
        "'c', c is not distinct from 'x', not (i in (1,2)) from s.v"
    ),
    (
        "select interval 1 day + date '2020-01-01', timestamptz '2020-01-01 00:00:00+00' at time zone "
        "'America/New_York', extract(hour from now()), current_date"
    ),
    "select array_agg(i order by i desc), list(c)[1:2], first(i), quantile_cont(i, 0.5), string_agg(c, ',') from s.v",
    "select struct_pack(a := i).a from s.v",
    "select [x*2 for x in [1,2,3] if x>1], list_reduce([1,2], lambda x, y: x+y)",
    "with a as materialized (from s.v), b(x) as not materialized (select i from a) from a, b limit 1",
    "select row(1,2), (1,2), 1 = any([1,2]), exists(from s.v), (select max(i) from s.v where i < o.i) from s.v o",
    "select * from (values (1),(2)) t(x) where x > (select avg(i) from s.v) or true",
    "from s.v select count(*) where i > 2",
    "select s.v.i, v.c from s.v",
    "select #1 from s.v",
    "select grouping(c), c from s.v group by c",
    "select * from s.v where i = (select 1 union select 1)",
    "select count(distinct c), approx_count_distinct(c), histogram(i) from s.v",
    "select json '{\"a\":1}' ->> 'a', '{\"a\": [1]}'::json -> 'a', to_json(v) from s.v v",
    "with recursive t(n) using key (n) as (select 1 union select n+1 from t where n<3) from t",
    "describe s.v",
    "summarize select i from s.v",
    "describe values (1)",
    "show s.v",
    "((select 1))",
    "select pg_typeof(1), typeof(1), version(), current_user",
]


@pytest.mark.parametrize("sql", WIDER)
def test_the_breadth_of_sql_gets_through(sql: str) -> None:
    relations = {
        "s.v": "(SELECT range AS i, 'c' || range % 3 AS c, range % 2 AS j FROM range(20))",
        "s.w": "SELECT * FROM (VALUES (1, DATE '2020-01-01')) t(i, d)",
    }
    assert ask(sql, relations, limit=3).columns


@pytest.mark.parametrize(
    "sql",
    [
        "EXPLAIN SELECT * FROM ops.flights",
        "explain analyze FROM ops.flights",
        "-- why\nEXPLAIN\nSELECT * FROM ops.flights",
    ],
)
def test_explain(sql: str, views: dict[str, str]) -> None:
    assert "plan" in ask(sql, views).rows[0][0]


REFUSED = [
    # more than one statement, or none
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW ops.flights",
    "",
    " ; ",
    "SELECT 1 AS \0x",
    # anything but a question
    "COPY ops.flights TO '/tmp/out.csv'",
    "COPY (SELECT 1) TO '/tmp/out.parquet' (FORMAT parquet)",
    "ATTACH '/tmp/other.db'",
    "ATTACH 'dbname=x' AS pg (TYPE postgres)",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '100GB'",
    "RESET memory_limit",
    "PRAGMA database_list",
    "CREATE TABLE t AS SELECT * FROM ops.flights",
    "CREATE OR REPLACE VIEW ops.flights AS SELECT 1",
    "CREATE MACRO m(x) AS x",
    "INSERT INTO ops.flights VALUES (1)",
    "UPDATE ops.flights SET flight = 1",
    "DELETE FROM ops.flights",
    "DROP VIEW ops.flights",
    "CALL enable_logging()",
    "EXPORT DATABASE '/tmp/all'",
    "IMPORT DATABASE '/tmp/all'",
    "CHECKPOINT",
    "BEGIN",
    "VACUUM",
    "USE memory",
    "PREPARE q AS SELECT 1",
    "CREATE SECRET s (TYPE s3)",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/out.csv'",
    "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1",
    "EXPLAIN (FORMAT json) SELECT 1",
    "EXPLAIN SELECT * FROM read_csv('/etc/passwd')",
    "/* /* */ EXPLAIN SELECT 1 -- */ EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/out.csv'",
    "PIVOT ops.flights ON carrier USING count(*)",
    # files and network
    "FROM '/etc/passwd'",
    "FROM 'plain.csv'",
    "FROM '*.parquet'",
    'SELECT * FROM "https://example.org/x.parquet"',
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM system.main.read_parquet('secret.parquet')",
    "FROM parquet_scan('secret.parquet')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_json('x.json')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM parquet_metadata('secret.parquet')",
    "SELECT * FROM delta_scan('/lake')",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "WITH a AS (SELECT * FROM read_text('/etc/passwd')) SELECT 1 FROM ops.flights, a",
    "SELECT 1 FROM ops.flights WHERE EXISTS (FROM read_text('/etc/passwd'))",
    "SELECT 1 ORDER BY (SELECT count(*) FROM glob('/*'))",
    "SELECT [f.file FOR f IN (SELECT list(g) FROM glob('/*') g)]",
    "DESCRIBE SELECT * FROM read_csv('/etc/passwd')",
    "SUMMARIZE 'plain.csv'",
    'SELECT * FROM (WITH "plain.csv" AS (SELECT 1) FROM "plain.csv") a, "plain.csv" b',
    # the engine and its catalogue
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "DESCRIBE",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_views",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM memory.ops.flights",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('ops.flights')",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT * FROM pragma_table_info('ops.flights')",
    "SELECT * FROM which_secret('s3://x', 's3')",
    "SELECT getenv('HOME')",
    "SELECT current_setting('temp_directory')",
    "SELECT system.main.current_setting('temp_directory')",
    "SELECT pg_get_viewdef(1)",
    "SELECT write_log('x')",
    "SELECT getvariable('x')",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_refused(sql: str, views: dict[str, str]) -> None:
    with pytest.raises(QueryRefusedError) as refused:
        ask(sql, views)
    assert refused.value.remedy


def test_a_python_variable_is_not_a_table(views: dict[str, str]) -> None:
    local_frame = duckdb.sql("SELECT 1 AS x")
    assert local_frame is not None
    with pytest.raises(UnknownAddressError):
        ask("FROM local_frame", views)


ENGINE_ALONE = [
    "FROM '{lake}/secret.parquet'",
    "FROM read_parquet('{lake}/../{name}/secret.parquet')",
    "FROM read_csv('{lake}/plain.csv')",
    "FROM read_text('/etc/hostname')",
    "FROM glob('{lake}/*')",
    "COPY (SELECT 1) TO '{lake}/out.csv'",
    "COPY (SELECT 1 AS x) TO '{lake}/flights.parquet' (FORMAT parquet)",
    "ATTACH '{lake}/other.db'",
    "EXPORT DATABASE '{lake}/all'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "FROM 'http://127.0.0.1:9/x.csv'",
    "SET allowed_directories = ['/']",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "SET memory_limit = '100GB'",
]


@pytest.mark.parametrize("sql", ENGINE_ALONE)
def test_the_engine_alone_refuses_what_the_guard_might_miss(sql: str, lake: Path, views: dict[str, str]) -> None:
    at = str(lake).replace("'", "''")
    name = lake.name.replace("'", "''")
    with engine("256MB", None) as connection:
        create_views(connection, {"ops.flights": views["ops.flights"]})
        assert connection.execute("SELECT count(*) FROM ops.flights").fetchone() == (100,)
        with pytest.raises(duckdb.Error, match=r"disabled|locked|Cannot change|Cannot access|lock"):
            connection.execute(sql.format(lake=at, name=name))


def test_the_engine_is_locked_without_files_too(lake: Path) -> None:
    with engine("256MB", None) as connection:
        create_views(connection, {})
        with pytest.raises(duckdb.PermissionException):
            connection.execute("FROM read_text('/etc/hostname')")


def test_a_limit_cuts_and_says_so(views: dict[str, str]) -> None:
    cut = ask("SELECT flight FROM ops.flights ORDER BY flight", views, limit=3)
    assert cut.rows == [(0,), (1,), (2,)]
    assert cut.truncated
    whole = ask("SELECT carrier FROM fleet.carriers", views, limit=2)
    assert len(whole.rows) == 2
    assert not whole.truncated


def test_columns_have_names_and_types(views: dict[str, str]) -> None:
    result = ask("SELECT flight, flown_at, 1.5::DECIMAL(4, 1) AS d, [1] AS l FROM ops.flights", views, limit=0)
    assert result.columns == (
        ("flight", "BIGINT"),
        ("flown_at", "TIMESTAMP WITH TIME ZONE"),
        ("d", "DECIMAL(4,1)"),
        ("l", "INTEGER[]"),
    )
    assert result.rows == []


def test_a_huge_result_is_not_made_for_a_few_rows(views: dict[str, str]) -> None:
    start = time.perf_counter()
    assert len(ask("SELECT * FROM range(100000000000)", views, limit=5).rows) == 5
    assert time.perf_counter() - start < 2


def test_an_unknown_table_names_its_neighbours(views: dict[str, str]) -> None:
    with pytest.raises(UnknownAddressError) as unknown:
        ask("SELECT *\nFROM ops.flight", views)
    assert unknown.value.what == "no port is called 'ops.flight' (line 2, column 6)"
    assert unknown.value.remedy.startswith("Did you mean ops.flights")
    with pytest.raises(UnknownAddressError, match="'carriers'") as bare:
        ask("SELECT * FROM carriers", views)
    assert bare.value.remedy == "Did you mean fleet.carriers?"


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT flight FROM", "Parser Error"),
        ("SELECT no_such FROM ops.flights", "no_such"),
        ("SELECT no_such_function(1)", "no_such_function"),
        ("SELECT 'x'::INTEGER", "Could not convert string 'x'"),
        ("SELECT flight FROM ops.flights WHERE (", "Parser Error"),
        ("SELECT * FROM ops.broken", r"ops\.broken can't be read"),
    ],
)
def test_wrong_sql_is_told_in_the_engines_words(sql: str, message: str, views: dict[str, str]) -> None:
    with pytest.raises(QueryError, match=message):
        ask(sql, views)


def test_deep_nesting_is_an_error_not_a_crash(views: dict[str, str]) -> None:
    deep = "SELECT * FROM (" * 400 + "SELECT 1" + ")" * 400
    with pytest.raises((QueryRefusedError, QueryError)):
        ask(deep, views)
    with pytest.raises((QueryRefusedError, QueryError)):
        ask("SELECT " + "-" * 3 + "abs(" * 5000 + "1" + ")" * 5000, views)


def test_a_thousand_ports_cost_nothing(views: dict[str, str]) -> None:
    many = {f"d{i}.p{j}": "read_parquet(['/nowhere/x.parquet'])" for i in range(100) for j in range(10)}
    start = time.perf_counter()
    assert ask("SELECT count(*) FROM ops.flights", {**many, **views}).rows == [(100,)]
    assert time.perf_counter() - start < 0.3


def test_more_than_memory_is_spilled_and_removed(views: dict[str, str], tmp_path: Path) -> None:
    sql = "SELECT count(*) FROM (SELECT i, hash(i) AS h FROM range(6000000) r(i) ORDER BY h, i OFFSET 1)"
    result = run_query(sql, views, limit=None, memory_limit="100MB", scratch=tmp_path / "home" / "scratch")
    assert result.rows == [(5999999,)]
    assert list((tmp_path / "home" / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b",
        "SELECT count(*) FROM range(1000000000000) r(i) WHERE hash(i) = 3",
        "SELECT * FROM range(1000000000000)",
    ],
)
def test_control_c_ends_the_query(sql: str) -> None:
    code = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from mesh_core.serving import run_query\n"
        "print('ready', flush=True)\n"
        "try:\n"
        "    run_query(sys.argv[1], {}, limit=None, memory_limit='256MB')\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, sql], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.7)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=10)
        finally:
            process.kill()
    assert output == "stopped\n"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS a, 2 AS a, 3",
        "SELECT 1::DECIMAL(18,2) AS d, TIMESTAMPTZ '2020-01-01 00:00:00+00' AS n, [1] AS l, {'a': 1} AS s",
        "SELECT 'x'::BLOB AS b, MAP {1: 2} AS m, INTERVAL 1 DAY AS i, 'a'::ENUM('a', 'b') AS e, NULL AS nothing",
        "VALUES (1), (2)",
        "WITH x AS MATERIALIZED (SELECT 1) FROM x",
        "SELECT 1 WHERE false",
        "DESCRIBE SELECT 1",
        "SUMMARIZE SELECT 1",
        "FROM range(5000)",
        "(SELECT 1)",
    ],
)
def test_all_rows_are_those_of_a_limit_that_cuts_nothing(sql: str) -> None:
    everything = run_query(sql, {}, limit=None, memory_limit="256MB")
    assert everything == run_query(sql, {}, limit=10_000, memory_limit="256MB")


def test_a_signal_meanwhile_reaches_who_listened_before(views: dict[str, str]) -> None:
    heard, told = socket.socketpair()
    told.setblocking(False)
    before = signal.set_wakeup_fd(told.fileno())
    handler = signal.signal(signal.SIGUSR1, lambda *_: None)
    alarm = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        alarm.start()
        sql = "SELECT count(*) FROM range(300000000) r(i) WHERE hash(i) = 3"
        assert run_query(sql, views, limit=None, memory_limit="256MB").rows == [(0,)]
        alarm.join()
        heard.settimeout(5)
        assert heard.recv(10) == bytes([signal.SIGUSR1])
        assert signal.set_wakeup_fd(before) == told.fileno()
    finally:
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGUSR1, handler)
        heard.close()
        told.close()


def test_asking_imports_neither_pandas_nor_numpy(views: dict[str, str]) -> None:
    code = (
        "import sys\n"
        "from mesh_core.serving import run_query\n"
        "assert 'duckdb' not in sys.modules\n"
        "run_query('SELECT now(), 1', {}, limit=1, memory_limit='256MB')\n"
        "sys.exit(bool({'pandas', 'numpy'} & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
