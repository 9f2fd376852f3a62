"""mesh query"""

from __future__ import annotations

import pytest

from mesh_core.testing import TinyMesh

from .calling import Mesh, mesh_process


def test_a_table_for_people(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("query", "SELECT * FROM insight.revenue ORDER BY day", "--root", published.root)
    assert answer.code == 0
    assert answer.out == (
        "day         orders  revenue\n"
        "2026-01-01       2     14.5\n"
        "2026-01-02       1     20.0\n"
        "2 rows\n"
    )  # fmt: skip


def test_json_for_programs(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("query", "FROM insight.revenue ORDER BY day LIMIT 1", "--json", "--root", published.root)
    assert answer.json == {
        "columns": [
            {"name": "day", "type": "DATE"},
            {"name": "orders", "type": "BIGINT"},
            {"name": "revenue", "type": "DOUBLE"},
        ],
        "rows": [{"day": "2026-01-01", "orders": 2, "revenue": 14.5}],
        "truncated": False,
    }


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT NULL AS x", None),
        ("SELECT true AS x", True),
        ("SELECT 'nan'::DOUBLE AS x", None),
        ("SELECT 1.50::DECIMAL(9, 2) AS x", "1.50"),
        ("SELECT TIMESTAMPTZ '2026-01-01 12:00:00+02' AS x", "2026-01-01T10:00:00+00:00"),
        ("SELECT [1, NULL] AS x", [1, None]),
        ("SELECT {'a': DATE '2026-01-01'} AS x", {"a": "2026-01-01"}),
        ("SELECT 170141183460469231731687303715884105727::HUGEINT AS x", 170141183460469231731687303715884105727),
    ],
)
def test_values_in_json(mesh: Mesh, published: TinyMesh, sql: str, value: object) -> None:
    assert mesh("query", sql, "--json", "--root", published.root).json["rows"] == [{"x": value}]


def test_repeated_names_stay_apart_in_json(mesh: Mesh, published: TinyMesh) -> None:
    assert mesh("query", "SELECT 1 AS a, 2 AS a", "--json", "--root", published.root).json["rows"] == [
        {"a": 1, "a_1": 2}
    ]


def test_csv_from_stdin(published: TinyMesh) -> None:
    sql = "SELECT order_id, NULL AS nothing, 'a,b' AS text FROM shop.orders ORDER BY 1"
    answer = mesh_process("query", "-", "--format", "csv", "--root", published.root, stdin=sql)
    assert answer.out == 'order_id,nothing,text\n1,,"a,b"\n2,,"a,b"\n3,,"a,b"\n'


def test_a_limit_is_told(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("query", "FROM shop.orders", "--limit", "2", "--root", published.root)
    assert answer.out.splitlines()[-1] == "2 rows; there are more (--limit N shows them)"
    answer = mesh("query", "FROM shop.orders", "--limit", "2", "--json", "--root", published.root)
    assert answer.json["truncated"] is True
    assert answer.err == "only the first 2 rows; there are more\n"


@pytest.mark.parametrize(
    "sql", ["DROP TABLE shop.orders", "SELECT 1; SELECT 2", "FROM read_csv('/etc/passwd')", "COPY shop.orders TO 'x'"]
)
def test_anything_but_reading_ports_is_refused(mesh: Mesh, published: TinyMesh, sql: str) -> None:
    answer = mesh("query", sql, "--root", published.root)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: ")


def test_a_port_that_was_never_published(mesh: Mesh, tiny: TinyMesh) -> None:
    answer = mesh("query", "FROM insight.revenue", "--root", tiny.root)
    assert answer.code == 2
    assert answer.err == (
        "error: insight.revenue has never been published\n  → Run `mesh run insight.revenue --upstream` first.\n"
    )


def test_a_port_of_a_broken_domain(mesh: Mesh, tiny: TinyMesh) -> None:
    file = tiny.edit("domains/insight/domain.yaml", "kind: consumer-aligned", "kind: consuming")
    answer = mesh("query", "FROM insight.revenue", "--root", tiny.root)
    assert answer.code == 2
    assert f"{file}:2" in answer.err
