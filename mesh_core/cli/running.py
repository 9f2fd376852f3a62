"""What `mesh run` did, also where domains did not load: one result a port, and the errors of whole domains."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from mesh_core.cli.notices import Notice, notices
from mesh_core.cli.output import domain_errors
from mesh_core.cli.selection import concerned, domain_part, sound
from mesh_core.errors import flattened
from mesh_core.orchestration.run import RunReport, execute, plan_run
from mesh_core.publishing.progress import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from mesh_core.cli.live import View
    from mesh_core.errors import MeshError
    from mesh_core.publishing.planning.plan import Plan
    from mesh_core.publishing.services import Services


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """The ports that were asked for, and the domains among them that did not load."""

    ports: tuple[Outcome, ...]
    broken: dict[str, MeshError]
    seconds: float
    notices: tuple[Notice, ...] = ()
    """Ports that end and are read by ports of the run."""

    @property
    def failed(self) -> bool:
        return any(port.status in {"failed", "skipped"} for port in self.ports)

    def as_dict(self) -> dict[str, object]:
        """The object that ``--json`` prints."""
        ports = []
        for port in self.ports:
            fields = msgspec.structs.asdict(port)
            if port.partitions is None:
                del fields["partitions"]
            ports.append({"address": fields.pop("name"), **fields})
        return {
            "ports": ports,
            "errors": domain_errors(self.broken),
            "notices": self.notices,
            "seconds": round(self.seconds, 3),
        }


def run_selection(
    patterns: tuple[str, ...],
    services: Services,
    view: View,
    *,
    force: bool = False,
    upstream: bool = False,
    partitions: tuple[str, ...] = (),
) -> RunResult:
    """Publish what is stale of a selection while ``view`` shows it; broken domains hold nobody else back.

    ``partitions`` are made again, and nothing else.
    """
    kept = sound(patterns, services.mesh)
    if kept is None:
        return _with_broken(RunReport(ports=(), broken=services.mesh.broken, seconds=0.0), patterns, set(), services)
    plan = plan_run(services, kept, force=force, upstream=upstream, partitions=partitions)
    with view.showing(plan):
        report = execute(plan, services, force=force, listener=view.heard)
    result = _with_broken(report, ("*",) if upstream else patterns, _domains_of(plan), services)
    return msgspec.structs.replace(result, notices=notices(plan, report.ports, services.mesh))


def _domains_of(plan: Plan) -> set[str]:
    return {step.key[0] for step in plan.steps}


def _with_broken(report: RunReport, patterns: tuple[str, ...], needed: set[str], services: Services) -> RunResult:
    """The report with the ports of broken domains as failed, told from the names of their contract files."""
    asked = concerned(patterns, report.broken)
    broken = {name: error for name, error in report.broken.items() if name in asked or name in needed}
    told = {outcome.name for outcome in report.ports}
    missing = [
        Outcome(name=address, status="failed", error=f"domain {name} does not load: {flattened([error])[0]}")
        for name, error in broken.items()
        for address in _addresses(name, services.settings.root)
        if address not in told and _is_meant(address, patterns)
    ]
    return RunResult(ports=(*report.ports, *missing), broken=broken, seconds=report.seconds)


def _addresses(domain: str, root: Path) -> list[str]:
    files = sorted((root / "domains" / domain).glob("*/*.contract.yaml"))
    return [f"{domain}.{file.name.removesuffix('.contract.yaml')}" for file in files]


def _is_meant(address: str, patterns: tuple[str, ...]) -> bool:
    domain = address.partition(".")[0]
    return not patterns or any(
        fnmatchcase(address, pattern) or (domain_part(pattern) == pattern and fnmatchcase(domain, pattern))
        for pattern in patterns
    )
