"""Which rows a rule runs over: strict rules of single rows over the new ones, all others over the whole table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mesh_core.quality import CheckSpec, Comparison, evaluate, failing_rows, row_rules

if TYPE_CHECKING:
    import duckdb


def check(name: str, expectation: str, *, comparison: Comparison | None = None, **kwargs: Any) -> CheckSpec:
    return CheckSpec(
        name=name,
        description="",
        kind="custom",
        expectation=f"expect_{expectation}",
        kwargs=kwargs,
        comparison=comparison,
        path=Path("c.yaml"),
    )


POSITIVE = check("positive", "column_values_to_be_between", column="x", min_value=0)
MOSTLY = check("mostly", "column_values_to_be_between", column="x", min_value=0, mostly=0.5)
UNIQUE = check("unique", "column_values_to_be_unique", column="x")
ROWS = check("rows", "table_row_count_to_be_between", min_value=1)
KNOWN = check("known", "column_distinct_values_to_be_in_set", column="x", value_set=[1, 2])
SQL = CheckSpec(
    name="sql",
    description="",
    kind="sql",
    query="SELECT count(*) FROM ${object} WHERE x < 0",
    comparison=Comparison("==", 1),
    path=Path("c.yaml"),
)
ALL = [POSITIVE, MOSTLY, UNIQUE, ROWS, KNOWN, SQL]


@pytest.fixture
def tables(db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """``new`` has 1 and 2; ``whole`` has 1, 2, 2 and -1."""
    db.execute("CREATE TABLE new AS SELECT unnest([1, 2]) AS x")
    db.execute("CREATE TABLE whole AS SELECT unnest([1, 2, 2, -1]) AS x")
    return db


def test_each_over_its_own(tables: duckdb.DuckDBPyConnection) -> None:
    results = evaluate(ALL, tables, "new", whole="whole")
    assert [(result.check.name, result.success, result.element_count, result.observed) for result in results] == [
        ("positive", True, 2, 0),
        ("mostly", True, 4, 1),
        ("unique", False, 4, 2),
        ("rows", True, None, 4),
        ("known", False, None, 1),
        ("sql", True, None, 1),
    ]


def test_one_table_by_default(tables: duckdb.DuckDBPyConnection) -> None:
    for results in (evaluate(ALL, tables, "whole"), evaluate(ALL, tables, "whole", whole="whole")):
        assert [(result.check.name, result.success) for result in results] == [
            ("positive", False),
            ("mostly", True),
            ("unique", False),
            ("rows", True),
            ("known", False),
            ("sql", True),
        ]


def test_one_scan_where_the_tables_are_one(tables: duckdb.DuckDBPyConnection) -> None:
    class Counting:
        statements: list[str] = []

        def execute(self, sql: str) -> Any:
            self.statements.append(sql)
            return tables.execute(sql)

        def __getattr__(self, name: str) -> Any:
            return getattr(tables, name)

    counting: Any = Counting()
    evaluate([POSITIVE, MOSTLY, ROWS], counting, "new", whole="new")
    assert [sql.split()[0] for sql in counting.statements] == ["DESCRIBE", "SELECT"]


def test_rules_of_single_rows_and_what_breaks_them(tables: duckdb.DuckDBPyConnection) -> None:
    rules = row_rules(ALL, tables, "whole")
    assert [rule.check.name for rule in rules] == ["positive"]
    assert tables.execute(f"SELECT x FROM whole WHERE {rules[0].fails}").fetchall() == [(-1,)]


@pytest.mark.parametrize(
    ("comparison", "strict"),
    [
        (Comparison("==", 0), True),
        (Comparison("<=", 0), True),
        (Comparison("<", 1), True),
        (Comparison("<=", 0.5), True),
        (Comparison("between", (0, 0)), True),
        (Comparison("==", 0, "percent"), True),
        (Comparison("<=", 0, "percent"), True),
        (Comparison("<=", 1), False),
        (Comparison("<", 2), False),
        (Comparison("==", 1), False),
        (Comparison("!=", 0), False),
        (Comparison(">=", 0), False),
        (Comparison("between", (0, 2)), False),
        (Comparison("between", (1, 2)), False),
        (Comparison("not between", (1, 2)), False),
        (Comparison("<", 1, "percent"), False),
        (Comparison("<=", 0.5, "percent"), False),
    ],
)
def test_a_compared_count_is_strict_if_only_none_keeps_it(
    tables: duckdb.DuckDBPyConnection, comparison: Comparison, strict: bool
) -> None:
    rule = check("c", "column_values_to_not_be_null", column="x", comparison=comparison)
    assert bool(row_rules([rule], tables, "new")) is strict
    assert comparison.admits_none is strict


def test_rows_to_show(tables: duckdb.DuckDBPyConnection) -> None:
    def shown(rule: CheckSpec) -> list[Any]:
        query = failing_rows(rule, tables, "whole", 5)
        return tables.execute(query).fetchall() if query else []

    assert [shown(rule) for rule in ALL] == [[(-1,)], [(-1,)], [(2,), (2,)], [], [(-1,)], []]
