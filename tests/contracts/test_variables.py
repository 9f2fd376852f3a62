"""Custom properties of a contract as constants of its SQL."""

from __future__ import annotations

import duckdb
import pytest

from mesh_core.contracts.variables import filled, variables_of
from mesh_core.errors import MeshError

RAW = {
    "customProperties": [
        {"property": "cutOverDate", "value": "2013-07-01"},
        {"property": "frozenAt", "value": "2013-07-01T06:00:00Z"},
        {"property": "share", "value": 0.25},
        {"property": "floor", "value": 7},
        {"property": "strict", "value": True},
        {"property": "motto", "value": "it's; -- fine"},
        {"property": "nothing", "value": None},
        {"property": "several", "value": ["a", "b"]},
    ]
}


def refuse(message: str, remedy: str, offset: int) -> MeshError:
    return MeshError(f"{offset}: {message}", remedy=remedy)


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("cutOverDate", "DATE", "2013-07-01"),
        ("frozenAt", "TIMESTAMP WITH TIME ZONE", "2013-07-01 06:00:00+00"),
        ("share", "DOUBLE", "0.25"),
        ("floor", "BIGINT", "7"),
        ("strict", "BOOLEAN", "true"),
        ("motto", "VARCHAR", "it's; -- fine"),
    ],
)
def test_values_keep_their_type(name: str, kind: str, value: str) -> None:
    sql = filled(f"SELECT getvariable('{name}') AS v", variables_of(RAW), refuse)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        assert connection.execute(f"SELECT typeof(v), v::VARCHAR FROM ({sql})").fetchall() == [(kind, value)]


def test_what_is_no_plain_value_is_no_variable() -> None:
    assert sorted(variables_of(RAW)) == ["cutOverDate", "floor", "frozenAt", "motto", "share", "strict"]


def test_an_unknown_name_is_an_error_and_not_null() -> None:
    with pytest.raises(MeshError, match=r"7: getvariable\('cutoverdate'\) names no plain custom property") as caught:
        filled("SELECT getvariable('cutoverdate')", variables_of(RAW), refuse)
    assert "cutOverDate" in caught.value.remedy


def test_the_partitions_are_left_to_the_engine() -> None:
    sql = "SELECT GETVARIABLE( 'partitions' ), getvariable('floor')"
    assert filled(sql, variables_of(RAW), refuse) == "SELECT GETVARIABLE( 'partitions' ), CAST(7 AS BIGINT)"


def test_a_statement_without_variables_is_left_alone() -> None:
    assert filled("SELECT 'variable'", {}, refuse) == "SELECT 'variable'"
