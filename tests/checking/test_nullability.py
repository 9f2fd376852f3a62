"""What the inference of nulls says of one column, and why: hand-written answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh_core.checking.nullability import NEVER, UNKNOWN, Columns, Nullness, infer, maybe
from mesh_core.contracts.syntax import select_of

NULLABLE = "not required"
TABLES = {
    "s.a": Columns(("k", "n", "b", "u"), (NEVER, maybe(NULLABLE), maybe(NULLABLE), UNKNOWN)),
    "s.c": Columns(("k", "m", "v"), (NEVER, maybe(NULLABLE), NEVER)),
}


def _all(sql: str) -> Columns:
    return infer(select_of(Path("q.sql"), sql), sql, TABLES)


def _of(sql: str) -> Nullness:
    """Of the column ``x``."""
    return _all(sql).get("x")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT k AS x FROM s.a",
        "SELECT 1 AS x",
        "SELECT k + 1 AS x FROM s.a",
        "SELECT k / k AS x FROM s.a",
        "SELECT k // 2 AS x FROM s.a",
        "SELECT k % 7 AS x FROM s.a",
        "SELECT k::VARCHAR || '!' AS x FROM s.a",
        "SELECT TRY_CAST(k AS VARCHAR) AS x FROM s.a",
        "SELECT concat(n, 'a') AS x FROM s.a",
        "SELECT concat_ws('-', n, b) AS x FROM s.a",
        "SELECT coalesce(n, 0) AS x FROM s.a",
        "SELECT ifnull(n, k) AS x FROM s.a",
        "SELECT greatest(n, k) AS x FROM s.a",
        "SELECT coalesce(n, error('no n')) AS x FROM s.a",
        "SELECT n IS NULL AS x FROM s.a",
        "SELECT n IS DISTINCT FROM 1 AS x FROM s.a",
        "SELECT n IS NULL OR n > 5 AS x FROM s.a",
        "SELECT n IS NOT NULL AND n > 5 AS x FROM s.a",
        "SELECT EXISTS (SELECT 1 FROM s.c) AS x FROM s.a",
        "SELECT k IN (SELECT v FROM s.c) AS x FROM s.a",
        "SELECT if(n IS NULL, 0, n) AS x FROM s.a",
        "SELECT CASE WHEN n IS NOT NULL THEN n ELSE k END AS x FROM s.a",
        "SELECT CASE WHEN n > 5 THEN n WHEN n IS NULL THEN 0 ELSE n END AS x FROM s.a",
        "SELECT n AS x FROM s.a WHERE n IS NOT NULL",
        "SELECT n AS x FROM s.a WHERE n > 5",
        "SELECT n AS x FROM s.a WHERE n BETWEEN 1 AND 2",
        "SELECT n AS x FROM s.a WHERE n IN (1, 2)",
        "SELECT n AS x FROM s.a WHERE n IN (SELECT m FROM s.c)",
        "SELECT n AS x FROM s.a WHERE n::VARCHAR LIKE '1%'",
        "SELECT n AS x FROM s.a WHERE abs(n + 1) > 2 AND b",
        "SELECT n AS x FROM s.a WHERE n > 5 OR n < 2",
        "SELECT n AS x FROM s.a WHERE NOT (n IS NULL OR b)",
        "SELECT n AS x FROM s.a WHERE coalesce(n > 5, false)",
        "SELECT n AS x FROM s.a WHERE (n > 5) IS TRUE",
        "SELECT n AS x FROM s.a WHERE n IS NOT DISTINCT FROM k",
        "SELECT abs(n) AS x FROM s.a WHERE abs(n) IS NOT NULL",
        "SELECT nullif(n, 0) AS x FROM s.a WHERE x IS NOT NULL",
        "SELECT n + 1 AS y, y + 1 AS x FROM s.a WHERE y > 0",
        "SELECT c.k AS x FROM s.a JOIN s.c ON c.k = a.k",
        "SELECT c.m AS x FROM s.a JOIN s.c ON c.m = a.k",
        "SELECT m AS x FROM s.a JOIN (SELECT m AS n, m FROM s.c) USING (n)",
        "SELECT k AS x FROM s.a LEFT JOIN s.c USING (k)",
        "SELECT k AS x FROM s.a RIGHT JOIN s.c USING (k)",
        "SELECT k AS x FROM s.a FULL JOIN s.c USING (k)",
        "SELECT c.m AS x FROM s.a LEFT JOIN s.c ON a.k = c.m WHERE c.v > 0",
        "SELECT a.n AS x FROM s.a RIGHT JOIN s.c ON a.n = c.k WHERE a.k > 0",
        "SELECT coalesce(a.k, c.k) AS x FROM s.a FULL JOIN s.c ON a.k = c.k",
        "SELECT c.v AS x FROM s.a LEFT JOIN s.c USING (k) WHERE c.k IS NOT NULL",
        "SELECT c.m AS x FROM s.a LEFT JOIN s.c ON c.m = a.n WHERE c.k IS NOT NULL",
        "SELECT CASE WHEN c.k IS NULL THEN 0 ELSE c.v END AS x FROM s.a LEFT JOIN s.c USING (k)",
        "SELECT d.v AS x FROM s.a LEFT JOIN s.c ON c.k = a.k JOIN s.c AS d ON d.k = c.k",
        "SELECT n AS x FROM s.a SEMI JOIN s.c ON c.k = a.n",
        "SELECT count(n) AS x FROM s.a",
        "SELECT count(*) FILTER (b) AS x FROM s.a",
        "SELECT sum(k) AS x FROM s.a GROUP BY n",
        "SELECT sum(n) AS x FROM s.a GROUP BY k HAVING sum(n) > 0",
        "SELECT array_agg(n) AS x FROM s.a GROUP BY k",
        "SELECT coalesce(sum(k), 0) AS x FROM s.a",
        "SELECT row_number() OVER (ORDER BY n) AS x FROM s.a",
        "SELECT sum(k) OVER (PARTITION BY n ORDER BY k) AS x FROM s.a",
        "SELECT lag(k, 1, 0) OVER (ORDER BY k) AS x FROM s.a",
        "SELECT n AS x FROM s.a QUALIFY n > 1 AND row_number() OVER () = 1",
        "SELECT (SELECT count(*) FROM s.c WHERE c.k = a.k) AS x FROM s.a",
        "SELECT k AS x FROM s.a UNION ALL SELECT v FROM s.c",
        "SELECT n AS x FROM s.a INTERSECT SELECT v FROM s.c",
        "WITH t AS (SELECT k AS x FROM s.a) FROM t",
        "WITH t(x) AS (SELECT k FROM s.a) FROM t",
        "WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT 2 FROM r) FROM r",
        "SELECT * EXCLUDE (n) REPLACE (k + 1 AS k), k AS x FROM s.a",
        "SELECT * RENAME (k AS x) FROM s.a",
        "SELECT x FROM (VALUES (1), (2)) AS t(x)",
        "SELECT x FROM (SELECT n AS x, n > 3 AS big FROM s.a) WHERE big",
        "SELECT x FROM (SELECT c.v AS x, c.m FROM s.a LEFT JOIN s.c USING (k)) WHERE m = 1",
    ],
)
def test_never(sql: str) -> None:
    assert _of(sql) == NEVER


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT n AS x FROM s.a", NULLABLE),
        ("SELECT n + k AS x FROM s.a", NULLABLE),
        ("SELECT n + u AS x FROM s.a", NULLABLE),
        ("SELECT 'a' || n AS x FROM s.a", NULLABLE),
        ("SELECT n > 3 AS x FROM s.a", NULLABLE),
        ("SELECT coalesce(n, b) AS x FROM s.a", NULLABLE),
        ("SELECT n AS x FROM s.a WHERE n > 5 OR k > 2", NULLABLE),
        ("SELECT n AS x FROM s.a WHERE n IS DISTINCT FROM 4", NULLABLE),
        ("SELECT n AS x FROM s.a WHERE n NOT IN (SELECT v FROM s.c)", NULLABLE),
        ("SELECT n AS x FROM s.a LEFT JOIN s.c ON c.k = a.n", NULLABLE),
        ("SELECT c.m AS x FROM s.a JOIN s.c ON c.k = a.k", NULLABLE),
        ("SELECT sum(n) AS x FROM s.a GROUP BY k", NULLABLE),
        ("SELECT max(n) OVER (PARTITION BY k) AS x FROM s.a", NULLABLE),
        ("SELECT first_value(n) OVER (ORDER BY k) AS x FROM s.a QUALIFY n > 3", NULLABLE),
        ("SELECT n AS x FROM s.a UNION SELECT k FROM s.a", NULLABLE),
        ("SELECT NULL AS x", "NULL stands in line 1"),
        ("SELECT\n  nullif(k, 0) AS x FROM s.a", "nullif in line 2 gives NULL"),
        ("SELECT CASE WHEN k > 1 THEN 2 END AS x FROM s.a", "CASE in line 1 gives no value where no WHEN holds"),
        ("SELECT TRY_CAST('a' || k AS BIGINT) AS x FROM s.a", "TRY_CAST in line 1 gives NULL for what it cannot cast"),
        ("SELECT k // 0 AS x FROM s.a", "the division by zero in line 1 gives NULL"),
        ("SELECT c.v AS x\nFROM s.a\nLEFT JOIN s.c USING (k)", "the LEFT JOIN in line 3 may find no row of s.c"),
        ("SELECT a.k AS x FROM s.a RIGHT JOIN s.c ON a.k = c.k", "the RIGHT JOIN in line 1 may find no row of s.a"),
        ("SELECT c.k AS x FROM s.a FULL JOIN s.c ON a.k = c.k", "the FULL JOIN in line 1 may find no row of s.c"),
        ("SELECT c.m AS x FROM s.a FULL JOIN s.c ON a.k = c.m WHERE c.v > 0", NULLABLE),
        ("SELECT a.n AS x FROM s.a FULL JOIN s.c ON a.n = c.k WHERE a.k > 0", NULLABLE),
        (
            "SELECT c.k + 1 AS x FROM s.a LEFT JOIN s.c USING (k) WHERE n > 2",
            "the LEFT JOIN in line 1 may find no row of s.c",
        ),
        ("SELECT max(k) AS x FROM s.a", "max in line 1 gives NULL where there are no rows"),
        ("SELECT sum(k) FILTER (b) AS x FROM s.a GROUP BY n", "no row may pass the FILTER of sum in line 1"),
        ("SELECT stddev(k) AS x FROM s.a GROUP BY n", "stddev in line 1 gives NULL for a single row"),
        ("SELECT lag(k) OVER (ORDER BY k) AS x FROM s.a", "lag in line 1 finds no row before the first"),
        ("SELECT lead(k) OVER (ORDER BY k) AS x FROM s.a", "lead in line 1 finds no row after the last"),
        ("SELECT (SELECT v FROM s.c WHERE c.k = a.k) AS x FROM s.a", "the subquery in line 1 may find no row"),
        ("SELECT k AS x FROM s.a GROUP BY ROLLUP (k)", "the grouping sets leave 'k' out of some rows"),
        (
            "SELECT k AS x FROM s.a WHERE k > 1 GROUP BY ROLLUP (k) HAVING count(*) > 1",
            "the grouping sets leave 'k' out of some rows",
        ),
        (
            "SELECT k AS x FROM s.a UNION ALL BY NAME SELECT v FROM s.c",
            "UNION BY NAME fills 'x' with NULL where a query lacks it",
        ),
    ],
)
def test_maybe_and_why(sql: str, reason: str) -> None:
    found = _of(sql)
    assert (found.kind, found.reason) == ("maybe", reason)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT u AS x FROM s.a",
        "SELECT coalesce(n, u) AS x FROM s.a",
        "SELECT k // u AS x FROM s.a",
        "SELECT k % k AS x FROM s.a",
        "SELECT any_unknown(n) AS x FROM s.a",
        "SELECT list_extract([1], k) AS x FROM s.a",
        "SELECT z AS x FROM s.unseen",
        "SELECT x FROM s.a, unnest([1]) AS t(x)",
        "SELECT s.f AS x FROM (SELECT {'f': k} AS s FROM s.a)",
        "SELECT c.v AS x FROM s.a LEFT JOIN s.c ON true",
        "SELECT max(k) OVER (ORDER BY k ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) AS x FROM s.a",
        "SELECT count(*) AS n, 1 + sum(k) AS x FROM s.a GROUP BY GROUPING SETS ((k), ())",
        "SELECT n IN (SELECT v FROM s.c) AS x FROM s.a",
    ],
)
def test_what_is_not_known_accuses_nobody(sql: str) -> None:
    assert _of(sql).kind == "unknown"


def test_a_star_brings_the_columns_in_order_and_merged_ones_once() -> None:
    found = _all("SELECT * FROM s.a RIGHT JOIN s.c USING (k)")
    assert found.names == ("k", "n", "b", "u", "m", "v")
    assert [value.kind for value in found.values] == ["never", "maybe", "maybe", "maybe", "maybe", "never"]


def test_columns_that_nobody_can_list() -> None:
    assert _all("SELECT COLUMNS('k|n') FROM s.a").is_open
    assert _all("SELECT * FROM s.unseen").is_open
