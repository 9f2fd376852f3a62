"""Descriptors and contracts in their standards: the documents as registered, with what only the catalog knows.

What somebody wrote is never replaced: only what a document leaves open is filled in, where its version of the standard
has a place for it. The rest stands in ``customProperties``, marked as the catalog's.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from mesh_core.catalog import Card, Catalog
from mesh_core.errors import UnknownAddressError
from mesh_core.model import Address

VENDOR = "mesh"
"""Whose the added custom properties are, where the standard can say it."""

_SPEAK_OF_VENDORS = ("v1.1", "v3.2")
_ENDING = frozenset({"deprecated", "retired"})

Document = dict[str, Any]


def product(known: Catalog, product_id: str, base: str = "") -> Document:
    """The product as ODPS; UnknownAddressError if the catalog has no such product.

    Added are the time when it was first declared, the contracts that each port is really made from, and whether a
    port is deprecated. ``base`` is the address of the service that tells it: with one, its own pages and interfaces
    are the product's management ports.
    """
    found = known.product(product_id)
    if found is None:
        message = f"the catalog knows no product '{product_id}'"
        raise UnknownAddressError(message, remedy="See `mesh list`, or search.")
    document = copy.deepcopy(found.document)
    own = [card for card in known.cards(_addresses(document)) if card.product_id == product_id]
    _created(document, "productCreatedTs", (card.declared_at for card in own))
    upstream = _upstream(known, own)
    for port in document.get("outputPorts") or ():
        card = _card_of(port, own)
        if card is not None:
            _of_port(port, card, upstream.get(card.address, ()), document)
    if base:
        _managed(document, product_id, own, base.rstrip("/"))
    return document


def contract(known: Catalog, address: str, base: str = "") -> Document:
    """The port's contract as ODCS; UnknownAddressError if the catalog has no such port.

    Added are the time of its first publication, the newest table version, and with ``base`` the port's page.
    """
    found, cards = known.document(address), known.cards([address])
    if found is None or not cards:
        message = f"the catalog knows no port '{address}'"
        raise UnknownAddressError(message, remedy="See `mesh list`, or search.")
    document, card = copy.deepcopy(found), cards[0]
    versions = known.contract_versions(card.contract_id)
    _created(document, "contractCreatedTs", (version.first_published_at for version in versions))
    _add(document, _facts(card), document)
    if base:
        _link(document, f"{base.rstrip('/')}/ports/{quote(address)}")
    return document


def _created(document: Document, key: str, times: Iterable[str]) -> None:
    first = min((time for time in times if time), default="")
    if first and not document.get(key):
        document[key] = first


def _addresses(document: Document) -> set[str]:
    """Of the ports that a descriptor names."""
    found = set()
    for port in document.get("outputPorts") or ():
        domain, _, name = str(port.get("contractId") or "").rpartition(".")
        major = str(port.get("version") or "").partition(".")[0]
        if domain and major.isdigit():
            found.add(Address(domain, name, int(major)).sql)
    return found


def _upstream(known: Catalog, own: Iterable[Card]) -> dict[str, list[Card]]:
    """The ports that each of ``own`` was made from, through internal steps, as far as they are still known."""
    wanted = {card.address for card in own}
    flows = [flow for flow in known.flows() if flow.downstream in wanted]
    cards = {card.address: card for card in known.cards({flow.upstream for flow in flows})}
    found: dict[str, list[Card]] = {}
    for flow in flows:
        if flow.upstream in cards:
            found.setdefault(flow.downstream, []).append(cards[flow.upstream])
    return found


def _card_of(port: Document, own: Iterable[Card]) -> Card | None:
    """The port of the catalog that a descriptor's output port is: same contract, same major version."""
    major = str(port.get("version") or "").partition(".")[0]
    for card in own:
        if card.contract_id == port.get("contractId") and card.version.partition(".")[0] == major:
            return card
    return None


def _of_port(port: Document, card: Card, upstream: Iterable[Card], document: Document) -> None:
    contracts = [{"id": each.contract_id, "version": each.version} for each in upstream]
    if contracts and not port.get("inputContracts"):
        port["inputContracts"] = contracts
    if "deprecated" not in port and _speaks_of_vendors(document) and (card.status in _ENDING or card.withdrawn_at):
        port["deprecated"] = True
    _add(port, _facts(card), document)


def _facts(card: Card) -> dict[str, tuple[Any, str]]:
    """What there is of a port beyond its promise."""
    facts: dict[str, tuple[Any, str]] = {"meshAddress": (card.uri, "The port's address in this mesh.")}
    if card.table_version is not None:
        facts |= {
            "tableVersion": (card.table_version, "The newest version of the table."),
            "publishedAt": (card.published_at, "When it was published."),
            "rowCount": (card.rows, "Its rows."),
        }
    return facts


def _add(target: Document, facts: dict[str, tuple[Any, str]], document: Document) -> None:
    """Append custom properties that are not there; ``document`` says by its version whether they can name a vendor."""
    there = target.get("customProperties") or []
    names = {entry.get("property") for entry in there}
    vendor = {"vendor": VENDOR} if _speaks_of_vendors(document) else {}
    added = [
        {"property": name, "value": value, "description": text, **vendor}
        for name, (value, text) in facts.items()
        if name not in names
    ]
    if added:
        target["customProperties"] = [*there, *added]


def _speaks_of_vendors(document: Document) -> bool:
    return str(document.get("apiVersion") or "").startswith(_SPEAK_OF_VENDORS)


def _managed(document: Document, product_id: str, own: Iterable[Card], base: str) -> None:
    """The service's interfaces for the product, unless its descriptor names others."""
    there = document.get("managementPorts") or []
    contents = {port.get("content") for port in there}
    offered = [("discoverability", "mesh-discovery", f"{base}/api/v1/products/{quote(product_id)}", "What it is.")]
    offered += [
        (
            "observability",
            f"mesh-observability-{card.address.partition('.')[2]}",
            f"{base}/api/v1/ports/{quote(card.address)}/service-levels",
            f"How good {card.address} is.",
        )
        for card in own
    ]
    added = [
        {"name": name, "content": content, "type": "rest", "url": url, "description": text}
        for content, name, url, text in offered
        if content not in contents
    ]
    if added:
        document["managementPorts"] = [*there, *added]
    _link(document, f"{base}/products/{quote(product_id)}")


def _link(document: Document, url: str) -> None:
    """The page among the definitions, unless the document names a canonical one."""
    there = document.get("authoritativeDefinitions") or []
    if not any(entry.get("type") == "canonicalUrl" for entry in there):
        document["authoritativeDefinitions"] = [*there, {"type": "canonicalUrl", "url": url}]
