"""Who answers for what is shared."""

from __future__ import annotations

from collections.abc import Iterator

from mesh_core.policy.policy import Example, Violation, policy
from mesh_core.policy.subject import Subject


@policy(
    id="owner-required",
    gates={"check", "load", "publish"},
    sentence="Nothing is shared without an owner.",
    example=Example(refused='team: {name: ""}', mended="team: {name: Shop team}"),
)
def owner_required(subject: Subject) -> Iterator[Violation]:
    """A reader with a question, and an incident at night, need somebody who answers.

    The contract's team counts, else the product's, else the domain's.
    """
    if not subject.port.owner.strip():
        remedy = "Name a team in the contract, in product.yaml or as `owner` in domain.yaml."
        yield Violation(f"{subject.name} has no owner", ("team",), remedy)
