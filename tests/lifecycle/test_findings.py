"""What `mesh check` says of the life of contracts, with the day and the catalog's memory given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from orchestration.workbench import CONTRACT, ORDERS

from mesh_core.checking.lifecycle import lifecycle_findings, published_history
from mesh_core.contracts.lifecycle import History
from mesh_core.contracts.loading import load_mesh
from mesh_core.errors import MeshError
from mesh_core.governance import load_charter
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

from .governed import become, override, remember
from .promises import seen

TODAY = date(2026, 11, 21)
ACTIVE = seen("2026-01-01", "1.0.0", "active")
PRODUCT = "domains/insight/revenue/product.yaml"


@pytest.fixture
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyMesh:
    return write_tiny_mesh(tmp_path_factory.mktemp("tiny") / "mesh")


def _found(tiny: TinyMesh, history: Mapping[str, History] | None = None, today: date = TODAY) -> list[MeshError]:
    mesh = load_mesh(load_settings(tiny.root))
    assert mesh.broken == {}
    return lifecycle_findings(mesh, load_charter(tiny.root), history, today)


def _told(findings: list[MeshError]) -> list[tuple[str, str, str]]:
    return [
        (finding.code, finding.severity, f"{finding.path.name if finding.path else ''}:{finding.line}")
        for finding in findings
    ]


def _line(tiny: TinyMesh, file: str, text: str) -> int:
    lines = tiny.file(file).read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_a_mesh_of_active_ports_has_none(tiny: TinyMesh) -> None:
    assert _found(tiny) == []
    assert _found(tiny, {ORDERS: [ACTIVE]}) == []


class TestInputs:
    def test_a_reader_of_a_deprecated_port_is_warned(self, tiny: TinyMesh) -> None:
        become(tiny, "deprecated", "1.1.0", "2027-06-30")
        [finding] = _found(tiny)
        assert _told([finding]) == [
            ("input-deprecated", "warning", f"product.yaml:{_line(tiny, PRODUCT, 'name: orders')}")
        ]
        assert finding.path == tiny.file(PRODUCT)
        assert finding.what == (
            "input port 'orders' reads shop.orders >=1.0.0,<2, which is deprecated: "
            "support ends on 2027-06-30 (221 days left)"
        )
        assert finding.remedy == "It names no successor: ask its owner."

    def test_when_support_has_ended(self, tiny: TinyMesh) -> None:
        become(tiny, "deprecated", "1.1.0", "2027-06-30")
        tiny.edit(
            CONTRACT, "team:\n", "customProperties: [{property: successor, value: mesh://shop/sales/v1}]\nteam:\n"
        )
        [last] = _found(tiny, today=date(2027, 6, 30))
        [over] = _found(tiny, today=date(2027, 7, 1))
        assert (last.code, over.code, over.severity) == ("input-deprecated", "input-ended", "warning")
        assert over.what.endswith("which is deprecated: support ended on 2027-06-30")
        assert over.remedy == "Move to mesh://shop/sales/v1."

    @pytest.mark.parametrize("status", ["draft", "retired"])
    def test_a_reader_that_promises_nothing_is_not(self, tiny: TinyMesh, status: str) -> None:
        become(tiny, "deprecated", "1.1.0", "2027-06-30")
        tiny.edit("domains/insight/revenue/revenue.contract.yaml", "status: active", f"status: {status}")
        assert _found(tiny) == []

    @pytest.mark.parametrize("status", ["draft", "proposed"])
    def test_a_reader_of_another_domain_s_draft_is_warned(self, tiny: TinyMesh, status: str) -> None:
        tiny.edit(CONTRACT, "status: active", f"status: {status}")
        [finding] = _found(tiny)
        line = _line(tiny, PRODUCT, "name: orders")
        assert _told([finding]) == [("input-draft", "warning", f"product.yaml:{line}")]
        assert finding.what == (
            f"input port 'orders' reads shop.orders >=1.0.0,<2, which is {status}: it promises nothing yet"
        )


class TestNotice:
    def test_of_a_deprecation(self, tiny: TinyMesh) -> None:
        become(tiny, "deprecated", "1.1.0", "2027-03-01")
        [_, notice] = _found(tiny, {ORDERS: [ACTIVE]})
        line = _line(tiny, CONTRACT, "endOfSupport")
        assert _told([notice]) == [("notice-period", "error", f"orders.contract.yaml:{line}")]
        assert [f.code for f in _found(tiny, None)] == ["input-deprecated"]
        announced = [ACTIVE, seen("2026-08-01", "1.1.0", "deprecated", "2027-03-01")]
        assert [f.code for f in _found(tiny, {ORDERS: announced})] == ["input-deprecated"]

    def test_without_an_end(self, tiny: TinyMesh) -> None:
        become(tiny, "deprecated", "1.1.0")
        found = _found(tiny)
        assert [f.code for f in found] == ["input-deprecated", "end-of-support-missing"]
        assert found[0].what.endswith("which is deprecated: it does not say when its support ends")

    def test_of_a_retirement(self, tiny: TinyMesh) -> None:
        become(tiny, "retired", "1.1.0")
        [finding] = _found(tiny, {ORDERS: [ACTIVE]})
        line = _line(tiny, CONTRACT, "status: retired")
        assert _told([finding]) == [("retired-without-notice", "error", f"orders.contract.yaml:{line}")]
        assert _found(tiny, {ORDERS: [ACTIVE, seen("2026-11-01", "1.1.0", "retired")]}) == []

    def test_overridden(self, tiny: TinyMesh) -> None:
        become(tiny, "retired", "1.1.0")
        override(tiny, "retired-without-notice", "1.1.0")
        [finding] = _found(tiny, {ORDERS: [ACTIVE]})
        assert (finding.code, finding.severity) == ("retired-without-notice", "warning")
        assert finding.what.endswith("Overridden by greta@mesh.example as governance: The shop closes.")


class TestOverrides:
    @pytest.mark.parametrize(
        ("by", "role", "valid"),
        [
            ("greta@mesh.example", "governance", True),
            ("ada@mesh.example", "owner", True),
            ("bob@mesh.example", "steward", True),
            ("ada@mesh.example", "governance", False),
            ("bob@mesh.example", "owner", False),
            ("greta@mesh.example", "king", False),
            ('""', "steward", False),
        ],
    )
    def test_the_author_holds_the_role(self, tiny: TinyMesh, by: str, role: str, *, valid: bool) -> None:
        override(tiny, "notice-period", "1.1.0", by=by, role=role)
        found = _found(tiny)
        told = [("override-invalid", "error", "overrides.yaml:6")]
        assert _told(found) == ([] if valid else told)

    @pytest.mark.parametrize(
        ("old", "new", "line", "what"),
        [
            ("rule: notice-period", "rule: type-mismatch", 2, "names no rule that can be set aside"),
            ("contract: shop.orders", "contract: shop.order", 3, "names no contract of this mesh"),
            ("reason: The shop closes.", 'reason: " "', 5, "has no reason"),
        ],
    )
    def test_what_it_names_is_there(self, tiny: TinyMesh, old: str, new: str, line: int, what: str) -> None:
        override(tiny, "notice-period", "1.1.0")
        tiny.edit("governance/overrides.yaml", old, new)
        [finding] = _found(tiny)
        assert _told([finding]) == [("override-invalid", "error", f"overrides.yaml:{line}")]
        assert what in finding.what


class TestHistory:
    def test_looking_for_it_creates_no_catalog(self, tiny: TinyMesh) -> None:
        assert published_history(load_settings(tiny.root)) is None
        assert not tiny.home.joinpath("catalog.db").exists()

    def test_it_comes_from_the_catalog(self, tiny: TinyMesh) -> None:
        tiny.home.mkdir(exist_ok=True)
        past = [ACTIVE, seen("2026-08-01", "1.1.0", "deprecated", "2027-03-01")]
        remember(tiny, *past)
        history = published_history(load_settings(tiny.root))
        assert history is not None
        assert list(history[ORDERS]) == past


@pytest.mark.parametrize(("rule", "severity"), [("immutable-version", "warning"), ("notice-period", "error")])
def test_one_override_is_enough_for_the_check_and_for_publishing(tiny: TinyMesh, rule: str, severity: str) -> None:
    """A change in place is `version-not-raised` or `breaking-change` to the check; what is decided is one thing."""
    from mesh_core.checking.baseline import published_baseline
    from mesh_core.checking.changes import change_findings

    settings = load_settings(tiny.root)
    tiny.home.mkdir(exist_ok=True)
    remember(tiny, ACTIVE)
    tiny.edit(CONTRACT, "Cancelled orders stay.", "Cancelled orders go.")
    tiny.edit(CONTRACT, "latency, value: 1, unit: d", "latency, value: 7, unit: d")
    override(tiny, rule, "1.0.0")
    charter = load_charter(tiny.root)
    found = change_findings(load_mesh(settings), published_baseline(settings), charter, settings=settings)
    assert {finding.severity for finding in found} == {severity}
