"""From where on a fact about the flows between domains is worth a suggestion."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """From where on a fact is worth a suggestion."""

    hub_domains: int = 3
    """Two readers can talk to the owner, and each knows the other; from three on a change needs a process."""
    hub_share: float = 0.5
    """In a large mesh three readers are few: a hub is what at least half of the other domains read."""
    few_domains: int = 2
    """As long as no more read a port, its owner and they agree best among themselves."""
    merge_share: float = 0.8
    """Two teams that spend four fifths of their exchange on each other have little left that a border protects."""
    merge_publications: int = 2
    """One publication each way may be a try."""
    merge_domains: int = 3
    """In a mesh of two domains each has only the other."""
    split_products: int = 4
    """Below, a domain is small enough for one team whatever it is made of."""
    split_part: int = 2
    """A single product that stands alone is a product, not a domain."""
    split_share: float = 0.25
    """What splits off should be a fair part: a pair beside twenty products is a corner of the domain, not a half."""
    of_a_kind: int = 10
    """Nobody works through more at a time; the weightiest of a kind are told."""
    names: int = 5
    """Names in one reason; of more it says how many."""
    register_domains: int = 3
    """An identity that so many domains use is what they all join by."""
    column_domains: int = 3
    """A key of the same name in so many domains, without an entity, is joined by already, on trust."""


THRESHOLDS = Thresholds()


def listed(names: Sequence[str], most: int) -> str:
    """The names, of many only the first and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def counted(number: int, name: str) -> str:
    """``1 port``, ``2 ports``."""
    return f"{number:,} {name}{'' if number == 1 else 's'}"
