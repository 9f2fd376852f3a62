"""mesh check"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.output import place, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import amount, seconds

if TYPE_CHECKING:
    from mesh_core.cli.checkup import Checkup


@verb(
    "check",
    examples=[
        ("mesh check", "the whole mesh: what CI gates on"),
        ("mesh check fleet", "one domain"),
        ("mesh check --json | jq '.findings[]'", "for a program"),
    ],
)
@click.argument("selection", nargs=-1)
def command(session: Session, selection: tuple[str, ...]) -> int:
    """Check contracts, inputs and transformations; no data is read.

    Every SQL transformation and dbt model is bound against empty tables made from the contracts of its inputs,
    and its columns and types are compared with its own contract. Also: descriptors against their standards,
    undeclared inputs, versions that no contract has, circles, rules that cannot run, ports without an owner,
    and workspace.yaml. A selection is checked by whole domains.
    """
    from time import perf_counter

    from mesh_core.cli.checkup import check_mesh

    started = perf_counter()
    checkup = check_mesh(selection, session.mesh, session.settings)
    if session.as_json:
        say_json(
            {
                "findings": [error.as_dict() for error in checkup.findings],
                "checked": {"domains": checkup.domains, "products": checkup.products, "ports": checkup.ports},
            }
        )
    else:
        _say(checkup, perf_counter() - started)
    return exits.FINDINGS if checkup.findings else exits.FINE


def _say(checkup: Checkup, took: float) -> None:
    for error in checkup.findings:
        where = f"{place(error)}: " if error.path else ""
        say(f"{click.style(where, bold=True)}{error.what}")
        if error.remedy:
            say(f"  {click.style('→', fg='cyan')} {error.remedy}")
    looked_at = ", ".join(
        (amount(checkup.domains, "domain"), amount(checkup.products, "product"), amount(checkup.ports, "port"))
    )
    if checkup.findings:
        verdict = click.style(f"✗ {amount(len(checkup.findings), 'finding')}", fg="red", bold=True)
        say()
    else:
        verdict = click.style("✓ nothing to find fault with", fg="green")
    say(f"{verdict} {click.style(f'in {looked_at}, {seconds(took)}', dim=True)}")
