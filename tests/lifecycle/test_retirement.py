"""A port that has ended: published no more, read no more, kept and told of."""

from __future__ import annotations

import json

import pytest
from orchestration.workbench import CONTRACT, ORDERS, REVENUE, Workbench

from mesh_core.orchestration.run import execute, plan_run
from mesh_core.publishing.admission import AdmissionRefusedError
from mesh_core.publishing.services import Services
from mesh_core.serving.errors import ContractRetiredError
from mesh_core.storage.places import read

from .governed import become, in_days, override, remember
from .promises import seen


def _nobody_reads(bench: Workbench) -> None:
    """Let insight.revenue stand on its own."""
    file = bench.tiny.file("domains/insight/revenue/product.yaml")
    text = file.read_text()
    start, end = text.index("inputPorts:"), text.index("outputPorts:")
    file.write_text(text[:start] + text[end:])
    sql = "SELECT DATE '2026-01-01' AS day, 1::BIGINT AS orders, 1.0::DOUBLE AS revenue"
    bench.tiny.file("domains/insight/revenue/revenue.sql").write_text(sql)


def _outcomes(bench: Workbench) -> dict[str, tuple[str, int, int | None]]:
    services = Services(bench.settings)
    try:
        report = execute(plan_run(services, ()), services)
    finally:
        services.close()
    return {outcome.name: (outcome.status, outcome.rows, outcome.table_version) for outcome in report.ports}


class TestAllowed:
    @pytest.fixture
    def retired(self, published: Workbench) -> Workbench:
        _nobody_reads(published)
        become(published.tiny, "retired", "1.1.0")
        return published

    def test_it_is_not_published_and_the_catalog_learns_of_it(self, retired: Workbench) -> None:
        done = retired.step(ORDERS, run_id="the end", force=True)
        assert (done.status, done.rows, done.table_version) == ("retired", 3, 0)
        assert retired.version(ORDERS) == 0
        with retired.catalog() as catalog:
            assert [(m.version, m.status) for m in catalog.milestones(ORDERS)[ORDERS]] == [
                ("1.0.0", "active"),
                ("1.1.0", "retired"),
            ]
            assert [attempt.status for attempt in catalog.publications(ORDERS)] == ["published"]
            kept = catalog.publication(ORDERS)
        assert kept is not None
        assert (kept.rows, kept.contract.version) == (3, "1.0.0")

    def test_it_is_told_once(self, retired: Workbench) -> None:
        retired.step(ORDERS)
        with retired.catalog() as catalog:
            before = catalog.milestones()
        retired.step(ORDERS)
        with retired.catalog() as catalog:
            assert catalog.milestones() == before

    def test_mesh_run_says_so_and_makes_nothing_for_it(self, retired: Workbench) -> None:
        retired.tiny.deliver("2026-01-03", ["4,cleo@example.com,7.00,2026-01-03"])
        assert _outcomes(retired) == {ORDERS: ("retired", 3, 0), REVENUE: ("published", 1, 1)}
        assert retired.lake.newest(retired.lake.internal(("shop", "bronze", "orders_feed"))).version == 0  # type: ignore[union-attr]
        assert _outcomes(retired) == {ORDERS: ("retired", 3, 0), REVENUE: ("unchanged", 1, 1)}
        with retired.catalog() as catalog:
            assert catalog.milestones(ORDERS)[ORDERS][-1].status == "retired"

    def test_one_that_never_was_published_may_end_too(self, bench: Workbench) -> None:
        _nobody_reads(bench)
        become(bench.tiny, "retired", "1.0.0")
        assert _outcomes(bench) == {ORDERS: ("retired", 0, None), REVENUE: ("published", 1, 0)}

    def test_its_version_is_raised_like_any_other(self, published: Workbench) -> None:
        _nobody_reads(published)
        become(published.tiny, "retired", "1.0.0")
        with pytest.raises(AdmissionRefusedError) as caught:
            published.step(ORDERS)
        assert caught.value.code == "immutable-version"

    def test_dagster_shows_it_and_runs_it_by_nothing(self, retired: Workbench) -> None:
        import dagster as dg

        from mesh_core.orchestration.run import load_definitions

        definitions = load_definitions("shop", retired.settings)
        node = definitions.resolve_asset_graph().get(dg.AssetKey(["shop", "orders"]))
        assert (node.tags["status"], node.automation_condition, node.freshness_policy) == ("retired", None, None)
        assert node.metadata["mesh/lifecycle"] == "retired"
        assert (node.check_keys, node.parent_keys) == (set(), set())
        assert [each.name for each in definitions.schedules or ()] == ["shop_maintenance_schedule"]
        result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            asset_selection=[node.key], instance=dg.DagsterInstance.ephemeral()
        )
        [made] = result.asset_materializations_for_node("shop__orders")
        assert made.metadata["mesh/status"].value == "retired"
        assert retired.version(ORDERS) == 0


