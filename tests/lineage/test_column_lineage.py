"""Origins of columns, typed by hand for one piece of SQL each."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from mesh_core.lineage import ColumnOrigin, column_lineage

TABLES = {
    "a.t": {
        "id": "BIGINT",
        "x": "DOUBLE",
        "y": "DOUBLE",
        "s": "STRUCT(a INTEGER, b VARCHAR)",
        "l": "INTEGER[]",
        "Name": "VARCHAR",
    },
    "a.u": {"id": "BIGINT", "z": "VARCHAR", "d": "DATE"},
    "bronze.raw": {"id": "VARCHAR", "v": "DECIMAL(18,3)"},
}


def origins(sql: str, *columns: str, models: dict[str, str] | None = None) -> dict[str, str]:
    found = column_lineage(sql, columns=columns, tables=TABLES, models=models or {})
    return {name: " ".join(f"{o.table}.{o.column}" for o in many) for name, many in found.items()}


CASES = {
    "star": ("SELECT * FROM a.t", {"id": "a.t.id", "s": "a.t.s", "Name": "a.t.Name"}),
    "star of one side": (
        "SELECT t.*, u.z AS zz FROM a.t t LEFT JOIN a.u u ON t.id = u.id",
        {"x": "a.t.x", "zz": "a.u.z"},
    ),
    "exclude and replace": (
        "SELECT * EXCLUDE (x) REPLACE (y + x AS y) FROM a.t",
        {"id": "a.t.id", "y": "a.t.x a.t.y", "x": ""},
    ),
    "rename": ("SELECT * RENAME (x AS xx) FROM a.t", {"xx": "a.t.x", "y": "a.t.y"}),
    "from first": ("FROM a.t SELECT id, x + y AS xy", {"id": "a.t.id", "xy": "a.t.x a.t.y"}),
    "from alone": ("FROM bronze.raw", {"id": "bronze.raw.id", "v": "bronze.raw.v"}),
    "semicolon and comment": ("SELECT id FROM a.t; -- done", {"id": "a.t.id"}),
    "cte": (
        "WITH c AS (SELECT *, x * 2 AS x2 FROM a.t) SELECT c.x2, u.z FROM c JOIN a.u u USING (id)",
        {"x2": "a.t.x", "z": "a.u.z"},
    ),
    "cte with column names": (
        "WITH c(p, q) AS (SELECT id, x FROM a.t) SELECT p, q FROM c",
        {"p": "a.t.id", "q": "a.t.x"},
    ),
    "cte named like a table": (
        "WITH u AS (SELECT id, x FROM a.t) SELECT * FROM u JOIN a.u AS v USING (id)",
        {"x": "a.t.x", "z": "a.u.z"},
    ),
    "recursive cte": (
        "WITH RECURSIVE r AS (SELECT id, x FROM a.t UNION ALL SELECT id, x FROM r WHERE x < 3) FROM r",
        {"id": "a.t.id", "x": "a.t.x"},
    ),
    "subqueries": (
        "SELECT * FROM (SELECT * FROM (SELECT id, x FROM a.t) WHERE x IN (SELECT id FROM a.u))",
        {"id": "a.t.id", "x": "a.t.x"},
    ),
    "join using": ("SELECT id, z FROM a.t JOIN a.u USING (id)", {"id": "a.t.id a.u.id", "z": "a.u.z"}),
    "semi join": ("SELECT x FROM a.t SEMI JOIN a.u USING (id)", {"x": "a.t.x"}),
    "asof join": ("SELECT u.z FROM a.t ASOF JOIN a.u ON t.id >= u.id", {"z": "a.u.z"}),
    "union by position": (
        "SELECT id, y AS v FROM a.t UNION ALL SELECT id, d FROM a.u",
        {"id": "a.t.id a.u.id", "v": "a.t.y a.u.d"},
    ),
    "union by name": (
        "SELECT x AS v, id FROM a.t UNION ALL BY NAME SELECT id, d AS v, z FROM a.u",
        {"id": "a.t.id a.u.id", "v": "a.t.x a.u.d", "z": "a.u.z"},
    ),
    "union by name of ctes, seen through a star": (
        (
            "WITH k AS (SELECT id, x FROM a.t), g AS (SELECT 'c' AS k, z, id FROM a.u), "
            "both_ AS (FROM k UNION ALL BY NAME FROM g) SELECT * FROM both_"
        ),
        {"id": "a.t.id a.u.id", "x": "a.t.x", "z": "a.u.z", "k": ""},
    ),
    "union by name within another": (
        "(SELECT id FROM a.t UNION BY NAME SELECT id, z FROM a.u) UNION ALL BY NAME SELECT d, id FROM a.u",
        {"id": "a.t.id a.u.id", "z": "a.u.z", "d": "a.u.d"},
    ),
    "window": ("SELECT row_number() OVER (PARTITION BY x ORDER BY y) AS rn FROM a.t", {"rn": "a.t.x a.t.y"}),
    "qualify": (
        "SELECT id, x FROM a.t QUALIFY row_number() OVER (PARTITION BY id ORDER BY y) = 1",
        {"id": "a.t.id", "x": "a.t.x"},
    ),
    "aggregate with filter": ("SELECT sum(y) FILTER (x > 1) AS n FROM a.t", {"n": "a.t.x a.t.y"}),
    "group by all": (
        "SELECT date_trunc('month', d) AS m, count(*) AS n FROM a.u GROUP BY ALL",
        {"m": "a.u.d", "n": ""},
    ),
    "constant": ("SELECT 1 AS one, 'a' || z AS az FROM a.u", {"one": "", "az": "a.u.z"}),
    "scalar subquery": (
        "SELECT (SELECT max(d) FROM a.u WHERE u.id = t.id) AS md FROM a.t t",
        {"md": "a.u.d"},
    ),
    "lateral": ("SELECT q.w FROM a.t t, LATERAL (SELECT t.x + 1 AS w) q", {"w": "a.t.x"}),
    "alias used again": ("SELECT x + 1 AS p, p * 2 AS q FROM a.t", {"q": "a.t.x"}),
    "alias that a column hides": ("SELECT x AS y, y + 1 AS q FROM a.t", {"y": "a.t.x", "q": "a.t.y"}),
    "struct field": ("SELECT s.a AS sa, t.s.b AS sb FROM a.t t", {"sa": "a.t.s", "sb": "a.t.s"}),
    "struct made": ("SELECT {'a': x, 'b': y} AS st FROM a.t", {"st": "a.t.x a.t.y"}),
    "unnest as a column": ("SELECT unnest(l) AS e FROM a.t", {"e": "a.t.l"}),
    "unnest as a table": ("SELECT e.v FROM a.t t, unnest(t.l) AS e(v)", {"v": "a.t.l"}),
    "lambda": ("SELECT list_transform(l, v -> v + x) AS lt FROM a.t", {"lt": "a.t.l a.t.x"}),
    "lambda whose parameter hides a column": (
        "SELECT list_transform(l, x -> x + 1) AS lt, [y + 1 FOR y IN l] AS lc FROM a.t",
        {"lt": "a.t.l", "lc": "a.t.l"},
    ),
    "values": ("SELECT t.x, v.b FROM a.t t JOIN (VALUES (1, 'a')) v(k, b) ON v.k = t.id", {"x": "a.t.x", "b": ""}),
    "any case": ('SELECT "ID", T.nAmE AS nn FROM A.T', {"ID": "a.t.id", "nn": "a.t.Name"}),
    "quoted name": ('SELECT "x" AS "odd col!" FROM "a"."t"', {"odd col!": "a.t.x"}),
    "column that is not there": ("SELECT nope FROM a.t", {"nope": "", "other": ""}),
    "table that is not given": ("SELECT id, k FROM a.t JOIN b.v USING (id)", {"k": ""}),
}


@pytest.mark.parametrize("name", CASES)
def test_origins(name: str) -> None:
    sql, expected = CASES[name]
    assert origins(sql, *expected) == expected


@pytest.mark.parametrize(
    "sql",
    ["SELEC x FRM", "SELECT 1; SELECT 2", "CREATE TABLE q AS SELECT * FROM a.t", "SUMMARIZE a.t", "", "SELECT ((("],
)
def test_what_cannot_be_followed_has_no_lineage(sql: str) -> None:
    assert column_lineage(sql, columns=["x"], tables=TABLES) == {}


def test_models_are_seen_through() -> None:
    models = {
        '"main"."stg_t"': "WITH renamed AS (SELECT * FROM a.t) SELECT id, x + y AS xy FROM renamed",
        '"main"."stg_more"': 'SELECT *, xy + 1 AS k FROM "main"."stg_t"',
        '"main"."unused"': "THIS IS NOT SQL",
    }
    sql = 'SELECT stg_more.k, u.z FROM "main"."stg_more" JOIN a.u USING (id)'
    assert origins(sql, "k", "z", models=models) == {"k": "a.t.x a.t.y", "z": "a.u.z"}
    assert origins("SELECT m.xy FROM main.stg_t AS m", "xy", models=models) == {"xy": "a.t.x a.t.y"}


def test_a_model_and_a_cte_of_the_same_name() -> None:
    models = {'"main"."s"': "SELECT id, x AS v FROM a.t"}
    sql = 'WITH s AS (SELECT v + 1 AS v FROM "main"."s") SELECT v FROM s'
    assert origins(sql, "v", models=models) == {"v": "a.t.x"}


def test_answers_are_plain_values() -> None:
    found = column_lineage("SELECT x FROM a.t", columns=["x"], tables=TABLES)
    assert found == {"x": (ColumnOrigin("a.t", "x"),)}


def test_twenty_columns_over_six_ctes_in_a_fraction_of_a_second() -> None:
    wide = {"a.w": {f"k{i}": "BIGINT" for i in range(40)}, **TABLES}
    steps = "".join(
        f", c{i} AS (SELECT *, row_number() OVER (PARTITION BY k1 ORDER BY k2) AS r{i} FROM c{i - 1})"
        for i in range(1, 6)
    )
    columns = [f"o{i}" for i in range(20)]
    chosen = ", ".join(f"k{i} + r5 AS o{i}" for i in range(20))
    sql = f"WITH c0 AS (SELECT * FROM a.w){steps} SELECT {chosen} FROM c5 JOIN a.t ON c5.k1 = t.id"
    origins("SELECT 1 AS x", "x")  # the import is not measured
    start = time.perf_counter()
    found = column_lineage(sql, columns=columns, tables=wide)
    assert time.perf_counter() - start < 0.3
    assert [o.column for o in found["o7"]] == ["k1", "k2", "k7"]


def test_importing_the_package_does_not_import_the_parser() -> None:
    code = "import sys, mesh_core.lineage; sys.exit('sqlglot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
