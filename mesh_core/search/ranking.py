"""What comes first: relevance times a weight that the port has earned.

Relevance is BM25 over the stems of the words, field by field (``BOOSTS``): a word in the port's name says more than one
in a column's description. Of the fields that have a word the best counts, the others a little. Words beside each other
in one text count more than apart. Of three words or more one may be missing, because people ask whole questions. An
address or a name that was typed in full comes before all else.

The weight has three factors, and none comes from a descriptor:

* status: what is deprecated, retired or withdrawn is there to be found, below what replaces it;
* trust: between 0.7 and 1.3 for a score between 0 and 100, and 0.6 for what was never published;
* use: up to 1.5, by the logarithm of reads, and of views for a fifth, in the last 30 days.

So trust and use decide between ports that fit about equally well (at most 3.3 to 1) and do not bury one that fits far
better. Equal scores are told apart by the address's hash, so that pages do not overlap when files are rewritten.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.search.entries import Entry

BOOSTS = {"name": 6.0, "defines": 5.0, "column": 3.5, "label": 3.0, "terms": 2.5, "purpose": 2.0, "text": 1.0}

EXACT = {1: 20_000.0, 2: 2_000_000.0}
"""Scores of a name and of an address typed in full: beyond what words can reach, whatever the weight."""

COMPLETE = 4.0
"""What a port gains that has all the words, and not just most of them."""

SOFT = 0.2
"""Of what other words count, for those that people call any port."""

PREFIX = 0.4
"""Of what a whole word counts, for a word that only begins so."""

_STATUS = {"active": 1.0, "draft": 0.7, "deprecated": 0.35, "retired": 0.1, "withdrawn": 0.05}
_SCALE = 40.0  # the smallest weight, 0.03, times this is still above 1: `stored_weight` needs that


def status_of(card: Card) -> str:
    """The status of the contract; ``withdrawn`` when the domain does not declare the port any more."""
    return "withdrawn" if card.withdrawn_at else card.status or "active"


def weight(entry: Entry) -> float:
    """What the port's relevance is multiplied with."""
    card = entry.card
    trust = 0.6 if entry.trust is None else 0.7 + 0.6 * entry.trust / 100
    use = 1 + min(0.5, 0.08 * math.log2(1 + uses(card)))
    return _STATUS.get(status_of(card), 1.0) * trust * use


def uses(card: Card) -> float:
    """How much it is used: a read counts like five views."""
    return card.reads + card.views / 5


def stored_weight(entry: Entry) -> float:
    """The weight as the index needs it: tantivy multiplies a score with log2(2 + field), fields being 0 or more."""
    jitter = 1 + 1e-4 * address_hash(entry.card.address) / 2**32
    return float(2 ** (_SCALE * weight(entry) * jitter) - 2)


def score(found: float) -> float:
    """Relevance times weight, from the score that tantivy tells."""
    return found / _SCALE


def address_hash(address: str) -> int:
    """32 bits that tell addresses apart, the same in every process."""
    return int.from_bytes(blake2b(address.encode(errors="surrogatepass"), digest_size=4).digest())
