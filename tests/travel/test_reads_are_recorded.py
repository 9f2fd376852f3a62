"""Who read what reaches the catalog, from the command line and from Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mesh_core.catalog import Catalog
from mesh_core.catalog.journal import Journal
from mesh_core.serving import open_port
from mesh_core.settings import load_settings

if TYPE_CHECKING:
    import pytest
    from orchestration.workbench import Workbench

Reads = list[tuple[str, str, str, int | None]]


def reads(bench: Workbench) -> Reads:
    """Port, reader, way and rows of every recorded read, sorted."""
    settings = load_settings(bench.tiny.root)
    with Catalog(settings.catalog_url) as catalog:
        catalog.absorb(Journal(settings.home / "journal"))
        uses = [use for use in catalog.uses(kinds=["read"]) if use.via != "input port"]
    return sorted((use.address, use.consumer, use.via, use.rows) for use in uses)


def test_a_question_over_two_ports(
    published: Workbench, mesh: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESH_PRINCIPAL", "mara@mesh.example")
    mesh("query", "SELECT order_id FROM shop.orders, (SELECT max(orders) FROM insight.revenue)")
    assert reads(published) == [
        ("insight.revenue", "mara@mesh.example", "query", 3),
        ("shop.orders", "mara@mesh.example", "query", 3),
    ]


def test_a_port_that_python_opens(published: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_PRINCIPAL", "insight.report")
    open_port("shop.orders", root=published.tiny.root).close()
    assert reads(published) == [("shop.orders", "insight.report", "python", None)]


def test_what_was_refused_was_not_read(published: Workbench, mesh: Callable[..., object]) -> None:
    mesh("query", "SELECT nothing FROM shop.orders")
    mesh("query", "DROP TABLE shop.orders")
    assert reads(published) == []


def test_a_journal_that_cannot_be_written_fails_no_reading(published: Workbench, mesh: Callable[..., object]) -> None:
    settings = load_settings(published.tiny.root)
    (settings.home / "journal").rename(settings.home / "elsewhere") if (settings.home / "journal").exists() else None
    (settings.home / "journal").write_text("in the way")
    answer = mesh("query", "SELECT count(*) AS n FROM shop.orders", "--json")
    assert '"n": 3' in answer.out
