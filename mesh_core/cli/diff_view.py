"""Changes of contracts as people read them: the worst first, with whom they hit and the version that they take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mesh_core.checking.difference import counts
from mesh_core.checking.hits import told_hits
from mesh_core.cli.output import say
from mesh_core.cli.words import amount
from mesh_core.contracts.comparison import IMPACTS, Impact, sentence
from mesh_core.contracts.succession import next_version

if TYPE_CHECKING:
    from mesh_core.checking.difference import ContractDifference
    from mesh_core.contracts.comparison import Change

_COLOURS: dict[Impact, str] = {"breaking": "red", "risky": "yellow", "compatible": "green", "documentation": "white"}
_FELT = frozenset({"breaking", "risky"})


def say_differences(differences: Sequence[ContractDifference], source: str) -> None:
    """Print every contract that differs, and one line that sums up."""
    for found in differences:
        if found.state != "unchanged":
            _say_one(found)
            say()
    _say_verdict(differences, source)


def _say_one(found: ContractDifference) -> None:
    compared = found.comparison
    versions = " → ".join(version for version in (compared.old_version, compared.new_version) if version)
    origin = " → ".join(_short(place) for place in (found.old, found.new) if place)
    say(f"{click.style(found.name, fg='cyan', bold=True)} {versions}  {click.style(origin, dim=True)}")
    if found.state == "new":
        say(f"  {click.style('new', fg='green')}")
    elif found.state == "removed":
        _say_removed(found)
    for impact in reversed(IMPACTS):
        _say_changes(impact, [change for change in compared.changes if change.impact == impact], found)
    if compared.changes:
        _say_version(found)


def _say_removed(found: ContractDifference) -> None:
    if found.bound:
        say(f"  {click.style('removed', fg='red', bold=True)}: its readers find nothing")
        say(f"      {told_hits('', found.consumers)}")
    else:
        say(f"  {click.style('removed', dim=True)}: it bound nobody")


def _say_changes(impact: Impact, changes: Sequence[Change], found: ContractDifference) -> None:
    if not changes:
        return
    say(f"  {click.style(impact, fg=_COLOURS[impact], bold=impact == 'breaking', dim=impact == 'documentation')}")
    for change in changes:
        say(f"    {sentence(change)}")
        if impact == "documentation":
            continue
        say(click.style(f"      {change.reason}", dim=True))
        if impact in _FELT and found.consumers:
            say(f"      {told_hits(change.column, found.consumers)}")


def _say_version(found: ContractDifference) -> None:
    compared = found.comparison
    needed = f"takes a {compared.bump} version"
    if compared.enough:
        say(f"  {click.style('✓', fg='green')} {needed}, and {compared.new_version} is one")
    else:
        given = f"{compared.new_version} is " + (
            "no raise" if compared.bumped == "none" else f"a {compared.bumped} one"
        )
        say(f"  {click.style('✗', fg='red', bold=True)} {needed}, {next_version(compared)}; {given}")


def _say_verdict(differences: Sequence[ContractDifference], source: str) -> None:
    numbers = [f"{number} {word}" for word, number in counts(differences) if number]
    where = f"in {amount(len(differences), 'contract')}" + (f", against {source}" if source else "")
    if any(found.is_breaking for found in differences):
        said = click.style(f"✗ {_listed(numbers)}", fg="red", bold=True)
    elif numbers:
        said = click.style(f"✓ {_listed(numbers)}, nothing breaks", fg="green")
    else:
        said = click.style("✓ no difference", fg="green")
    say(f"{said} {click.style(where, dim=True)}")


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _short(place: str) -> str:
    path, here = Path(place), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else place
