"""mesh restore: an old version's rows, audited again and published as a new version."""

from __future__ import annotations

import json
from datetime import date

import pytest
from orchestration.workbench import CONTRACT, ORDERS, REVENUE, SQL, Workbench
from publication.ledger import COLUMNS, Ledger

from mesh_core.errors import MeshError
from mesh_core.publishing.partitions import digests, stale_keys
from mesh_core.publishing.publication import Publication
from mesh_core.publishing.services import Services
from mesh_core.publishing.versions.restore import restore

from .conftest import Mesh

FIRST = [
    (1, "ada@example.com", 10.5, date(2026, 1, 1)),
    (2, "bob@example.com", 4.0, date(2026, 1, 1)),
    (3, "ada@example.com", 20.0, date(2026, 1, 2)),
]
FOURTH = "4,cleo@example.com,7.00,2026-01-03"


@pytest.fixture
def twice(published: Workbench) -> Workbench:
    """Both ports in two versions."""
    published.tiny.deliver("2026-01-03", [FOURTH])
    published.run(run_id="run-2")
    return published


def _restore(bench: Workbench, version: int, address: str = ORDERS, *, run_id: str = "restore-1") -> Publication:
    services = Services(bench.settings)
    try:
        port = services.mesh.port(address)
        return restore(port, services.mesh.domains[port.address.domain], services, version, run_id=run_id)
    finally:
        services.close()


class TestASnapshot:
    @pytest.mark.folder
    def test_the_rows_are_a_new_version(self, twice: Workbench, mesh: Mesh) -> None:
        answer = mesh("restore", ORDERS, 0, "--reason", "bad delivery")
        assert (answer.code, answer.out) == (0, "✓ restored  shop.orders  version 0 as version 2: 3 rows\n")
        assert twice.rows(ORDERS) == FIRST
        assert len(twice.rows(ORDERS, 1)) == 4
        assert twice.parquet_files(ORDERS) == {
            file.rpartition("/")[2]
            for version in (0, 1, 2)
            for file in twice.lake.pin(twice.lake.table("shop/orders"), version).files  # type: ignore[union-attr]
        }

    def test_the_commit_says_so(self, twice: Workbench, mesh: Mesh) -> None:
        mesh("restore", ORDERS, 0, "--reason", "bad delivery")
        facts, replaced = twice.commit(ORDERS).facts, twice.lake.history(twice.lake.table("shop/orders"))[1].facts
        assert (facts["restoredFrom"], facts["rows"], facts["rowsWritten"]) == ("0", "3", "3")
        assert json.loads(facts["inputs"]) == {"bronze.orders_feed": 0}
        assert facts["fingerprint"] == replaced["fingerprint"]
        assert len(json.loads(facts["audit"])) == 8
        [decision] = json.loads(facts["decisions"])
        assert (decision["kind"], decision["rule"], decision["reason"]) == ("restore", "version 0", "bad delivery")
        newest = mesh("history", ORDERS, "--json").json["versions"][0]
        assert (newest["kind"], newest["restored_from"], newest["reason"]) == ("restored", 0, "bad delivery")
        assert f"2: bad delivery ({newest['restored_by']})" in mesh("history", ORDERS).out
        with twice.catalog() as catalog:
            record = catalog.publication(ORDERS)
            assert record is not None
            assert (record.table_version, record.rows) == (2, 3)
            assert [kept.reason for kept in catalog.decisions("shop.orders")] == ["bad delivery"]

    def test_unchanged_inputs_leave_it_alone_and_new_ones_do_not(self, twice: Workbench) -> None:
        _restore(twice, 0)
        done = twice.run(run_id="run-3")
        assert (done[ORDERS].status, done[ORDERS].table_version) == ("unchanged", 2)
        assert (done[REVENUE].status, done[REVENUE].rows) == ("published", 2)
        twice.tiny.deliver("2026-01-04", ["5,dan@example.com,1.00,2026-01-04"])
        assert twice.run(run_id="run-4")[ORDERS].rows == 5

    def test_new_code_does_not_either(self, twice: Workbench) -> None:
        _restore(twice, 0)
        twice.tiny.edit(SQL, "FROM bronze.orders_feed", "FROM bronze.orders_feed WHERE order_id <> 1")
        assert [row[0] for row in _after_run(twice)] == [2, 3, 4]

    def test_what_stands_already(self, twice: Workbench, mesh: Mesh) -> None:
        assert mesh("restore", ORDERS, 1).out == "shop.orders has the rows of version 1 already: nothing to do\n"
        mesh("restore", ORDERS, 0)
        assert mesh("restore", ORDERS, 0).out == "shop.orders has the rows of version 0 already: nothing to do\n"
        assert mesh("restore", ORDERS, 1, "--json").json["table_version"] == 3
        assert twice.version(ORDERS) == 3

    def test_for_a_program(self, twice: Workbench, mesh: Mesh) -> None:
        told = mesh("restore", ORDERS, 0, "--json").json
        assert told.pop("seconds") > 0
        assert told == {
            "address": ORDERS, "status": "published", "table_version": 2, "rows": 3, "restored_from": 0
        }  # fmt: skip

    def test_a_refused_restore_is_told_and_publishes_nothing(self, twice: Workbench, mesh: Mesh) -> None:
        twice.tiny.edit(CONTRACT, "mustBeGreaterThan: 0", "mustBeGreaterThan: 3")
        twice.tiny.renumber(ORDERS, "1.1.0")
        answer = mesh("restore", ORDERS, 0)
        assert (answer.code, answer.out) == (1, "")
        assert answer.err.startswith("error: shop.orders was not published: rule some_orders failed, found 3\n")
        assert mesh("restore", ORDERS, 0, "--json").json["errors"][0]["code"] == "audit-failed"
        assert (twice.version(ORDERS), len(twice.rows(ORDERS))) == (1, 4)
        with twice.catalog() as catalog:
            assert [each.status for each in catalog.publications(ORDERS)].count("failed") == 2

    def test_a_contract_that_may_not_be_published_lets_nothing_be_restored(self, twice: Workbench, mesh: Mesh) -> None:
        twice.tiny.edit(CONTRACT, "mustBeGreaterThan: 0", "mustBeGreaterThan: 1")
        answer = mesh("restore", ORDERS, 0, "--json")
        assert (answer.code, answer.json["errors"][0]["code"]) == (1, "immutable-version")
        assert twice.version(ORDERS) == 1

    def test_a_column_that_the_old_version_lacks_is_null(self, twice: Workbench, mesh: Mesh) -> None:
        twice.tiny.edit(
            CONTRACT,
            "    quality:\n      - name: some_orders",
            "      - {name: note, logicalType: string, description: Said., classification: internal}\n"
            "    quality:\n      - name: some_orders",
        )
        twice.tiny.edit(SQL, "ordered_on\nFROM", "ordered_on, 'new' AS note\nFROM")
        twice.tiny.renumber(ORDERS, "1.1.0")
        twice.run(run_id="run-3")
        assert mesh("restore", ORDERS, 0).code == 0
        assert twice.rows(ORDERS) == [(*row, None) for row in FIRST]


