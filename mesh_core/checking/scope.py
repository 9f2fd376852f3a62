"""Which part of the mesh one check looks at."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mesh_core.contracts.odps import Product
    from mesh_core.contracts.tree import DomainTree, Mesh, Port


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Domains, and the products in them, that are looked at; whole domains unless something says which changed."""

    domains: tuple[str, ...]
    """Names, also of domains that don't load."""
    trees: tuple[DomainTree, ...]
    products: tuple[Product, ...]
    judged: tuple[Port, ...]
    """Ports that policies look at: those of the products, or all when a policy changed."""

    @property
    def ports(self) -> tuple[Port, ...]:
        chosen = {product.id for product in self.products}
        return tuple(port for tree in self.trees for port in tree.ports if port.product.id in chosen)


def scope_of(mesh: Mesh, domains: Collection[str] | None, since: str | None) -> Scope:
    """All of the named domains, by default of all; with ``since``, what changed of them after that revision."""
    names = tuple(sorted(domains if domains is not None else {*mesh.domains, *mesh.broken}))
    trees = tuple(mesh.domains[name] for name in names if name in mesh.domains)
    products = tuple(product for tree in trees for product in tree.products)
    ports = tuple(port for tree in trees for port in tree.ports)
    return Scope(domains=names, trees=trees, products=products, judged=ports)