class TestRefused:
    def test_while_somebody_reads_it_without_notice(self, published: Workbench) -> None:
        become(published.tiny, "retired", "1.1.0")
        with pytest.raises(AdmissionRefusedError) as caught:
            published.step(ORDERS)
        assert caught.value.code == "retired-without-notice"
        assert caught.value.what == (
            "shop.orders 1.1.0 is retired while insight.revenue still reads it, and its deprecation was never announced"
        )
        lines = published.tiny.file(CONTRACT).read_text().splitlines()
        assert lines[(caught.value.line or 0) - 1] == "status: retired"
        with published.catalog() as catalog:
            assert [m.status for m in catalog.milestones(ORDERS)[ORDERS]] == ["active"]

    def test_mesh_run_tells_it_as_failed_and_who_reads_fails_too(self, published: Workbench) -> None:
        become(published.tiny, "retired", "1.1.0")
        assert {name: status for name, (status, *_) in _outcomes(published).items()} == {
            ORDERS: "failed",
            REVENUE: "unchanged",
        }

    def test_while_a_domain_that_does_not_load_may_read_it(self, published: Workbench) -> None:
        become(published.tiny, "retired", "1.1.0")
        published.tiny.edit("domains/insight/domain.yaml", "kind: consumer-aligned", "kind: nobody knows")
        services = Services(published.settings)
        from mesh_core.publishing.publication import publish

        port, tree = services.mesh.port(ORDERS), services.mesh.domains["shop"]
        with pytest.raises(AdmissionRefusedError, match=r"perhaps domain insight \(it does not load\)"):
            publish(port, tree, services, run_id="r")
        services.close()


class TestNotice:
    """History is laid down in the catalog, as time would have done it."""

    def _announced(self, bench: Workbench, days_ago: int, end: int) -> None:
        day, told = in_days(-days_ago), in_days(end)
        remember(bench.tiny, seen(in_days(-400), "1.0.0", "active"), seen(day, "1.1.0", "deprecated", told))
        become(bench.tiny, "retired", "1.2.0")

    def test_given_in_full(self, bench: Workbench) -> None:
        self._announced(bench, 200, -1)
        assert bench.step(ORDERS).status == "retired"
        with pytest.raises(ContractRetiredError):
            bench.step(REVENUE)

    @pytest.mark.parametrize(("days_ago", "end"), [(200, 0), (200, 5), (179, -1)])
    def test_not_yet_over(self, bench: Workbench, days_ago: int, end: int) -> None:
        self._announced(bench, days_ago, end)
        with pytest.raises(AdmissionRefusedError) as caught:
            bench.step(ORDERS)
        assert caught.value.code == "retired-without-notice"

    def test_overridden(self, bench: Workbench) -> None:
        self._announced(bench, 10, 100)
        override(bench.tiny, "retired-without-notice", "1.2.0")
        assert bench.step(ORDERS, run_id="early").status == "retired"
        with bench.catalog() as catalog:
            [decision] = catalog.decisions(ORDERS)
        assert (decision.rule, decision.version, decision.run_id) == ("retired-without-notice", "1.2.0", "early")


def test_the_discovery_document_tells_the_end(published: Workbench) -> None:
    _nobody_reads(published)
    become(published.tiny, "retired", "1.1.0")
    _outcomes(published)
    told = json.loads(read(published.lake.table("shop/orders") / "_discovery.json"))
    assert (told["status"], told["version"]) == ("retired", "1.1.0")
