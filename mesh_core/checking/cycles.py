"""What depends on itself by way of others: assets, which could never run, and products, which could never change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from mesh_core.contracts.graph import Input, Node, input_key, key_of
from mesh_core.contracts.references import line_of_table
from mesh_core.errors import DescriptorError, MeshError

if TYPE_CHECKING:
    from mesh_core.contracts.odps import Product
    from mesh_core.contracts.tree import Mesh

Key = tuple[str, ...]
Edges = dict[Key, set[Key]]


def cycle_findings(mesh: Mesh, inputs: Mapping[Key, tuple[Input, ...]]) -> list[MeshError]:
    """A finding for each circle; of products only where their assets make none."""
    found = list(_of_assets(mesh, inputs))
    circled = {_product_of(mesh, key) for chain, _ in found for key in chain}
    products = [error for chain, error in _of_products(mesh) if not circled.issuperset(chain)]
    return [*(error for _, error in found), *products]


def _of_assets(mesh: Mesh, inputs: Mapping[Key, tuple[Input, ...]]) -> Iterator[tuple[list[Key], MeshError]]:
    edges = {key: {input_key(given) for given in given_inputs} for key, given_inputs in inputs.items()}
    for chain in _circles(edges):
        node = _node(mesh, chain[0])
        given = next(given for given in inputs[chain[0]] if input_key(given) == chain[1])
        line = line_of_table(node.path.read_text(), given.name)
        yield chain, _error(chain, node, line)


def _error(chain: list[Key], node: Node, line: int) -> MeshError:
    shown = " → ".join(".".join(key) for key in chain)
    message = f"the products depend on each other in a circle: {shown}"
    return DescriptorError(message, path=node.path, line=line, remedy="Cut one of these input ports.", code="cycle")


def _of_products(mesh: Mesh) -> Iterator[tuple[list[Key], MeshError]]:
    products: dict[Key, Product] = {
        (product.id,): product for tree in mesh.domains.values() for product in tree.products
    }
    homes: dict[str, Key] = {port.contract.id: (port.product.id,) for port in mesh.ports.values()}
    edges = {
        key: {homes[need.contract_id] for need in product.inputs if need.contract_id in homes} - {key}
        for key, product in products.items()
    }
    for chain in _circles(edges):
        yield chain, _product_error(chain, products[chain[0]], homes)


def _product_error(chain: list[Key], product: Product, homes: Mapping[str, Key]) -> MeshError:
    shown = " → ".join(key[0] for key in chain)
    message = f"the products need each other in a circle: {shown}"
    need = next(need for need in product.inputs if homes.get(need.contract_id) == chain[1])
    remedy = "Cut one of these input ports, or make one product of them: none can change without the others."
    return product.document.error(message, need.at, remedy=remedy, code="cycle")


def _circles(edges: Mapping[Key, set[Key]]) -> Iterator[list[Key]]:
    """Each circle from its least member to it again, every key after the one that reads it."""
    left: Edges = {key: set(read) for key, read in edges.items()}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            ring = list(reversed(error.args[1]))[:-1]
            start = ring.index(min(ring))
            chain = ring[start:] + ring[:start]
            left[chain[-1]].discard(chain[0])
            yield [*chain, chain[0]]
        else:
            return


def _node(mesh: Mesh, key: Key) -> Node:
    tree = mesh.domains[key[0]]
    members: list[Node] = [*tree.internals, *tree.ports]
    return next(node for node in members if key_of(node) == key)


def _product_of(mesh: Mesh, key: Key) -> Key:
    node = _node(mesh, key)
    return (f"{key[0]}.{node.product}",) if isinstance(node.product, str) else (node.product.id,)
