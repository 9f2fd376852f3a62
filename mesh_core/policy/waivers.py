"""Waivers: which hold and what they cover, and which have ended or were never valid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from mesh_core.errors import MeshError, Severity
from mesh_core.governance import Charter, Waiver

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Mesh
    from mesh_core.policy.findings import PolicyViolation
    from mesh_core.policy.policies import Policies

NOTICE = timedelta(days=30)
"""How long before its end a waiver is told as ending."""
FILE = "waivers.yaml"


class WaiverInForce(msgspec.Struct, frozen=True, kw_only=True):
    """A waiver that holds today, as reports list it."""

    policy: str
    domain: str
    ports: tuple[str, ...]
    """SQL names that it is limited to; all of the domain when empty."""
    until: date
    reason: str
    approved_by: str
    covers: tuple[str, ...]
    """What it sets aside now, one entry a violation: ``domain.port: what``."""


def waiver_for(policy: str, domain: str, port: str, charter: Charter, today: date) -> Waiver | None:
    """The waiver that sets the policy aside for the port today; one that nobody may approve sets nothing aside."""
    return next(
        (
            waiver
            for waiver in charter.waivers
            if (waiver.policy, waiver.domain) == (policy, domain)
            and (not waiver.ports or port in waiver.ports)
            and _stands(waiver, charter, today)
        ),
        None,
    )


def _stands(waiver: Waiver, charter: Charter, today: date) -> bool:
    return waiver.holds(today) and bool(waiver.reason.strip()) and waiver.approved_by in _approvers(waiver, charter)


def waivers_in_force(charter: Charter, found: Iterable[PolicyViolation], today: date) -> tuple[WaiverInForce, ...]:
    """The waivers that hold today with those of the violations ``found`` that they set aside."""
    covered: dict[Waiver, dict[str, None]] = {
        waiver: {} for waiver in charter.waivers if _stands(waiver, charter, today)
    }
    for violation in found:
        if violation.waiver is not None:
            covered[violation.waiver][f"{violation.port}: {violation.what}"] = None
    return tuple(
        WaiverInForce(
            policy=waiver.policy,
            domain=waiver.domain,
            ports=waiver.ports,
            until=waiver.until,
            reason=waiver.reason,
            approved_by=waiver.approved_by,
            covers=tuple(covers),
        )
        for waiver, covers in covered.items()
    )


def waiver_findings(
    mesh: Mesh, charter: Charter, policies: Policies, asked: set[str], today: date
) -> Iterator[MeshError]:
    """What is wrong with the waivers of the domains ``asked`` for, and with those of no domain at all."""
    others = {*mesh.domains, *mesh.broken} - asked
    for number, waiver in enumerate(charter.waivers):
        if waiver.domain in others:
            continue
        yield from _invalid(number, waiver, mesh, charter, policies)
        yield from _ended(number, waiver, charter, today)


def _invalid(number: int, waiver: Waiver, mesh: Mesh, charter: Charter, policies: Policies) -> Iterator[MeshError]:
    named = f"the waiver of '{waiver.policy}' for {waiver.domain}"
    if waiver.policy not in policies.by_id:
        remedy = "`mesh policies` lists them."
        yield _finding(charter, number, "policy", f"{named} names no policy of this mesh", remedy=remedy)
    if waiver.domain not in mesh.domains:
        remedy = f"Its domains: {', '.join(sorted(mesh.domains))}."
        yield _finding(charter, number, "domain", f"{named} names no domain of this mesh", remedy=remedy)
    else:
        known = {port.address.sql for port in mesh.domains[waiver.domain].ports}
        for port in waiver.ports:
            if port not in known:
                remedy = f"Ports of the domain: {', '.join(sorted(known))}."
                yield _finding(charter, number, "ports", f"{named} names '{port}', no port of it", remedy=remedy)
    if not waiver.reason.strip():
        yield _finding(charter, number, "reason", f"{named} has no reason", remedy="Say why, and what ends it.")
    if waiver.approved_by not in _approvers(waiver, charter):
        message = f"{named} is approved by '{waiver.approved_by}', who may not do so"
        remedy = "A member of the governance group or the domain's owner approves; roles.yaml names them."
        yield _finding(charter, number, "approved_by", message, remedy=remedy)


def _approvers(waiver: Waiver, charter: Charter) -> set[str]:
    office = charter.offices.get(waiver.domain)
    return {*charter.council, *([office.owner] if office else [])}


def _ended(number: int, waiver: Waiver, charter: Charter, today: date) -> Iterator[MeshError]:
    named = f"the waiver of '{waiver.policy}' for {waiver.domain}"
    if not waiver.holds(today):
        message = f"{named} ended on {waiver.until}"
        remedy = "Mend what it covered and delete it, or have it renewed with a new day."
        yield _finding(charter, number, "until", message, code="waiver-expired", severity="warning", remedy=remedy)
    elif waiver.until - today < NOTICE:
        message = f"{named} ends on {waiver.until}"
        remedy = "Mend what it covers until then, or have it renewed with a new day."
        yield _finding(charter, number, "until", message, code="waiver-ends", severity="warning", remedy=remedy)


def _finding(  # noqa: PLR0913 - a finding has these parts
    charter: Charter,
    number: int,
    key: str,
    message: str,
    *,
    code: str = "waiver-invalid",
    severity: Severity = "error",
    remedy: str,
) -> MeshError:
    found = charter.documents[FILE].error(message, ("waivers", number, key), remedy=remedy)
    finding = MeshError(found.what, remedy=remedy, path=found.path, line=found.line, code=code)
    finding.severity = severity
    return finding
