"""A port's versions on a terminal, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import note, say
from mesh_core.cli.words import UNKNOWN, amount, count

if TYPE_CHECKING:
    from mesh_core.publishing.versions.history import TableVersion

_COLUMNS = (
    Column("version", right=True, firm=True),
    Column("at (UTC)", firm=True),
    Column("what", firm=True),
    Column("mode"),
    Column("rows", right=True, firm=True),
    Column("written", right=True, firm=True),
    Column("contract"),
    Column("rules", firm=True),
    Column("from"),
    Column("code"),
    Column("run"),
)
_COLOURS = {"published": "green", "restored": "yellow", "maintenance": None}
_SHORT = 8
"""Characters of a revision or run id, enough to find it by."""


def say_history(address: str, versions: Sequence[TableVersion], *, more: bool) -> None:
    """The versions as a table; says so if there are none, or older ones."""
    if not versions:
        note(f"{address} has never been published")
        return
    say_columns(_COLUMNS, [_line(version) for version in versions])
    for version in versions:
        if version.reason:
            say(click.style(f"{version.table_version}: {version.reason} ({version.restored_by})", dim=True))
    older = "; there are more (--limit N shows them)" if more else ""
    say(click.style(f"{amount(len(versions), 'version')}{older}", dim=True))


def _line(version: TableVersion) -> list[Cell | str]:
    gone = not version.readable
    return [
        Cell(f"{version.table_version}{'*' if version.current else ''}", dim=gone, bold=version.current),
        Cell(version.at.replace("T", " ").removesuffix("+00:00").partition(".")[0] or UNKNOWN, dim=True),
        _what(version),
        version.write_mode,
        count(version.rows),
        count(version.rows_written),
        version.contract_version,
        _rules(version),
        ", ".join(f"{name} {number}" for name, number in version.inputs.items()),
        Cell(_revision(version.code_revision), dim=True),
        Cell(version.run_id[:_SHORT], dim=True),
    ]


def _what(version: TableVersion) -> Cell:
    told = version.kind if version.kind != "maintenance" else version.operation.lower() or "maintenance"
    if version.restored_from is not None:
        told += f" {version.restored_from}"
    if not version.readable:
        return Cell(f"{told}, gone", "red")
    return Cell(told, _COLOURS[version.kind], dim=version.kind == "maintenance")


def _rules(version: TableVersion) -> Cell | str:
    if version.kind == "maintenance":
        return ""
    failing = f" {version.checks_failed} !" if version.checks_failed else ""
    return Cell(f"{version.checks_passed} ✓{failing}", "yellow" if failing else "green")


def _revision(revision: str) -> str:
    return revision[:_SHORT] + ("+" if revision.endswith("+") else "")
