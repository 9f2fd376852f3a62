"""Global entities: one id for one thing, in whichever domain it is spoken of."""

from __future__ import annotations

from collections.abc import Iterator

from mesh_core.errors import UnknownAddressError
from mesh_core.governance import Entity
from mesh_core.model import Address
from mesh_core.policy.policy import Example, Violation, policy
from mesh_core.policy.subject import Field, Subject

_TAG = "entity:"


@policy(
    id="entity-keys",
    gates={"check", "publish"},
    sentence="A column that holds the id of a global entity says so, and is of the id's type.",
    example=Example(
        refused="{name: customer_id, logicalType: string, description: The customer., classification: internal}",
        mended="{name: customer_id, logicalType: string, description: The customer., classification: internal,\n"
        " tags: [entity:customer]}",
    ),
)
def entity_keys(subject: Subject) -> Iterator[Violation]:
    """Two domains can join only what they name alike; the tag tells people and tools where a join leads.

    ``governance/entities.yaml`` lists the entities, each with the port that owns it and its id column. A column
    named like an id (``carrier_code``, ``origin_airport_id``) carries the entity's tag; a tag names a known
    entity; the column has the type of the owner's id; and in the owning port the id column is the key.
    """
    for field in subject.columns:
        tagged = [tag for tag in field.tags if tag.startswith(_TAG)]
        for tag in tagged:
            entity = subject.charter.entity(tag.removeprefix(_TAG))
            if entity is None:
                known = ", ".join(entity.name for entity in subject.charter.entities) or "none yet"
                remedy = f"governance/entities.yaml lists the entities: {known}."
                yield Violation(f"column '{field.path}' carries '{tag}', which is no known entity", field.at, remedy)
            else:
                yield from _typed_as_its_owner(field, entity, subject)
        if not tagged:
            yield from _untagged(field, subject)
    yield from _owned(subject)


def _untagged(field: Field, subject: Subject) -> Iterator[Violation]:
    for entity in subject.charter.entities:
        if field.name == entity.id_column or field.name.endswith(f"_{entity.id_column}"):
            what = f"column '{field.path}' is named as an id of the entity {entity.name} and is not tagged {entity.tag}"
            remedy = f"Add `tags: [{entity.tag}]`, or give it another name if it is no {entity.name}."
            yield Violation(what, field.at, remedy)
            return


def _typed_as_its_owner(field: Field, entity: Entity, subject: Subject) -> Iterator[Violation]:
    owner = _owner(entity)
    tree = subject.mesh.domains.get(owner.domain) if subject.mesh and owner else None
    port = next((port for port in tree.ports if port.address == owner), None) if tree else None
    if port is None:
        return  # `mesh check` tells once when an entity's owner is not there
    wanted = next((column for column in port.contract.columns if column.name == entity.id_column), None)
    if wanted is not None and field.physical_type != wanted.physical_type:
        of_owner = f"the id of the entity {entity.name} is {wanted.physical_type}"
        what = f"column '{field.path}' is {field.physical_type}, {of_owner}"
        yield Violation(what, field.at, f"Take the type of {port.address.sql}.{entity.id_column}.")


def _owner(entity: Entity) -> Address | None:
    """The owning port's address; None if the entry names none, which `mesh check` tells of the entry."""
    try:
        return Address.parse(entity.port)
    except UnknownAddressError:
        return None


def _owned(subject: Subject) -> Iterator[Violation]:
    """What is wrong with a port that owns an entity, in whichever major version."""
    address = subject.port.address
    for entity in subject.charter.entities:
        owner = _owner(entity)
        if owner is None or (owner.domain, owner.port) != (address.domain, address.port):
            continue
        if subject.contract.primary_key != (entity.id_column,):
            what = f"{subject.name} owns the entity {entity.name}, and its key is not {entity.id_column} alone"
            remedy = f"Make {entity.id_column} the primary key, or name another owner in governance/entities.yaml."
            yield Violation(what, ("schema", 0, "properties"), remedy)
