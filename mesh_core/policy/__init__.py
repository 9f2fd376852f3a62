"""Policies as code: small typed functions, one rule each, the same at every gate."""

from mesh_core.policy.findings import PolicyRefusedError, PolicyViolation
from mesh_core.policy.gates import Review, enforce, policy_findings, refuse, review, violations
from mesh_core.policy.policies import Policies
from mesh_core.policy.policy import Example, Gate, Policy, Violation, policy
from mesh_core.policy.subject import Field, Subject
from mesh_core.policy.waivers import WaiverInForce, waivers_in_force

__all__ = [
    "Example",
    "Field",
    "Gate",
    "Policies",
    "Policy",
    "PolicyRefusedError",
    "PolicyViolation",
    "Review",
    "Subject",
    "Violation",
    "WaiverInForce",
    "enforce",
    "policy",
    "policy_findings",
    "refuse",
    "review",
    "violations",
    "waivers_in_force",
]
