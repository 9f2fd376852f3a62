"""Violations as errors: findings of `mesh check`, and the refusal at a gate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mesh_core.contracts.document import line_of
from mesh_core.errors import MeshError, Severity
from mesh_core.policy.waivers import waiver_for

if TYPE_CHECKING:
    from mesh_core.policy.policy import Gate, Policy, Violation
    from mesh_core.policy.subject import Subject

_VERBS = {"check": "pass", "load": "be loaded", "publish": "be published", "access": "be read"}


class PolicyViolation(MeshError):  # noqa: N818 - a finding; PolicyRefusedError is what is raised
    """One port against one policy; the code is the policy's id."""

    code = "policy"

    def __init__(self, violation: Violation, policy: Policy, subject: Subject, severity: Severity) -> None:
        path = subject.path_of(violation.document)
        # The line costs a parse of the file, which is why nothing but a violation looks it up.
        line = line_of(path, violation.at)
        super().__init__(violation.what, remedy=violation.remedy, path=path, line=line, code=policy.id)
        self.severity = severity
        self.policy = policy
        self.port = subject.name
        self.waiver = waiver_for(policy.id, subject.domain.name, subject.name, subject.charter, subject.today)
        """The waiver that sets the finding aside today."""


class PolicyRefusedError(MeshError):
    """A port that a gate does not let through; ``violations`` holds each reason with its own place."""

    code = "policy-refused"

    def __init__(self, gate: Gate, port: str, violations: Sequence[PolicyViolation]) -> None:
        self.gate = gate
        self.violations = tuple(violations)
        reasons = "; ".join(f"{violation.what} ({violation.code})" for violation in violations)
        first = violations[0]
        sentences = dict.fromkeys(violation.policy.sentence for violation in violations)
        super().__init__(
            f"{port} may not {_VERBS[gate]}: {reasons}. {' '.join(sentences)}",
            remedy=f"{first.remedy} `mesh policies why {first.code}` explains.".strip(),
            path=first.path,
            line=first.line,
        )
