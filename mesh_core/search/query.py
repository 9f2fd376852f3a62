"""What a reader asks of the search, and what comes back."""

from __future__ import annotations

from typing import Literal

import msgspec

from mesh_core.catalog import Card

Sort = Literal["relevance", "trust", "use", "newest"]

FACETS = ("domain", "kind", "status", "freshness", "slo", "classification", "owner", "entity", "tag")
"""In the order in which a page shows them; each is a field of ``Query`` too."""

MAX_PAGE = 100
"""Hits that one answer holds at most."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Words and chosen facet values: values of one facet widen the result, facets narrow it.

    ``words`` is what a person typed: a part in double quotes is a phrase, nothing else has a special meaning.
    """

    words: str = ""
    domain: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    """Of the domain: ``source-aligned``, ``consumer-aligned``, ``shared``."""
    owner: tuple[str, ...] = ()
    classification: tuple[str, ...] = ()
    freshness: tuple[str, ...] = ()
    """``today``, ``this week``, ``older``, ``never``."""
    status: tuple[str, ...] = ()
    """Of the contract, or ``withdrawn``."""
    slo: tuple[str, ...] = ()
    """The worst of its service levels: ``met``, ``at risk``, ``breached``, ``unknown``."""
    entity: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    page: int = 1
    """From 1."""
    size: int = 20
    sort: Sort = "relevance"

    def chosen(self, facet: str) -> tuple[str, ...]:
        """The values that were chosen of one facet."""
        values: tuple[str, ...] = getattr(self, facet)
        return values


class FacetValue(msgspec.Struct, frozen=True):
    """How many of the hits would remain, or come, with this value."""

    value: str
    count: int
    chosen: bool


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One port that was found."""

    address: str
    score: float
    card: Card
    trust: int | None = None
    """0 to 100; None as long as nothing was published."""
    slo: str = "unknown"
    freshness: str = "never"
    matched: tuple[str, ...] = ()
    """Where the words were found: ``name``, ``purpose``, ``column wind_speed``, ``term tail number``."""
    snippet: str = ""
    """Plain text: whoever shows it escapes it."""
    marks: tuple[tuple[int, int], ...] = ()
    """Start and end of the found words in ``snippet``."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One page of hits, and how all of them spread over the facets."""

    total: int
    hits: tuple[Hit, ...] = ()
    facets: dict[str, tuple[FacetValue, ...]] = {}
    """By the names in ``FACETS``; counted under the choices in all other facets."""
    corrected: str = ""
    """What the words were taken for, '' if they were taken as they are."""
    partial: bool = False
    """No port has all the words: these have some of them."""
    page: int = 1
    size: int = 20
    seconds: float = 0.0

    def lasting(self, seconds: float) -> Found:
        """The same, with the time that it took."""
        return msgspec.structs.replace(self, seconds=seconds)
