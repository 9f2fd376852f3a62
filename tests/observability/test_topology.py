"""Flows between domains and what they suggest, each kind in a mesh that was typed for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from mesh_core.catalog.spans import UseSpan
from mesh_core.observability.thresholds import THRESHOLDS
from mesh_core.observability.topology import Recommendation, Topology, topology

from .told import ToldMesh, card, column, flow

if TYPE_CHECKING:
    from mesh_core.catalog import Catalog

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def looked_at(mesh: ToldMesh, days: int = 30) -> Topology:
    return topology(cast("Catalog", mesh), NOW, days=days)


def suggested(mesh: ToldMesh, kind: str) -> list[Recommendation]:
    return [each for each in looked_at(mesh).recommendations if each.kind == kind]


def read(address: str, domain: str, uses: int, consumer: str = "ann") -> UseSpan:
    at = "2026-11-20T00:00:00+00:00"
    return UseSpan(address=address, consumer=consumer, domain=domain, kind="read", first_at=at, uses=uses)


def test_a_flow_counts_rows_bytes_and_how_often() -> None:
    mesh = ToldMesh(
        card("ops.flights", column("day"), column("tail", entity="aircraft"), consumers="plan.use plan.risk"),
        card("ops.delays", column("day")),
        card("plan.use", column("day"), column("mark", entity="aircraft"), inputs="ops.flights ops.delays"),
        card("plan.risk", column("score"), inputs="ops.flights"),
        flows=(
            flow("ops.flights", "plan.use", rows=100, times=4),
            flow("ops.delays", "plan.use", rows=50, times=2),
            flow("ops.flights", "plan.risk", rows=30, times=3),
            flow("ops.flights", "ops.delays", rows=7, times=1),
        ),
    )
    mesh.spans = (read("ops.delays", "plan", 8), read("ops.flights", "", 99), read("ops.flights", "ops", 99))
    told = looked_at(mesh, days=10)
    [found] = told.flows
    assert (found.upstream, found.downstream) == ("ops", "plan")
    assert found.ports == ("ops.delays", "ops.flights")
    assert found.readers == ("plan.risk", "plan.use")
    assert (found.rows, found.bytes) == (180, 1800)
    assert found.publications == 7, "four of plan.use, which read both ports at once, and three of plan.risk"
    assert found.reads == 8, "of people of the domain; nobody's and the owner's own are none"
    assert found.per_day == 1.5
    assert found.columns == ("day",)
    assert found.entities == ("aircraft",)
    assert found.last_at == "2026-11-20T00:00:00+00:00"
    assert not found.declared_only
    [ops, plan] = told.domains
    assert (ops.downstream, ops.upstream, ops.rows_out, ops.rows_within) == (1, 0, 180, 7)
    assert (plan.downstream, plan.upstream, plan.rows_in, plan.products) == (0, 1, 180, 2)


def test_a_declared_need_is_a_flow_in_which_nothing_flowed() -> None:
    mesh = ToldMesh(card("ops.flights", consumers="plan.use"), card("plan.use", inputs="ops.flights"))
    [found] = looked_at(mesh).flows
    assert found.declared_only
    assert (found.rows, found.publications, found.per_day) == (0, 0, 0.0)
    [peers] = suggested(mesh, "peer to peer")
    assert peers.subject == "ops to plan"
    assert peers.reasons[0] == "ops to plan: declared for 1 port, nothing flowed yet, read by 1 domain at most"


def test_a_domain_of_people_who_only_read_is_on_the_map() -> None:
    mesh = ToldMesh(card("ops.flights"))
    mesh.spans = (read("ops.flights", "board", 3),)
    told = looked_at(mesh)
    assert [(each.domain, each.products) for each in told.domains] == [("board", 0), ("ops", 1)]
    assert [(each.upstream, each.downstream, each.reads) for each in told.flows] == [("ops", "board", 3)]


def test_withdrawn_ports_are_not_part_of_the_mesh() -> None:
    mesh = ToldMesh(
        card("ops.flights", consumers="plan.use"),
        card("plan.use", inputs="ops.flights", withdrawn_at="2026-01-01T00:00:00+00:00"),
        flows=(flow("ops.flights", "plan.use", rows=5),),
    )
    assert looked_at(mesh).flows == ()


def test_an_empty_mesh_suggests_nothing() -> None:
    told = looked_at(ToldMesh())
    assert (told.flows, told.domains, told.recommendations) == ((), (), ())


def exchanging(*, other: int, times: int = 3) -> ToldMesh:
    """a and b give each other 90 rows; a gives c ``other``."""
    return ToldMesh(
        card("a.one"),
        card("a.two", inputs="b.one"),
        card("b.one"),
        card("b.two", inputs="a.one"),
        card("c.one", inputs="a.one"),
        flows=(
            flow("a.one", "b.two", rows=60, times=times),
            flow("b.one", "a.two", rows=30, times=times),
            flow("a.one", "c.one", rows=other),
        ),
    )


def test_two_domains_that_exchange_most_of_their_data_may_be_one() -> None:
    [found] = suggested(exchanging(other=10), "merge")
    assert found.domains == ("a", "b")
    assert found.numbers == {"rows": 90, "share_a": 0.9, "share_b": 1.0}
    assert found.reasons == (
        "90% of the rows that a exchanges with other domains, it exchanges with the other (told from 80% on)",
        "100% of the rows that b exchanges with other domains, it exchanges with the other (told from 80% on)",
        "60 rows went from a to b in 3 publications, 30 back in 3 publications",
    )


def test_no_merge_below_the_share_after_one_try_in_one_direction_or_in_a_mesh_of_two() -> None:
    assert suggested(exchanging(other=23), "merge") == []  # 90 of 113 is 79.6 %
    assert suggested(exchanging(other=22), "merge") != []  # 90 of 112 is 80.4 %
    assert suggested(exchanging(other=10, times=1), "merge") == []
    one_way = ToldMesh(
        card("a.one"), card("b.two", inputs="a.one"), card("c.one"), flows=(flow("a.one", "b.two", rows=60),)
    )
    assert suggested(one_way, "merge") == []
    two = ToldMesh(
        card("a.one", inputs="b.one"),
        card("b.one", inputs="a.one"),
        flows=(flow("a.one", "b.one", rows=1), flow("b.one", "a.one", rows=1)),
    )
    assert suggested(two, "merge") == []


def test_flows_inside_of_a_merge_are_not_called_quiet() -> None:
    [peers] = suggested(exchanging(other=10), "peer to peer")
    assert peers.subject == "a to c"


def halves(**more: str) -> ToldMesh:
    return ToldMesh(
        card("ops.flights", consumers="ops.delays plan.use"),
        card("ops.delays", inputs="ops.flights"),
        card("ops.crews", consumers="ops.shifts"),
        card("ops.shifts", inputs="ops.crews", consumers=more.get("consumers", "")),
        card("plan.use", inputs="ops.flights"),
    )


def test_a_domain_of_two_halves_that_nothing_connects_may_be_two() -> None:
    [found] = suggested(halves(), "split")
    assert found.domains == ("ops",)
    assert found.reasons[:2] == ("ops.crews, ops.shifts (2 products)", "ops.delays, ops.flights (2 products)")
    assert found.numbers == {"products": 4, "parts": 2}


def test_a_common_reader_or_identity_or_flow_holds_a_domain_together() -> None:
    assert suggested(halves(consumers="plan.use"), "split") == []
    person = column("person", entity="person")
    shared = ToldMesh(
        card("ops.flights", person), card("ops.delays", person), card("ops.crews", person), card("ops.shifts", person)
    )
    assert suggested(shared, "split") == []
    tied = ToldMesh(*halves().cards(), flows=(flow("ops.delays", "ops.shifts", rows=1),))
    assert suggested(tied, "split") == []


def test_single_products_and_small_domains_are_not_split() -> None:
    alone = ToldMesh(card("ops.a"), card("ops.b"), card("ops.c"), card("ops.d"))
    assert suggested(alone, "split") == []
    assert THRESHOLDS.split_products == 4
    corner = ToldMesh(*halves().cards(), *(card(f"ops.more{n}", inputs="ops.flights") for n in range(5)))
    assert suggested(corner, "split") == []  # two of nine products are no half
    small = ToldMesh(card("ops.a"), card("ops.b", inputs="ops.a"), card("ops.c"))
    assert suggested(small, "split") == []


def hub(readers: int, others: int = 0) -> ToldMesh:
    names = [f"d{number}" for number in range(readers)]
    return ToldMesh(
        card("ref.codes", consumers=" ".join(f"{name}.p" for name in names)),
        card("ref.rest"),
        *(card(f"{name}.p", inputs="ref.codes") for name in names),
        *(card(f"e{number}.p") for number in range(others)),
    )


def test_a_port_that_half_of_the_others_read_makes_its_domain_a_hub() -> None:
    [found] = suggested(hub(3), "shared hub")
    assert found.domains == ("ref", "d0", "d1", "d2")
    assert found.sentence.startswith("ref is a hub: 3 of 3 other domains read the same port.")
    assert found.reasons == ("ref.codes is read by 3 other domains: d0, d1, d2 (told from 3 on)",)
    assert suggested(hub(3), "peer to peer") == []
    assert suggested(hub(2), "shared hub") == []
    assert suggested(hub(3, others=3), "shared hub") != []  # 3 of 6
    assert suggested(hub(3, others=4), "shared hub") == []  # 3 of 7


def test_few_readers_agree_among_themselves() -> None:
    [found] = suggested(hub(2), "peer to peer")
    assert found.subject == "2 flows"
    assert found.domains == ("d0", "d1", "ref")
    assert found.reasons[-1] == "Said of ports that no more than 2 other domains read"


def test_an_identity_that_many_domains_use_is_master_data() -> None:
    plane = column("tail", entity="aircraft")
    mesh = ToldMesh(
        card("fleet.aircraft", column("tail", key=True, entity="aircraft"), consumers="a.x b.x"),
        card("a.x", plane, inputs="fleet.aircraft"),
        card("b.x", plane, inputs="fleet.aircraft"),
        card("c.x", plane),
        entities={"aircraft": "mesh://fleet/aircraft/v1"},
    )
    [found] = suggested(mesh, "master data")
    assert found.subject == "aircraft"
    assert found.domains == ("fleet", "a", "b", "c")
    assert found.reasons == (
        "a, b, c have ids (told from 3 on)",
        "fleet.aircraft is read by 2 other domains",
    )
    fewer = ToldMesh(*mesh.cards()[:3], entities={"aircraft": "mesh://fleet/aircraft/v1"})
    assert suggested(fewer, "master data") == []


def test_an_identity_that_several_publish_is_told() -> None:
    mesh = ToldMesh(
        card("fleet.aircraft", column("tail", key=True, entity="aircraft")),
        card("plan.aircraft", column("tail", key=True, entity="aircraft")),
        card("plan.by_day", column("tail", key=True, entity="aircraft"), column("day", key=True)),
        card("ops.flights", column("tail", entity="aircraft")),
        entities={"aircraft": "mesh://fleet/aircraft/v1"},
    )
    [found] = suggested(mesh, "master data")
    assert found.subject == "aircraft, published by several"
    assert found.domains == ("fleet", "plan")
    assert found.reasons == (
        "The key of a port there is the id of aircraft alone: plan",
        "fleet.aircraft of fleet is its register",
    )


def test_an_identity_or_a_key_that_nobody_owns_is_told_from_three_domains_on() -> None:
    place = column("place", entity="place")
    mesh = ToldMesh(card("a.x", place), card("b.x", place), card("c.x", place))
    [found] = suggested(mesh, "master data")
    assert found.subject == "the identity of place"
    assert (
        found.sentence == "3 domains use the identity of place, and nobody owns it: agree on an owner and a register."
    )
    keyed = ToldMesh(card("a.x", column("sku", key=True)), card("b.x", column("sku")), card("c.x", column("sku")))
    assert [each.subject for each in suggested(keyed, "master data")] == ["the key sku"]
    assert suggested(ToldMesh(*keyed.cards()[:2]), "master data") == []
    plain = ToldMesh(card("a.x", column("note")), card("b.x", column("note")), card("c.x", column("note")))
    assert suggested(plain, "master data") == []


def test_of_many_suggestions_the_weightiest_are_told() -> None:
    keys = [column(f"k{number:02}", key=True) for number in range(12)]
    cards = [card(f"{domain}.{each.name}", each) for each in keys for domain in "abc"]
    told = suggested(ToldMesh(*cards, card("d.k11", keys[11])), "master data")
    assert [each.subject for each in told] == ["the key k11", *(f"the key k{number:02}" for number in range(9))]


def test_what_changes_the_cut_comes_first_and_the_order_never_varies() -> None:
    cards = (*exchanging(other=10).cards(), *halves().cards(), *hub(5).cards())
    flows = exchanging(other=10).flows()
    told = looked_at(ToldMesh(*cards, flows=flows))
    assert [each.kind for each in told.recommendations] == ["merge", "split", "shared hub", "peer to peer"]
    assert looked_at(ToldMesh(*cards[::-1], flows=flows[::-1])) == told
    assert looked_at(ToldMesh(*cards, flows=flows)) == told
