"""Which columns hold ids or codes of global entities, as the tags of a contract say.

``entity:airport`` marks a column of the entity's global ids, ``code:airport/iata`` one of its codes in another code
system, which the entity's register turns into the id.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

ENTITY = "entity:"
CODE = "code:"


class Binding(msgspec.Struct, frozen=True, order=True):
    """The entity that a column's values name, and the code system that they are of; '' for the global id."""

    entity: str
    code: str = ""

    def __str__(self) -> str:
        """As a contract's tag."""
        return f"{CODE}{self.entity}/{self.code}" if self.code else f"{ENTITY}{self.entity}"


def bindings_in(tags: Iterable[str]) -> tuple[Binding, ...]:
    """What a column's tags bind it to; a sound contract has one for a column at most."""
    found = []
    for tag in tags:
        if tag.startswith(ENTITY):
            found.append(Binding(tag.removeprefix(ENTITY)))
        elif tag.startswith(CODE):
            entity, _, code = tag.removeprefix(CODE).partition("/")
            if entity and code:  # a policy tells of a tag that lacks one
                found.append(Binding(entity, code))
    return tuple(found)
