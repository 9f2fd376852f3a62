"""Entities that several domains speak of: who owns the identity, its format, who carries it, and what can be joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from mesh_core.contracts.bindings import bindings_in
from mesh_core.marketplace.market import near
from mesh_core.marketplace.pages.addressed import sql_name
from mesh_core.marketplace.pages.identities import bearers, compared, completed
from mesh_core.marketplace.pages.rendering import render
from mesh_core.marketplace.problems import NotFoundError

if TYPE_CHECKING:
    from mesh_core.governance import Entity
    from mesh_core.marketplace.market import Market
    from mesh_core.marketplace.pages.identities import Bearer

router = APIRouter(include_in_schema=False)

_IN_MATRIX = 12
"""Columns that are compared with each other on one page: more can't be read as a matrix."""
_JOINED = 24
"""Columns among which those are chosen."""


@router.get("/entities", response_class=HTMLResponse)
def entities(request: Request) -> HTMLResponse:
    """Every entity with its owner and how many ports carry it."""
    market: Market = request.app.state.market
    found = market.charter().entities
    measured = market.catalog.key_measurements()
    # Of ten thousand ports few bind a column: the others are looked at once, not once an entity.
    registers = {sql_name(entity.port) for entity in found}
    cards = [
        card
        for card in market.cards.values()
        if card.address in registers or any(column.entity or bindings_in(column.tags) for column in card.columns)
    ]
    return render(
        request,
        "entities.html",
        entities=[
            (entity, sql_name(entity.port), _worst(each), len({one.card.address for one in each}), len(each))
            for entity in found
            for each in (bearers(entity, cards, measured),)
        ],
    )


@router.get("/entities/{name:path}", response_class=HTMLResponse)
def entity(request: Request, name: str) -> HTMLResponse:
    """One entity: its format, its code systems, and every column that carries it with its measured resolve rate."""
    market: Market = request.app.state.market
    known = {each.name: each for each in market.charter().entities}
    if name not in known:
        message = f"governance knows no entity '{name[:200]}'"
        raise NotFoundError(message, remedy=near(name, known))
    found = known[name]
    register = market.cards.get(sql_name(found.port))
    carriers = bearers(found, market.cards.values(), market.catalog.key_measurements())
    published = [each for each in carriers if each.card.table_version is not None][:_JOINED]
    joins = {address: market.joins(address) for address in sorted({each.card.address for each in published})}
    shown, rates = compared(published, joins, _IN_MATRIX)
    columns = {column.name: column for column in register.columns} if register else {}
    return render(
        request,
        "entity.html",
        entity=found,
        register=register,
        id_column=columns.get(found.id_column),
        format=_format(market, found),
        codes=[(system, column, columns.get(column)) for system, column in found.codes.items()],
        carriers=completed(carriers, joins),
        compared=shown,
        matrix=rates,
    )


def _format(market: Market, entity: Entity) -> tuple[str, str]:
    """Type and pattern of the global id: governance's word, else that of the register's contract."""
    address = sql_name(entity.port)
    if (entity.logical_type and entity.pattern) or address not in market.cards:
        return entity.logical_type, entity.pattern
    contract = market.contract(address)
    column = next((each for each in contract.columns if each.name == entity.id_column), None)
    if column is None:
        return entity.logical_type, entity.pattern
    pattern = str(column.options.get("pattern") or "")
    return entity.logical_type or column.logical_type, entity.pattern or pattern


def _worst(carriers: tuple[Bearer, ...]) -> Bearer | None:
    """The column of which the smallest share resolves, if anything was measured."""
    rated = [each for each in carriers if each.rate is not None and not each.register]
    return min(rated, key=lambda each: each.rate or 0.0, default=None)
