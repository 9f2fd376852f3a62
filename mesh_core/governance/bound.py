"""Which columns of a port hold ids or codes of entities: by its tags, and in a register by what the entity says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from mesh_core.contracts.bindings import Binding, bindings_in
from mesh_core.governance.records import Entity


class BoundColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column and the entity that its values name."""

    column: str
    entity: Entity
    code: str = ""
    """The code system of the values, '' for global ids."""
    is_register: bool = False
    """Whether the port is the entity's register."""

    @property
    def binding(self) -> Binding:
        return Binding(self.entity.name, self.code)

    @property
    def register_column(self) -> str:
        """The register's column of the same ids or codes."""
        return self.entity.codes[self.code] if self.code else self.entity.id_column


def bound_columns(
    uri: str, columns: Mapping[str, Iterable[str]], entities: Iterable[Entity]
) -> tuple[BoundColumn, ...]:
    """The bound columns of the port ``uri``, whose ``columns`` have these tags, in their order.

    A register needs no tags on its columns of codes: its entity names them. What no entity knows is left out; of
    several bindings of one column the first counts.
    """
    known = {entity.name: entity for entity in entities}
    own = {binding: name for entity in known.values() if entity.port == uri for binding, name in _columns_of(entity)}
    found = []
    for name, tags in columns.items():
        bindings = [*bindings_in(tags), *(binding for binding, column in own.items() if column == name)]
        for binding in bindings:
            entity = known.get(binding.entity)
            if entity is not None and (not binding.code or binding.code in entity.codes):
                register = entity.port == uri and own.get(binding) == name
                found.append(BoundColumn(column=name, entity=entity, code=binding.code, is_register=register))
                break
    return tuple(found)


def _columns_of(entity: Entity) -> Iterable[tuple[Binding, str]]:
    yield Binding(entity.name), entity.id_column
    for code, column in entity.codes.items():
        yield Binding(entity.name, code), column
