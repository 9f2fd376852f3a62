"""The index's fields, and a port as one document of it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from mesh_core.search import ranking
from mesh_core.search.entries import Entry, exact_names, texts
from mesh_core.search.words import plain

if TYPE_CHECKING:
    from tantivy import Document, Schema

VERSION = "2"
"""Raised with every change of what is indexed: an index of another version is made anew."""

TOKENIZER = "mesh_stems"
STORED_FACETS = ("domain", "kind", "status", "slo", "classification", "owner", "entity", "tag")
"""All but freshness, which is told from ``fresh_at`` at the time of asking."""

ORDERS = {"trust": "by_trust", "use": "by_use", "newest": "by_newest"}
"""The field that each order other than relevance sorts by, highest first."""

_BREAK = " \u2029 "
"""A word of its own between two texts of a field: no phrase reaches across."""
_decoder = msgspec.msgpack.Decoder(Entry)


@lru_cache(maxsize=1)
def schema() -> Schema:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_text_field("address", tokenizer_name="raw")
    for name in ranking.BOOSTS:
        builder.add_text_field(name, tokenizer_name=TOKENIZER)
    builder.add_text_field("word", tokenizer_name="whitespace", index_option="basic")
    for rank in ranking.EXACT:
        builder.add_text_field(f"exact_{rank}", tokenizer_name="raw", index_option="basic")
    for name in STORED_FACETS:
        builder.add_text_field(f"facet_{name}", tokenizer_name="raw", fast=True, index_option="basic")
    builder.add_integer_field("fresh_at", indexed=True, fast=True)
    builder.add_float_field("weight", fast=True)
    for name in ORDERS.values():
        builder.add_unsigned_field(name, fast=True)
    builder.add_bytes_field("entry", stored=True)
    return builder.build()


def document(entry: Entry) -> Document:
    """The port as the index takes it."""
    from tantivy import Document

    made = Document()
    made.add_text("address", entry.card.address)
    _add_words(made, entry)
    for name, rank in dict.fromkeys(exact_names(entry.card)):
        made.add_text(f"exact_{rank}", name)
    for facet in STORED_FACETS:
        for value in facet_values(entry, facet):
            made.add_text(f"facet_{facet}", value)
    made.add_integer("fresh_at", seconds(fresh_moment(entry)))
    made.add_float("weight", ranking.stored_weight(entry))
    _add_orders(made, entry)
    made.add_bytes("entry", msgspec.msgpack.encode(entry))
    return made


def entry_in(stored: Document) -> Entry:
    """The port that ``document`` was made of."""
    kept: bytes = stored.get_first("entry") or b""
    return _decoder.decode(kept)


def facet_values(entry: Entry, facet: str) -> tuple[str, ...]:
    """The port's values of one facet; an unknown one has none."""
    card = entry.card
    if facet == "entity":
        return tuple(dict.fromkeys(column.entity for column in card.columns if column.entity))
    if facet == "tag":
        return tuple(dict.fromkeys(tag for tag in card.tags if tag and not tag.startswith("entity:")))
    values = {
        "domain": card.domain,
        "kind": card.domain_kind,
        "status": ranking.status_of(card),
        "slo": entry.slo,
        "classification": card.classification,
        "owner": card.owner,
    }
    return (values[facet],) if values[facet] else ()


def fresh_moment(entry: Entry) -> str:
    """When the newest version was last known to be right; '' if there is none."""
    return max(entry.card.confirmed_at, entry.card.published_at)


def seconds(moment: str) -> int:
    """The ISO time in seconds since 1970; 0 for ''."""
    return int(datetime.fromisoformat(moment).timestamp()) if moment else 0


def _add_words(made: Document, entry: Entry) -> None:
    parts: dict[str, list[str]] = {}
    for text in texts(entry):
        if text.text:
            parts.setdefault(text.field, []).append(plain(text.text))
    for field, found in parts.items():
        made.add_text(field, _BREAK.join(found))
    every = {word for found in parts.values() for text in found for word in text.split()}
    made.add_text("word", " ".join(sorted(every)))


def _add_orders(made: Document, entry: Entry) -> None:
    """Whole numbers to sort by: the highest first, equal ones apart by the address's hash."""
    card, tail = entry.card, ranking.address_hash(entry.card.address)
    made.add_unsigned("by_trust", (0 if entry.trust is None else entry.trust + 1) << 32 | tail)
    made.add_unsigned("by_use", min(2**31, int(ranking.uses(card) * 5)) << 32 | tail)
    made.add_unsigned("by_newest", max(0, seconds(card.published_at or card.declared_at)) % 2**32 << 32 | tail)
