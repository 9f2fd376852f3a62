"""The command itself: finds verbs when they are called, and turns what went wrong into words and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from mesh_core import __version__
from mesh_core.cli import exits
from mesh_core.cli.output import note, note_error, say_json
from mesh_core.cli.session import Session, with_place
from mesh_core.errors import MeshError, flattened

VERBS = (
    "list",
    "search",
    "show",
    "run",
    "check",
    "diff",
    "query",
    "history",
    "reconcile",
    "restore",
    "reproduce",
    "quarantine",
    "generate",
    "resolve",
    "policies",
    "export",
    "import",
    "lineage",
    "observe",
    "joins",
    "feed",
    "insights",
    "replay",
    "register",
    "repair",
    "maintain",
    "serve",
    "mcp",
    "dev",
)

_EPILOG = """\b
A SELECTION names ports; without one, all are meant:
  fleet                      every port of a domain
  fleet.aircraft             one port, or every port of a product
  'weather.*' '*.flights'    patterns (quote them)
  mesh://fleet/aircraft/v1   the global address; v2 is fleet.aircraft_v2

\b
Exit codes: 0 fine, 1 findings or failures, 2 wrong use or broken configuration.
Settings: MESH_ROOT, MESH_HOME (catalog, Dagster home, lake; default <root>/.mesh), MESH_LAKE (s3://...).
Completion: eval "$(_MESH_COMPLETE=bash_source mesh)", for zsh zsh_source.
"""


class _Verbs(click.Group):
    """Imports a verb's file when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name  # `import` can be no module's name
        command: click.Command = import_module(f"mesh_core.cli.verbs.{module}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes stdout once more at exit: it must have somewhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return exits.READER_LEFT
        return result


@click.group(
    cls=_Verbs, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="mesh")
@with_place
def app() -> None:
    """A data mesh: domains own products, contracts bind, nothing is read before it is audited."""


def main(words: Sequence[str] | None = None) -> int:
    """Run ``mesh`` with the given words, by default those of the command line; returns the exit code."""
    session = Session()
    try:
        result = app.main(args=words, prog_name="mesh", standalone_mode=False, obj=session)
    except click.Abort:
        return _interrupted()
    except click.ClickException as error:
        error.show()
        return exits.WRONG
    except MeshError as error:
        return _told(error, session)
    except Exception as error:  # noqa: BLE001 - the one place where everything ends
        # DuckDB hears Ctrl-C itself while it works, and calls it so.
        return _interrupted() if "Query interrupted" in str(error) else _surprised(error, session)
    finally:
        session.close()
        if words is None:
            gc.freeze()  # the process ends now: collecting what Dagster and dbt left takes a second (measured)
    return result if isinstance(result, int) else exits.FINE


def _interrupted() -> int:
    note("interrupted; every port keeps its last good version")
    return exits.INTERRUPTED


def _told(error: MeshError, session: Session) -> int:
    """An error that a person can act on."""
    if session.as_json:
        say_json({"errors": [single.as_dict() for single in flattened([error])]})
    note_error(error)
    return exits.WRONG


def _surprised(error: Exception, session: Session) -> int:
    """A mistake of ours: the traceback is for whoever asks for it."""
    if session.debug:
        raise error
    if session.as_json:
        say_json({"errors": [{"code": "internal", "message": f"{type(error).__name__}: {error}"}]})
    note(f"{click.style('internal error:', fg='red', bold=True)} {type(error).__name__}: {error}")
    note(f"  {click.style('→', fg='cyan')} This is a bug. The same command with --debug shows where.")
    return exits.WRONG
