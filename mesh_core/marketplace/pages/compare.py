"""Two or three ports side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request, Response

from mesh_core.errors import UnknownAddressError
from mesh_core.marketplace.pages.comparing import aligned, differing
from mesh_core.marketplace.pages.rendering import render
from mesh_core.marketplace.pages.sentences import Promise, promises_of

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.marketplace.market import Market
    from mesh_core.observability import ServiceLevel, Standing
    from mesh_core.search.joins import Join

router = APIRouter()

MOST = 3
_SUGGESTED = 8
_COMPARED = ("Each row", "A publication", "Rows that break a rule", "Earlier versions")


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the ports."""

    card: Card
    standing: Standing
    promises: tuple[Promise, ...]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of each port."""

    about: str
    cells: tuple[str, ...]
    differs: bool


class LevelRow(msgspec.Struct, frozen=True, kw_only=True):
    """One service level of each port; None where it is not promised."""

    about: str
    cells: tuple[ServiceLevel | None, ...]
    differs: bool


@router.get("/compare")
def compare(request: Request) -> Response:
    """The ports named by ``port``; with fewer than two, a way to choose others."""
    market: Market = request.app.state.market
    wanted = [text for text in dict.fromkeys(request.query_params.getlist("port")) if text.strip()]
    cards: dict[str, Card] = {}
    problems = []
    for text in wanted:
        try:
            card = market.card(text.strip())
        except UnknownAddressError as error:
            problems.append(f"{error.what}. {error.remedy}")
        else:
            cards.setdefault(card.address, card)
    chosen = list(cards.values())[:MOST]
    left_out = [card.address for card in list(cards.values())[MOST:]]
    if len(chosen) < 2:
        suggestions = _suggestions(market, chosen[0]) if chosen else []
        return render(request, "compare_choose.html", chosen=chosen, suggestions=suggestions, problems=problems)
    sides = [
        Side(card=card, standing=market.standing(card.address), promises=promises_of(market.contract(card.address)))
        for card in chosen
    ]
    return render(
        request,
        "compare.html",
        title=_title(chosen),
        sides=sides,
        rows=_rows(sides),
        levels=_levels(sides),
        columns=aligned(chosen),
        joins=_joins(market, chosen),
        one_contract=len({card.contract_id for card in chosen}) == 1,
        problems=problems,
        left_out=left_out,
    )


def _title(chosen: Sequence[Card]) -> str:
    """The names, or the addresses where two have one name."""
    names = [card.name or card.address for card in chosen]
    names = names if len(set(names)) == len(names) else [card.address for card in chosen]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _rows(sides: Sequence[Side]) -> list[Row]:
    """What can be said in words; numbers that are formatted stand in the template."""
    told = {
        "Purpose": [side.card.purpose for side in sides],
        "Limitations": [side.card.limitations for side in sides],
        "Domain": [side.card.domain for side in sides],
        "Owner": [side.card.owner for side in sides],
        "Made by": [f"{side.card.engine}, {side.card.domain_kind}".strip(", ") for side in sides],
    }
    for about in _COMPARED:
        found = [{promise.about: promise.text for promise in side.promises} for side in sides]
        told[about] = [each.get(about, "") for each in found]
    return [
        Row(about=about, cells=tuple(cells), differs=differing(cells)) for about, cells in told.items() if any(cells)
    ]


def _levels(sides: Sequence[Side]) -> list[LevelRow]:
    found = [{level.indicator: level for level in side.standing.levels} for side in sides]
    rows = []
    for indicator in dict.fromkeys(name for each in found for name in each):
        cells = tuple(each.get(indicator) for each in found)
        told = [(level.objective, level.status) if level else None for level in cells]
        rows.append(LevelRow(about=indicator, cells=cells, differs=differing(told)))
    return rows


def _joins(market: Market, chosen: Sequence[Card]) -> list[tuple[str, Join]]:
    """From the port that stands first in each pair to the other."""
    names = [card.address for card in chosen]
    return [
        (name, join)
        for place, name in enumerate(names)
        for join in market.joins(name)
        if join.address in names[place + 1 :]
    ]


def _suggestions(market: Market, card: Card) -> list[Card]:
    """What one may want beside the port: other majors, ports to join with, and what is near in the flow."""
    majors = [other.address for other in market.cards.values() if other.contract_id == card.contract_id]
    joined = [join.address for join in market.joins(card.address)]
    near = [*majors, *joined, *card.inputs]
    names = [name for name in dict.fromkeys(near) if name != card.address and name in market.cards]
    return [market.cards[name] for name in names[:_SUGGESTED]]
