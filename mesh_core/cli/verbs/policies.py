"""mesh policies"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.output import domain_errors, note_error, say_json
from mesh_core.cli.session import Session, verb

if TYPE_CHECKING:
    from mesh_core.policy.report import PolicyReport


@verb(
    "policies",
    examples=[
        ("mesh policies", "every policy, and what it finds now"),
        ("mesh policies why owner-required", "one of them explained"),
        ("mesh policies --json | jq '.waivers[]'", "for a program"),
    ],
)
@click.argument("why", required=False, type=click.Choice(["why"]), metavar="[why")
@click.argument("policy", required=False, metavar="ID]")
def command(session: Session, why: str | None, policy: str | None) -> int:
    """List policies with their violations and waivers; why ID explains one.

    A policy is one rule over a port that holds at its gates: check (`mesh check`), load (a domain in Dagster),
    publish, access (`mesh query`). The built-in ones always hold; governance/policies/*.py adds to them or
    replaces one by its id. A waiver in governance/waivers.yaml sets a policy aside for a domain until a day.
    """
    from mesh_core.governance import load_charter
    from mesh_core.policy.report import policy_report, policy_reports

    if why and not policy:
        message = "name the policy: mesh policies why ID"
        raise click.UsageError(message)
    mesh, charter = session.mesh, load_charter(session.settings.root)
    reports = [policy_report(policy, mesh, charter)] if policy else policy_reports(mesh, charter)
    if session.as_json:
        said = [_as_dict(report) for report in reports]
        waivers = [waiver for report in reports for waiver in report.waivers]
        say_json({"policies": said, "waivers": waivers, "errors": domain_errors(mesh.broken)})
    else:
        _say(reports, explained=bool(policy))
    for domain, error in mesh.broken.items():
        note_error(error, about=f"domain {domain} does not load")
    return exits.WRONG if mesh.broken else exits.FINE


def _as_dict(report: PolicyReport) -> dict[str, object]:
    return {
        "id": report.id,
        "severity": report.severity,
        "gates": report.gates,
        "sentence": report.sentence,
        "rationale": report.rationale,
        "defined_in": report.defined_in,
        "replaces_built_in": report.replaces_built_in,
        "example": report.example,
        "violations": [{**violation.as_dict(), "port": violation.port} for violation in report.open],
        "waived": [{**violation.as_dict(), "port": violation.port} for violation in report.waived],
    }


def _say(reports: list[PolicyReport], *, explained: bool) -> None:
    from mesh_core.cli.policy_view import say_policies, say_policy

    if explained:
        say_policy(reports[0])
    else:
        say_policies(reports)
