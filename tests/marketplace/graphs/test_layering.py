"""Layers: what is made of something stands right of it, and few edges cross."""

from __future__ import annotations

import random
import time

from mesh_core.marketplace.pages.layering import crossings, layered


def names(layers: list[list[object]]) -> list[list[object]]:
    return [[spot for spot in layer if isinstance(spot, str)] for layer in layers]


def test_a_chain_is_one_node_a_layer() -> None:
    layers, segments = layered(["c", "a", "b"], [("a", "b"), ("b", "c")])
    assert layers == [["a"], ["b"], ["c"]]
    assert segments == [("a", "b"), ("b", "c")]


def test_a_long_edge_passes_every_layer_between() -> None:
    layers, segments = layered(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    assert set(layers[1]) == {"b", ("a", "c", 1)}
    assert ("a", ("a", "c", 1)) in segments
    assert (("a", "c", 1), "c") in segments


def test_a_source_stands_next_to_its_only_reader() -> None:
    layers, _ = layered(["late", "a", "b", "c"], [("a", "b"), ("b", "c"), ("late", "c")])
    assert names(layers) == [["a"], ["late", "b"], ["c"]] or names(layers) == [["a"], ["b", "late"], ["c"]]


def test_the_order_takes_away_crossings() -> None:
    edges = [("a", "z"), ("b", "y"), ("c", "x")]
    layers, segments = layered(["a", "b", "c", "x", "y", "z"], edges)
    assert crossings(["a", "b", "c"], ["x", "y", "z"], edges) == 3
    assert crossings(layers[0], layers[1], segments) == 0


def test_two_hubs_with_readers_of_their_own_do_not_tangle() -> None:
    nodes = ["h1", "h2", *(f"r{number}" for number in range(8))]
    edges = [(f"h{1 + number % 2}", f"r{number}") for number in range(8)]
    layers, segments = layered(nodes, edges)
    assert crossings(layers[0], layers[1], segments) == 0


def test_a_cycle_is_drawn_with_one_edge_backwards() -> None:
    layers, segments = layered(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")])
    assert names(layers) == [["a"], ["b"], ["c"]]
    assert len(segments) == 4  # a-b, b-c, and c-a that passes b


def test_two_nodes_that_read_each_other_have_two_edges_between_two_layers() -> None:
    layers, segments = layered(["a", "b"], [("a", "b"), ("b", "a")])
    assert layers == [["a"], ["b"]]
    assert segments == [("a", "b"), ("a", "b")]


def test_loops_and_ends_that_are_no_nodes_are_left_out() -> None:
    layers, segments = layered(["a", "b"], [("a", "a"), ("a", "b"), ("x", "b"), ("a", "b")])
    assert layers == [["a"], ["b"]]
    assert segments == [("a", "b")]


def test_nothing_has_no_layers() -> None:
    assert layered([], []) == ([], [])


def test_few_crossings_remain_of_many() -> None:
    """Thirty readers in groups of three that share an upstream: a drawing without crossings exists and is found."""
    nodes = [f"u{number}" for number in range(10)] + [f"r{number}" for number in range(30)]
    random.Random(7).shuffle(nodes)
    edges = [(f"u{number // 3}", f"r{number}") for number in range(30)]
    random.Random(8).shuffle(edges)
    layers, segments = layered(nodes, edges)
    assert crossings(layers[0], layers[1], segments) == 0


def test_five_hundred_nodes_are_laid_out_while_somebody_waits() -> None:
    chance = random.Random(3)
    edges = [(f"n{chance.randrange(max(0, each - 40), each)}", f"n{each}") for each in range(1, 500) for _ in range(2)]
    began = time.process_time()
    layered([f"n{number}" for number in range(500)], edges)
    assert time.process_time() - began < 3
