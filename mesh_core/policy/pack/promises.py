"""Service levels and version numbers: what a consumer can plan with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mesh_core.policy.policy import Example, Violation, policy
from mesh_core.policy.subject import Subject

TIMELY = ("frequency", "latency")
"""The service levels that the mesh itself acts on: a schedule and a freshness policy are made from them."""
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


@policy(
    id="service-level-required",
    gates={"check", "publish"},
    sentence="An active port promises how fresh it is.",
    example=Example(
        refused="slaProperties: [{property: retention, value: 5, unit: y}]",
        mended="slaProperties: [{property: retention, value: 5, unit: y}, {property: latency, value: 1, unit: d}]",
    ),
)
def service_level_required(subject: Subject) -> Iterator[Violation]:
    """A consumer cannot plan with data of unknown age, and nothing can be watched that was never promised.

    At least one of ``frequency`` and ``latency`` stands under ``slaProperties``. Drafts need none yet.
    """
    if subject.live and not any(subject.contract.sla(name) for name in TIMELY):
        what = f"status is {subject.contract.status} and no service level says how fresh the data are"
        remedy = "Add `frequency` or `latency` under `slaProperties`, e.g. {property: latency, value: 1, unit: d}."
        yield Violation(what, ("slaProperties",) if subject.contract.slas else ("status",), remedy)


@policy(
    id="semantic-versions",
    gates={"check", "load", "publish"},
    sentence="Versions are MAJOR.MINOR.PATCH, of contracts and of products.",
    example=Example(refused='# product.yaml\nversion: "1.0"', mended='# product.yaml\nversion: "1.0.0"'),
)
def semantic_versions(subject: Subject) -> Iterator[Violation]:
    """Consumers declare ranges of versions: only numbers that can be compared say whether a change breaks them.

    A contract begins with 1.0.0, because its major version is part of the port's address; a product may begin
    with 0.1.0. Suffixes such as -rc1 are no versions: what is not final yet has the status draft.
    """
    remedy = "Write MAJOR.MINOR.PATCH, e.g. 1.4.0."
    if _VERSION.fullmatch(subject.contract.version) is None:
        yield Violation(f"contract version '{subject.contract.version}' is not semantic", ("version",), remedy)
    if _VERSION.fullmatch(subject.product.version) is None:
        yield Violation(f"product version '{subject.product.version}' is not semantic", ("version",), remedy, "product")
