"""Where keys come from: the foreign keys that contracts declare, and the ids of entities that several domains share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.model import Address

if TYPE_CHECKING:
    from mesh_core.contracts import Column, Contract
    from mesh_core.governance import Charter, Entity

_QUALIFIED = re.compile(r"(?:(?P<file>[^#]*)#)?/?schema/(?P<table>[^/]+)/properties/(?P<column>[^/]+)")


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of one contract whose values are keys of another's, or of its own."""

    columns: tuple[str, ...]
    to: Address
    keys: tuple[str, ...]
    resolves: bool
    """Whether every key must be found there: a declared relationship says so, an entity's tag alone does not."""


def references_of(contract: Contract, contracts: Sequence[Contract], charter: Charter) -> tuple[Reference, ...]:
    """The contract's references into ``contracts``; a column that declares one needs no tag."""
    found = [ref for ref in _relationships(contract, contracts) if not _is_own_key(ref, contract)]
    taken = {name for ref in found for name in ref.columns}
    for column in contract.columns:
        entity = entity_of(column, charter)
        home = home_of(entity, contracts) if entity and column.name not in taken else None
        if home is None:
            continue
        reference = Reference(columns=(column.name,), to=home[0], keys=(home[1],), resolves=False)
        if not _is_own_key(reference, contract):
            found.append(reference)
    return tuple(found)


def _is_own_key(reference: Reference, contract: Contract) -> bool:
    return reference.to == contract.address and reference.columns == reference.keys


def entity_of(column: Column, charter: Charter) -> Entity | None:
    """The entity whose ids the column holds."""
    return next((entity for entity in charter.entities if entity.tag in column.tags), None)


def home_of(entity: Entity, contracts: Iterable[Contract]) -> tuple[Address, str] | None:
    """The port and column that the entity's ids come from: the owner's, in that major version or another.

    Where the owner is not among the contracts, the first column that carries the tag stands in for it.
    """
    every = tuple(contracts)
    owners = [c for c in every if any(column.name == entity.id_column for column in c.columns)]
    exact = [contract for contract in owners if contract.address.uri == entity.port]
    port = entity.port.rpartition("/v")[0]
    near = [contract for contract in owners if contract.address.uri.rpartition("/v")[0] == port]
    if exact or near:
        return [*exact, *near][0].address, entity.id_column
    tagged = ((c.address, column.name) for c in every for column in c.columns if entity.tag in column.tags)
    return next(tagged, None)


def with_targets(contracts: Iterable[Contract], known: Sequence[Contract], charter: Charter) -> tuple[Contract, ...]:
    """``contracts`` and all of ``known`` that their keys lead to, so that keys are the same wherever they occur."""
    found = {contract.address: contract for contract in contracts}
    every = {**{contract.address: contract for contract in known}, **found}
    waiting = list(found.values())
    while waiting:
        for reference in references_of(waiting.pop(), tuple(every.values()), charter):
            if reference.to not in found:
                found[reference.to] = every[reference.to]
                waiting.append(every[reference.to])
    return tuple(found.values())


def _relationships(contract: Contract, contracts: Sequence[Contract]) -> Iterator[Reference]:
    schema = contract.document.raw["schema"][0]
    for column in schema["properties"]:
        for raw in column.get("relationships") or ():
            yield from _reference([column["name"]], raw.get("to"), contract, contracts)
    for raw in schema.get("relationships") or ():
        sources = raw["from"] if isinstance(raw["from"], list) else [raw["from"]]
        columns = [re.split(r"[./]", text)[-1] for text in sources]
        yield from _reference(columns, raw.get("to"), contract, contracts)


def _reference(
    columns: Sequence[str], to: Any, contract: Contract, contracts: Sequence[Contract]
) -> Iterator[Reference]:
    """The reference, unless its target is not among the contracts."""
    texts = to if isinstance(to, list) else [to]
    targets = [_target(str(text), contract, contracts) for text in texts]
    names = {column.name for column in contract.columns}
    if len(targets) != len(columns) or not set(columns) <= names or None in targets:
        return
    addresses = {target[0] for target in targets if target}
    if len(addresses) == 1:
        keys = tuple(target[1] for target in targets if target)
        yield Reference(columns=tuple(columns), to=addresses.pop(), keys=keys, resolves=True)


def _target(text: str, contract: Contract, contracts: Sequence[Contract]) -> tuple[Address, str] | None:
    """The contract and column that ``table.column``, ``domain.port.column`` or a path of ids names."""
    qualified = _QUALIFIED.fullmatch(text)
    if qualified:
        where, column = _by_ids(qualified, contract, contracts), qualified["column"]
    else:
        table, _, column = text.rpartition(".")
        where = _by_name(table, contract, contracts)
    if where is None:
        return None
    name = next((key for key in (column, _named(where, column)) if any(c.name == key for c in where.columns)), None)
    return (where.address, name) if name else None


def _by_ids(found: re.Match[str], contract: Contract, contracts: Sequence[Contract]) -> Contract | None:
    if not found["file"]:
        return contract
    file = found["file"].rpartition("/")[2]
    return next((other for other in contracts if other.path.name == file), None)


def _named(contract: Contract, identifier: str) -> str:
    """The name of the property with this id."""
    properties = contract.document.raw["schema"][0]["properties"]
    return next((str(prop["name"]) for prop in properties if prop.get("id") == identifier), "")


def _by_name(table: str, contract: Contract, contracts: Sequence[Contract]) -> Contract | None:
    """The nearest of that name: the own table, one of the own domain, then any."""
    if table == contract.table:
        return contract
    named = [other for other in contracts if table in {other.address.sql, other.table}]
    near = sorted(named, key=lambda other: other.domain != contract.domain)
    return near[0] if near else None
