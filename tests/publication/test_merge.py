"""Merge: of each key the last row, whatever order the changes come in; only touched files are written anew."""

from __future__ import annotations

import json

import duckdb
import pytest

from mesh_core.errors import SchemaMismatchError
from mesh_core.publishing.audit import AuditFailedError
from mesh_core.storage.places import names_in

from .ledger import COLUMNS, Ledger

PROPERTIES = {"sequenceColumn": "seq", "deletionColumn": "gone"}
MADE = f"SELECT {COLUMNS}, gone FROM bronze.orders_feed"
DAY = "2026-01-05"
FIRST = [(1, "ada", 10, 1, DAY, False), (2, "bob", 20, 1, DAY, False), (3, "cleo", 30, 1, DAY, False)]
PUBLISHED = [(1, "ada", 10.0, 1), (2, "bob", 20.0, 1), (3, "cleo", 30.0, 1)]


def _merging(ledger: Ledger, **options: object) -> Ledger:
    ledger.write("merge", **{"sql": MADE, "properties": PROPERTIES, **options})
    ledger.deliver("batch", FIRST)
    ledger.publish()
    return ledger


@pytest.fixture
def merging(ledger: Ledger) -> Ledger:
    """A ledger that has merged three rows. Each test then delivers another batch in their place."""
    return _merging(ledger)


def _next(ledger: Ledger, *rows: tuple) -> None:
    ledger.deliver("batch", rows)
    ledger.publish()


def test_the_first_batch_is_the_table(merging: Ledger) -> None:
    assert merging.shown == PUBLISHED
    assert (merging.facts["writeMode"], merging.facts["rowsWritten"]) == ("merge", "3")


def test_a_later_row_replaces_and_a_new_one_is_added(merging: Ledger) -> None:
    _next(merging, (2, "bea", 21, 2, DAY, False), (4, "dan", 40, 1, DAY, False))
    assert merging.shown == [(1, "ada", 10.0, 1), (2, "bea", 21.0, 2), (3, "cleo", 30.0, 1), (4, "dan", 40.0, 1)]
    assert (merging.facts["rows"], merging.facts["rowsWritten"]) == ("4", "2")
    assert merging.leftovers == set()


def test_a_row_that_comes_late_changes_nothing(merging: Ledger) -> None:
    _next(merging, (2, "bea", 21, 5, DAY, False))
    before = merging.files
    _next(merging, (2, "old", 0, 4, DAY, False))
    assert merging.shown[1] == (2, "bea", 21.0, 5)
    assert merging.files == before


def test_an_equal_sequence_replaces(merging: Ledger) -> None:
    _next(merging, (2, "bea", 21, 1, DAY, False))
    assert merging.shown[1] == (2, "bea", 21.0, 1)


def test_no_sequence_is_the_least(merging: Ledger) -> None:
    _next(merging, (2, "old", 0, None, DAY, False), (5, "eve", 1, None, DAY, False))
    assert merging.shown == [*PUBLISHED, (5, "eve", 1.0, None)]
    _next(merging, (5, "eva", 2, None, DAY, False))
    assert merging.shown[-1] == (5, "eva", 2.0, None)


def test_inside_a_batch_the_last_row_of_a_key_counts(merging: Ledger) -> None:
    _next(
        merging,
        (2, "third", 3, 3, DAY, False),
        (2, "second", 2, 2, DAY, False),
        (4, "early", 1, 7, DAY, False),
        (4, "late", 2, 7, DAY, False),
    )
    assert merging.shown == [(1, "ada", 10.0, 1), (2, "third", 3.0, 3), (3, "cleo", 30.0, 1), (4, "late", 2.0, 7)]


def test_equal_rows_touch_no_file(merging: Ledger) -> None:
    before = merging.files
    _next(merging, *FIRST)
    assert (merging.shown, merging.files) == (PUBLISHED, before)
    assert (merging.facts["rowsWritten"], merging.facts["rows"]) == ("0", "3")
    assert merging.publish().status == "unchanged"


