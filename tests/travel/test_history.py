"""mesh history: what a table's log tells of its versions."""

from __future__ import annotations

from typing import Any

import pytest
from orchestration.workbench import ORDERS, REVENUE, Workbench

from mesh_core.publishing.services import Services

from .conftest import Mesh

SECOND = ["4,cleo@example.com,7.00,2026-01-03"]


@pytest.fixture
def twice(published: Workbench) -> Workbench:
    published.tiny.deliver("2026-01-03", SECOND)
    published.run(run_id="run-2")
    return published


def _versions(mesh: Mesh, *words: object) -> list[dict[str, Any]]:
    answer = mesh("history", *words, "--json")
    assert answer.code == 0, answer.err
    versions: list[dict[str, Any]] = answer.json["versions"]
    return versions


def test_newest_first_with_all_that_was_recorded(twice: Workbench, mesh: Mesh) -> None:
    newest, first = _versions(mesh, REVENUE)
    recorded = twice.commit(REVENUE).facts
    assert newest == {
        "table_version": 1,
        "at": recorded["publishedAt"],
        "kind": "published",
        "operation": "",
        "write_mode": "snapshot",
        "rows": 3,
        "rows_written": 3,
        "contract_version": "1.0.0",
        "checks_passed": 4,
        "checks_failed": 0,
        "inputs": {"shop.orders": 1},
        "code_revision": "",
        "restored_from": None,
        "restored_by": "",
        "reason": "",
        "run_id": "run-2",
        "current": True,
        "readable": True,
    }
    assert (first["table_version"], first["rows"], first["inputs"]) == (0, 2, {"shop.orders": 0})
    assert (first["run_id"], first["current"], first["readable"]) == ("run-1", False, True)


def test_a_line_for_people(twice: Workbench, mesh: Mesh) -> None:
    answer = mesh("history", ORDERS)
    heading, newest, first, last = answer.out.splitlines()
    assert heading.split() == ["version", "at", "(UTC)", "what", "mode", "rows", "written", "contract", "rules",
                               "from", "code", "run"]  # fmt: skip
    assert newest.split()[0] == "1*"
    assert newest.split()[3:] == ["published", "snapshot", "4", "4", "1.0.0", "8", "✓", "bronze.orders_feed", "1",
                                  "run-2"]  # fmt: skip
    assert first.split()[0] == "0"
    assert last == "2 versions"


def test_a_limit_is_told(twice: Workbench, mesh: Mesh) -> None:
    answer = mesh("history", ORDERS, "--limit", 1)
    assert answer.out.splitlines()[-1] == "1 version; there are more (--limit N shows them)"
    assert mesh("history", ORDERS, "--limit", 1, "--json").json["truncated"] is True
    assert mesh("history", ORDERS, "--limit", 2, "--json").json["truncated"] is False


def test_maintenance_is_left_out_unless_asked_for(twice: Workbench, mesh: Mesh) -> None:

    table = twice.delta("shop.orders")
    table.alter.set_table_properties({"delta.logRetentionDuration": "interval 30 days"})
    assert [version["table_version"] for version in _versions(mesh, ORDERS)] == [1, 0]
    every = _versions(mesh, ORDERS, "--all")
    assert [(version["table_version"], version["kind"]) for version in every] == [
        (2, "maintenance"),
        (1, "published"),
        (0, "published"),
    ]
    assert (every[0]["operation"], every[0]["rows"]) == ("SET TBLPROPERTIES", None)
    assert [version["current"] for version in every] == [False, True, False]


def test_versions_whose_files_are_gone(twice: Workbench, mesh: Mesh) -> None:
    pinned = twice.lake.pin(twice.lake.table("shop/orders"), 0)
    assert pinned is not None
    for file in pinned.files:
        twice.remove_file(file)
    assert [version["readable"] for version in _versions(mesh, ORDERS)] == [True, False]
    assert "published, gone" in mesh("history", ORDERS).out.splitlines()[2]


def test_a_compacted_version_reads_from_the_files_of_maintenance(twice: Workbench, mesh: Mesh) -> None:
    """Its own files may go then, and it can still be read."""
    from mesh_core.storage.committing import Change

    table = twice.lake.table("shop/orders")
    before = twice.lake.pin(table)
    assert before is not None
    columns = {name: (kind, "") for name, kind in before.columns.items()}
    with Services(twice.settings).connect() as connection:
        staged = twice.lake.stage(connection, before.relation, table, before.columns)
    change = Change(mode="files", files=before.files, operation="OPTIMIZE", data_change=False)
    twice.lake.commit(staged, columns, onto=1, facts={}, change=change)
    twice.tiny.deliver("2026-01-04", ["5,dan@example.com,1.00,2026-01-04"])
    twice.run(run_id="run-3")
    for file in before.files:
        twice.remove_file(file)
    told = [(v["table_version"], v["readable"]) for v in _versions(mesh, ORDERS, "--all")]
    assert told == [(3, True), (2, True), (1, True), (0, True)]
    assert mesh("query", f"SELECT count(*) AS n FROM {ORDERS}", "--at", 1, "--json").json["rows"] == [{"n": 4}]


def test_nothing_published_and_nothing_there(mesh: Mesh) -> None:
    answer = mesh("history", ORDERS)
    assert (answer.code, answer.out, answer.err) == (0, "", "shop.orders has never been published\n")
    assert mesh("history", ORDERS, "--json").json == {"address": ORDERS, "versions": [], "truncated": False}
    assert mesh("history", "shop.order").code == 2
