"""mesh query --at, and the same from Python: the ports as they were."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from orchestration.workbench import CONTRACT, ORDERS, REVENUE, Workbench

from mesh_core.errors import InputNotPublishedError, MeshError, UnknownAddressError
from mesh_core.serving import moment_of, open_port

from .conftest import Mesh

SECOND = ["4,cleo@example.com,7.00,2026-01-03"]
TOTAL = f"SELECT count(*) AS n, sum(amount) AS total FROM {ORDERS}"


@pytest.fixture
def twice(published: Workbench) -> Workbench:
    """Both ports in two versions: three orders of 34.50, then four of 41.50."""
    published.tiny.deliver("2026-01-03", SECOND)
    published.run(run_id="run-2")
    return published


def _published_at(bench: Workbench, address: str, version: int) -> datetime:
    commits = bench.lake.history(bench.lake.table(address.replace(".", "/")))
    return next(commit.published_at for commit in commits if commit.version == version)


def _rows(mesh: Mesh, sql: str, *at: object) -> list[dict[str, object]]:
    words = [word for each in at for word in ("--at", each)]
    answer = mesh("query", sql, *words, "--json")
    assert answer.code == 0, answer.err
    rows: list[dict[str, object]] = answer.json["rows"]
    return rows


def test_a_version(twice: Workbench, mesh: Mesh) -> None:
    assert _rows(mesh, TOTAL) == [{"n": 4, "total": 41.5}]
    assert _rows(mesh, TOTAL, 0) == [{"n": 3, "total": 34.5}]
    assert _rows(mesh, TOTAL, "shop.orders=0") == [{"n": 3, "total": 34.5}]
    assert _rows(mesh, TOTAL, "mesh://shop/orders/v1=1") == [{"n": 4, "total": 41.5}]


def test_a_time(twice: Workbench, mesh: Mesh) -> None:
    second = _published_at(twice, ORDERS, 1)
    assert _rows(mesh, TOTAL, second.isoformat()) == [{"n": 4, "total": 41.5}]
    assert _rows(mesh, TOTAL, (second - timedelta(milliseconds=1)).isoformat()) == [{"n": 3, "total": 34.5}]
    elsewhere = second.astimezone(tz=None) - timedelta(milliseconds=1)
    assert _rows(mesh, TOTAL, elsewhere.isoformat()) == [{"n": 3, "total": 34.5}]
    assert _rows(mesh, TOTAL, (second + timedelta(days=1)).date()) == [{"n": 4, "total": 41.5}]


def test_one_time_for_all_ports_and_a_version_for_one(twice: Workbench, mesh: Mesh) -> None:
    sql = f"SELECT (SELECT count(*) FROM {ORDERS}) AS orders, (SELECT count(*) FROM {REVENUE}) AS days"
    before = _published_at(twice, ORDERS, 1) - timedelta(milliseconds=1)
    assert _rows(mesh, sql) == [{"orders": 4, "days": 3}]
    assert _rows(mesh, sql, before.isoformat()) == [{"orders": 3, "days": 2}]
    assert _rows(mesh, sql, before.isoformat(), "insight.revenue=1") == [{"orders": 3, "days": 3}]
    assert _rows(mesh, sql, "shop.orders=0", "insight.revenue=1") == [{"orders": 3, "days": 3}]


def test_maintenance_changes_nothing_that_was_published(twice: Workbench, mesh: Mesh) -> None:
    from deltalake import CommitProperties

    table = twice.delta("shop.orders")
    table.alter.set_table_properties(
        {"delta.logRetentionDuration": "interval 30 days"}, commit_properties=CommitProperties()
    )
    assert _rows(mesh, TOTAL) == [{"n": 4, "total": 41.5}]
    assert _rows(mesh, TOTAL, 1) == [{"n": 4, "total": 41.5}]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (["yesterday"], "'yesterday' is neither a time nor a version"),
        (["2026-02-30"], "'2026-02-30' is neither a time nor a version"),
        (["2026-01-01", "2026-01-02"], "two times are named; the second is '2026-01-02'"),
        (["1", "2"], "two versions are named, 1 and 2, and no port"),
        (["1", "2026-01-01"], "1 is a version of one port, but other ports or a time are named beside it"),
        (["shop.orders=1", "mesh://shop/orders/v1=2"], "two versions of shop.orders are named"),
        (["shop.orders=new"], "'new' is no version"),
        (["shop=1"], "'shop' is not an address"),
    ],
)
def test_moments_that_mean_nothing(at: list[str], told: str) -> None:
    with pytest.raises(MeshError) as caught:
        moment_of(at)
    assert caught.value.what == told
    assert caught.value.remedy


class TestWhatIsNotThere:
    def test_before_the_first_publication(self, twice: Workbench, mesh: Mesh) -> None:
        answer = mesh("query", TOTAL, "--at", "2020-01-01")
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith(
            "error: nothing was published yet at 2020-01-01T00:00:00+00:00: the first version is "
        )

    def test_a_version_that_never_was(self, twice: Workbench, mesh: Mesh) -> None:
        answer = mesh("query", TOTAL, "--at", 7)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("error: version 7 was never written")
        assert "These versions can be read: 1, 0." in answer.err

    def test_a_version_whose_files_are_gone(self, twice: Workbench, mesh: Mesh) -> None:
        for file in twice.lake.pin(twice.lake.table("shop/orders"), 0).files:  # type: ignore[union-attr]
            twice.remove_file(file)
        answer = mesh("query", TOTAL, "--at", 0)
        assert answer.code == 2
        assert answer.err.startswith("error: version 0 can no longer be read: 1 of 1 files, first: ")
        assert "These versions can be read: 1." in answer.err

    def test_a_bare_version_of_two_ports(self, twice: Workbench, mesh: Mesh) -> None:
        answer = mesh("query", f"SELECT 1 FROM {ORDERS}, {REVENUE}", "--at", 0)
        assert answer.code == 2
        assert answer.err == (
            "error: version 0 is one port's, but insight.revenue and shop.orders are read\n"
            "  → Name the port: insight.revenue=0.\n"
        )

    def test_an_unknown_port(self, twice: Workbench, mesh: Mesh) -> None:
        answer = mesh("query", TOTAL, "--at", "shop.order=0")
        assert answer.code == 2
        assert answer.err == "error: the mesh has no port shop.order\n  → Did you mean shop.orders?\n"

    def test_a_port_that_was_never_published(self, bench: Workbench, mesh: Mesh) -> None:
        answer = mesh("query", TOTAL, "--at", 0)
        assert answer.code == 2
        assert answer.err.startswith("error: shop.orders has never been published\n")


def test_access_policies_hold_for_old_versions(twice: Workbench, mesh: Mesh) -> None:
    twice.tiny.edit(CONTRACT, "        customProperties: [{property: protection, value: mask}]\n", "")
    answer = mesh("query", TOTAL, "--at", 0)
    assert (answer.code, answer.out) == (2, "")
    assert "protection" in answer.err


class TestFromPython:
    def test_newest_version_time(self, twice: Workbench) -> None:
        root = twice.tiny.root
        second = _published_at(twice, ORDERS, 1)
        for at, version, orders in [
            (None, 1, 4),
            (0, 0, 3),
            (second, 1, 4),
            (second - timedelta(milliseconds=1), 0, 3),
            ((second - timedelta(milliseconds=1)).isoformat(), 0, 3),
            (date(2100, 1, 1), 1, 4),
        ]:
            with open_port(ORDERS, at=at, root=root) as port:
                assert (port.version, port.arrow().num_rows) == (version, orders)

    def test_the_ways_to_read(self, twice: Workbench) -> None:
        with open_port("mesh://insight/revenue/v1", at=0, root=twice.tiny.root) as port:
            assert repr(port) == "OpenPort(insight.revenue, version 0)"
            assert port.relation().filter("orders = 2").fetchall() == [(date(2026, 1, 1), 2, 14.5)]
            assert port.query("SELECT sum(revenue) FROM insight.revenue").fetchall() == [(34.5,)]
            assert sorted(port.polars()["orders"].to_list()) == [1, 2]
            assert sorted(port.pandas()["revenue"]) == [14.5, 20.0]

    def test_what_cannot_be_opened(self, bench: Workbench) -> None:
        with pytest.raises(UnknownAddressError):
            open_port("shop.order", root=bench.tiny.root)
        with pytest.raises(InputNotPublishedError):
            open_port(ORDERS, root=bench.tiny.root)

    def test_a_reader_keeps_its_version(self, published: Workbench) -> None:
        with open_port(ORDERS, root=published.tiny.root) as port:
            published.tiny.deliver("2026-01-03", SECOND)
            published.run(run_id="run-2")
            assert port.relation().count("*").fetchall() == [(3,)]


def test_a_naive_time_is_utc() -> None:
    assert moment_of(["2026-01-31 12:00"]).time == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert moment_of(["2026-01-31"]).time == datetime(2026, 1, 31, tzinfo=UTC)
