"""The needs of products: who declares to read a contract, and whose input comes to its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import msgspec

from mesh_core.contracts.lifecycle import ENDING, History, Standing, standing
from mesh_core.contracts.ranges import range_of

if TYPE_CHECKING:
    from mesh_core.contracts.odcs import Contract
    from mesh_core.contracts.odps import InputPort, Product
    from mesh_core.contracts.tree import DomainTree, Mesh


def declared_on(contract_id: str, mesh: Mesh) -> Iterator[tuple[DomainTree, Product, InputPort]]:
    """Every input port that a product declares on the contract, in whatever version."""
    for tree in mesh.domains.values():
        for product in tree.products:
            for need in product.inputs:
                if need.contract_id == contract_id:
                    yield tree, product, need


def readers_of(contract: Contract, mesh: Mesh) -> tuple[str, ...]:
    """The products that declare an input port on the contract's major.

    A domain that does not load may read it too: it is told as one, since silence would pass for no consumer.
    """
    found = {
        product.id
        for _, product, need in declared_on(contract.id, mesh)
        if contract.major in range_of(need.version).majors
    }
    unknown = (f"perhaps domain {name} (it does not load)" for name in mesh.broken if name != contract.domain)
    return (*sorted(found), *unknown)


class Need(Protocol):
    """An input port, as a product declares it or as a transformation reads it."""

    @property
    def contract_id(self) -> str: ...

    @property
    def version(self) -> str: ...


AnyNeed = TypeVar("AnyNeed", bound=Need)


class EndingInput(msgspec.Struct, Generic[AnyNeed], frozen=True, kw_only=True):
    """A need that a deprecated or retired port meets."""

    need: AnyNeed
    contract: Contract
    standing: Standing


def ending_inputs(
    needs: Iterable[AnyNeed], mesh: Mesh, today: date, histories: Mapping[str, History] | None = None
) -> Iterator[EndingInput[AnyNeed]]:
    """Those of the needs that have to find another port in time."""
    for need in needs:
        port = mesh.resolve(need.contract_id, need.version)
        if port is None or port.contract.status not in ENDING:
            continue
        others = [other.contract for other in mesh.versions(need.contract_id)]
        history = (histories or {}).get(need.contract_id, ())
        stands = standing(port.contract, history, today, others=others)
        yield EndingInput(need=need, contract=port.contract, standing=stands)