def _after_run(bench: Workbench) -> list[tuple[object, ...]]:
    bench.run(run_id="after")
    return bench.rows(ORDERS)


class TestWhatCannotBeRestored:
    def test_no_such_version(self, twice: Workbench, mesh: Mesh) -> None:
        answer = mesh("restore", ORDERS, 9)
        assert answer.code == 2
        assert answer.err.startswith("error: version 9 was never written")

    def test_never_published(self, bench: Workbench, mesh: Mesh) -> None:
        answer = mesh("restore", ORDERS, 0)
        assert (answer.code, answer.err.splitlines()[0]) == (2, "error: shop.orders has never been published")

    @pytest.mark.folder
    def test_files_that_are_gone(self, twice: Workbench, mesh: Mesh) -> None:
        for file in twice.lake.pin(twice.lake.table("shop/orders"), 0).files:  # type: ignore[union-attr]
            twice.settings.lake.joinpath(file).unlink()
        answer = mesh("restore", ORDERS, 0)
        assert answer.code == 2
        assert "version 0 can no longer be read" in answer.err
        assert twice.version(ORDERS) == 1


@pytest.mark.folder
def test_a_lost_input_is_no_obstacle(twice: Workbench) -> None:
    import shutil

    shutil.rmtree(twice.settings.lake / "shop" / "_internal")
    assert _restore(twice, 0).rows == 3


def test_somebody_publishes_meanwhile(twice: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    from mesh_core.publishing.versions import restore as module

    audit, calls = module.audit, []

    def overtaken(attempt: object, staged: object) -> object:
        if not calls:
            calls.append(1)
            twice.tiny.deliver("2026-01-04", ["5,dan@example.com,1.00,2026-01-04"])
            twice.run(run_id="run-3")
        return audit(attempt, staged)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "audit", overtaken)
    done = _restore(twice, 0)
    assert (done.table_version, twice.rows(ORDERS)) == (3, FIRST)
    assert twice.commit(ORDERS).facts["restoredFrom"] == "0"


DAY = "2026-01-05"


