"""Rows to try things out with: made from the contract, or a sample of the published ones with the secrets out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.lifecycle import today
from mesh_core.contracts.tree import Port
from mesh_core.orchestration.register import MASK, contract_in
from mesh_core.orchestration.services import Services
from mesh_core.policy.subject import Subject
from mesh_core.storage import literal, quoted

if TYPE_CHECKING:
    from mesh_core.contracts import Contract

_TOKENS = frozenset({"tokenise", "hash"})
"""Protections that keep equal values equal."""
_INTEGERS = frozenset({"SMALLINT", "INTEGER", "BIGINT"})


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one port that are no publication."""

    address: str
    relation: str
    """The SQL that makes them, the same rows every time."""
    table_version: int | None = None
    """The version that was sampled; None for rows made from the contract."""
    unsolved: tuple[str, ...] = ()
    """Blocking rules that rows made from the contract may break."""


def made_rows(port: Port, services: Services, *, rows: int, seed: int) -> Scenario:
    """Rows that keep the contract; keys are those of the other ports' rows of the same number and seed."""
    from mesh_core.generation import Directory, generate

    known = [other.contract for other in services.mesh.ports.values()]
    wanted = Directory(known, services.charter).with_targets([port.contract])
    table = generate(wanted, services.charter, rows=rows, seed=seed)[port.contract.address]
    return Scenario(address=port.address.sql, relation=table.relation, unsolved=table.unsolved)


def sampled_rows(port: Port, services: Services, *, rows: int, seed: int) -> Scenario:
    """Rows of the newest version, the same for one version and seed, as any reader may have them.

    A sensitive column's text is masked, or where its protection is ``tokenise`` or ``hash`` replaced by tokens:
    equal values of the sample have equal ones. What is no text is null. Whether a row is chosen, and where it stands,
    depends on the other columns alone: by a row's place nobody can check a guess of what was hidden.
    """
    pinned = services.reader().pin(port.address)
    newest = services.lake.newest(pinned.path)
    published = contract_in(newest, port) if newest else None
    hidden = _protections(port, port.contract, services)
    if published is not None:
        hidden = {**_protections(port, published, services), **hidden}
    told = {column.name for contract in (port.contract, published) if contract for column in contract.columns}
    hidden |= dict.fromkeys(set(pinned.columns) - told, "")
    return Scenario(
        address=port.address.sql,
        relation=_sample(pinned.relation, pinned.columns, hidden, rows=rows, seed=seed),
        table_version=pinned.version,
    )


def _protections(port: Port, contract: Contract, services: Services) -> dict[str, str]:
    """How each column is protected that is sensitive, or has a member that is."""
    subject = Subject(msgspec.structs.replace(port, contract=contract), services.charter, today())
    found: dict[str, str] = {}
    column = ""
    for field in subject.fields:
        column = field.name if field.depth == 0 else column
        if field.sensitive:
            found.setdefault(column, field.protection if field.depth == 0 else "")
    return found


def _sample(relation: str, types: dict[str, str], hidden: dict[str, str], *, rows: int, seed: int) -> str:
    every = ", ".join(map(quoted, types))
    shown = ", ".join([*(quoted(name) for name in types if name not in hidden), str(seed)])
    chosen = ", ".join(_shown(name, kind, hidden) for name, kind in types.items())
    return (
        f"SELECT {chosen} FROM (SELECT *, row_number() OVER (ORDER BY _mesh_order, {every}) AS _mesh_place FROM ("
        f"SELECT *, hash({shown}) AS _mesh_order FROM ({relation}) ORDER BY _mesh_order, {every} LIMIT {rows}"
        ")) ORDER BY _mesh_place"
    )


def _shown(name: str, kind: str, hidden: dict[str, str]) -> str:
    column = quoted(name)
    if name not in hidden:
        return column
    tokens = hidden[name] in _TOKENS
    number = f"min(_mesh_place) OVER (PARTITION BY {column})"
    if kind == "VARCHAR":
        value = f"{literal(name + '-')} || {number}" if tokens else literal(MASK)
    elif tokens and kind in _INTEGERS:
        value = f"{number}::{kind}"
    else:
        return f"NULL::{kind} AS {column}"
    return f"CASE WHEN {column} IS NOT NULL THEN {value} END AS {column}"
