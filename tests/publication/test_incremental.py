"""Incremental inputs: what was read is not read again, what was not committed is not skipped."""

from __future__ import annotations

import json

import pytest
from orchestration.workbench import ORDERS

from mesh_core.publishing.attempt import resolve
from mesh_core.publishing.audit import AuditFailedError
from mesh_core.publishing.services import Services

from .ledger import COLUMNS, SQL, Ledger

DAY = "2026-01-05"
PRODUCT = {"incremental": "[bronze.orders_feed]"}


def _rows(*numbers: int) -> list[tuple]:
    return [(number, "x", number, 1, DAY, False) for number in numbers]


@pytest.fixture(params=["append", "merge"])
def growing(ledger: Ledger, request: pytest.FixtureRequest) -> Ledger:
    """A ledger that has read one file."""
    ledger.write(request.param, product=PRODUCT)
    ledger.deliver("first", _rows(1, 2))
    ledger.publish()
    return ledger


def _seen(ledger: Ledger, *, force: bool = False) -> list[int]:
    """The numbers that the transformation would be shown."""
    services = Services(ledger.settings)
    attempt = resolve(services.mesh.port(ORDERS), services.mesh.domains["shop"], services, "look", force=force)
    rows = attempt.connection.execute("SELECT id FROM bronze.orders_feed ORDER BY id").fetchall()
    attempt.see_whole_inputs()
    assert len(attempt.connection.execute("SELECT id FROM bronze.orders_feed").fetchall()) >= len(rows)
    attempt.close()
    return [row[0] for row in rows]


def test_only_new_files_are_read(growing: Ledger) -> None:
    assert "inputsSince" not in growing.facts
    growing.deliver("second", _rows(3))
    growing.step("shop.bronze.orders_feed")
    assert _seen(growing) == [3]
    growing.publish()
    assert [row[0] for row in growing.shown] == [1, 2, 3]
    assert json.loads(growing.facts["inputsSince"]) == {"bronze.orders_feed": 0}
    assert json.loads(growing.facts["inputs"]) == {"bronze.orders_feed": 1}
    growing.deliver("third", _rows(4))
    growing.step("shop.bronze.orders_feed")
    assert _seen(growing) == [4]


def test_several_versions_at_once(growing: Ledger) -> None:
    for name, number in (("second", 3), ("third", 4)):
        growing.deliver(name, _rows(number))
        growing.step("shop.bronze.orders_feed")
    assert _seen(growing) == [3, 4]
    growing.publish()
    assert [row[0] for row in growing.shown] == [1, 2, 3, 4]


def test_what_was_refused_is_read_again(growing: Ledger) -> None:
    growing.deliver("second", [*_rows(3), (4, "x", -1, 1, DAY, False)])
    with pytest.raises(AuditFailedError):
        growing.publish()
    growing.deliver("third", _rows(5))
    growing.deliver("second", _rows(3, 4))
    growing.publish()
    assert [row[0] for row in growing.shown] == [1, 2, 3, 4, 5]


def test_an_input_that_was_rebuilt_is_read_as_a_whole(growing: Ledger) -> None:
    growing.step("shop.bronze.orders_feed", force=True)
    assert _seen(growing) == [1, 2]
    growing.publish()
    assert [row[0] for row in growing.shown] == [1, 2]


def test_all_is_read_with_force_and_after_a_change_of_code(growing: Ledger) -> None:
    growing.deliver("second", _rows(3))
    growing.step("shop.bronze.orders_feed")
    assert _seen(growing, force=True) == [1, 2, 3]
    growing.put(SQL, f"SELECT {COLUMNS} FROM bronze.orders_feed WHERE id > 0")
    assert _seen(growing) == [1, 2, 3]


def test_rules_read_the_whole_input(ledger: Ledger) -> None:
    query = "SELECT (SELECT count(*) FROM bronze.orders_feed) - (SELECT count(*) FROM ${object})"
    rule = f"      - {{name: complete, type: sql, query: '{query}', mustBe: 0}}\n"
    ledger.write("append", product=PRODUCT, rules=rule, sql=f"SELECT {COLUMNS} FROM bronze.orders_feed WHERE id <> 9")
    ledger.deliver("first", _rows(2))
    ledger.publish()
    ledger.deliver("second", _rows(3))
    assert ledger.publish().status == "published"
    ledger.deliver("third", _rows(9))
    with pytest.raises(AuditFailedError, match="complete"):
        ledger.publish()


def test_python_sees_what_is_new(ledger: Ledger) -> None:
    ledger.write("append", product=PRODUCT)
    ledger.tiny.file(SQL).unlink()
    body = f"def orders(orders_feed):\n    return orders_feed.query('SELECT {COLUMNS} FROM bronze.orders_feed')\n"
    ledger.put(SQL.replace(".sql", ".py"), body)
    ledger.deliver("first", _rows(1))
    ledger.publish()
    ledger.deliver("second", _rows(2))
    ledger.step("shop.bronze.orders_feed")
    assert _seen(ledger) == [2]
    ledger.publish()
    assert [row[0] for row in ledger.shown] == [1, 2]
