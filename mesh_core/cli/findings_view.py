"""What `mesh check` says to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mesh_core.cli.output import place, say
from mesh_core.cli.words import amount, seconds

if TYPE_CHECKING:
    from mesh_core.checking import Checkup
    from mesh_core.checking.codes import Code
    from mesh_core.errors import MeshError
    from mesh_core.policy import WaiverInForce


def say_checkup(checkup: Checkup, took: float) -> None:
    """Each finding with its place and remedy, the waivers that hold, and what it comes to."""
    for error in checkup.findings:
        _say_finding(error)
    if checkup.waivers:
        say()
        for waiver in checkup.waivers:
            say(click.style(_waived(waiver), dim=True))
    looked_at = ", ".join(
        (amount(checkup.domains, "domain"), amount(checkup.products, "product"), amount(checkup.ports, "port"))
    )
    if checkup.findings:
        say()
    say(f"{_verdict(checkup)} {click.style(f'in {looked_at}, {seconds(took)}', dim=True)}")


def say_codes(codes: list[Code]) -> None:
    """Each code with what it means and what to do."""
    width = max(len(code.id) for code in codes)
    for code in codes:
        say(f"{click.style(f'{code.id:<{width}}', bold=True)}  {code.sentence}")
        if code.help:
            say(f"{'':<{width}}  {click.style('→', fg='cyan')} {code.help}")


def _say_finding(error: MeshError) -> None:
    where = f"{place(error)}: " if error.path else ""
    warning = click.style("warning: ", fg="yellow") if error.severity == "warning" else ""
    say(f"{click.style(where, bold=True)}{warning}{error.what} {click.style(f'[{error.code}]', dim=True)}")
    if error.remedy:
        say(f"  {click.style('→', fg='cyan')} {error.remedy}")


def _waived(waiver: WaiverInForce) -> str:
    where = ", ".join(waiver.ports) or waiver.domain
    return f"waived until {waiver.until}: {waiver.policy} for {where} ({waiver.reason.strip()})"


def _verdict(checkup: Checkup) -> str:
    errors, warnings = len(checkup.errors), len(checkup.warnings)
    if errors:
        counted = amount(errors, "error") + (f", {amount(warnings, 'warning')}" if warnings else "")
        return click.style(f"✗ {counted}", fg="red", bold=True)
    if warnings:
        return click.style(f"✓ {amount(warnings, 'warning')}, no error", fg="yellow")
    return click.style("✓ nothing to find fault with", fg="green")
