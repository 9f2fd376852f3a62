"""The words of the mesh: business terms, and the things that several domains speak of."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response

from mesh_core.catalog import Card, KeyMeasurement
from mesh_core.governance import Entity, Term
from mesh_core.marketplace.api.documented import TheCall, answers
from mesh_core.marketplace.conditional import conditional
from mesh_core.marketplace.market import near
from mesh_core.marketplace.problems import NotFoundError
from mesh_core.marketplace.responses import json_answer

router = APIRouter(tags=["vocabulary"])


class Glossary(msgspec.Struct, frozen=True, kw_only=True):
    """Every term, in the order of governance."""

    items: tuple[Term, ...]
    total: int


class Entities(msgspec.Struct, frozen=True, kw_only=True):
    """Every entity, in the order of governance."""

    items: tuple[Entity, ...]
    total: int


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """A column that holds ids of an entity."""

    address: str
    column: str
    keys: int | None = None
    """Different ids; None as long as nobody counted."""
    resolved: int | None = None
    """Those that the register knows."""
    rows: int | None = None
    resolved_rows: int | None = None


class EntityView(msgspec.Struct, frozen=True, kw_only=True):
    """An entity, and every column that holds its ids."""

    entity: Entity
    bearers: tuple[Bearer, ...]


@router.get("/glossary", operation_id="listTerms", responses=answers(Glossary, "The terms."))
@conditional
def glossary(call: TheCall) -> Response:
    """The glossary that governance keeps."""
    terms = call.market.charter().terms
    return json_answer(Glossary(items=terms, total=len(terms)))


@router.get("/glossary/{term}", operation_id="getTerm", responses=answers(Term, "The term.", errors=(404,)))
@conditional
def term(
    call: TheCall, term: Annotated[str, Path(max_length=200, description="The term or one of its synonyms.")]
) -> Response:
    """What a word means here, and who decides it."""
    known = call.market.charter().terms
    wanted = term.casefold()
    for each in known:
        if wanted in {each.term.casefold(), *(synonym.casefold() for synonym in each.synonyms)}:
            return json_answer(each)
    message = f"the glossary has no term '{term}'"
    raise NotFoundError(message, remedy=near(term, {each.term: each for each in known}))


@router.get("/entities", operation_id="listEntities", responses=answers(Entities, "The entities."))
@conditional
def entities(call: TheCall) -> Response:
    """What several domains speak of, each with the port that owns its identity."""
    found = call.market.charter().entities
    return json_answer(Entities(items=found, total=len(found)))


@router.get("/entities/{name}", operation_id="getEntity", responses=answers(EntityView, "The entity.", errors=(404,)))
@conditional
def entity(
    call: TheCall, name: Annotated[str, Path(max_length=100, description="The entity's name.", examples=["airport"])]
) -> Response:
    """One entity, and how many ids of each column that bears it its register knows."""
    known = {each.name: each for each in call.market.charter().entities}
    if name not in known:
        message = f"governance knows no entity '{name}'"
        raise NotFoundError(message, remedy=near(name, known))
    bearing = [card for card in call.market.cards.values() if any(column.entity == name for column in card.columns)]
    measured = call.market.catalog.key_measurements([card.address for card in bearing])
    found = (
        _bearer(card, column.name, measured.get(card.address, ()))
        for card in bearing
        for column in card.columns
        if column.entity == name
    )
    return json_answer(EntityView(entity=known[name], bearers=tuple(found)))


def _bearer(card: Card, column: str, measured: tuple[KeyMeasurement, ...]) -> Bearer:
    found = next((each for each in measured if each.column == column), None)
    if found is None:
        return Bearer(address=card.address, column=column)
    return Bearer(
        address=card.address,
        column=column,
        keys=found.keys,
        resolved=found.resolved,
        rows=found.rows,
        resolved_rows=found.resolved_rows,
    )
