"""Z-order: what a contract's clusterBy asks for, and only where something came that is not in that order."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from mesh_core.storage.clustering import is_marked, mark_of

from .garden import Garden

ROWS = 200_000
GRID = f"""
SELECT i AS id, (hash(i) % 1000)::INTEGER AS x, (hash(i + 7) % 1000)::INTEGER AS y, md5(i::VARCHAR) AS note
FROM range({{first}}, {{first}} + {ROWS}) t(i)
"""
COLUMNS = {"id": ("BIGINT", ""), "x": ("INTEGER", ""), "y": ("INTEGER", ""), "note": ("VARCHAR", "")}
SMALL = {"target": 2_000_000, "small": 1_000_000}


@pytest.fixture
def grid(tmp_path: Path) -> Garden:
    table = Garden(tmp_path, COLUMNS)
    table.publish(GRID.format(first=0))
    return table


def _met(table: Garden, condition: str) -> float:
    """The part of the rows that lie in row groups which may hold what is asked for."""
    column, _, value = condition.partition("=")
    files = ", ".join(f"'{file}'" for file in table.pinned().files)
    found = duckdb.sql(
        f"SELECT sum(row_group_num_rows) FILTER (stats_min_value::INT <= {value} AND stats_max_value::INT >= {value}) "
        f"/ sum(row_group_num_rows) FROM parquet_metadata([{files}]) WHERE path_in_schema = '{column}'"
    ).fetchone()
    assert found is not None
    return float(found[0] or 0)


def test_rows_that_are_near_in_both_columns_lie_together(tmp_path: Path) -> None:
    table = Garden(tmp_path, COLUMNS)
    for part in range(6):
        table.publish(GRID.format(first=part * ROWS))
    assert _met(table, "x=500") == 1.0
    before = table.pinned().rows
    told = table.maintain(cluster_by=("x", "y"))
    assert (told.status, told.combined) == ("done", 6)
    assert table.pinned().rows == before == 6 * ROWS
    assert _met(table, "x=500") < 0.6
    assert _met(table, "y=500") < 0.6


def test_the_rows_are_the_same(grid: Garden) -> None:
    sums = "count(*), sum(hash(id, x, y, note)), typeof(any_value(x))"
    with grid.connect() as connection:
        before = connection.execute(f"SELECT {sums} FROM ({grid.pinned().relation})").fetchall()
        grid.maintain(cluster_by=("y", "note", "x"))
        assert connection.execute(f"SELECT {sums} FROM ({grid.pinned().relation})").fetchall() == before


def test_one_column_is_a_plain_order(grid: Garden) -> None:
    """Row groups follow one another as their threads come along; the ranges of two do not overlap."""
    grid.maintain(cluster_by=("x",))
    [file] = grid.pinned().files
    groups = duckdb.sql(
        "SELECT stats_min_value::INT, stats_max_value::INT "
        f"FROM parquet_metadata('{file}') WHERE path_in_schema = 'x' ORDER BY ALL"
    ).fetchall()
    assert len(groups) >= 2
    assert groups[0][0] == 0
    assert groups[-1][1] == 999
    assert all(before[1] <= after[0] for before, after in pairwise(groups))


def test_what_is_in_order_is_left_alone(grid: Garden) -> None:
    assert grid.maintain(cluster_by=("x", "y")).status == "done"
    [file] = grid.pinned().data
    assert is_marked(file.entry, mark_of(("x", "y")))
    before = grid.log()
    assert grid.maintain(cluster_by=("x", "y")).status == "unchanged"
    assert grid.log() == before


def test_what_came_since_is_put_in_order_without_the_full_files(grid: Garden) -> None:
    grid.maintain(cluster_by=("x", "y"), sizes=SMALL)
    full = {file.entry for file in grid.pinned().data if file.bytes >= SMALL["small"]}
    assert full
    grid.publish(GRID.format(first=ROWS))
    told = grid.maintain(cluster_by=("x", "y"), sizes=SMALL)
    assert told.status == "done"
    now = {file.entry for file in grid.pinned().data}
    assert full <= now
    assert all(is_marked(entry, mark_of(("x", "y"))) for entry in now)
    assert grid.pinned().rows == 2 * ROWS


def test_other_columns_are_another_order(grid: Garden) -> None:
    grid.maintain(cluster_by=("x", "y"))
    assert grid.maintain(cluster_by=("y", "x")).status == "done"
    assert grid.maintain(cluster_by=("y", "x")).status == "unchanged"
    assert mark_of(("x", "y")) != mark_of(("y", "x"))


def test_without_it_files_in_order_are_small_files_like_others(grid: Garden) -> None:
    grid.maintain(cluster_by=("x",))
    assert grid.maintain().status == "unchanged"


def test_nulls_odd_values_and_quotes(tmp_path: Path) -> None:
    columns = {'a "b"': ("VARCHAR", ""), "at": ("TIMESTAMP WITH TIME ZONE", ""), "f": ("DOUBLE", ""), "n": ("DATE", "")}
    table = Garden(tmp_path, columns)
    table.publish('''
        SELECT CASE WHEN i % 3 = 0 THEN NULL ELSE concat('it', chr(39), chr(10), i % 97) END AS "a ""b""",
               CASE WHEN i % 5 = 0 THEN NULL ELSE TIMESTAMPTZ '2026-01-01' + INTERVAL (i) MINUTE END AS at,
               CASE WHEN i % 7 = 0 THEN 'nan'::DOUBLE WHEN i % 7 = 1 THEN NULL ELSE i / 3 END AS f,
               NULL::DATE AS n
        FROM range(5000) t(i)
    ''')
    before = str(table.rows())  # NaN is not even itself
    assert table.maintain(cluster_by=tuple(columns)).status == "done"
    assert str(table.rows()) == before


def test_partitions_are_ordered_each_for_itself(tmp_path: Path) -> None:
    table = Garden(tmp_path, by=("day",))
    table.publish("SELECT i AS id, DATE '2026-01-01' + (i % 3)::INT AS day FROM range(300) t(i)")
    assert table.maintain(cluster_by=("id",)).combined == 3
    table.publish("SELECT 1000::BIGINT AS id, DATE '2026-01-02' AS day")
    told = table.maintain(cluster_by=("id",))
    assert (told.combined, told.files_after) == (2, 3)
    assert table.pinned().rows == 301
