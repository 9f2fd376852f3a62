"""Who depends on a contract, by column: what is known of it, whichever source knows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from mesh_core.contracts.graph import Node, PortInput, inputs_of
from mesh_core.contracts.needs import declared_on
from mesh_core.contracts.odps import InputPort, Product
from mesh_core.contracts.ranges import range_of
from mesh_core.contracts.tree import DomainTree, Mesh
from mesh_core.errors import MeshError

Evidence = Literal["binds", "mentions", "reads the port"]
"""How a use is known: the engine cannot bind the code without the column; the code's text names it; or nothing more
is known than that the port is read."""

Source = Literal["declared", "granted", "recorded"]
"""Declared as an input port; a grant that was given; a read that took place."""


class ColumnUse(msgspec.Struct, frozen=True, kw_only=True):
    """One place where a consumer uses a column; ``column`` is '' where only the port as a whole is known."""

    column: str
    evidence: Evidence
    path: Path | None = None
    line: int | None = None


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """One who depends on a contract: a product, or whoever else a source knows."""

    name: str
    source: Source
    version: str = ""
    """The range of versions that will do, where one is declared."""
    uses: tuple[ColumnUse, ...] = ()

    def hit_by(self, column: str) -> tuple[ColumnUse, ...]:
        """The uses that a change of ``column`` concerns; of the whole port if ``column`` is ''."""
        return tuple(use for use in self.uses if not column or not use.column or use.column == column)


class ConsumerSource(Protocol):
    """Something that knows consumers: the declared input ports, the grants, the record of reads."""

    def consumers(self, contract: Mapping[str, Any], columns: Collection[str]) -> Iterable[Consumer]:
        """Consumers of the contract (an ODCS document, at its version), with their uses of ``columns``."""
        ...


def consumers_of(
    contract: Mapping[str, Any], columns: Collection[str], sources: Iterable[ConsumerSource]
) -> tuple[Consumer, ...]:
    """All consumers that any source knows, by name; what several sources know of one is put together."""
    found: dict[str, Consumer] = {}
    for source in sources:
        for consumer in source.consumers(contract, columns):
            known = found.get(consumer.name)
            uses = (*known.uses, *(use for use in consumer.uses if use not in known.uses)) if known else consumer.uses
            found[consumer.name] = msgspec.structs.replace(known or consumer, uses=uses)
    return tuple(found[name] for name in sorted(found))


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """A product that declares an input port on a contract, and its steps that read it."""

    product: Product
    need: InputPort
    tree: DomainTree
    nodes: tuple[Node, ...]


def readers_of(contract_id: str, versions: Sequence[str], mesh: Mesh) -> Iterator[Reader]:
    """The products whose declared input port admits one of the contract's ``versions``."""
    for tree, product, need in declared_on(contract_id, mesh):
        if any(range_of(need.version).admits(version) for version in versions):
            yield Reader(product=product, need=need, tree=tree, nodes=_reading(product, need, tree))


def _reading(product: Product, need: InputPort, tree: DomainTree) -> tuple[Node, ...]:
    nodes: list[Node] = [
        *(step for step in tree.internals if step.product == product.folder.name),
        *(port for port in tree.ports if port.product.id == product.id),
    ]
    return tuple(node for node in nodes if _reads(node, need, tree))


def _reads(node: Node, need: InputPort, tree: DomainTree) -> bool:
    try:
        inputs = inputs_of(node, tree)
    except MeshError:
        return False  # a finding of its own; what it reads is not known
    return any(isinstance(given, PortInput) and given.contract_id == need.contract_id for given in inputs)
