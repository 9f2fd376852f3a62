"""mesh reproduce: a published version built again from what its commit recorded."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from orchestration.workbench import CONTRACT, ORDERS, REVENUE, SQL, Workbench
from publication.ledger import COLUMNS, Ledger

from mesh_core.errors import MeshError
from mesh_core.publishing.services import Services
from mesh_core.publishing.versions.reproduce import Reproduction, reproduce
from mesh_core.publishing.versions.revisions import CodeGoneError

from .conftest import Mesh

FOURTH = "4,cleo@example.com,7.00,2026-01-03"
DAY = "2026-01-05"


def _reproduce(bench: Workbench, version: int | None = None, address: str = ORDERS) -> Reproduction:
    services = Services(bench.settings)
    try:
        port = services.mesh.port(address)
        return reproduce(port, services.mesh.domains[port.address.domain], services, version)
    finally:
        services.close()


def _git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@mesh.example", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(root), *identity, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _commit(root: Path) -> str:
    _git(root, "add", "-A", ".")
    _git(root, "commit", "-q", "-m", "A state")
    return _git(root, "rev-parse", "HEAD")


@pytest.fixture
def kept(bench: Workbench) -> Workbench:
    """A mesh in a git repository, its home left out, in which nothing has run."""
    _git(bench.tiny.root, "init", "-q")
    bench.tiny.file(".gitignore").write_text(".mesh/\n")
    _commit(bench.tiny.root)
    return bench


class TestASnapshot:
    @pytest.mark.folder
    def test_old_and_new_versions_are_identical(self, published: Workbench, mesh: Mesh) -> None:
        published.tiny.deliver("2026-01-03", [FOURTH])
        published.run(run_id="run-2")
        for target, rows, read in [
            ("shop.orders@0", 3, {"bronze.orders_feed": 0}),
            ("shop.orders", 4, {"bronze.orders_feed": 1}),
            ("mesh://insight/revenue/v1@0", 2, {"shop.orders": 0}),
        ]:
            told = mesh("reproduce", target, "--json")
            assert (told.code, told.json["identical"], told.json["inputs"]) == (0, True, read)
            assert told.json["difference"]["published_rows"] == told.json["difference"]["rebuilt_rows"] == rows
            assert (told.json["compared"], told.json["revision"]) == ("all rows", "")
        assert (published.version(ORDERS), published.version(REVENUE)) == (1, 1)
        assert len(published.parquet_files(ORDERS)) == 2
        assert list(published.settings.scratch.iterdir()) == []

    def test_a_line_for_people(self, published: Workbench, mesh: Mesh) -> None:
        first, second = mesh("reproduce", "insight.revenue@0").out.splitlines()
        assert first == "✓ identical  insight.revenue@0  all rows: 2 rows"
        assert second.startswith("  by the code of the tree, from shop.orders 0, in ")

    def test_chance_shows(self, bench: Workbench, mesh: Mesh) -> None:
        bench.tiny.edit(SQL, "amount,", "random() AS amount,")
        bench.run()
        answer = mesh("reproduce", ORDERS)
        assert answer.code == 1
        lines = answer.out.splitlines()
        assert lines[0] == "✗ different  shop.orders@0  all rows: 3 rows"
        assert lines[2:4] == ["  3 only published, 3 only rebuilt", "  rows of equal key differ in amount"]
        assert len(lines) == 9
        assert lines[4].split()[0] in {"published", "rebuilt"}
        assert "customer: •••" in lines[4]
        assert "@example.com" not in answer.out

    @pytest.mark.folder
    def test_a_changed_table_shows(self, published: Workbench) -> None:
        """Somebody else's rows in the table are not what the inputs make."""
        from deltalake import DeltaTable

        table = DeltaTable(str(published.settings.lake / "insight" / "revenue"))
        facts = {f"mesh.{name}": value for name, value in published.commit(REVENUE).facts.items()}
        from deltalake import CommitProperties

        table.delete("orders = 2", commit_properties=CommitProperties(custom_metadata=facts))
        done = _reproduce(published, 1, REVENUE)
        assert (done.difference.only_published, done.difference.only_rebuilt) == (0, 1)
        [example] = done.difference.examples
        assert (example.side, example.row) == ("rebuilt", {"day": "2026-01-01", "orders": 2, "revenue": 14.5})

    def test_a_python_transformation(self, bench: Workbench) -> None:
        bench.tiny.file(SQL).unlink()
        bench.tiny.file("domains/shop/orders/amounts.py").write_text("FACTOR = 2\n")
        bench.tiny.file("domains/shop/orders/orders.py").write_text(
            "from domains.shop.orders.amounts import FACTOR\n\n\n"
            "def orders(orders_feed):\n"
            "    return orders_feed.query(f'SELECT order_id, customer, amount * {FACTOR} AS amount, ordered_on '\n"
            "                             'FROM bronze.orders_feed')\n"
        )
        import sys

        sys.path.insert(0, str(bench.tiny.root))
        bench.run()
        sys.path.remove(str(bench.tiny.root))
        assert bench.rows(ORDERS)[0][2] == 21.0
        assert _reproduce(bench).identical

    def test_a_restored_version_is_compared_with_what_it_restored(self, published: Workbench, mesh: Mesh) -> None:
        published.tiny.deliver("2026-01-03", [FOURTH])
        published.run(run_id="run-2")
        mesh("restore", ORDERS, 0)
        done = _reproduce(published, 2)
        assert (done.identical, done.compared) == (True, "the rows of version 0, which it restored")

    def test_quarantined_rows_are_accounted_for(self, bench: Workbench) -> None:
        bench.tiny.edit(
            CONTRACT,
            "servers:",
            "customProperties:\n  - {property: badRows, value: quarantine}\n"
            "  - {property: quarantineLimit, value: 50}\nservers:",
        )
        bench.tiny.deliver("2026-01-03", [FOURTH, "5,dan@example.com,-1.00,2026-01-03"])
        bench.run()
        assert len(bench.rows(ORDERS)) == 4
        done = _reproduce(bench)
        assert (done.identical, done.difference.published_rows) == (True, 4)


