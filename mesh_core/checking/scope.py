"""Which part of the mesh one check looks at: all, some domains, or what changed with all that reads it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import msgspec

from mesh_core.checking.revision import changed_files
from mesh_core.contracts.graph import InternalInput, Node, inputs_of, product_of
from mesh_core.errors import MeshError

if TYPE_CHECKING:
    from mesh_core.contracts.odps import Product
    from mesh_core.contracts.tree import DomainTree, Mesh, Port

_CONTRACT = ".contract.yaml"
_PRODUCT_DEPTH, _DOMAIN_DEPTH = 4, 3
"""Parts of ``domains/<domain>/<product>/<file>`` and of ``domains/<domain>/<file>``."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at. Domains that do not load are always told."""

    domains: tuple[str, ...]
    """Names, also of domains that don't load."""
    trees: tuple[DomainTree, ...]
    products: frozenset[str]
    """Ids of the products whose statements, rules and Python are looked at."""
    judged: tuple[Port, ...]
    """Ports that policies look at: those of the products, or all when governance changed."""

    @property
    def ports(self) -> int:
        return sum(port.product.id in self.products for tree in self.trees for port in tree.ports)


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What the changed files mean."""

    everything: bool = False
    """The platform itself changed, or the workspace."""
    governance: bool = False
    domains: frozenset[str] = frozenset()
    """Domains whose own files changed: each of their products is concerned."""
    projects: frozenset[str] = frozenset()
    """Domains whose dbt project changed."""
    products: frozenset[str] = frozenset()
    contracts: frozenset[str] = frozenset()
    """Ids; also of contracts that are gone."""


def scope_of(mesh: Mesh, domains: Collection[str] | None, since: str | None) -> Scope:
    """All of the named domains, by default of all; with ``since``, what changed of them after that revision."""
    names = sorted(domains if domains is not None else {*mesh.domains, *mesh.broken})
    trees = [mesh.domains[name] for name in names if name in mesh.domains]
    ports = tuple(port for tree in trees for port in tree.ports)
    products = frozenset(product.id for tree in trees for product in tree.products)
    if since is None:
        return Scope(domains=tuple(names), trees=tuple(trees), products=products, judged=ports)
    changed = meaning_of(changed_files(mesh.root, since))
    if not changed.everything:
        products &= _concerned(changed, trees)
    return Scope(
        domains=tuple(name for name in names if name in mesh.broken or any(p.startswith(f"{name}.") for p in products)),
        trees=tuple(tree for tree in trees if any(product.id in products for product in tree.products)),
        products=products,
        judged=ports if changed.governance else tuple(port for port in ports if port.product.id in products),
    )


def meaning_of(files: Iterable[str]) -> Changed:
    """What it means for the mesh that these files, relative to its root, changed."""
    parts = [file.split("/") for file in files]
    inside = [part for part in parts if part[0] == "domains"]
    products = [part for part in inside if len(part) >= _PRODUCT_DEPTH]
    return Changed(
        everything=any(part[0] in {"mesh_core", "workspace.yaml"} for part in parts),
        governance=any(part[0] == "governance" for part in parts),
        domains=frozenset(part[1] for part in inside if len(part) == _DOMAIN_DEPTH),
        projects=frozenset(part[1] for part in parts if part[0] == "dbt_projects" and len(part) > 1),
        products=frozenset(f"{part[1]}.{part[2]}" for part in products),
        contracts=frozenset(
            f"{part[1]}.{_port_of(part[-1].removesuffix(_CONTRACT))}"
            for part in products
            if part[-1].endswith(_CONTRACT)
        ),
    )


def _port_of(table: str) -> str:
    """``orders`` of ``orders_v2``: both majors have one contract id."""
    name, _, major = table.rpartition("_v")
    return name if name and major.isdigit() else table


def _concerned(changed: Changed, trees: Iterable[DomainTree]) -> frozenset[str]:
    """The products that changed or read what changed."""
    found: set[str] = set()
    for tree in trees:
        for product in tree.products:
            if _is_concerned(product, tree, changed):
                found.add(product.id)
        if any(product.id in changed.products for product in tree.products):
            found |= _readers_of_steps(tree, changed.products)
    return frozenset(found)


def _is_concerned(product: Product, tree: DomainTree, changed: Changed) -> bool:
    return (
        product.id in changed.products
        or tree.domain.name in changed.domains
        or any(need.contract_id in changed.contracts for need in product.inputs)
        or (tree.domain.name in changed.projects and _is_dbt(product, tree))
    )


def _is_dbt(product: Product, tree: DomainTree) -> bool:
    return any(port.engine == "dbt" and port.product.id == product.id for port in tree.ports)


def _readers_of_steps(tree: DomainTree, products: Collection[str]) -> set[str]:
    """Products of the domain that read a bronze or silver table of one that changed."""
    nodes: list[Node] = [*tree.internals, *tree.ports]
    made = {step.key for step in tree.internals if f"{step.domain}.{step.product}" in products}
    found = set()
    for node in nodes:
        try:
            inputs = inputs_of(node, tree)
        except MeshError:
            found.add(product_of(node, tree).id)
            continue
        if any(isinstance(given, InternalInput) and given.key in made for given in inputs):
            found.add(product_of(node, tree).id)
    return found
