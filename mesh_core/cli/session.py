"""What one call of ``mesh`` knows: which mesh, how to answer, and the mesh itself once somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Mesh
    from mesh_core.publishing.services import Services
    from mesh_core.settings import Settings


class Session:
    """Filled by the options that every verb has; nothing is read before it is needed."""

    def __init__(self) -> None:
        self.root: Path | None = None
        self.as_json = False
        self.debug = False

    @cached_property
    def settings(self) -> Settings:
        from mesh_core.settings import load_settings

        return load_settings(self.root)

    @cached_property
    def services(self) -> Services:
        from mesh_core.publishing.services import Services

        return Services(self.settings)

    @property
    def mesh(self) -> Mesh:
        return self.services.mesh

    def close(self) -> None:
        """Let go of what was opened."""
        if "services" in self.__dict__:
            self.services.close()


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def remember(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value:
            setattr(context.ensure_object(Session), name, value)

    return remember


def with_place(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--root`` and ``--debug``, which are understood before and after the verb."""
    root = click.option(
        "--root",
        type=click.Path(file_okay=False, exists=True, path_type=Path),
        callback=_remember("root"),
        expose_value=False,
        help="The mesh to work on; default: the one that encloses this folder.",
    )
    debug = click.option(
        "--debug",
        is_flag=True,
        callback=_remember("debug"),
        expose_value=False,
        help="Show the traceback of an internal error.",
    )
    return root(debug(command))


_json = click.option(
    "--json",
    is_flag=True,
    callback=_remember("as_json"),
    expose_value=False,
    help="Print one JSON object and nothing else.",
)


def verb(name: str, *, examples: Sequence[tuple[str, str]], json: bool = True) -> Callable[..., click.Command]:
    """A command that gets the Session first and returns its exit code, with the options that all verbs share."""

    def make(function: Callable[..., int]) -> click.Command:
        wrapped = with_place(click.pass_obj(function))
        if json:
            wrapped = _json(wrapped)
        return click.command(name, epilog=_listed(examples))(wrapped)

    return make


def _listed(examples: Sequence[tuple[str, str]]) -> str:
    width = max(len(line) for line, _ in examples)
    lines = [f"  {line:<{width}}   {what}" for line, what in examples]
    return "\b\n" + "\n".join(["Examples:", *lines])  # \b keeps click from refilling the lines
