"""Looking at rows that were not published: what versions put into quarantine, and samples of refused attempts.

Sensitive columns are masked here, before a row leaves: nobody sees more of a bad row than of a good one's sample. A
column that the contract does not have any more is masked, too, because nothing says any more what it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.errors import MeshError
from mesh_core.policy import refuse
from mesh_core.publishing.outcomes import Quarantine, quarantine_in
from mesh_core.publishing.quarantine import QUARANTINED_AT, RULES
from mesh_core.publishing.refused import Refused, refused_attempts
from mesh_core.publishing.register import MASK, contract_in, sensitive_columns
from mesh_core.storage import Commit, Place, literal, quoted
from mesh_core.storage.places import size_of

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Port
    from mesh_core.publishing.services import Services

_OWN = (RULES, QUARANTINED_AT)


class PortAside(msgspec.Struct, frozen=True, kw_only=True):
    """One port: what its newest version put aside, and which attempts were refused."""

    address: str
    table_version: int | None
    rows: int
    quarantined: int
    rules: dict[str, int]
    """Rows in quarantine by the rule that they broke."""
    refused: tuple[Refused, ...]
    """The newest attempts, newest first."""


class VersionAside(msgspec.Struct, frozen=True, kw_only=True):
    """What one version put aside."""

    table_version: int
    published_at: str
    rows: int
    quarantined: int
    rules: dict[str, int]
    file: str
    """Relative to the table."""


class AsideRows(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the rows of one file, sensitive values masked."""

    columns: tuple[tuple[str, str], ...]
    """Names and DuckDB types; the rules that a row broke come first."""
    rows: list[tuple[Any, ...]]
    truncated: bool = False


def port_aside(port: Port, services: Services) -> PortAside:
    """The port at a glance; opens neither its table nor the catalog."""
    table = services.table(port.contract)
    newest = services.lake.newest(table)
    found = quarantine_in(newest)
    return PortAside(
        address=port.address.sql,
        table_version=newest.version if newest else None,
        rows=newest.rows if newest else 0,
        quarantined=found.rows if found else 0,
        rules=found.rules if found else {},
        refused=refused_attempts(table),
    )


def versions_aside(port: Port, services: Services) -> list[VersionAside]:
    """Every version of the port's log that put rows aside, newest first."""
    commits = services.lake.history(services.table(port.contract))
    return [_version(commit, found) for commit in commits if (found := quarantine_in(commit))]


def version_aside(port: Port, services: Services, version: int | None = None) -> VersionAside | None:
    """What ``version``, by default the newest, put aside; None for nothing, MeshError if the log lacks the version."""
    commit = _commit(port, services, version)
    found = quarantine_in(commit)
    return _version(commit, found) if commit and found else None


def _version(commit: Commit, found: Quarantine) -> VersionAside:
    return VersionAside(
        table_version=commit.version,
        published_at=commit.facts.get("publishedAt", ""),
        rows=commit.rows,
        quarantined=found.rows,
        rules=found.rules,
        file=found.file,
    )


def _commit(port: Port, services: Services, version: int | None) -> Commit | None:
    table = services.table(port.contract)
    if version is None:
        return services.lake.newest(table)
    for commit in services.lake.history(table):
        if commit.version == version and commit.kind == "publication":
            return commit
    message = f"{port.address.sql} has no publication with table version {version} in its log"
    remedy = f"`mesh history {port.address.sql}` lists its versions."
    raise MeshError(message, remedy=remedy, code="version-unknown")


def quarantined_sample(port: Port, services: Services, version: VersionAside, limit: int) -> AsideRows:
    """At most ``limit`` rows that ``version`` put aside; MeshError if they are gone."""
    commit = _commit(port, services, version.table_version)
    contract = contract_in(commit, port) if commit else None
    hidden = sensitive_columns(contract) if contract else frozenset()
    days = port.contract.publishing.version_retention
    gone = MeshError(
        f"the rows that version {version.table_version} of {port.address.sql} put aside are gone",
        remedy=f"They are kept as long as the version can be read: the contract's versionRetention is {days} days.",
        code="version-gone",
    )
    return _read(port, services, version.file, hidden, limit, gone)


def refused_sample(port: Port, services: Services, refused: Refused, limit: int) -> AsideRows | None:
    """At most ``limit`` rows of the attempt's sample; None if no rule that failed names rows."""
    if not refused.file:
        return None
    gone = MeshError(
        f"the sample of the attempt of {refused.at} at {port.address.sql} is gone",
        remedy="A later refusal has taken its place: ask again.",
        code="sample-gone",
    )
    return _read(port, services, refused.file, frozenset(refused.sensitive), limit, gone)


def _read(port: Port, services: Services, file: str, hidden: frozenset[str], limit: int, gone: MeshError) -> AsideRows:
    """The rows of ``file``, past the gate that every reader passes."""
    refuse("access", port, services.charter, mesh=services.mesh)
    place: Place = services.table(port.contract) / file
    if size_of(place) is None:
        raise gone
    source = f"read_parquet({literal(str(place))}, hive_partitioning = false)"
    with services.connect() as connection:
        described = connection.execute(f"DESCRIBE FROM {source}").fetchall()
        kinds = {row[0]: row[1] for row in described}
        known = {column.name for column in port.contract.columns} - sensitive_columns(port.contract) - hidden
        shown = {name: name in known or name in _OWN for name in (*_OWN, *kinds) if name in kinds}
        chosen = ", ".join(quoted(name) if seen else _masked(name) for name, seen in shown.items())
        rows = connection.execute(f"SELECT {chosen} FROM {source} LIMIT {limit + 1}").fetchall()
    columns = tuple((name, kinds[name] if seen else "VARCHAR") for name, seen in shown.items())
    return AsideRows(columns=columns, rows=rows[:limit], truncated=len(rows) > limit)


def _masked(name: str) -> str:
    return f"CASE WHEN {quoted(name)} IS NOT NULL THEN {literal(MASK)} END AS {quoted(name)}"
