"""How sensitive data are, how they are protected, and how long they are kept."""

from __future__ import annotations

from collections.abc import Iterator

from mesh_core.policy.policy import Example, Violation, policy
from mesh_core.policy.subject import Subject

CLASSIFICATIONS = ("public", "internal", "confidential", "restricted")
PROTECTIONS = ("mask", "tokenise", "hash", "drop", "encrypt")


@policy(
    id="classification-required",
    gates={"check", "publish"},
    sentence="Every column says how sensitive it is.",
    example=Example(
        refused="{name: customer, logicalType: string, description: Address of the customer., classification: secret}",
        mended="{name: customer, logicalType: string, description: Address of the customer., classification: internal}",
    ),
)
def classification_required(subject: Subject) -> Iterator[Violation]:
    """Access, samples and messages follow the classification; a column without one would be shown to everybody.

    The four classes are public, internal, confidential and restricted. A member of a nested column has its
    column's class unless it names its own.
    """
    for field in subject.fields:
        if field.classification not in CLASSIFICATIONS:
            given = f"is classified '{field.classification}'" if field.classification else "has no classification"
            remedy = f"Set `classification` to {', '.join(CLASSIFICATIONS[:-1])} or {CLASSIFICATIONS[-1]}."
            yield Violation(f"column '{field.path}' {given}", field.at, remedy)


@policy(
    id="protection-required",
    gates={"check", "publish", "access"},
    sentence="Whoever shares sensitive values says how they are protected.",
    example=Example(
        refused="{name: customer, logicalType: string, description: Address., classification: restricted}",
        mended="{name: customer, logicalType: string, description: Address., classification: restricted,\n"
        " customProperties: [{property: protection, value: mask}]}",
    ),
)
def protection_required(subject: Subject) -> Iterator[Violation]:
    """The owner knows what keeps a value useful: a token still joins, a mask still shows a shape, a hash counts.

    Confidential and restricted columns carry the custom property ``protection``: mask, tokenise, hash, drop or
    encrypt. ODCS's own ``encryptedName`` counts as encrypt.
    """
    for field in subject.fields:
        if field.sensitive and field.protection not in PROTECTIONS:
            wrong = f"says protection '{field.protection}'" if field.protection else "does not say how it is protected"
            remedy = (
                "Add `customProperties: [{property: protection, value: mask}]`; "
                f"known values are {', '.join(PROTECTIONS)}."
            )
            yield Violation(f"column '{field.path}' is {field.classification} and {wrong}", field.at, remedy)


@policy(
    id="retention-required",
    gates={"check", "publish"},
    sentence="Personal data are kept for a stated time.",
    example=Example(
        refused="slaProperties: [{property: latency, value: 1, unit: d}]",
        mended="slaProperties: [{property: latency, value: 1, unit: d}, {property: retention, value: 5, unit: y}]",
    ),
)
def retention_required(subject: Subject) -> Iterator[Violation]:
    """Nobody may keep personal data for good, and whoever copies them has to know until when.

    A port has personal data when a column is restricted or a column or the contract carries a tag ``pii`` (also
    ``pii-…`` and ``pii:…``). The service level ``retention`` says how long rows are kept.
    """
    if subject.contract.sla("retention") is not None:
        return
    field = next((field for field in subject.fields if field.personal or field.classification == "restricted"), None)
    if field is None and not subject.personal:
        return
    reason = f"column '{field.path}' holds" if field else "a tag of the contract tells of"
    what = f"{reason} personal data and no service level says how long it is kept"
    remedy = "Add `{property: retention, value: 5, unit: y}` under `slaProperties`."
    yield Violation(what, ("slaProperties",) if subject.contract.slas or not field else field.at, remedy)