def test_only_touched_files_are_written(merging: Ledger) -> None:
    first = merging.files
    _next(merging, (4, "dan", 40, 1, DAY, False))
    second = merging.files - first
    _next(merging, (4, "dora", 41, 2, DAY, False))
    assert first < merging.files
    assert not second & merging.files
    _next(merging, (1, None, None, 2, DAY, False))
    assert not first & merging.files
    assert merging.shown == [(1, None, None, 2), (2, "bob", 20.0, 1), (3, "cleo", 30.0, 1), (4, "dora", 41.0, 2)]
    assert merging.leftovers == set()


class TestDeleted:
    """A row can say that its key is gone."""

    def test_the_key_goes(self, merging: Ledger) -> None:
        _next(merging, (2, None, None, 2, DAY, True))
        assert merging.shown == [PUBLISHED[0], PUBLISHED[2]]
        assert (merging.facts["rows"], merging.facts["rowsWritten"]) == ("2", "0")

    def test_a_late_older_row_does_not_bring_it_back(self, merging: Ledger) -> None:
        _next(merging, (2, None, None, 5, DAY, True))
        deleted = merging.facts["deletedKeys"]
        _next(merging, (2, "old", 1, 4, DAY, False), (3, "cleo", 31, 2, DAY, False))
        assert merging.shown == [PUBLISHED[0], (3, "cleo", 31.0, 2)]
        assert merging.facts["deletedKeys"] == deleted
        file = merging.lake.table("shop/orders") / deleted
        assert duckdb.sql(f"SELECT * FROM '{file}'").fetchall() == [(2, 5)]

    def test_a_later_row_does(self, merging: Ledger) -> None:
        _next(merging, (2, None, None, 5, DAY, True), (3, None, None, 5, DAY, True))
        _next(merging, (2, "new", 1, 6, DAY, False))
        assert merging.shown == [PUBLISHED[0], (2, "new", 1.0, 6)]
        file = merging.lake.table("shop/orders") / merging.facts["deletedKeys"]
        assert duckdb.sql(f"SELECT * FROM '{file}'").fetchall() == [(3, 5)]

    def test_a_key_may_be_gone_before_it_came(self, merging: Ledger) -> None:
        _next(merging, (9, None, None, 5, DAY, True))
        _next(merging, (9, "late", 1, 4, DAY, False))
        assert merging.shown == PUBLISHED

    def test_a_late_removal_changes_nothing(self, merging: Ledger) -> None:
        _next(merging, (2, "bea", 21, 9, DAY, False))
        _next(merging, (2, None, None, 8, DAY, True))
        assert merging.shown[1] == (2, "bea", 21.0, 9)
        assert "deletedKeys" not in merging.facts

    def test_all_of_them(self, merging: Ledger) -> None:
        _next(merging, *((number, None, None, 2, DAY, True) for number in (1, 2, 3)))
        assert (merging.shown, merging.files) == ([], set())
        _next(merging, (1, "ada", 1, 3, DAY, False))
        assert merging.shown == [(1, "ada", 1.0, 3)]

    def test_in_the_first_batch(self, ledger: Ledger) -> None:
        ledger.write("merge", sql=MADE, properties=PROPERTIES)
        ledger.deliver("batch", [*FIRST, (2, None, None, 2, DAY, True)])
        ledger.publish()
        assert ledger.shown == [PUBLISHED[0], PUBLISHED[2]]
        _next(ledger, (2, "old", 1, 1, DAY, False))
        assert ledger.shown == [PUBLISHED[0], PUBLISHED[2]]

    def test_a_file_that_no_commit_names_does_not_stay(self, merging: Ledger) -> None:
        merging.write("merge", sql=MADE, properties=PROPERTIES, rules=_FEW)
        with pytest.raises(AuditFailedError):
            _next(merging, (1, None, None, 2, DAY, True))
        assert not [
            name for name in names_in(merging.lake.table("shop/orders") / "_mesh") if name.startswith("deleted-")
        ]
        assert (merging.shown, merging.leftovers) == (PUBLISHED, set())

    def test_the_column_has_to_be_made(self, ledger: Ledger) -> None:
        ledger.write("merge", properties=PROPERTIES)
        ledger.deliver("batch", FIRST)
        with pytest.raises(SchemaMismatchError, match="column 'gone' is missing"):
            ledger.publish()


