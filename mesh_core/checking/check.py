"""What `mesh check` finds: everything that can be known to be wrong before any data moves."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import msgspec

from mesh_core.checking.charter import charter_findings
from mesh_core.checking.cycles import cycle_findings
from mesh_core.checking.scope import scope_of
from mesh_core.checking.workspace import workspace_findings
from mesh_core.contracts.lifecycle import ENDING, today
from mesh_core.errors import MeshError, flattened
from mesh_core.governance import Charter, load_charter

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Mesh
    from mesh_core.policy import WaiverInForce
    from mesh_core.settings import Settings


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """The findings in order of file and line, and how much was looked at."""

    findings: tuple[MeshError, ...]
    waivers: tuple[WaiverInForce, ...]
    """What domains need not keep for now, listed in every report."""
    domains: int
    products: int
    ports: int

    @property
    def errors(self) -> tuple[MeshError, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[MeshError, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "warning")


def check_mesh(
    mesh: Mesh, settings: Settings, *, domains: Collection[str] | None = None, since: str | None = None
) -> Checkup:
    """All findings of the domains, by default of all.

    ``since`` names a git revision: only products that changed after it are looked at, with all that read a
    contract which changed, and contracts are compared with that revision instead of what is published.
    """
    from mesh_core.checking.program import program_findings
    from mesh_core.checking.python_steps import python_findings
    from mesh_core.policy.gates import review

    scope = scope_of(mesh, domains, since)
    findings: list[MeshError] = [mesh.broken[name] for name in scope.domains if name in mesh.broken]
    charter, wrong = _charter(mesh)
    findings += wrong
    if domains is None:
        findings += workspace_findings(mesh.root, {*mesh.domains, *mesh.broken})
        findings += charter_findings(charter, mesh)
    found, inputs = program_findings(scope, mesh, settings)
    findings += found
    findings += cycle_findings(mesh, inputs)
    findings += python_findings(scope.trees, mesh, charter, settings, products=scope.products)
    findings += _of_contracts(mesh, charter, settings, domains, since)
    policies = review(mesh, charter, scope.judged)
    findings += policies.findings
    return Checkup(
        findings=tuple(_distinct(flattened(findings))),
        waivers=policies.waivers,
        domains=len(scope.domains),
        products=len(scope.products),
        ports=scope.ports,
    )


def _of_contracts(
    mesh: Mesh, charter: Charter, settings: Settings, domains: Collection[str] | None, since: str | None
) -> list[MeshError]:
    """What contracts owe to those who read them: changes against what stands, and notice before an end."""
    from mesh_core.checking.baseline import published_baseline, revision_baseline
    from mesh_core.checking.changes import change_findings
    from mesh_core.checking.lifecycle import lifecycle_findings, published_history

    baseline = revision_baseline(mesh.root, since, mesh) if since else published_baseline(settings)
    findings = change_findings(mesh, baseline, charter, settings=settings, select=domains)
    # Opening the catalog costs half a second, and only an end has a date that matters.
    ending = any(port.contract.status in ENDING for port in mesh.ports.values())
    history = published_history(settings) if ending else None
    return findings + lifecycle_findings(mesh, charter, history, today(), domains=domains)


def _charter(mesh: Mesh) -> tuple[Charter, list[MeshError]]:
    try:
        return load_charter(mesh.root), []
    except MeshError as error:
        return Charter(folder=mesh.root / "governance"), [error]


def _distinct(errors: Iterable[MeshError]) -> list[MeshError]:
    """One of each, in order of file and line."""
    found = {(str(error.path or ""), error.line or 0, error.code, error.what): error for error in errors}
    return [found[key] for key in sorted(found)]
