"""Resolve out of the catalog alone: from a name and a range of versions to the one port that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesh_core.contracts.lifecycle import standing
from mesh_core.contracts.ranges import release_of
from mesh_core.serving.errors import UnresolvedError
from mesh_core.serving.resolution import Endpoint, Found, Resolution, TableState, resolution_of
from mesh_core.serving.resolver import Target, preference

if TYPE_CHECKING:
    from mesh_core.catalog import Card, PublicationRecord
    from mesh_core.contracts import Contract
    from mesh_core.marketplace.market import Market


def resolved(market: Market, target: str, version: str = "") -> Resolution:
    """The newest version in the range, active ones before others; UnresolvedError if none is in it."""
    wanted = Target.parse(target, version)
    cards = [card for card in market.cards.values() if card.contract_id == wanted.contract_id]
    found = [(market.contract(card.address), card) for card in cards]
    if not found:
        raise market.unknown(wanted.contract_id)
    meeting = [each for each in found if wanted.admits(each[0])]
    if not meeting:
        known = ", ".join(f"{contract.version} ({contract.status})" for contract, _ in found)
        message = f"no version of {wanted.contract_id} meets {wanted.asked or 'the request'}"
        raise UnresolvedError(message, remedy=f"There are {known}.")
    contract, card = min(meeting, key=lambda each: (bool(each[1].withdrawn_at), preference(each[0])))
    return _resolved(market, contract, card, [other for other, _ in found])


def _resolved(market: Market, contract: Contract, card: Card, versions: list[Contract]) -> Resolution:
    history = market.catalog.milestones(contract.id).get(contract.id, ())
    others = sorted((each for each in versions if each is not contract), key=_release, reverse=True)
    return resolution_of(
        Found(contract=contract, owner=card.owner, source="catalog"),
        others,
        stands=standing(contract, history, market.now().date(), others=versions),
        endpoint=_endpoint(market, contract, card),
        table=_table(market.publication(card.address)),
    )


def _endpoint(market: Market, contract: Contract, card: Card) -> Endpoint:
    """Where the port is for the machine that declared it; this one may have no lake, or another environment."""
    wanted = market.settings.environment
    server = next((each for each in contract.servers if each.environment == wanted), None)
    return Endpoint(
        environment=wanted,
        type=server.type if server else "",
        format=card.format,
        path=server.path if server else "",
        location=card.endpoint,
    )


def _table(newest: PublicationRecord | None) -> TableState | None:
    if newest is None:
        return None
    return TableState(
        version=newest.table_version,
        rows=newest.rows,
        published_at=newest.published_at,
        contract_version=newest.contract.version,
    )


def _release(contract: Contract) -> tuple[int, ...]:
    return release_of(contract.version)
