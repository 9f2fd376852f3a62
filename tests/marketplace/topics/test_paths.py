"""A port's lineage as nodes, edges and rows of tables."""

from mesh_core.catalog.records import ColumnEdge, LineageGraph, LineageNode, TableEdge
from mesh_core.marketplace.pages.paths import both, drawn, lineage_url, steps

from .samples import card

UP = LineageGraph(
    address="b.made",
    nodes=(LineageNode("a.raw", "port"), LineageNode("b.made", "port"), LineageNode("b.silver.clean", "internal")),
    edges=(TableEdge("a.raw", "b.silver.clean", 4), TableEdge("b.silver.clean", "b.made", 2)),
    columns=(),
)
DOWN = LineageGraph(
    address="b.made",
    nodes=(LineageNode("b.made", "port"), LineageNode("c.used", "port")),
    edges=(TableEdge("b.made", "c.used", None),),
    columns=(),
)
TRACE = LineageGraph(
    address="b.made",
    nodes=(LineageNode("b.made", "port"), LineageNode("b.silver.clean", "internal")),
    edges=(TableEdge("b.silver.clean", "b.made", 2),),
    columns=(
        ColumnEdge("b.silver.clean", "x", "b.made", "total", "sql"),
        ColumnEdge("b.silver.clean", "y", "b.made", "total", "sql"),
    ),
)
CARDS = {name: card(name) for name in ("a.raw", "b.made", "c.used")}


def test_tables_with_versions_on_their_edges() -> None:
    nodes, edges = drawn(both((UP, DOWN)), CARDS)
    assert [(node.label, node.above, node.below, node.href, node.emphasis) for node in nodes] == [
        ("raw", "a", "10 rows", "/ports/a.raw", ""),
        ("made", "b", "10 rows", "/ports/b.made", "start"),
        ("clean", "b · silver", "internal step", "", ""),
        ("used", "c", "10 rows", "/ports/c.used", ""),
    ]
    assert [(edge.source, edge.target, edge.label) for edge in edges] == [
        ("a.raw", "b.silver.clean", "v4"),
        ("b.made", "c.used", ""),
        ("b.silver.clean", "b.made", "v2"),
    ]


def test_the_path_of_a_column_runs_from_line_to_line_and_the_rest_is_dimmed() -> None:
    nodes, edges = drawn(both((UP, DOWN), "total", (TRACE,)), CARDS)
    assert {node.id: (node.emphasis, [slot.name for slot in node.slots]) for node in nodes} == {
        "a.raw": ("dim", []),
        "b.made": ("start", ["total"]),
        "b.silver.clean": ("path", ["x", "y"]),
        "c.used": ("dim", []),
    }
    path = [(edge.source_slot, edge.target_slot, edge.label) for edge in edges if edge.emphasis == "path"]
    assert path == [("x", "total", "v2"), ("y", "total", "")]
    slots = {slot.name: slot.href for node in nodes for slot in node.slots}
    assert slots == {"total": "/ports/b.made/lineage?column=total", "x": "", "y": ""}


def test_rows_begin_next_to_the_port() -> None:
    lineage = both((UP, DOWN), "total", (TRACE,))
    assert [(row.upstream, row.upstream_is, row.version, row.columns) for row in steps(lineage, down=False)] == [
        ("b.silver.clean", "internal step", "version 2", (("x", "total"), ("y", "total"))),
        ("a.raw", "output port", "version 4", ()),
    ]
    assert [(row.downstream, row.version) for row in steps(lineage, down=True)] == [("c.used", "")]


def test_two_tables_that_read_each_other_end() -> None:
    loop = LineageGraph(
        address="a.x",
        nodes=(LineageNode("a.x", "port"), LineageNode("a.y", "port")),
        edges=(TableEdge("a.x", "a.y", 1), TableEdge("a.y", "a.x", 1)),
        columns=(),
    )
    assert len(steps(both((loop,)), down=False)) == 2


def test_a_url_holds_what_differs_from_the_usual() -> None:
    assert lineage_url("a.raw") == "/ports/a.raw/lineage"
    assert lineage_url("a.raw", "näme &", "upstream", "2") == (
        "/ports/a.raw/lineage?column=n%C3%A4me%20%26&direction=upstream&depth=2"
    )