class TestCodeThatHasChanged:
    def test_is_taken_from_the_recorded_revision(self, kept: Workbench) -> None:
        first = _git(kept.tiny.root, "rev-parse", "HEAD")
        kept.run()
        kept.tiny.edit(SQL, "FROM bronze.orders_feed", "FROM bronze.orders_feed WHERE amount > 5")
        kept.tiny.edit(CONTRACT, "purpose: What was ordered", "purpose: All that was ordered")
        kept.tiny.renumber(ORDERS, "1.0.1")
        _commit(kept.tiny.root)
        kept.run(run_id="run-2")
        before = _git(kept.tiny.root, "status", "--porcelain")
        done = _reproduce(kept, 0)
        assert (done.identical, done.revision, done.same_platform) == (True, first, True)
        assert done.difference.published_rows == 3
        assert _git(kept.tiny.root, "status", "--porcelain") == before == ""
        assert _git(kept.tiny.root, "worktree", "list").count("\n") == 0
        assert list(kept.settings.scratch.iterdir()) == []
        assert _reproduce(kept, 1).revision == ""

    def test_of_a_mesh_below_its_repository(self, bench: Workbench) -> None:
        above = bench.tiny.root.parent
        _git(above, "init", "-q")
        bench.tiny.file(".gitignore").write_text(".mesh/\n")
        revision = _commit(above)
        bench.run()
        bench.tiny.edit(SQL, "FROM bronze.orders_feed", "FROM bronze.orders_feed WHERE amount > 5")
        done = _reproduce(bench, 0)
        assert (done.identical, done.revision) == (True, revision)

    def test_that_was_dirty_elsewhere_is_still_the_revisions(self, kept: Workbench) -> None:
        kept.tiny.edit("domains/insight/revenue/revenue.sql", "GROUP BY", "GROUP  BY")
        kept.run()
        assert kept.commit(ORDERS).facts["codeRevision"].endswith("+")
        kept.tiny.edit(SQL, "FROM bronze.orders_feed", "FROM bronze.orders_feed WHERE amount > 5")
        assert _reproduce(kept, 0).identical

    def test_of_another_platform_is_told(self, kept: Workbench, mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
        kept.run()
        monkeypatch.setattr("mesh_core.publishing.transformation.fingerprints.__version__", "99.0.0")
        answer = mesh("reproduce", ORDERS)
        assert (answer.code, answer.err) == (0, "  the platform has another version than it had then\n")
        assert "by the code of revision " in answer.out

    def test_that_was_never_committed_is_gone(self, kept: Workbench, mesh: Mesh) -> None:
        kept.tiny.edit(SQL, "FROM bronze.orders_feed", "FROM bronze.orders_feed WHERE amount > 5")
        kept.run()
        assert _reproduce(kept, 0).identical  # as long as the tree still has it
        kept.tiny.edit(SQL, "amount > 5", "amount > 6")
        answer = mesh("reproduce", "shop.orders@0", "--json")
        assert (answer.code, answer.json["errors"][0]["code"]) == (2, "code-gone")
        assert "was made by code that was not committed" in answer.err

    def test_without_a_repository(self, published: Workbench) -> None:
        published.tiny.edit(SQL, "FROM bronze.orders_feed", "FROM bronze.orders_feed WHERE amount > 5")
        with pytest.raises(CodeGoneError, match="has changed since version 0, which recorded no revision"):
            _reproduce(published, 0)

    def test_in_a_revision_that_nobody_has(self, kept: Workbench) -> None:
        kept.run()
        shutil.rmtree(kept.tiny.file(".git"))
        _git(kept.tiny.root, "init", "-q")
        kept.tiny.edit(SQL, "FROM bronze.orders_feed", "FROM bronze.orders_feed WHERE amount > 5")
        with pytest.raises(CodeGoneError, match="git does not have revision"):
            _reproduce(kept, 0)


class TestWhatIsGone:
    @pytest.mark.folder
    def test_an_input(self, published: Workbench, mesh: Mesh) -> None:
        published.tiny.deliver("2026-01-03", [FOURTH])
        published.run(run_id="run-2")
        for file in published.lake.pin(published.lake.table("shop/orders"), 0).files:  # type: ignore[union-attr]
            published.settings.lake.joinpath(file).unlink()
        answer = mesh("reproduce", "insight.revenue@0")
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith(
            "error: insight.revenue@0 cannot be made again: input shop.orders 0 is gone (version 0 can no longer"
        )
        assert "These versions can be read: 1." in answer.err

    def test_the_version(self, published: Workbench, mesh: Mesh) -> None:
        assert mesh("reproduce", "shop.orders@5").err.startswith("error: version 5 was never written")
        assert mesh("reproduce", "shop.orders@new").err.startswith("error: 'new' is no version\n")

    def test_never_published(self, bench: Workbench, mesh: Mesh) -> None:
        assert mesh("reproduce", ORDERS).err.startswith("error: shop.orders has never been published\n")


class TestAppended:
    @pytest.mark.parametrize("product", [{}, {"incremental": "[bronze.orders_feed]"}])
    @pytest.mark.parametrize("key", ["id", ""])
    def test_the_rows_that_each_version_added(self, ledger: Ledger, product: dict[str, str], key: str) -> None:
        ledger.write("append", product=product, key=key)
        ledger.deliver("one", [(1, "ada", 1, 1, DAY, False), (2, "bob", 2, 1, DAY, False)])
        ledger.publish()
        ledger.deliver("two", [(3, "cleo", 3, 1, DAY, False)])
        ledger.publish()
        ledger.deliver("three", [(4, "dan", 4, 1, DAY, False), (5, "eve", 5, 1, DAY, False)])
        ledger.publish()
        done = [_reproduce(ledger, version) for version in (0, 1, 2)]
        assert [each.identical for each in done] == [True, True, True]
        assert [each.difference.published_rows for each in done] == [2, 1, 2]
        assert [each.compared for each in done] == ["all rows", "the rows that it added", "the rows that it added"]

    def test_what_was_new_then_is_new_again(self, ledger: Ledger) -> None:
        """Each row tells how many were made with it, which is another number over all of the input."""
        ledger.write(
            "append",
            sql="SELECT id, name, count(*) OVER ()::DOUBLE AS amount, seq, day FROM bronze.orders_feed",
            product={"incremental": "[bronze.orders_feed]"},
        )
        ledger.deliver("one", [(1, "ada", 0, 1, DAY, False), (2, "bob", 0, 1, DAY, False)])
        ledger.publish()
        ledger.deliver("two", [(3, "cleo", 0, 1, DAY, False)])
        ledger.publish()
        assert ledger.shown == [(1, "ada", 2.0, 1), (2, "bob", 2.0, 1), (3, "cleo", 1.0, 1)]
        assert _reproduce(ledger, 1).identical

    def test_chance_shows(self, ledger: Ledger) -> None:
        ledger.write("append", sql="SELECT id, name, random() AS amount, seq, day FROM bronze.orders_feed")
        ledger.deliver("one", [(1, "ada", 1, 1, DAY, False)])
        ledger.publish()
        ledger.deliver("two", [(2, "bob", 2, 1, DAY, False)])
        ledger.publish()
        found = _reproduce(ledger, 1).difference
        assert (found.only_published, found.only_rebuilt, found.columns) == (1, 1, ("amount",))


class TestMerged:
    @pytest.fixture
    def merged(self, ledger: Ledger) -> Ledger:
        """Later and older rows, a removal, a row that comes late after it, and a batch that changes nothing."""
        ledger.write(
            "merge",
            sql=f"SELECT {COLUMNS}, gone FROM bronze.orders_feed",
            properties={"sequenceColumn": "seq", "deletionColumn": "gone"},
        )
        for batch in (
            [(1, "ada", 1, 1, DAY, False), (2, "bob", 2, 1, DAY, False), (2, "bea", 3, 2, DAY, False)],
            [(1, "adam", 9, 3, DAY, False), (2, "old", 0, 1, DAY, False), (3, "cleo", 3, 1, DAY, False)],
            [(3, "cleo", 3, 5, DAY, True), (4, "dan", 4, 1, DAY, False)],
            [(3, "late", 3, 4, DAY, False), (4, "dan", 4, 2, DAY, False)],
        ):
            ledger.deliver("batch", batch)
            ledger.publish()
        return ledger

    def test_every_version(self, merged: Ledger) -> None:
        assert merged.shown == [(1, "adam", 9.0, 3), (2, "bea", 3.0, 2), (4, "dan", 4.0, 2)]
        done = [_reproduce(merged, version) for version in range(4)]
        assert [each.difference for each in done if not each.identical] == []
        assert [each.difference.published_rows for each in done] == [2, 3, 3, 3]

    def test_a_forced_rebuild(self, merged: Ledger) -> None:
        merged.publish(force=True)
        assert [row[0] for row in merged.shown] == [3, 4]
        assert _reproduce(merged).identical

    @pytest.mark.folder
    def test_the_table_before_is_gone(self, merged: Ledger) -> None:
        shutil.rmtree(merged.settings.lake / "shop" / "orders" / "_delta_log" / "nothing", ignore_errors=True)
        before = set(merged.lake.pin(merged.lake.table("shop/orders"), 2).files)  # type: ignore[union-attr]
        for file in before - merged.files:
            Path(file).unlink()
        with pytest.raises(MeshError, match="the version before, 2, is gone"):
            _reproduce(merged, 3)


class TestPartitions:
    def test_the_partitions_that_each_version_wrote(self, ledger: Ledger) -> None:
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
        ledger.deliver("2026-01-07", [(3, "cleo", 3, 1, "2026-01-07", False), (4, "dan", 4, 1, "2026-01-07", False)])
        ledger.publish()
        done = [_reproduce(ledger, version) for version in (0, 1, 2)]
        assert [each.identical for each in done] == [True, True, True]
        assert [each.difference.published_rows for each in done] == [2, 1, 2]
        assert done[0].compared == "the 2 partitions that it wrote"
        assert done[1].compared == "the one partition that it wrote"

    def test_inputs_that_are_read_as_a_whole(self, ledger: Ledger) -> None:
        ledger.write("partitions", properties={"partitionStart": '"2026-01-01"'}, key="")
        ledger.deliver("any", [(1, "ada", 1, 1, "2026-01-05", False), (2, "bob", 2, 1, "2026-01-06", False)])
        ledger.publish()
        ledger.deliver("more", [(3, "cleo", 3, 1, "2026-01-07", False)])
        ledger.publish()
        assert [_reproduce(ledger, version).difference.published_rows for version in (0, 1)] == [2, 3]
        assert all(_reproduce(ledger, version).identical for version in (0, 1))
