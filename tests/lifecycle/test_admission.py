"""What may be published after what: every refusal comes before any data moves, and can be overridden in the open."""

from __future__ import annotations

import pytest
from orchestration.workbench import CONTRACT, ORDERS, REVENUE, SQL, Workbench

from mesh_core.errors import MeshError
from mesh_core.policy import PolicyRefusedError
from mesh_core.publishing.admission import AdmissionRefusedError
from mesh_core.publishing.progress import Outcome, Progress, listening
from mesh_core.storage.places import files_below, remove

from .governed import become, in_days, override

ROWS = [(1, 10.5), (2, 4.0), (3, 20.0)]


def _rows(bench: Workbench) -> list[tuple[int, float]]:
    return [(row[0], row[2]) for row in bench.rows(ORDERS)]


def _refused(bench: Workbench, kind: type[MeshError] = AdmissionRefusedError) -> MeshError:
    """What publishing is refused with; no stage after resolving is entered, and nothing is left or changed."""
    stages = []

    def hear(event: Progress | Outcome) -> None:
        if isinstance(event, Progress):
            stages.append(event.stage)

    before = (bench.version(ORDERS), _rows(bench), bench.parquet_files(ORDERS))
    with listening(hear), pytest.raises(kind) as caught:
        bench.step(ORDERS, run_id="refused")
    assert stages == ["resolve"]
    assert (bench.version(ORDERS), _rows(bench), bench.parquet_files(ORDERS)) == before
    with bench.catalog() as catalog:
        newest = catalog.publications(ORDERS)[0]
    assert (newest.status, newest.run_id, newest.table_version) == ("failed", "refused", None)
    return caught.value


def _line(bench: Workbench, text: str) -> int:
    lines = bench.tiny.file(CONTRACT).read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def _describe(bench: Workbench) -> None:
    bench.tiny.edit(CONTRACT, "Cancelled orders stay.", "Cancelled orders go.")


def _drop_amount(bench: Workbench) -> None:
    text = bench.tiny.file(CONTRACT).read_text()
    start = text.index("      - name: amount")
    end = text.index("      - {name: ordered_on")
    text = text[:start] + text[end:]
    start = text.index("      - name: modest_orders")
    bench.tiny.file(CONTRACT).write_text(text[:start] + text[text.index("servers:") :])
    bench.tiny.edit(SQL, "amount, ", "")


class TestImmutable:
    def test_a_published_version_cannot_change(self, published: Workbench) -> None:
        _describe(published)
        error = _refused(published)
        assert error.code == "immutable-version"
        assert error.what.startswith("shop.orders 1.0.0 is published and stays as it is, but the contract changed: ")
        assert "Cancelled orders go." in error.what
        assert error.remedy.startswith("Raise the version to 1.")
        assert (error.path, error.line) == (published.tiny.file(CONTRACT), _line(published, "limitations:"))

    def test_many_changes_are_told_in_three(self, published: Workbench) -> None:
        text = published.tiny.file(CONTRACT).read_text()
        published.tiny.file(CONTRACT).write_text(text.replace("description: ", "description: No "))
        assert _refused(published).what.endswith("; and 3 more")

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("tags: [sales]", "tags: [sales]  # of the shop"),
            ("tags: [sales]", 'tags:\n  - "sales"'),
            ("name: Orders\nversion:", "version:"),
        ],
        ids=["a comment", "another spelling", "keys in another order"],
    )
    def test_what_says_the_same_is_no_change(self, published: Workbench, old: str, new: str) -> None:
        published.tiny.edit(CONTRACT, old, new)
        if "name: Orders" in old:
            published.tiny.edit(CONTRACT, "dataProduct: orders\n", "dataProduct: orders\nname: Orders\n")
        assert published.step(ORDERS, run_id="again").table_version == 1

    def test_neither_by_force(self, published: Workbench) -> None:
        _describe(published)
        with pytest.raises(AdmissionRefusedError):
            published.step(ORDERS, force=True)
        assert published.version(ORDERS) == 0

    def test_nor_after_a_run_that_died_before_it_registered(self, published: Workbench) -> None:
        """The commit says what was published, whatever the catalog knows."""
        (published.settings.home / "catalog.db").unlink()
        _describe(published)
        with pytest.raises(AdmissionRefusedError) as caught:
            published.step(ORDERS)
        assert caught.value.code == "immutable-version"
        with published.catalog() as catalog:
            assert catalog.contracts(ORDERS)[0]["description"]["limitations"] == "Cancelled orders stay."
            assert catalog.missing(ORDERS, [0]) == ()

    def test_nor_after_its_table_is_gone(self, published: Workbench) -> None:
        table = published.lake.table("shop/orders")
        for found in files_below(table):
            remove(table / found.name)
        _describe(published)
        with pytest.raises(AdmissionRefusedError) as caught:
            published.step(ORDERS)
        assert caught.value.code == "immutable-version"

    def test_a_draft_changes_freely(self, bench: Workbench) -> None:
        become(bench.tiny, "draft", "1.0.0")
        bench.run()
        _describe(bench)
        _drop_amount(bench)
        assert bench.step(ORDERS).status == "published"
        assert [len(row) for row in bench.rows(ORDERS)] == [3, 3, 3]
        become(bench.tiny, "active", "1.0.0")
        assert bench.step(ORDERS).status == "published"
        bench.tiny.edit(CONTRACT, "Cancelled orders go.", "None.")
        assert _refused_code(bench) == "immutable-version"


