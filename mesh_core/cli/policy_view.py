"""Policies on a terminal: the table of all, and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import place, say
from mesh_core.cli.words import amount

if TYPE_CHECKING:
    from mesh_core.policy import WaiverInForce
    from mesh_core.policy.report import PolicyReport

_COLUMNS = (
    Column("policy", firm=True),
    Column("severity", firm=True),
    Column("gates", firm=True),
    Column("violations", right=True, firm=True),
    Column("waived", right=True, firm=True),
    Column("defined in"),
)
_COLOURS = {"error": "red", "warning": "yellow"}


def say_policies(reports: Sequence[PolicyReport]) -> None:
    """One line a policy, then the waivers in force."""
    say_columns(_COLUMNS, [_row(report) for report in reports])
    waivers = [waiver for report in reports for waiver in report.waivers]
    if waivers:
        say()
        say_waivers(waivers)
    own = sum(report.defined_in != "built-in" for report in reports)
    found = sum(len(report.open) for report in reports)
    counted = f"{len(reports)} policies, {own} of them this mesh's own; {amount(found, 'violation')}"
    say()
    say(click.style(f"{counted}; {amount(len(waivers), 'waiver')} in force", dim=True))


def _row(report: PolicyReport) -> list[Cell | str]:
    return [
        Cell(report.id, bold=True),
        Cell(report.severity, _COLOURS[report.severity]),
        " ".join(report.gates),
        Cell(str(len(report.open)), _COLOURS[report.severity] if report.open else "green"),
        Cell(str(len(report.waived)), dim=not report.waived),
        Cell(report.defined_in + (" (replaces built-in)" if report.replaces_built_in else ""), dim=True),
    ]


def say_waivers(waivers: Sequence[WaiverInForce]) -> None:
    """What is set aside, where, until when and why, with what it covers now."""
    for waiver in waivers:
        where = ", ".join(waiver.ports) or f"all ports of {waiver.domain}"
        say(
            f"{click.style('waived', fg='yellow')} {waiver.policy} for {where} until {waiver.until}, "
            f"approved by {waiver.approved_by}"
        )
        say(f"  {' '.join(waiver.reason.split())}")
        for covered in waiver.covers or ("nothing at present",):
            say(f"  {click.style('covers', dim=True)} {covered}")


def say_policy(report: PolicyReport) -> None:
    """The sentence, why it holds, what is refused and how that is mended, and what it finds now."""
    severity = click.style(report.severity, fg=_COLOURS[report.severity])
    where = report.defined_in + (" (replaces built-in)" if report.replaces_built_in else "")
    say(f"{click.style(report.id, bold=True)}  {severity}  at {', '.join(report.gates)}  {where}")
    say(report.sentence)
    if report.rationale:
        say()
        say(report.rationale)
    if report.example is not None:
        say()
        _say_yaml("refused", "red", report.example.refused)
        _say_yaml("mended", "green", report.example.mended)
    say()
    for violation in report.open:
        say(f"{click.style(place(violation), bold=True)}: {violation.port}: {violation.what}")
        if violation.remedy:
            say(f"  {click.style('→', fg='cyan')} {violation.remedy}")
    say_waivers(report.waivers)
    if not report.open:
        say(click.style("✓ every other port keeps it" if report.waived else "✓ every port keeps it", fg="green"))


def _say_yaml(heading: str, colour: str, text: str) -> None:
    width = len("refused") + 2
    first, *rest = text.splitlines()
    say(click.style(heading, fg=colour) + " " * (width - len(heading)) + first)
    for line in rest:
        say(" " * width + line)