class TestAppended:
    @pytest.fixture
    def appended(self, ledger: Ledger) -> Ledger:
        """Two batches, each a version."""
        ledger.write("append", product={"incremental": "[bronze.orders_feed]"})
        ledger.deliver("one", [(1, "ada", 1, 1, DAY, False)])
        ledger.publish()
        ledger.deliver("two", [(2, "bob", 2, 1, DAY, False)])
        ledger.publish()
        return ledger

    def test_rows_that_came_later_go_and_come_back_with_the_next_ones(self, appended: Ledger) -> None:
        _restore(appended, 0)
        assert appended.shown == [(1, "ada", 1.0, 1)]
        assert appended.publish().status == "unchanged"
        appended.deliver("three", [(3, "cleo", 3, 1, DAY, False)])
        appended.publish()
        assert [row[0] for row in appended.shown] == [1, 2, 3]


class TestMerged:
    def test_removed_keys_come_back_with_what_was_known_of_them(self, ledger: Ledger) -> None:
        ledger.write(
            "merge",
            sql=f"SELECT {COLUMNS}, gone FROM bronze.orders_feed",
            properties={"sequenceColumn": "seq", "deletionColumn": "gone"},
        )
        ledger.deliver("batch", [(1, "ada", 1, 1, DAY, False), (2, "bob", 2, 5, DAY, True)])
        ledger.publish()
        ledger.deliver("batch", [(1, "ada", 9, 2, DAY, False), (2, "bob", 3, 6, DAY, False)])
        ledger.publish()
        assert ledger.shown == [(1, "ada", 9.0, 2), (2, "bob", 3.0, 6)]
        _restore(ledger, 0)
        assert ledger.shown == [(1, "ada", 1.0, 1)]
        ledger.deliver("batch", [(2, "bob", 4, 4, DAY, False)])  # older than the removal that version 0 knew
        ledger.publish()
        assert ledger.shown == [(1, "ada", 1.0, 1)]


class TestPartitions:
    @pytest.fixture
    def daily(self, ledger: Ledger) -> Ledger:
        """Two days; the second version has another row for the first of them."""
        ledger.write(
            "partitions",
            properties={"partitionStart": '"2026-01-01"'},
            product={"partitioned": "{bronze.orders_feed: _source_file}"},
            key="",
        )
        ledger.deliver("2026-01-05", [(1, "ada", 1, 1, "2026-01-05", False)])
        ledger.deliver("2026-01-06", [(2, "bob", 2, 1, "2026-01-06", False)])
        ledger.publish()
        ledger.deliver("2026-01-05", [(1, "ada", 9, 1, "2026-01-05", False)])
        ledger.publish()
        return ledger

    def test_the_partitions_stay_and_only_the_changed_one_is_marked(self, daily: Ledger) -> None:
        replaced = json.loads(daily.facts["partitions"])
        _restore(daily, 0)
        assert daily.shown == [(1, "ada", 1.0, 1), (2, "bob", 2.0, 1)]
        pinned = daily.lake.pin(daily.lake.table("shop/orders"))
        assert pinned is not None
        assert pinned.partitions == ("2026-01-05", "2026-01-06")
        assert json.loads(daily.facts["partitions"]) == {
            "2026-01-05": replaced["2026-01-05"] + "~restore-",
            "2026-01-06": replaced["2026-01-06"],
        }
        assert json.loads(daily.facts["partitionsWritten"]) == ["2026-01-05"]

    def test_the_next_run_leaves_it_alone(self, daily: Ledger) -> None:
        _restore(daily, 0)
        assert daily.publish().status == "unchanged"
        daily.deliver("2026-01-07", [(3, "cleo", 3, 1, "2026-01-07", False)])
        daily.publish()
        assert daily.shown == [(1, "ada", 1.0, 1), (2, "bob", 2.0, 1), (3, "cleo", 3.0, 1)]
        assert json.loads(daily.facts["partitionsWritten"]) == ["2026-01-07"]

    def test_a_new_delivery_of_the_day_makes_it_anew(self, daily: Ledger) -> None:
        _restore(daily, 0)
        daily.deliver("2026-01-05", [(1, "ada", 11, 1, "2026-01-05", False)])
        daily.publish()
        assert daily.shown == [(1, "ada", 11.0, 1), (2, "bob", 2.0, 1)]


def test_a_retired_port_is_left_as_it_is(twice: Workbench) -> None:
    twice.tiny.edit(CONTRACT, "status: active", "status: retired")
    with pytest.raises(MeshError, match="is retired: nothing is published to it any more"):
        _restore(twice, 0)


def test_a_restored_partition_is_up_to_date_and_news_to_its_readers() -> None:
    restored, before = {"2026-01-05": "abc~restore-"}, {"2026-01-05": "abc"}
    assert stale_keys(restored, before) == ()
    assert stale_keys({"2026-01-05": "~restore-"}, {}) == ()  # a day that nothing reads any more
    assert stale_keys(restored, {"2026-01-05": "abd"}) == ("2026-01-05",)
    assert digests("code", {}, [restored]) != digests("code", {}, [before])
