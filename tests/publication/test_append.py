"""Append: what was published stays as it is, and nothing comes twice."""

from __future__ import annotations

import json

import pytest

from mesh_core.publishing.audit import AuditFailedError

from .ledger import COLUMNS, Ledger

MONDAY = [(1, "ada", 10, 1, "2026-01-05", False), (2, "bob", 20, 1, "2026-01-05", False)]
TUESDAY = [(3, "cleo", 30, 1, "2026-01-06", False)]
INCREMENTAL = {"incremental": "[bronze.orders_feed]"}


@pytest.fixture(params=[{}, INCREMENTAL], ids=["full", "incremental"])
def appending(ledger: Ledger, request: pytest.FixtureRequest) -> Ledger:
    """A ledger that has published Monday."""
    ledger.write("append", product=request.param)
    ledger.deliver("monday", MONDAY)
    ledger.publish()
    return ledger


def test_new_rows_come_beside_the_old(appending: Ledger) -> None:
    before = appending.files
    appending.deliver("tuesday", TUESDAY)
    done = appending.publish()
    assert appending.shown == [(1, "ada", 10.0, 1), (2, "bob", 20.0, 1), (3, "cleo", 30.0, 1)]
    assert (done.status, done.rows, done.table_version) == ("published", 3, 1)
    assert before < appending.files
    assert len(appending.files) == 2
    assert (appending.facts["writeMode"], appending.facts["rows"], appending.facts["rowsWritten"]) == (
        "append",
        "3",
        "1",
    )


def test_a_row_that_is_there_is_not_added_again(appending: Ledger) -> None:
    appending.deliver("again", [*MONDAY, *TUESDAY])
    appending.publish()
    assert [row[0] for row in appending.shown] == [1, 2, 3]
    assert appending.facts["rowsWritten"] == "1"


def test_a_published_row_never_changes(appending: Ledger) -> None:
    appending.deliver("monday", [(1, "ADA", 99, 2, "2026-01-05", False), *TUESDAY])
    appending.publish(force=True)
    assert appending.shown == [(1, "ada", 10.0, 1), (2, "bob", 20.0, 1), (3, "cleo", 30.0, 1)]


def test_an_input_that_adds_nothing_is_remembered(appending: Ledger) -> None:
    before = appending.files
    appending.deliver("again", MONDAY)
    done = appending.publish()
    assert (done.status, appending.facts["rowsWritten"], appending.facts["rows"]) == ("published", "0", "2")
    assert appending.files == before
    assert appending.leftovers == set()
    assert appending.publish().status == "unchanged"


def test_two_new_rows_of_one_key_are_refused(appending: Ledger) -> None:
    appending.deliver("twice", [*TUESDAY, *TUESDAY])
    with pytest.raises(AuditFailedError) as caught:
        appending.publish()
    assert [result.check.name for result in caught.value.failing] == ["primary_key_unique"]
    assert [row[0] for row in appending.shown] == [1, 2]
    assert appending.leftovers == set()


def test_the_profile_is_of_the_whole_table(appending: Ledger) -> None:
    appending.deliver("tuesday", [(3, None, 30, 1, "2026-01-06", False)])
    appending.publish()
    profile = json.loads(appending.facts["profile"])
    assert profile["id"] == {"null_count": 0, "minimum": "1", "maximum": "3"}
    assert profile["name"] == {"null_count": 1, "minimum": "ada", "maximum": "bob"}
    assert int(appending.facts["bytes"]) == appending.bytes


def test_rules_of_sets_see_the_whole_table(ledger: Ledger) -> None:
    rule = "      - {name: few, type: sql, query: 'SELECT count(*) FROM ${object}', mustBeLessThan: 3}\n"
    ledger.write("append", rules=rule)
    ledger.deliver("monday", MONDAY)
    ledger.publish()
    ledger.deliver("tuesday", TUESDAY)
    with pytest.raises(AuditFailedError, match="few"):
        ledger.publish()
    assert len(ledger.shown) == 2


class TestWithoutKey:
    """Nothing tells two equal rows apart, so they may both be meant."""

    def test_equal_rows_are_kept_and_not_added_again(self, ledger: Ledger) -> None:
        ledger.write("append", key="")
        ledger.deliver("monday", [*MONDAY, *MONDAY])
        ledger.publish()
        ledger.deliver("tuesday", [*TUESDAY, MONDAY[0]])
        ledger.publish()
        assert [row[0] for row in ledger.shown] == [1, 1, 1, 2, 2, 3]
        assert ledger.publish(force=True).facts["rowsWritten"] == "0"

    def test_a_change_of_code_adds_no_row_again(self, ledger: Ledger) -> None:
        ledger.write("append", key="", product=INCREMENTAL)
        ledger.deliver("monday", MONDAY)
        ledger.publish()
        upper = COLUMNS.replace("name", "upper(name) AS name")
        ledger.write("append", key="", product=INCREMENTAL, sql=f"SELECT {upper} FROM bronze.orders_feed")
        ledger.deliver("tuesday", TUESDAY)
        ledger.publish()
        assert ledger.shown == [(1, "ada", 10.0, 1), (2, "bob", 20.0, 1), (3, "CLEO", 30.0, 1)]


def test_from_snapshot_to_append(ledger: Ledger) -> None:
    ledger.write("snapshot")
    ledger.deliver("monday", MONDAY)
    ledger.publish()
    ledger.write("append")
    ledger.deliver("tuesday", TUESDAY)
    ledger.publish()
    assert (len(ledger.files), len(ledger.shown)) == (1, 3)
    ledger.deliver("wednesday", [(4, "dan", 1, 1, "2026-01-07", False)])
    ledger.publish()
    assert (len(ledger.files), len(ledger.shown)) == (2, 4)


def test_a_first_publication_of_no_rows(ledger: Ledger) -> None:
    ledger.write("append")
    ledger.deliver("monday", [])
    assert ledger.publish().rows == 0
    ledger.deliver("tuesday", TUESDAY)
    ledger.publish()
    assert ledger.shown == [(3, "cleo", 30.0, 1)]


@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_wider_column_writes_older_rows_anew(ledger: Ledger, mode: str) -> None:
    contract, narrow = "domains/shop/orders/orders.contract.yaml", "physicalType: INTEGER, "
    column = "- {name: seq, logicalType: integer, "
    ledger.write(mode, sql=f"SELECT {COLUMNS.replace('seq', 'seq::INTEGER AS seq')} FROM bronze.orders_feed")
    ledger.tiny.edit(contract, column, column + narrow)
    ledger.deliver("monday", MONDAY)
    ledger.publish()
    ledger.write(mode)
    ledger.deliver("tuesday", [(3, "cleo", 30, 5_000_000_000, "2026-01-06", False)])
    ledger.publish()
    assert ledger.shown == [(1, "ada", 10.0, 1), (2, "bob", 20.0, 1), (3, "cleo", 30.0, 5_000_000_000)]
    assert (ledger.facts["rows"], ledger.facts["rowsWritten"]) == ("3", "1")
    assert ledger.leftovers == set()
    ledger.deliver("wednesday", [(4, "dan", 1, 1, "2026-01-07", False)])
    ledger.publish()
    assert len(ledger.shown) == 4