def _refused_code(bench: Workbench) -> str:
    with pytest.raises(AdmissionRefusedError) as caught:
        bench.step(ORDERS)
    return caught.value.code


class TestVersions:
    def test_a_raised_version_is_published(self, published: Workbench) -> None:
        _describe(published)
        published.tiny.renumber(ORDERS, "1.1.0")
        assert published.step(ORDERS).status == "published"
        with published.catalog() as catalog:
            assert [c.version for c in catalog.contract_versions(ORDERS)] == ["1.1.0", "1.0.0"]

    def test_raised_too_little(self, published: Workbench) -> None:
        published.tiny.edit(CONTRACT, "latency, value: 1, unit: d", "latency, value: 1, unit: h")
        published.tiny.renumber(ORDERS, "1.0.1")
        error = _refused(published)
        assert error.code == "version-not-raised"
        assert error.what.startswith("shop.orders 1.0.1 is not what 1.0.0 promised: latency: ")
        assert error.remedy == "Raise the version to 1.1.0, here and in product.yaml (compatible changes)."
        assert error.line == _line(published, 'version: "1.0.1"')

    def test_breaking_within_a_major(self, published: Workbench) -> None:
        _drop_amount(published)
        published.tiny.renumber(ORDERS, "1.1.0")
        error = _refused(published)
        assert error.code == "breaking-change"
        assert error.what.startswith("shop.orders 1.1.0 breaks what 1.0.0 promised: ")
        assert "amount" in error.what
        assert error.remedy == (
            "Keep the promise. Publish 2.0.0 beside it, as another port in orders_v2.contract.yaml."
        )

    def test_an_older_version_never_comes_back(self, published: Workbench) -> None:
        text = published.tiny.file(CONTRACT).read_text()
        _describe(published)
        published.tiny.renumber(ORDERS, "1.1.0")
        published.step(ORDERS)
        published.tiny.file(CONTRACT).write_text(text)
        published.tiny.renumber(ORDERS, "1.0.0")
        error = _refused(published)
        assert error.code == "version-not-raised"
        assert error.what == "shop.orders went back from version 1.1.0, which is published, to 1.0.0"

    def test_active_is_no_draft_again(self, published: Workbench) -> None:
        become(published.tiny, "draft", "1.1.0")
        assert _refused(published).code == "breaking-change"

    def test_unchanged_contracts_ask_nobody(self, published: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
        """New data under the contract of the last commit: admitted then, not compared again."""
        from mesh_core.publishing import admission

        def never(*_: object) -> None:
            raise AssertionError

        monkeypatch.setattr(admission, "_findings", never)
        published.tiny.deliver("2026-01-03", ["4,cleo@example.com,7.00,2026-01-03"])
        published.step("shop.bronze.orders_feed")
        assert published.step(ORDERS).table_version == 1


class TestDeprecation:
    def test_needs_an_end(self, published: Workbench) -> None:
        become(published.tiny, "deprecated", "1.1.0")
        error = _refused(published)
        assert error.code == "end-of-support-missing"
        assert error.line == _line(published, "status: deprecated")

    def test_needs_notice(self, published: Workbench) -> None:
        become(published.tiny, "deprecated", "1.1.0", in_days(179))
        error = _refused(published)
        assert error.code == "notice-period"
        assert f"write {in_days(180)} or later" in error.remedy
        assert error.line == _line(published, "endOfSupport")

    def test_is_dated_by_its_publication(self, published: Workbench) -> None:
        become(published.tiny, "deprecated", "1.1.0", in_days(180))
        done = published.step(ORDERS, run_id="the announcement")
        assert done.status == "published"
        with published.catalog() as catalog:
            first, announced = catalog.milestones(ORDERS)[ORDERS]
        assert (first.version, first.status) == ("1.0.0", "active")
        assert (announced.version, announced.status, announced.end_of_support) == ("1.1.0", "deprecated", in_days(180))
        assert announced.seen_at.startswith(done.facts["publishedAt"][:19])

    def test_killed_before_it_registered_it_still_counts(self, published: Workbench) -> None:
        """The next version's publication registers the one before it first."""
        become(published.tiny, "deprecated", "1.1.0", in_days(200))
        announced = published.step(ORDERS)
        (published.settings.home / "catalog.db").unlink()
        become(published.tiny, "deprecated", "1.1.1", in_days(200))
        published.step(ORDERS)
        with published.catalog() as catalog:
            past = catalog.milestones(ORDERS)[ORDERS]
        assert [(m.version, m.status) for m in past] == [("1.1.0", "deprecated"), ("1.1.1", "deprecated")]
        assert past[0].seen_at.startswith(announced.facts["publishedAt"][:19])


class TestOverrides:
    @pytest.fixture
    def breaking(self, published: Workbench) -> Workbench:
        _drop_amount(published)
        published.tiny.edit("domains/insight/revenue/revenue.sql", "sum(amount)", "sum(order_id)::DOUBLE")
        published.tiny.renumber(ORDERS, "1.1.0")
        return published

    def test_it_lets_the_publication_through_and_is_recorded(self, breaking: Workbench) -> None:
        override(breaking.tiny, "breaking-change", "1.1.0")
        done = breaking.step(ORDERS, run_id="overridden")
        assert (done.status, done.table_version) == ("published", 1)
        assert [len(row) for row in breaking.rows(ORDERS)] == [3, 3, 3]
        assert [len(row) for row in breaking.rows(ORDERS, version=0)] == [4, 4, 4]
        with breaking.catalog() as catalog:
            [decision] = catalog.decisions(ORDERS)
        assert (decision.gate, decision.kind, decision.rule, decision.subject, decision.version) == (
            "publish",
            "override",
            "breaking-change",
            "shop.orders",
            "1.1.0",
        )
        assert (decision.by, decision.role, decision.reason, decision.run_id) == (
            "greta@mesh.example",
            "governance",
            "The shop closes.",
            "overridden",
        )

    def test_it_is_recorded_once_however_often_data_is_published(self, breaking: Workbench) -> None:
        override(breaking.tiny, "breaking-change", "1.1.0")
        breaking.step(ORDERS)
        breaking.step(ORDERS, force=True)
        with breaking.catalog() as catalog:
            assert len(catalog.decisions(ORDERS)) == 1

    def test_a_lost_catalog_gets_it_back_from_the_commit(self, breaking: Workbench) -> None:
        override(breaking.tiny, "breaking-change", "1.1.0")
        breaking.step(ORDERS)
        with breaking.catalog() as catalog:
            before = catalog.decisions()
        (breaking.settings.home / "catalog.db").unlink()
        assert breaking.step(ORDERS).status == "unchanged"
        with breaking.catalog() as catalog:
            assert catalog.decisions() == before

    @pytest.mark.parametrize(
        ("rule", "version", "by", "role"),
        [
            ("version-not-raised", "1.1.0", "greta@mesh.example", "governance"),
            ("breaking-change", "1.2.0", "greta@mesh.example", "governance"),
            ("breaking-change", "1.1.0", "mallory@mesh.example", "governance"),
            ("breaking-change", "1.1.0", "greta@mesh.example", "owner"),
            ("breaking-change", "1.1.0", "ada@mesh.example", "steward"),
        ],
        ids=["another rule", "another version", "nobody", "not the owner", "not the steward"],
    )
    def test_one_that_does_not_fit_changes_nothing(
        self, breaking: Workbench, rule: str, version: str, by: str, role: str
    ) -> None:
        override(breaking.tiny, rule, version, by=by, role=role)
        assert _refused_code(breaking) == "breaking-change"
        with breaking.catalog() as catalog:
            assert catalog.decisions() == ()

    @pytest.mark.parametrize(("by", "role"), [("ada@mesh.example", "owner"), ("bob@mesh.example", "steward")])
    def test_the_domain_may_decide_for_itself(self, published: Workbench, by: str, role: str) -> None:
        _describe(published)
        override(published.tiny, "immutable-version", "1.0.0", by=by, role=role)
        assert published.step(ORDERS).status == "published"
        # What the override let through is now what stands.
        published.tiny.edit(CONTRACT, "Cancelled orders go.", "Cancelled orders vanish.")
        assert published.step(ORDERS).status == "published"
        (published.tiny.file("governance/overrides.yaml")).unlink()
        published.tiny.edit(CONTRACT, "Cancelled orders vanish.", "Cancelled orders stay.")
        assert _refused_code(published) == "immutable-version"

    def test_a_short_notice(self, published: Workbench) -> None:
        become(published.tiny, "deprecated", "1.1.0", in_days(30))
        override(published.tiny, "notice-period", "1.1.0")
        assert published.step(ORDERS).status == "published"


class TestPolicies:
    def test_a_policy_refuses_before_any_data_moves(self, published: Workbench) -> None:
        published.tiny.edit(CONTRACT, "  - {property: retention", "  # - {property: retention")
        override(published.tiny, "immutable-version", "1.0.0")
        error = _refused(published, PolicyRefusedError)
        assert error.code == "policy-refused"

    def test_a_waiver_that_a_publication_relied_on_is_recorded(self, published: Workbench) -> None:
        published.tiny.edit(CONTRACT, "  - {property: retention", "  # - {property: retention")
        override(published.tiny, "immutable-version", "1.0.0")
        waivers = published.tiny.file("governance/waivers.yaml")
        waivers.write_text("""\
waivers:
  - {policy: retention-required, domain: shop, until: "2100-01-01", reason: Soon., approved_by: ada@mesh.example}
""")
        published.step(ORDERS, run_id="waived")
        with published.catalog() as catalog:
            told = [(d.kind, d.rule, d.by, d.reason, d.run_id) for d in catalog.decisions(ORDERS)]
        assert told == [
            ("override", "immutable-version", "greta@mesh.example", "The shop closes.", "waived"),
            ("waiver", "retention-required", "ada@mesh.example", "Soon.", "waived"),
        ]


def test_no_port_writes_over_the_table_of_another(published: Workbench) -> None:
    """Within a domain this is seen when the tree is loaded; another domain's table is seen here."""
    published.tiny.edit("domains/insight/revenue/revenue.contract.yaml", "path: insight/revenue", "path: shop/orders")
    published.tiny.renumber(REVENUE, "1.1.0")
    published.step(ORDERS, force=True)
    before = (_rows(published), published.version(ORDERS))
    with pytest.raises(AdmissionRefusedError) as caught:
        published.step(REVENUE)
    told = {finding.code: finding.what for finding in caught.value.findings}
    assert told["endpoint-taken"] == "the endpoint of insight.revenue is the table of mesh://shop/orders/v1"
    assert (_rows(published), published.version(ORDERS)) == before
    with published.catalog() as catalog:
        assert catalog.missing(REVENUE, [0, 1]) == (1,)


def test_the_consumer_is_not_asked_for_what_it_reads(published: Workbench) -> None:
    """A producer that is refused holds nobody back: its last good version is read on."""
    _describe(published)
    published.tiny.edit("domains/insight/revenue/revenue.sql", "GROUP BY ordered_on", "GROUP BY ALL")
    assert published.step(REVENUE).status == "published"
