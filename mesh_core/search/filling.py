"""What the index must learn: which ports changed in the catalog since it was last looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.search.entries import Entry, Glossary, entry_of
from mesh_core.search.standing import UNKNOWN, Grade

if TYPE_CHECKING:
    from mesh_core.catalog import Card, Catalog, Change

FEW = 200
"""Ports that are looked up one by one; of more, all are read at once."""
_MANY_CHANGES = 5_000


def changed_since(catalog: Catalog, seq: int) -> tuple[Change, ...] | None:
    """The changes after ``seq``; None if there are so many that everything is better read again."""
    found = catalog.changes(after=seq, limit=_MANY_CHANGES)
    return found if len(found) < _MANY_CHANGES else None


def concerned(changes: Iterable[Change], known: Collection[str]) -> set[str] | None:
    """Addresses of the ports that the changes are about; None if they are about all."""
    found: set[str] = set()
    domains: set[str] = set()
    for change in changes:
        if change.type.startswith(("port.", "slo.")):
            found.add(change.subject)
        elif change.type.startswith("contract."):
            found |= {address for address in known if address.startswith(change.subject)}  # with its later majors
        elif change.domain:
            domains.add(change.domain)
        else:
            return None
    return found | {address for address in known if address.partition(".")[0] in domains}


def entries(catalog: Catalog, cards: Collection[Card], graded: Mapping[str, Grade]) -> list[Entry]:
    """The ports as the index keeps them."""
    if not cards:
        return []
    documents = _documents(catalog, cards)
    glossary = Glossary(catalog.charter().terms)
    made = []
    for card in cards:
        trust, slo = graded.get(card.address, UNKNOWN)
        entry = entry_of(card, documents[card.address], glossary)
        made.append(msgspec.structs.replace(entry, trust=trust, slo=slo))
    return made


def digest(card: Card, grade: Grade) -> bytes:
    """Equal as long as nothing changed that the catalog does not tell as a change: use, trust, service levels."""
    return blake2b(msgspec.msgpack.encode((card, grade)), digest_size=12).digest()


def _documents(catalog: Catalog, cards: Collection[Card]) -> dict[str, dict[str, Any]]:
    declared: dict[str, dict[str, Any]] = {}
    if len(cards) > FEW:
        declared = {
            port.address: port.contract.document for domain in catalog.declared_domains() for port in domain.ports
        }
    return {card.address: declared.get(card.address) or catalog.document(card.address) or {} for card in cards}
