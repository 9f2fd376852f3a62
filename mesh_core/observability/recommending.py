"""What the flows between domains suggest: each suggestion with the facts behind it and the threshold they passed.

Nothing here is carried out by itself. A suggestion says what a person who knows the domains should look at, and is
made from recorded facts only, so that the same catalog always suggests the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from mesh_core.observability.cutting import merges, splits
from mesh_core.observability.sharing import hubs, masters, peers
from mesh_core.observability.thresholds import THRESHOLDS, Thresholds
from mesh_core.observability.topology import DomainDegree, DomainFlow, Picture, Recommendation

_ORDER = ("merge", "split", "master data", "shared hub", "peer to peer")
"""What changes the cut of the mesh comes first, what says that all is well comes last."""


def recommend(
    picture: Picture,
    flows: Sequence[DomainFlow],
    domains: Sequence[DomainDegree],
    thresholds: Thresholds = THRESHOLDS,
) -> tuple[Recommendation, ...]:
    """All suggestions, the weightiest kind first."""
    found = [
        *merges(flows, domains, thresholds),
        *splits(picture, thresholds),
        *masters(picture, thresholds),
        *hubs(picture, domains, thresholds),
    ]
    taken = {pair for each in found if each.kind == "merge" for pair in ((*each.domains,), (*each.domains[::-1],))}
    found += peers(picture, [flow for flow in flows if (flow.upstream, flow.downstream) not in taken], thresholds)
    found.sort(key=lambda each: (_ORDER.index(each.kind), -max(each.numbers.values()), each.subject))
    kinds = [[each for each in found if each.kind == kind] for kind in _ORDER]
    return tuple(each for some in kinds for each in some[: thresholds.of_a_kind])
