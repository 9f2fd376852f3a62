"""Admission: whether a contract may be published at all, asked before any data moves.

What was published is immutable, versions only rise, and who deprecates or retires gives notice. A person with the
right to do so may override one of these rules for one contract version; that is recorded with the publication.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mesh_core.contracts.lifecycle import DRAFTS, rule_breaks, today
from mesh_core.contracts.needs import readers_of
from mesh_core.contracts.succession import Promise, succession_breaks
from mesh_core.errors import MeshError
from mesh_core.policy import refuse
from mesh_core.publishing.register import contract_in, register_version
from mesh_core.storage import Place

if TYPE_CHECKING:
    from mesh_core.catalog import DecisionRecord
    from mesh_core.contracts.tree import Port
    from mesh_core.publishing.services import Services
    from mesh_core.storage import Commit

GATE = "publish"

_CONTENT_RULES = frozenset({"immutable-version", "breaking-change"})
"""Whoever sets one of these aside has decided on the table, too: a snapshot replaces all of it."""


class AdmissionRefusedError(MeshError):
    """The contract may not be published as it is; nothing was read or written. ``findings`` holds each reason."""

    code = "admission-refused"

    def __init__(self, findings: Sequence[MeshError]) -> None:
        first = findings[0]
        self.findings = tuple(findings)
        reasons = "; ".join(finding.what for finding in findings)
        super().__init__(reasons, remedy=first.remedy, path=first.path, line=first.line, code=first.code)


def admit(port: Port, table: Place, before: Commit | None, services: Services) -> tuple[DecisionRecord, ...]:
    """Let a publication go ahead, with what people decided for it.

    AdmissionRefusedError if the contract is not what its predecessors allow, PolicyRefusedError if it breaks a
    policy. A contract that is as at the last commit was admitted then: only policies are asked again.
    """
    known = before is not None and before.facts.get("contractDigest") == port.contract.document.digest
    overrides = () if known else _overrides(port, _findings(port, table, before, services), services)
    return (*overrides, *_waivers(port, services))


def admit_retirement(port: Port, table: Place, before: Commit | None, services: Services) -> tuple[DecisionRecord, ...]:
    """Let a port go, with what people decided for that; AdmissionRefusedError if its consumers had no notice."""
    return _overrides(port, _contract_findings(port, table, before, services), services)


def _overrides(port: Port, findings: Sequence[MeshError], services: Services) -> tuple[DecisionRecord, ...]:
    """The overrides that set the findings aside; AdmissionRefusedError for those that none does."""
    from mesh_core.catalog import DecisionRecord

    contract = port.contract
    found = {
        finding.code: services.charter.override(finding.code, contract.id, contract.version) for finding in findings
    }
    refused = [finding for finding in findings if found[finding.code] is None]
    if refused:
        raise AdmissionRefusedError(refused)
    return tuple(
        DecisionRecord(
            gate=GATE,
            kind="override",
            rule=override.rule,
            subject=contract.id,
            version=contract.version,
            by=override.by,
            role=override.role,
            reason=override.reason,
        )
        for override in found.values()
        if override is not None
    )


def _waivers(port: Port, services: Services) -> tuple[DecisionRecord, ...]:
    """The waivers that the port is published under; PolicyRefusedError if it breaks a policy without one."""
    from mesh_core.catalog import DecisionRecord

    contract = port.contract
    waived = refuse("publish", port, services.charter, mesh=services.mesh, today=today())
    waivers = {violation.code: violation.waiver for violation in waived}
    return tuple(
        DecisionRecord(
            gate=GATE,
            kind="waiver",
            rule=rule,
            subject=contract.id,
            version=contract.version,
            by=waiver.approved_by,
            reason=waiver.reason,
        )
        for rule, waiver in waivers.items()
        if waiver is not None
    )


def _findings(port: Port, table: Place, before: Commit | None, services: Services) -> list[MeshError]:
    """All that keeps a contract from being published which is not as at the last commit."""
    findings = [*_contract_findings(port, table, before, services), *_endpoint_findings(port, before)]
    if before is not None and not any(finding.code in _CONTENT_RULES for finding in findings):
        findings += _table_findings(port, table, before, services)
    return findings


def _contract_findings(port: Port, table: Place, before: Commit | None, services: Services) -> list[MeshError]:
    """What is wrong with the contract after those published before it."""
    contract = port.contract
    if before is not None:
        # What a crash kept from being registered counts, and a lost catalog learns what the lake still knows.
        register_version(port, table, before, services)
    published = [
        Promise(version=known.version, status=known.status, document=known.document)
        for known in services.catalog.contract_versions(contract.id)
    ]
    history = services.catalog.milestones(contract.id).get(contract.id, ())
    consumers = readers_of(contract, services.mesh)
    return [
        *succession_breaks(contract, published),
        *rule_breaks(contract, history, consumers=consumers, today=today()),
    ]


def _endpoint_findings(port: Port, before: Commit | None) -> Iterator[MeshError]:
    """Whose table it is already: no override may let one port write over another."""
    owner = before.facts.get("address", port.address.uri) if before else port.address.uri
    if owner != port.address.uri:
        message = f"the endpoint of {port.address.sql} is the table of {owner}"
        remedy = "Give every port a path of its own under `servers`."
        yield port.contract.document.error(message, ("servers",), remedy=remedy, code="endpoint-taken")


def _table_findings(port: Port, table: Place, before: Commit, services: Services) -> Iterator[MeshError]:
    """Why the table cannot become what the contract asks for; told by the table itself, whatever the catalog knows."""
    contract = port.contract
    last = contract_in(before, port)
    if last is not None and last.status in DRAFTS:
        return
    columns = {column.name: (column.physical_type, column.description) for column in contract.columns}
    changes = services.lake.changes(table, columns)
    impossible = [str(change) for change in changes if not change.possible(rewriting=True)]
    if impossible:
        message = f"the table of {port.address.sql} cannot become what {contract.version} asks for: "
        following = f"{port.address.port}_v{contract.major + 1}.contract.yaml"
        remedy = f"Such a change is a new major version, another port with its own table: {following}."
        yield contract.document.error(
            message + "; ".join(impossible), ("schema",), remedy=remedy, code="table-not-upgradable"
        )
