"""A product of a historical extract and a live feed: no row lost, none doubled, each explained."""

from __future__ import annotations

import duckdb
import pytest

from mesh_core.contracts import Contract
from mesh_core.contracts.document import read_document
from mesh_core.contracts.odcs import contract_from
from mesh_core.errors import DescriptorError
from mesh_core.quality import checks_for, evaluate
from mesh_core.quality.reconciling import reconcile

TEXT = """\
apiVersion: v3.2.0
kind: DataContract
id: ops.series
name: Series
version: 1.0.0
status: active
domain: ops
dataProduct: series
schema:
  - name: series
    properties:
      - {name: station, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: day, logicalType: date, primaryKey: true, primaryKeyPosition: 2}
      - {name: value, logicalType: integer}
customProperties:
  - {property: cutOverDate, value: "2013-07-03"}
  - property: reconciliation
    value: {historical: silver.extract, live: ops.feed, by: day}
"""
RULES = ("no_row_lost", "no_row_doubled", "no_row_unexplained")


def made(tmp_path, text: str = TEXT) -> Contract:
    path = tmp_path / "series.contract.yaml"
    path.write_text(text, encoding="utf-8")
    return contract_from(read_document(path, "odcs"))


@pytest.fixture
def engine():
    """The extract ends on the 4th, the feed has the 2nd to the 5th; the cut-over is the 3rd."""
    with duckdb.connect() as connection:
        connection.execute("""
            CREATE SCHEMA silver; CREATE SCHEMA ops;
            CREATE TABLE silver.extract AS
                SELECT * FROM (VALUES ('a', DATE '2013-07-01', 1), ('a', DATE '2013-07-02', 2),
                                      ('a', DATE '2013-07-03', 3), ('a', DATE '2013-07-04', 4)) t(station, day, value);
            CREATE TABLE ops.feed AS
                SELECT * FROM (VALUES ('a', DATE '2013-07-02', 20), ('a', DATE '2013-07-03', 30),
                                      ('a', DATE '2013-07-05', 50)) t(station, day, value);
            CREATE TABLE series AS
                SELECT * FROM (VALUES ('a', DATE '2013-07-01', 1), ('a', DATE '2013-07-02', 2),
                                      ('a', DATE '2013-07-03', 30), ('a', DATE '2013-07-04', 4),
                                      ('a', DATE '2013-07-05', 50)) t(station, day, value)
        """)
        yield connection


def verdicts(contract: Contract, engine) -> dict[str, bool]:
    results = evaluate(checks_for(contract), engine, "series")
    return {result.check.name: result.success for result in results if result.check.name in RULES}


def test_a_right_combination_is_proven(tmp_path, engine) -> None:
    contract = made(tmp_path)
    assert verdicts(contract, engine) == dict.fromkeys(RULES, True)
    report = reconcile(contract, engine, "series")
    assert report is not None
    assert report.proven
    assert (report.historical_rows, report.live_rows, report.live_before_cut_over) == (4, 2, 1)
    assert (report.overlap, report.expected, report.published) == (1, 5, 5)


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        ("DELETE FROM series WHERE day = DATE '2013-07-04'", "no_row_lost"),
        ("INSERT INTO series SELECT * FROM ops.feed WHERE day = DATE '2013-07-03'", "no_row_doubled"),
        ("INSERT INTO series VALUES ('b', DATE '2013-07-01', 1)", "no_row_unexplained"),
    ],
)
def test_each_fault_breaks_its_rule_and_no_other(tmp_path, engine, damage: str, broken: str) -> None:
    engine.execute(damage)
    contract = made(tmp_path)
    assert verdicts(contract, engine) == {name: name != broken for name in RULES}
    report = reconcile(contract, engine, "series")
    assert report is not None
    assert not report.proven


def test_a_contract_of_one_source_has_nothing_to_reconcile(tmp_path, engine) -> None:
    contract = made(tmp_path, TEXT.partition("customProperties")[0])
    assert verdicts(contract, engine) == {}
    assert reconcile(contract, engine, "series") is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("by: day", "by: date", "goes by 'date', which is no column"),
        ("live: ops.feed, ", "", "missing required field `live`"),
        ("by: day", "by: day, since: x", "unknown field `since`"),
        ("cutOverDate", "cutOver", "needs a cut-over"),
    ],
)
def test_a_wrong_description_is_refused_at_its_line(tmp_path, old: str, new: str, told: str) -> None:
    contract = made(tmp_path, TEXT.replace(old, new))
    with pytest.raises(DescriptorError, match=told) as caught:
        checks_for(contract)
    assert caught.value.line == 18
