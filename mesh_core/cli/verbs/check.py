"""mesh check"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mesh_core.cli import exits
from mesh_core.cli.output import say, say_json
from mesh_core.cli.session import Session, verb

if TYPE_CHECKING:
    from mesh_core.checking import Checkup

FORMATS = ("text", "json", "sarif", "github")


@verb(
    "check",
    examples=[
        ("mesh check", "the whole mesh: what CI gates on"),
        ("mesh check fleet", "one domain"),
        ("mesh check --since origin/main", "what a branch changed, and who reads it"),
        ("mesh check --format github", "annotations in a GitHub workflow"),
        ("mesh check --json | jq '.findings[]'", "for a program"),
    ],
)
@click.argument("selection", nargs=-1)
@click.option("--since", metavar="REV", help="Check only what changed after this git revision, and all that reads it.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to answer.")
@click.option("--codes", is_flag=True, help="List the codes that findings have, and check nothing.")
def command(session: Session, selection: tuple[str, ...], since: str | None, form: str, codes: bool) -> int:
    """Check contracts, inputs and transformations; no data is read.

    Every SQL transformation and dbt model is bound against empty tables made from the contracts of its inputs,
    and its columns, types and nulls are compared with its own contract. Also: descriptors against their standards,
    undeclared inputs, versions that no contract has, circles, rules that cannot run, policies, and workspace.yaml.
    A selection is checked by whole domains. Warnings are told and do not fail.
    """
    from time import perf_counter

    form = "json" if session.as_json else form
    if codes:
        return _codes(form)
    from mesh_core.checking import check_mesh
    from mesh_core.cli.selection import domains_of

    started = perf_counter()
    checkup = check_mesh(session.mesh, session.settings, domains=domains_of(selection, session.mesh), since=since)
    _tell(checkup, form, session, perf_counter() - started)
    return exits.FINDINGS if checkup.errors else exits.FINE


def _codes(form: str) -> int:
    from mesh_core.checking.codes import CODES
    from mesh_core.cli.findings_view import say_codes

    if form == "json":
        say_json({"codes": list(CODES.values())})
    else:
        say_codes(list(CODES.values()))
    return exits.FINE


def _tell(checkup: Checkup, form: str, session: Session, took: float) -> None:
    if form == "json":
        say_json(_as_dict(checkup))
    elif form == "sarif":
        from mesh_core.checking.report import sarif

        say_json(sarif(checkup.findings, session.settings.root))
    elif form == "github":
        from mesh_core.checking.report import workflow_commands

        for line in workflow_commands(checkup.findings, session.settings.root):
            say(line)
    else:
        from mesh_core.cli.findings_view import say_checkup

        say_checkup(checkup, took)


def _as_dict(checkup: Checkup) -> dict[str, Any]:
    return {
        "findings": [error.as_dict() for error in checkup.findings],
        "waivers": list(checkup.waivers),
        "checked": {"domains": checkup.domains, "products": checkup.products, "ports": checkup.ports},
    }
