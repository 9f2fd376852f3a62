"""Saying things: results to stdout, everything else to stderr."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from mesh_core.errors import MeshError, flattened

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str = "") -> None:
    """One line of the result."""
    click.echo(text)


def note(text: str) -> None:
    """One line beside the result."""
    click.echo(text, err=True)


def say_json(value: Any) -> None:
    """The result as one JSON object; values that JSON lacks are told as text."""
    click.echo(as_json(value))


def as_json(value: Any) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode()


def note_error(error: MeshError, *, about: str = "") -> None:
    """What is wrong, where, and what to do next, on stderr."""
    for single in flattened([error]):
        what = f"{about}: {single.what}" if about else single.what
        note(f"{click.style('error:', fg='red', bold=True)} {what}")
        if single.path is not None:
            note(f"  {click.style('at', dim=True)} {place(single)}")
        if single.remedy:
            note(f"  {click.style('→', fg='cyan')} {single.remedy}")


def domain_errors(broken: Mapping[str, MeshError]) -> list[dict[str, Any]]:
    """What keeps domains from loading, one entry a finding, for ``--json``."""
    return [{"domain": name, **single.as_dict()} for name, error in broken.items() for single in flattened([error])]


def place(error: MeshError) -> str:
    """``file:line``, as editors and terminals open it; relative where that is shorter."""
    path, here = error.path, Path.cwd()
    shown = path.relative_to(here) if path and path.is_relative_to(here) else path
    return f"{shown}:{error.line}" if error.line else str(shown)


def rich_console(file: TextIO | None = None) -> Console:
    """Rich's console on ``file``, by default stdout, for what needs more than lines and columns."""
    from rich.console import Console

    return Console(file=file, highlight=False)
