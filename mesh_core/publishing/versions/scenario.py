"""Rows to try things out with: made from the contract, or a sample of the published ones with the secrets out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.lifecycle import today
from mesh_core.contracts.tree import Port
from mesh_core.policy.subject import Subject
from mesh_core.publishing.home_key import home_key
from mesh_core.publishing.register import MASK, contract_in
from mesh_core.publishing.services import Services
from mesh_core.storage import Pinned, literal, quoted

if TYPE_CHECKING:
    from mesh_core.contracts import Contract

_TOKENS = frozenset({"tokenise", "hash"})
"""Protections that keep equal values equal."""
_TOKEN, _DIGITS = "token-", 15
"""How tokens begin, and how many hexadecimal digits of a digest follow: what a BIGINT holds."""


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

    A sensitive column's text is masked, or where its protection is ``tokenise`` or ``hash`` replaced by a token: equal
    values have equal ones in every sample of this home, so that keys join. What is no text is null. Tokens, and which
    rows are chosen, come of a key that the home keeps: without it nobody can check a guess of what was hidden.
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
        relation=_sample(pinned, hidden, home_key(services.settings.home), rows=rows, seed=seed),
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


def _sample(pinned: Pinned, hidden: dict[str, str], key: str, *, rows: int, seed: int) -> str:
    every = ", ".join(map(quoted, pinned.columns))
    chosen = ", ".join(_shown(name, kind, hidden, key) for name, kind in pinned.columns.items())
    return (
        f"SELECT {chosen} FROM (SELECT *, hash({every}, {seed}, {literal(key)}) AS _mesh_place "
        f"FROM ({pinned.relation}) ORDER BY _mesh_place, {every} LIMIT {rows}) ORDER BY _mesh_place, {every}"
    )


def _shown(name: str, kind: str, hidden: dict[str, str], key: str) -> str:
    column = quoted(name)
    if name not in hidden:
        return column
    tokens = hidden[name] in _TOKENS
    digest = f"sha256({literal(key)} || {column}::VARCHAR || {literal(key)})"
    if kind == "VARCHAR":
        value = f"{literal(_TOKEN)} || left({digest}, {_DIGITS})" if tokens else literal(MASK)
    elif tokens and kind == "BIGINT":
        value = f"('0x' || left({digest}, {_DIGITS}))::BIGINT"
    else:
        return f"NULL::{kind} AS {column}"
    return f"CASE WHEN {column} IS NOT NULL THEN {value} END AS {column}"
