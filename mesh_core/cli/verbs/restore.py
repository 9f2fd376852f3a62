"""mesh restore"""

from __future__ import annotations

import click

from mesh_core.cli import exits
from mesh_core.cli.output import note_error, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import amount


@verb(
    "restore",
    examples=[
        ("mesh restore fleet.aircraft 3", "the rows of version 3, as a new version"),
        ("mesh restore fleet.aircraft 3 --reason 'bad delivery'", "with the reason, which stays recorded"),
    ],
)
@click.argument("address")
@click.argument("version", type=click.IntRange(min=0))
@click.option("--reason", default="", help="Why; kept with the version and in the catalog.")
def command(session: Session, address: str, version: int, reason: str) -> int:
    """Publish the rows of an old version again, as a new version.

    They are audited again, by the rules and policies of today: a refusal publishes nothing. The next run leaves them
    alone until code, contract or an input changes; then the port is made from its inputs again.
    """
    import uuid

    from mesh_core.cli.selection import the_port
    from mesh_core.orchestration.announcing import announce
    from mesh_core.policy import PolicyRefusedError
    from mesh_core.publishing.admission import AdmissionRefusedError
    from mesh_core.publishing.audit import AuditFailedError
    from mesh_core.publishing.versions.restore import restore

    mesh = session.mesh
    port = the_port(address, mesh)
    tree = mesh.domains[port.address.domain]
    try:
        done = restore(port, tree, session.services, version, run_id=str(uuid.uuid4()), reason=reason)
    except (AuditFailedError, AdmissionRefusedError, PolicyRefusedError) as error:
        if session.as_json:
            say_json({"errors": [error.as_dict()]})
        note_error(error)
        return exits.FINDINGS
    announce(port, done, session.settings)
    if session.as_json:
        told = {"address": done.address, "status": done.status, "table_version": done.table_version, "rows": done.rows}
        say_json({**told, "restored_from": version, "seconds": round(done.seconds, 3)})
    elif done.status == "unchanged":
        say(click.style(f"{done.address} has the rows of version {version} already: nothing to do", dim=True))
    else:
        mark, name = click.style("✓ restored", fg="green"), click.style(done.address, bold=True)
        say(f"{mark}  {name}  version {version} as version {done.table_version}: {amount(done.rows, 'row')}")
    return exits.FINE
