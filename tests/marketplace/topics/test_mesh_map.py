"""The map: what flows between domains, by declaration and by record."""

from mesh_core.catalog import Flow
from mesh_core.marketplace.pages.mesh_map import brief, domain_graph, domains_of, flows_between, port_graph

from .samples import card

CARDS = {
    each.address: each
    for each in (
        card("sea.ships", rows=1_200_000, failed_at="2026-11-20T11:00:00+00:00"),
        card("sea.ports", rows=30),
        card("trade.goods", domain_kind="consumer-aligned", inputs=("sea.ships", "sea.ports"), rows=5),
        card("trade.prices", domain_kind="consumer-aligned", inputs=("trade.goods",), table_version=None, rows=None),
        card("old.charts", withdrawn_at="2026-01-01T00:00:00+00:00", inputs=("sea.ports",)),
    )
}
FLOWS = (
    Flow(upstream="sea.ships", downstream="trade.goods", publications=2, rows=2_000_000, bytes=9, last_at="2026-11-20"),
    Flow(upstream="sea.ships", downstream="sea.ports", publications=1, rows=7, bytes=9, last_at="2026-11-21"),
    Flow(upstream="gone.table", downstream="trade.goods", publications=1, rows=7, bytes=9, last_at="2026-11-21"),
)


def test_domains_by_their_ports_without_what_was_withdrawn() -> None:
    sea, trade = domains_of(CARDS.values())
    assert (sea.name, sea.ports, sea.published, sea.rows, sea.failing) == ("sea", 2, 2, 1_200_030, 1)
    assert (trade.name, trade.kind, trade.ports, trade.published) == ("trade", "consumer-aligned", 2, 1)


def test_flows_between_domains_hold_what_is_declared_and_what_was_read() -> None:
    (flow,) = flows_between(CARDS, FLOWS)
    assert (flow.upstream, flow.downstream) == ("sea", "trade")
    assert flow.ports == ("sea.ports", "sea.ships")
    assert flow.readers == ("trade.goods",)
    assert (flow.rows, flow.rows_read, flow.publications) == (1_200_030, 2_000_000, 2)
    assert flow.last_at == "2026-11-20"


def test_the_graph_of_domains() -> None:
    nodes, edges = domain_graph(domains_of(CARDS.values()), flows_between(CARDS, FLOWS))
    assert [(node.id, node.above, node.below, node.href) for node in nodes] == [
        ("sea", "source-aligned", "2 ports", "/domains/sea"),
        ("trade", "consumer-aligned", "2 ports", "/domains/trade"),
    ]
    assert [(edge.source, edge.target, edge.label) for edge in edges] == [("sea", "trade", "2 ports, 1.2m rows")]
    assert [node.emphasis for node in domain_graph(domains_of(CARDS.values()), (), start="sea")[0]] == ["start"]


def test_the_graph_of_ports_draws_what_was_never_published_dashed() -> None:
    nodes, edges = port_graph(list(CARDS.values()))
    assert nodes[3].below == "never published"
    assert [(edge.source, edge.target, edge.kind) for edge in edges[:3]] == [
        ("sea.ships", "trade.goods", ""),
        ("sea.ports", "trade.goods", ""),
        ("trade.goods", "trade.prices", "declared"),
    ]


def test_a_number_where_there_is_little_room() -> None:
    assert [brief(number) for number in (0, 999, 1_000, 28_419, 336_776, 999_900, 1_675_167, 12_000_000_000)] == [
        "0",
        "999",
        "1k",
        "28.4k",
        "337k",
        "1m",
        "1.68m",
        "12bn",
    ]
