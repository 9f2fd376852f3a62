"""Where keys come from: the foreign keys that contracts declare, and the ids of entities that several domains share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.model import Address

if TYPE_CHECKING:
    from mesh_core.contracts import Contract
    from mesh_core.governance import Charter, Entity

_QUALIFIED = re.compile(r"(?:(?P<file>[^#]*)#)?/?schema/(?P<table>[^/]+)/properties/(?P<column>[^/]+)")


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of one contract whose values are keys of another's, or of its own."""

    columns: tuple[str, ...]
    to: Address
    keys: tuple[str, ...]
    resolves: bool
    """Whether every key must be found there: a declared relationship says so, an entity's tag alone does not."""


class Directory:
    """Contracts as the targets of each other's references."""

    def __init__(self, contracts: Iterable[Contract], charter: Charter) -> None:
        self._contracts = {contract.address: contract for contract in contracts}
        self._entities = {entity.tag: entity for entity in charter.entities}
        self._homes: dict[str, tuple[Address, str] | None] = {}

    def references(self, contract: Contract) -> tuple[Reference, ...]:
        """The contract's references to contracts of the directory; a column that declares one needs no tag."""
        found = list(self._relationships(contract))
        taken = {name for reference in found for name in reference.columns}
        for column in contract.columns:
            tag = next((tag for tag in column.tags if tag in self._entities), "")
            home = self._home(self._entities[tag]) if tag and column.name not in taken else None
            if home is not None:
                found.append(Reference(columns=(column.name,), to=home[0], keys=(home[1],), resolves=False))
        return tuple(ref for ref in found if (ref.to, ref.keys) != (contract.address, ref.columns))

    def with_targets(self, contracts: Iterable[Contract]) -> tuple[Contract, ...]:
        """``contracts`` and all that their keys lead to, so that keys are the same wherever they occur."""
        found = {contract.address: contract for contract in contracts}
        waiting = list(found.values())
        while waiting:
            for reference in self.references(waiting.pop()):
                if reference.to not in found:
                    found[reference.to] = self._contracts[reference.to]
                    waiting.append(found[reference.to])
        return tuple(found.values())

    def _home(self, entity: Entity) -> tuple[Address, str] | None:
        """The port and column that the entity's ids come from: the owner's, in that major version or another.

        Where the owner is not in the directory, the first column that carries the tag stands in for it.
        """
        if entity.name not in self._homes:
            self._homes[entity.name] = next(self._possible_homes(entity), None)
        return self._homes[entity.name]

    def _possible_homes(self, entity: Entity) -> Iterator[tuple[Address, str]]:
        port = entity.port.rpartition("/v")[0]
        owners = [address for address in self._contracts if address.uri.rpartition("/v")[0] == port]
        for address in sorted(owners, key=lambda address: address.uri != entity.port):
            if _has(self._contracts[address], entity.id_column):
                yield address, entity.id_column
        for address, contract in self._contracts.items():
            for column in contract.columns:
                if entity.tag in column.tags:
                    yield address, column.name

    def _relationships(self, contract: Contract) -> Iterator[Reference]:
        schema = contract.document.raw["schema"][0]
        for column in schema["properties"]:
            for raw in column.get("relationships") or ():
                yield from self._reference([column["name"]], raw.get("to"), contract)
        for raw in schema.get("relationships") or ():
            sources = raw["from"] if isinstance(raw["from"], list) else [raw["from"]]
            columns = [re.split(r"[./]", text)[-1] for text in sources]
            yield from self._reference(columns, raw.get("to"), contract)

    def _reference(self, columns: Sequence[str], to: Any, contract: Contract) -> Iterator[Reference]:
        """The reference, unless its target is not in the directory."""
        targets = [self._target(str(text), contract) for text in (to if isinstance(to, list) else [to])]
        addresses = {target[0] for target in targets if target}
        keys = tuple(target[1] for target in targets if target)
        is_whole = len(keys) == len(targets) == len(columns) and all(_has(contract, name) for name in columns)
        if is_whole and len(addresses) == 1:
            yield Reference(columns=tuple(columns), to=addresses.pop(), keys=keys, resolves=True)

    def _target(self, text: str, contract: Contract) -> tuple[Address, str] | None:
        """The contract and column that ``table.column``, ``domain.port.column`` or a path of ids names."""
        qualified = _QUALIFIED.fullmatch(text)
        if qualified:
            where, column = self._by_file(qualified["file"] or "", contract), qualified["column"]
        else:
            table, _, column = text.rpartition(".")
            where = self._by_name(table, contract)
        if where is None or where.address not in self._contracts:
            return None
        names = (name for name in (column, _name_by_id(where, column)) if _has(where, name))
        return next(((where.address, name) for name in names), None)

    def _by_file(self, file: str, contract: Contract) -> Contract | None:
        if not file:
            return contract
        name = file.rpartition("/")[2]
        return next((other for other in self._contracts.values() if other.path.name == name), None)

    def _by_name(self, table: str, contract: Contract) -> Contract | None:
        """The nearest of that name: the own table, one of the own domain, then any."""
        if table == contract.table:
            return contract
        named = [other for other in self._contracts.values() if table in {other.address.sql, other.table}]
        return min(named, key=lambda other: other.domain != contract.domain, default=None)


def _has(contract: Contract, column: str) -> bool:
    return any(known.name == column for known in contract.columns)


def _name_by_id(contract: Contract, identifier: str) -> str:
    """The name of the property with this id."""
    properties = contract.document.raw["schema"][0]["properties"]
    return next((str(prop["name"]) for prop in properties if prop.get("id") == identifier), "")
