"""Global entities: one id for one thing, in whichever domain it is spoken of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mesh_core.contracts.bindings import CODE, ENTITY, Binding, bindings_in
from mesh_core.errors import UnknownAddressError
from mesh_core.model import Address
from mesh_core.policy.pack.formats import misfits
from mesh_core.policy.policy import Example, Violation, policy
from mesh_core.policy.subject import Field, Subject

if TYPE_CHECKING:
    from mesh_core.contracts import Column
    from mesh_core.governance import Entity


@policy(
    id="entity-keys",
    gates={"check", "publish"},
    sentence="A column that holds ids or codes of a global entity says so, and has their type and format.",
    example=Example(
        refused="{name: customer_id, logicalType: string, description: The customer., classification: internal}",
        mended="{name: customer_id, logicalType: string, description: The customer., classification: internal,\n"
        " tags: [entity:customer]}",
    ),
)
def entity_keys(subject: Subject) -> Iterator[Violation]:
    """Two domains can join only what they name alike; the tag tells people and tools where a join leads.

    ``governance/entities.yaml`` lists the entities, each with its register (the port that owns it), the id column, the
    format of the id, and the columns of the register that hold codes of other systems. A column named like an id
    (``carrier_code``, ``origin_airport_id``) carries the entity's tag, ``entity:<name>``; a column of codes carries
    ``code:<name>/<system>``. A tag names a known entity and code system; the column has the type of the register's
    column, and its pattern, lengths, values and examples allow such ids. The register's id column is its key and has
    the format that governance wrote down; its columns of codes are unique, or a code would be no way to an id.
    """
    for field in subject.columns:
        tagged = [tag for tag in field.tags if tag.startswith((ENTITY, CODE))]
        if len(tagged) > 1:
            what = f"column '{field.path}' is bound more than once: {', '.join(tagged)}"
            yield Violation(what, field.at, "Keep the tag of what its values are.")
        for tag in tagged:
            yield from _bound(field, tag, subject)
        if not tagged:
            yield from _untagged(field, subject)
    yield from _owned(subject)


def _bound(field: Field, tag: str, subject: Subject) -> Iterator[Violation]:
    binding = next(iter(bindings_in([tag])), None)
    if binding is None:
        what = f"column '{field.path}' carries '{tag}', which names no code system"
        yield Violation(what, field.at, "Write code:<entity>/<system>.")
        return
    entity = subject.charter.entity(binding.entity)
    if entity is None:
        known = ", ".join(entity.name for entity in subject.charter.entities) or "none yet"
        remedy = f"governance/entities.yaml lists the entities: {known}."
        yield Violation(f"column '{field.path}' carries '{tag}', which is no known entity", field.at, remedy)
    elif binding.code and binding.code not in entity.codes:
        known = ", ".join(sorted(entity.codes)) or "none"
        what = f"column '{field.path}' carries '{tag}', which is no known code system of the entity {entity.name}"
        yield Violation(what, field.at, f"governance/entities.yaml lists its code systems: {known}.")
    else:
        yield from _like_its_owner(field, entity, binding, subject)


def _untagged(field: Field, subject: Subject) -> Iterator[Violation]:
    for entity in subject.charter.entities:
        if field.name == entity.id_column or field.name.endswith(f"_{entity.id_column}"):
            what = f"column '{field.path}' is named as an id of the entity {entity.name} and is not tagged {entity.tag}"
            remedy = f"Add `tags: [{entity.tag}]`, or give it another name if it is no {entity.name}."
            yield Violation(what, field.at, remedy)
            return


def _like_its_owner(field: Field, entity: Entity, binding: Binding, subject: Subject) -> Iterator[Violation]:
    """Type and format against the register's column of ids or codes, as far as the gate knows that."""
    name = entity.codes[binding.code] if binding.code else entity.id_column
    kind = f"{binding.code} code" if binding.code else "id"
    wanted = _column(entity, name, subject)
    # `mesh check` tells once when a register or its column is not there
    if wanted is not None and field.physical_type != wanted.physical_type:
        what = f"column '{field.path}' is {field.physical_type}, the {kind} of the entity {entity.name} is "
        remedy = f"Take the type of {entity.port}, column {name}."
        yield Violation(what + wanted.physical_type, field.at, remedy)
        return
    options = dict(wanted.options) if wanted is not None else {}
    if not binding.code and entity.pattern:
        options["pattern"] = entity.pattern
    for misfit in misfits(field, options):
        what = f"column '{field.path}' can't hold the {kind} of the entity {entity.name}: {misfit.why}"
        yield Violation(what, (*field.at, *misfit.at), misfit.remedy)


def _column(entity: Entity, name: str, subject: Subject) -> Column | None:
    """The register's column."""
    owner = _owner(entity)
    tree = subject.mesh.domains.get(owner.domain) if subject.mesh and owner else None
    port = next((port for port in tree.ports if port.address == owner), None) if tree else None
    return next((column for column in port.contract.columns if column.name == name), None) if port else None


def _owner(entity: Entity) -> Address | None:
    """The register's address; None if the entry names none, which `mesh check` tells of the entry."""
    try:
        return Address.parse(entity.port)
    except UnknownAddressError:
        return None


def _owned(subject: Subject) -> Iterator[Violation]:
    """What is wrong with the register of an entity, in whichever major version."""
    address = subject.port.address
    for entity in subject.charter.entities:
        owner = _owner(entity)
        if owner is None or (owner.domain, owner.port) != (address.domain, address.port):
            continue
        if subject.contract.primary_key != (entity.id_column,):
            what = f"{subject.name} owns the entity {entity.name}, and its key is not {entity.id_column} alone"
            remedy = f"Make {entity.id_column} the primary key, or name another owner in governance/entities.yaml."
            yield Violation(what, ("schema", 0, "properties"), remedy)
        yield from _formatted(entity, subject)
        for code, name in entity.codes.items():
            column = next((column for column in subject.contract.columns if column.name == name), None)
            if column is not None and not (column.unique or subject.contract.primary_key == (name,)):
                what = f"column '{name}' turns {code} codes into ids of the entity {entity.name} and is not unique"
                yield Violation(what, column.at, "Set `unique: true`: a code that two have leads nowhere.")


def _formatted(entity: Entity, subject: Subject) -> Iterator[Violation]:
    """The format that the governance group wrote down is the promise of the register, word for word."""
    column = next((column for column in subject.contract.columns if column.name == entity.id_column), None)
    if column is None:
        return
    decided = (
        ("logicalType", entity.logical_type, column.logical_type),
        ("pattern", entity.pattern, str(column.options.get("pattern") or "")),
    )
    for what, wanted, found in decided:
        if wanted and wanted != found:
            told = f"governance decided for {wanted}, the contract has {found or 'none'}"
            remedy = "Ids concern every domain: let the governance group change governance/entities.yaml first."
            yield Violation(f"the {what} of the entity {entity.name}'s id differs: {told}", column.at, remedy)
