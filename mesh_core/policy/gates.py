"""The gates: the same policies wherever a port is checked, loaded, published or read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.tree import Mesh, Port
from mesh_core.errors import MeshError, Severity
from mesh_core.governance import Charter
from mesh_core.policy.findings import PolicyRefusedError, PolicyViolation
from mesh_core.policy.own import told_with_place
from mesh_core.policy.policies import Policies
from mesh_core.policy.policy import Violation
from mesh_core.policy.subject import Subject
from mesh_core.policy.waivers import WaiverInForce, waiver_findings, waivers_in_force

if TYPE_CHECKING:
    from mesh_core.policy.policy import Gate, Policy


def today_in_utc() -> date:
    """The day by which waivers hold."""
    return datetime.now(UTC).date()


def violations(
    gate: Gate,
    ports: Iterable[Port],
    charter: Charter,
    *,
    policies: Policies | None = None,
    mesh: Mesh | None = None,
    today: date | None = None,
) -> Iterator[PolicyViolation]:
    """What the ports do against the gate's policies, also what a waiver sets aside (``waiver`` is then set).

    ``mesh`` lets a policy look at other ports; without it, rules between ports are not judged.
    """
    held = (policies or Policies.load(charter.folder.parent)).at(gate)
    day = today or today_in_utc()
    for port in ports:
        yield from judged(Subject(port, charter, day, mesh), held, gate)


def judged(subject: Subject, policies: Iterable[Policy], gate: Gate) -> Iterator[PolicyViolation]:
    """What one port does against the policies; PolicyFileError for a policy that cannot say."""
    for policy in policies:
        for violation in _violations(policy, subject):
            yield PolicyViolation(violation, policy, subject, _severity(policy, subject, gate))


def _violations(policy: Policy, subject: Subject) -> tuple[Violation, ...]:
    """What the policy's own code says, which is foreign code where the mesh wrote it."""
    with told_with_place(policy.path, f"policy '{policy.id}' cannot judge {subject.name}", line=policy.line):
        found = tuple(policy.rule(subject))
        wrong = [type(violation).__name__ for violation in found if type(violation) is not Violation]
        if wrong:
            message = f"it yields a {wrong[0]}, not a Violation"
            raise TypeError(message)
        return found


def enforce(
    gate: Gate,
    ports: Port | Iterable[Port],
    charter: Charter,
    *,
    policies: Policies | None = None,
    mesh: Mesh | None = None,
    today: date | None = None,
) -> list[PolicyViolation]:
    """The violations that count at the gate: those that no waiver sets aside."""
    several = [ports] if isinstance(ports, Port) else ports
    found = violations(gate, several, charter, policies=policies, mesh=mesh, today=today)
    return [violation for violation in found if violation.waiver is None]


def refuse(
    gate: Gate, port: Port, charter: Charter, *, mesh: Mesh | None = None, today: date | None = None
) -> tuple[PolicyViolation, ...]:
    """Let the port through the gate, or raise PolicyRefusedError with every violation of severity error.

    Returns the violations that waivers set aside: what the port is let through in spite of.
    """
    found = tuple(violations(gate, [port], charter, mesh=mesh, today=today))
    blocking = [violation for violation in found if violation.waiver is None and violation.severity == "error"]
    if blocking:
        raise PolicyRefusedError(gate, port.address.sql, blocking)
    return tuple(violation for violation in found if violation.waiver is not None)


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """What `mesh check` tells of policies."""

    findings: tuple[MeshError, ...]
    waivers: tuple[WaiverInForce, ...]
    """Of the ports' domains, with what each sets aside."""


def review(mesh: Mesh, charter: Charter, ports: Iterable[Port], *, today: date | None = None) -> Review:
    """Violations by the ports, waivers that are over or name nobody, and the waivers that hold.

    A product's violation is told once, however many ports it has. A policy file that is wrong is the only finding.
    """
    day, several = today or today_in_utc(), list(ports)
    try:
        policies = Policies.load(charter.folder.parent)
        found = list(violations("check", several, charter, policies=policies, mesh=mesh, today=day))
    except MeshError as error:
        return Review(findings=(error,), waivers=())
    told = {(error.code, error.path, error.line, error.what): error for error in found if error.waiver is None}
    asked = {port.domain.name for port in several}
    return Review(
        findings=(*told.values(), *waiver_findings(mesh, charter, policies, asked, day)),
        waivers=tuple(waiver for waiver in waivers_in_force(charter, found, day) if waiver.domain in asked),
    )


def policy_findings(
    mesh: Mesh, charter: Charter, ports: Iterable[Port], *, today: date | None = None
) -> list[MeshError]:
    """The findings of ``review`` alone."""
    return list(review(mesh, charter, ports, today=today).findings)


def _severity(policy: Policy, subject: Subject, gate: Gate) -> Severity:
    """A draft may grow and a retired contract is history, so both only warn; rows that are read are real."""
    return policy.severity if subject.live or gate == "access" else "warning"
