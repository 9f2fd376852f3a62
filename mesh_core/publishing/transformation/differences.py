"""Where a transformation's result is not what its contract promises, column by column."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from mesh_core.contracts.document import line_of
from mesh_core.errors import MeshError, SchemaMismatchError

if TYPE_CHECKING:
    from mesh_core.contracts import Contract

_WIDER = {
    "TINYINT": {"SMALLINT", "INTEGER", "BIGINT"},
    "SMALLINT": {"INTEGER", "BIGINT"},
    "INTEGER": {"BIGINT"},
    "FLOAT": {"DOUBLE"},
    "TIMESTAMP_NS": {"TIMESTAMP"},
    "TIMESTAMP_S": {"TIMESTAMP"},
    "TIMESTAMP_MS": {"TIMESTAMP"},
}
"""Conversions that lose nothing; every other difference of types is refused, never cast silently."""


class Difference(msgspec.Struct, frozen=True):
    """One column that is not as promised."""

    code: Literal["column-missing", "column-extra", "type-mismatch"]
    column: str
    sentence: str


def differences(made: Mapping[str, str], contract: Contract, spare: Collection[str] = ()) -> list[Difference]:
    """Columns that are missing, extra or of a type that would lose something; ``spare`` ones may be extra.

    A deletion column is not promised to anybody, but the mesh needs it.
    """
    promised = {column.name: column.physical_type for column in contract.columns}
    promised |= dict.fromkeys(contract.publishing.spare, "BOOLEAN")
    found = [Difference("column-missing", name, f"column '{name}' is missing") for name in promised if name not in made]
    found += [
        Difference("column-extra", name, f"column '{name}' is not in the contract")
        for name in made
        if name not in promised and name not in spare
    ]
    found += [
        Difference("type-mismatch", name, f"column '{name}' is {made[name]}, the contract says {kind}")
        for name, kind in promised.items()
        if name in made and not fits(made[name], kind)
    ]
    return found


def fits(made: str, promised: str) -> bool:
    """Whether values of the one type are stored as the other without loss."""
    return made == promised or promised in _WIDER.get(made, ())


def mismatches(
    found: Collection[Difference], contract: Contract, path: Path, lines: Mapping[str, int]
) -> list[MeshError]:
    """A finding for each difference, at the column's line in the transformation if ``lines`` has it.

    A column that is missing stands only in the contract: its line is there.
    """
    extra = [difference.column for difference in found if difference.code == "column-extra"]
    return [_mismatch(difference, extra, contract, path, lines) for difference in found]


def _mismatch(
    difference: Difference, extra: list[str], contract: Contract, path: Path, lines: Mapping[str, int]
) -> MeshError:
    name, place, line = difference.column, path, lines.get(difference.column)
    message, remedy = difference.sentence, f"Change the column in {path.name} or, as a new version, the contract."
    if difference.code == "column-missing":
        message = f"{path.name} does not make column '{name}'"
        near = difflib.get_close_matches(name, extra, n=1, cutoff=0.5) or (extra if len(extra) == 1 else [])
        remedy = f"It makes '{near[0]}': rename it, or add the column." if near else f"Add it to {path.name}."
        place, line = contract.path, None
    elif difference.code == "column-extra":
        message = f"column '{name}' is not in {contract.path.name}"
        remedy = "Leave it out or, as a new version, add it to the contract."
    if line is None and (column := next((c for c in contract.columns if c.name == name), None)):
        place, line = contract.path, line_of(contract.path, column.at)
    return SchemaMismatchError(message, path=place, line=line, remedy=remedy, code=difference.code)
