"""What `mesh policies` tells: every policy with what it finds now, and one explained."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec

from mesh_core.contracts.tree import Mesh
from mesh_core.errors import MeshError, Severity
from mesh_core.governance import Charter
from mesh_core.policy.findings import PolicyViolation
from mesh_core.policy.gates import judged, today_in_utc
from mesh_core.policy.pack import PACK
from mesh_core.policy.policies import Policies
from mesh_core.policy.policy import GATES, Example, Gate, Policy
from mesh_core.policy.subject import Subject
from mesh_core.policy.waivers import WaiverInForce, waivers_in_force


class UnknownPolicyError(MeshError):
    """An id that no policy of the mesh has."""

    code = "unknown-policy"


class PolicyReport(msgspec.Struct, frozen=True, kw_only=True):
    """One policy as it stands today."""

    id: str
    severity: Severity
    gates: tuple[Gate, ...]
    sentence: str
    rationale: str
    defined_in: str
    """``built-in``, or file and line below the root."""
    replaces_built_in: bool
    example: Example | None
    violations: tuple[PolicyViolation, ...]
    waivers: tuple[WaiverInForce, ...]

    @property
    def open(self) -> tuple[PolicyViolation, ...]:
        """The violations that no waiver sets aside."""
        return tuple(violation for violation in self.violations if violation.waiver is None)

    @property
    def waived(self) -> tuple[PolicyViolation, ...]:
        return tuple(violation for violation in self.violations if violation.waiver is not None)


def policy_reports(mesh: Mesh, charter: Charter, *, today: date | None = None) -> list[PolicyReport]:
    """Every policy over all ports of the mesh, whatever its gates, the built-in ones first."""
    subjects = _subjects(mesh, charter, today)
    return [_report(policy, subjects, charter) for policy in Policies.load(mesh.root).by_id.values()]


def policy_report(name: str, mesh: Mesh, charter: Charter, *, today: date | None = None) -> PolicyReport:
    """The policy with the id ``name``; UnknownPolicyError tells near ones."""
    policies = Policies.load(mesh.root)
    if name not in policies.by_id:
        near = difflib.get_close_matches(name, policies.by_id, n=3, cutoff=0.5)
        remedy = f"Did you mean {', '.join(near)}?" if near else "`mesh policies` lists them."
        message = f"the mesh has no policy '{name}'"
        raise UnknownPolicyError(message, remedy=remedy)
    return _report(policies.by_id[name], _subjects(mesh, charter, today), charter)


def _subjects(mesh: Mesh, charter: Charter, today: date | None) -> list[Subject]:
    day = today or today_in_utc()
    return [Subject(port, charter, day, mesh) for port in mesh.ports.values()]


def _report(policy: Policy, subjects: list[Subject], charter: Charter) -> PolicyReport:
    found = _distinct(violation for subject in subjects for violation in judged(subject, [policy], "check"))
    day = subjects[0].today if subjects else today_in_utc()
    built_in = any(policy is known for known in PACK)
    return PolicyReport(
        id=policy.id,
        severity=policy.severity,
        gates=tuple(gate for gate in GATES if gate in policy.gates),
        sentence=policy.sentence,
        rationale=policy.rationale,
        defined_in="built-in" if built_in else f"{_below(policy.path, charter.folder.parent)}:{policy.line}",
        replaces_built_in=not built_in and any(known.id == policy.id for known in PACK),
        example=policy.example,
        violations=tuple(found),
        waivers=tuple(held for held in waivers_in_force(charter, found, day) if held.policy == policy.id),
    )


def _distinct(found: Iterable[PolicyViolation]) -> list[PolicyViolation]:
    """A product's violation once, though each of its ports has it."""
    return list({(error.path, error.line, error.what): error for error in found}.values())


def _below(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
