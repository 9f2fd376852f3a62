"""Resolve out of the catalog alone: from a name and a range of versions to the one port that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.lifecycle import standing
from mesh_core.contracts.ranges import release_of
from mesh_core.serving.errors import UnresolvedError
from mesh_core.serving.resolution import (
    OtherVersion,
    ResolvedColumn,
    ServiceLevel,
    TableState,
    column_of,
    service_level_of,
    version_of,
)
from mesh_core.serving.resolver import Target

if TYPE_CHECKING:
    from mesh_core.catalog import Card, PublicationRecord
    from mesh_core.contracts import Contract
    from mesh_core.marketplace.market import Market

_PREFERRED = ("active", "deprecated", "draft", "retired")


class PromisedLevel(ServiceLevel, frozen=True, kw_only=True):
    """One promise about the service: property, value, unit."""


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """Where a port is, what it promises and how it stands: all that a reader needs."""

    address: str
    uri: str
    discovery: str
    """The address of the port's discovery port, whose content is ``document``."""
    contract_id: str
    version: str
    status: str
    name: str
    purpose: str
    owner: str
    announced_at: str
    """When the catalog first saw the deprecation; '' if there is none."""
    end_of_support: str
    """The last day on which the port is kept as promised; '' if none is announced."""
    successor: str
    """The address to move to, as URI; '' if none is named or live."""
    endpoint: str
    """What a reader opens: a folder or a URL, on the machine that published."""
    format: str
    columns: tuple[ResolvedColumn, ...]
    service_levels: tuple[PromisedLevel, ...]
    table: TableState | None
    """None before the first publication."""
    others: tuple[OtherVersion, ...]
    """The other major versions of the port, the newest first."""
    document: dict[str, Any]
    """The whole contract, as ODCS."""


def resolved(market: Market, target: str, version: str = "") -> Resolved:
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
    contract, card = min(meeting, key=lambda each: _preference(*each))
    return _resolved(market, contract, card, [other for other, _ in found])


def _preference(contract: Contract, card: Card) -> tuple[bool, int, tuple[int, ...]]:
    status = contract.status if contract.status in _PREFERRED else "draft"
    newest = tuple(-part for part in release_of(contract.version))
    return bool(card.withdrawn_at), _PREFERRED.index(status), newest


def _resolved(market: Market, contract: Contract, card: Card, versions: list[Contract]) -> Resolved:
    address = contract.address
    history = market.catalog.milestones(contract.id).get(contract.id, ())
    stands = standing(contract, history, market.now().date(), others=versions)
    others = sorted((each for each in versions if each is not contract), key=_release, reverse=True)
    return Resolved(
        address=address.sql,
        uri=address.uri,
        discovery=address.discovery,
        contract_id=contract.id,
        version=contract.version,
        status=contract.status,
        name=contract.name,
        purpose=contract.purpose,
        owner=card.owner,
        announced_at=stands.announced_at,
        end_of_support=stands.end_of_support.isoformat() if stands.end_of_support else "",
        successor=stands.successor,
        endpoint=card.endpoint,
        format=card.format,
        columns=tuple(column_of(column) for column in contract.columns),
        service_levels=tuple(
            PromisedLevel(**msgspec.structs.asdict(service_level_of(level))) for level in contract.slas
        ),
        table=_table(market.publication(card.address)),
        others=tuple(version_of(each) for each in others),
        document=contract.document.raw,
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