_FEW = "      - {name: three, type: sql, query: 'SELECT count(*) FROM ${object}', mustBeGreaterThan: 2}\n"


def test_without_a_sequence_what_comes_replaces(ledger: Ledger) -> None:
    merging = _merging(ledger, properties={"deletionColumn": "gone"})
    _next(merging, (2, "old", 1, 0, DAY, False), (3, None, None, None, DAY, True))
    assert merging.shown == [PUBLISHED[0], (2, "old", 1.0, 0)]
    _next(merging, (3, "back", 1, 0, DAY, False))
    assert merging.shown[-1] == (3, "back", 1.0, 0)
    assert "deletedKeys" not in merging.facts


def test_a_key_of_two_columns(ledger: Ledger) -> None:
    ledger.write("merge", sql=MADE, properties=PROPERTIES)
    second = "{name: day, logicalType: date, description: When., required: true,"
    ledger.tiny.edit(
        "domains/shop/orders/orders.contract.yaml", second, f"{second} primaryKey: true, primaryKeyPosition: 2,"
    )
    ledger.deliver("batch", [(1, "a", 1, 1, DAY, False), (1, "b", 2, 1, "2026-01-06", False)])
    ledger.publish()
    _next(ledger, (1, "c", 3, 2, DAY, False))
    assert ledger.shown == [(1, "b", 2.0, 1), (1, "c", 3.0, 2)]


def test_rows_of_rules_are_those_that_come(merging: Ledger) -> None:
    with pytest.raises(AuditFailedError, match="amount_range"):
        _next(merging, (2, "bob", -1, 2, DAY, False))
    assert (merging.shown, merging.leftovers) == (PUBLISHED, set())


def test_a_row_in_quarantine_leaves_its_key_as_it_was(ledger: Ledger) -> None:
    properties = {**PROPERTIES, "badRows": "quarantine", "quarantineLimit": "60"}
    merging = _merging(ledger, properties=properties)
    _next(merging, (2, "bad", -1, 2, DAY, False), (3, "good", 1, 2, DAY, False))
    assert merging.shown == [PUBLISHED[0], PUBLISHED[1], (3, "good", 1.0, 2)]
    assert (merging.facts["rows"], merging.facts["rowsWritten"]) == ("3", "1")
    assert json.loads(merging.facts["quarantine"])["rows"] == 1
    assert merging.leftovers == set()


def test_force_makes_the_table_of_the_batch_alone(merging: Ledger) -> None:
    merging.deliver("batch", FIRST[:1])
    merging.publish(force=True)
    assert merging.shown == PUBLISHED[:1]
    assert len(merging.files) == 1


def test_the_profile_and_the_counts_are_of_the_whole_table(merging: Ledger) -> None:
    _next(merging, (3, None, 5, 2, DAY, False), (4, "zoe", 40, 1, DAY, False))
    profile = json.loads(merging.facts["profile"])
    assert profile["id"] == {"null_count": 0, "minimum": "1", "maximum": "4"}
    assert profile["name"] == {"null_count": 1, "minimum": "ada", "maximum": "zoe"}
    assert float(profile["amount"]["minimum"]) == 5
    assert int(merging.facts["bytes"]) == merging.bytes


def test_a_new_column_is_null_in_rows_that_stay(merging: Ledger) -> None:
    contract = "domains/shop/orders/orders.contract.yaml"
    merging.tiny.edit(
        contract,
        "      - {name: day,",
        "      - {name: note, logicalType: string, description: X.}\n      - {name: day,",
    )
    merging.put("domains/shop/orders/orders.sql", f"SELECT {COLUMNS}, 'new' AS note, gone FROM bronze.orders_feed")
    _next(merging, (2, "bea", 21, 2, DAY, False))
    assert merging.shown == [PUBLISHED[0], (2, "bea", 21.0, 2), PUBLISHED[2]]
    notes = {row[0]: row[4:] for row in merging.rows("shop.orders")}
    assert "new" in [str(value) for value in notes[2]]
    assert None in notes[1]
    _next(merging, (1, "ada", 11, 2, DAY, False))
    assert merging.shown[0] == (1, "ada", 11.0, 2)
