"""What readers must be told."""

from __future__ import annotations

from collections.abc import Iterator

from mesh_core.policy.policy import Example, Violation, policy
from mesh_core.policy.subject import Subject


@policy(
    id="description-required",
    gates={"check", "publish"},
    sentence="Every column says what it holds.",
    example=Example(
        refused="{name: amount, logicalType: number, classification: internal}",
        mended="{name: amount, logicalType: number, classification: internal, description: Sum of the order in euros.}",
    ),
)
def description_required(subject: Subject) -> Iterator[Violation]:
    """A name is not a definition: readers of other domains don't know the words of this one.

    Members of nested columns are columns here; the items of a list are described by the list.
    """
    for field in subject.fields:
        if field.name and not field.description.strip():
            remedy = "Add `description`: what a value means, its unit, and when it is null."
            yield Violation(f"column '{field.path}' has no description", field.at, remedy)
