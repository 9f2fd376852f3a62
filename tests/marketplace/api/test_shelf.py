"""The cards in memory equal those of the catalog, whatever changed it."""

from datetime import UTC, datetime

import msgspec

from mesh_core.catalog import Catalog, Use
from mesh_core.marketplace.shelf import Shelf

from ..small_mesh import SmallMesh

NOW = "2026-11-21T12:00:00+00:00"


def _same(shelf: Shelf, catalog: Catalog) -> bool:
    state, _ = shelf.fresh(catalog)
    return dict(state.cards) == {card.address: card for card in catalog.cards()} and list(state.cards) == sorted(
        state.cards
    )


def test_after_each_kind_of_change(own_mesh: SmallMesh) -> None:
    shelf = Shelf()
    with own_mesh.catalog() as catalog:
        assert _same(shelf, catalog)
        own_mesh.publish("shop.orders")
        assert _same(shelf, catalog)
        declared = {each.domain.name: each for each in catalog.declared_domains()}
        catalog.declare(msgspec.structs.replace(declared["insight"], ports=(), products=()), NOW)
        assert _same(shelf, catalog)
        assert shelf.state.cards["shop.orders"].consumers == ()
        catalog.declare(declared["insight"], NOW)
        assert _same(shelf, catalog)
        assert shelf.state.cards["shop.orders"].consumers == ("insight.revenue",)
        catalog.withdraw("clients", NOW)
        assert _same(shelf, catalog)


def test_a_port_that_is_only_published_is_told_to_what_it_reads(own_mesh: SmallMesh) -> None:
    shelf = Shelf()
    with own_mesh.catalog() as catalog:
        shelf.fresh(catalog)
        record = catalog.publication("insight.revenue")
        assert record is not None
        text = msgspec.json.encode(record).replace(b"insight", b"outlook")
        catalog.register(msgspec.json.decode(text, type=type(record)))
        assert _same(shelf, catalog)
        assert shelf.state.cards["shop.orders"].consumers == ("insight.revenue", "outlook.revenue")


def test_uses_are_counted_without_a_change(own_mesh: SmallMesh) -> None:
    shelf, now = Shelf(), datetime.now(UTC)
    with own_mesh.catalog() as catalog:
        state, _ = shelf.fresh(catalog)
        catalog.record_uses([Use(kind="read", address="shop.orders", at=now.isoformat(), consumer="ada")])
        assert shelf.fresh(catalog)[0] is state
        shelf.count_uses(catalog, now, state)
        assert (shelf.state.seq, shelf.state.turn) == (state.seq, state.turn + 1)
        assert (shelf.state.cards["shop.orders"].reads, shelf.state.cards["shop.orders"].readers) == (2, 2)
        assert shelf.state.cards["clients.customers"] is state.cards["clients.customers"]
