"""How the ids of a port meet the registers of their entities: counted over the whole table before it is committed.

The counts go into the commit, the sketches into the catalog alone: they can be made again from the version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from mesh_core.errors import MeshError
from mesh_core.governance import bound_columns
from mesh_core.model import Address
from mesh_core.publishing.home_key import home_key
from mesh_core.storage import ObjectPath, quoted, reach
from mesh_core.storage.sketches import sketch_of

if TYPE_CHECKING:
    import duckdb

    from mesh_core.catalog import KeyMeasurement
    from mesh_core.contracts import Contract
    from mesh_core.contracts.tree import Port
    from mesh_core.governance import BoundColumn, Entity
    from mesh_core.publishing.services import Services
    from mesh_core.settings import StoreAccess
    from mesh_core.storage import Commit, Pinned, Place

FACT = "keys"
_ITSELF = "itself"
"""In place of a crosswalk: the port is the register, and knows all of its ids."""

Keys = tuple["KeyMeasurement", ...]


def bound_in(contract: Contract, services: Services) -> tuple[BoundColumn, ...]:
    """The columns of the contract that hold ids or codes of entities."""
    columns = {column.name: column.tags for column in contract.columns}
    return bound_columns(contract.address.uri, columns, services.charter.entities)


def measure(port: Port, table: str, services: Services, connection: duckdb.DuckDBPyConnection) -> Keys:
    """The measurement of every bound column over the rows of the SQL ``table``, in one scan; none costs nothing."""
    bound = bound_in(port.contract, services)
    registers = {column.entity.port: _Register(column.entity, services) for column in bound}
    return _measured(bound, registers, _Ids(port, table, bound, connection), home_key(services.settings.home))


def key_facts(keys: Iterable[KeyMeasurement]) -> str:
    """The measurements as the commit carries them: without sketches, which would make every commit large."""
    return msgspec.json.encode([msgspec.structs.replace(each, sketch=b"") for each in keys]).decode()


def keys_in(commit: Commit, port: Port) -> Keys:
    """The measurements that a commit carries, without sketches."""
    from mesh_core.catalog import KeyMeasurement

    found = msgspec.json.decode(commit.facts.get(FACT, "[]"), type=tuple[KeyMeasurement, ...])
    return _versioned(found, port, commit)


def keys_of(port: Port, table: Place, commit: Commit, services: Services, made: Keys | None = None) -> Keys:
    """The measurements of the commit with their sketches: those just ``made``, else made from the version again.

    Sketches are kept of a port's newest version alone, so an older one gets none, nor does one that is vacuumed.
    """
    if made is not None:
        return _versioned(made, port, commit)
    found = keys_in(commit, port)
    newest = services.lake.newest(table) if found else None
    pinned = _readable(table, commit.version, services) if newest and newest.version == commit.version else None
    if pinned is None:
        return found
    sketches = _sketches(found, port, pinned, services)
    return tuple(msgspec.structs.replace(each, sketch=sketches.get(each.column, b"")) for each in found)


def _versioned(keys: Keys, port: Port, commit: Commit) -> Keys:
    """A register that knows its own ids does so in the version that the commit makes."""
    return tuple(
        msgspec.structs.replace(each, register_version=commit.version) if each.register == port.address.sql else each
        for each in keys
    )


def _readable(table: Place, version: int | None, services: Services) -> Pinned | None:
    """The version, unless it is gone or its log can't be read."""
    try:
        return services.lake.pin(table, version)
    except MeshError:
        return None


def _sketches(keys: Keys, port: Port, pinned: Pinned, services: Services) -> dict[str, bytes]:
    """The sketch of each column, by the registers as they were when its ids were counted."""
    measured = {(each.column, each.entity, each.code): each for each in keys}
    bound, registers = [], {}
    for column in bound_in(port.contract, services):
        known = measured.get((column.column, column.entity.name, column.code))
        if known is not None and column.column in pinned.columns:
            bound.append(column)
            registers[column.entity.port] = _Register(
                column.entity, services, version=known.register_version, known=known.resolved is not None
            )
    with services.connect() as connection:
        ids = _Ids(port, pinned.relation, tuple(bound), connection)
        found = _measured(tuple(bound), registers, ids, home_key(services.settings.home))
    return {each.column: each.sketch for each in found}


class _Register:
    """The port that owns an entity, pinned when its ids are asked for."""

    def __init__(self, entity: Entity, services: Services, *, version: int | None = None, known: bool = True) -> None:
        self.address = Address.parse(entity.port)
        self._services, self._version, self._known = services, version, known

    @property
    def access(self) -> StoreAccess | None:
        return self._services.lake.access

    @cached_property
    def pinned(self) -> Pinned | None:
        """None before its first publication. One that can't be read is no reason to keep others from publishing."""
        port = self._services.mesh.ports.get(self.address)
        if port is None or not self._known:
            return None
        try:
            return self._services.lake.pin(self._services.table(port.contract), self._version)
        except MeshError:
            return None


class _Ids:
    """The different ids of a table's bound columns, each with the rows that have it, counted in one scan."""

    def __init__(
        self, port: Port, table: str, bound: tuple[BoundColumn, ...], connection: duckdb.DuckDBPyConnection
    ) -> None:
        self.table, self.connection = table, connection
        # The audit has seen to it that no id of the key is there twice.
        self._unique = port.contract.primary_key[0] if len(port.contract.primary_key) == 1 else ""
        self._counted = [column.column for column in bound if column.column != self._unique]

    @cached_property
    def _scanned(self) -> str:
        """The temporary table of the counts, with what tells the column of an id."""
        texts = ", ".join(f"{quoted(name)}::VARCHAR AS {quoted(name)}" for name in self._counted)
        names = ", ".join(map(quoted, self._counted))
        sets = ", ".join(f"({quoted(name)})" for name in self._counted)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE _mesh_ids AS SELECT grouping({names}) AS grouped, coalesce({names}) AS id, "
            f"count(*) AS times FROM (SELECT {texts} FROM ({self.table})) GROUP BY GROUPING SETS ({sets})"
        )
        return "_mesh_ids"

    def of(self, column: str) -> str:
        """The SQL of the column's ids, not null, and the rows of each."""
        if column == self._unique:
            name = quoted(column)
            return f"SELECT {name}::VARCHAR AS id, 1 AS times FROM ({self.table}) WHERE {name} IS NOT NULL"
        last = len(self._counted) - 1
        # GROUPING has a bit for each column, the last one lowest, and it is 0 where the column is grouped by.
        grouped = 2 ** len(self._counted) - 1 - 2 ** (last - self._counted.index(column))
        return f"SELECT id, times FROM {self._scanned} WHERE grouped = {grouped} AND id IS NOT NULL"


def _measured(
    bound: tuple[BoundColumn, ...], registers: Mapping[str, _Register], ids: _Ids, key: str
) -> tuple[KeyMeasurement, ...]:
    return tuple(_of_column(column, registers[column.entity.port], ids, key) for column in bound)


def _of_column(column: BoundColumn, register: _Register, ids: _Ids, key: str) -> KeyMeasurement:
    from mesh_core.catalog import KeyMeasurement

    version, known = _known(column, register, ids)
    ids.connection.execute(f"CREATE OR REPLACE TEMP TABLE _mesh_known AS {_met(ids.of(column.column), known)}")
    [(keys, resolved, rows, resolved_rows)] = ids.connection.execute(
        "SELECT count(*), count(known), coalesce(sum(times), 0)::BIGINT, "
        "coalesce(sum(times) FILTER (known IS NOT NULL), 0)::BIGINT FROM _mesh_known"
    ).fetchall()
    # What the register knows is hashed as its id, so that codes meet ids; the rest is told apart by its system.
    hashed = f"coalesce(known, '{column.binding}:' || id)" if column.code else "id"
    sketch = sketch_of(ids.connection, f"SELECT {hashed} AS id FROM _mesh_known", keys, key)
    ids.connection.execute("DROP TABLE _mesh_known")
    return KeyMeasurement(
        column=column.column,
        entity=column.entity.name,
        code=column.code,
        keys=keys,
        resolved=resolved if known else None,
        rows=rows,
        resolved_rows=resolved_rows if known else None,
        register=register.address.sql,
        register_version=version,
        sketch=sketch,
    )


def _met(ids: str, known: str) -> str:
    """The SQL of the ids with what the register knows them as."""
    if not known:
        return f"SELECT id, times, NULL::VARCHAR AS known FROM ({ids})"
    if known == _ITSELF:
        return f"SELECT id, times, id AS known FROM ({ids})"
    return f"SELECT id, times, known FROM ({ids}) LEFT JOIN ({known}) USING (id)"


def _known(column: BoundColumn, register: _Register, ids: _Ids) -> tuple[int | None, str]:
    """The register's version, and the SQL of its ids or codes with the global id of each; '' if there is none."""
    import duckdb

    if column.is_register:
        return None, _crosswalk(column, ids.table) if column.code else _ITSELF
    pinned = register.pinned
    if pinned is None or not {column.entity.id_column, column.register_column} <= set(pinned.columns):
        return None, ""
    try:
        if isinstance(pinned.path, ObjectPath):  # nothing else of the publication need lie in an object store
            reach(ids.connection, register.access)
        ids.connection.execute(f"SELECT 1 FROM ({pinned.relation}) LIMIT 0")
    except duckdb.Error:  # a file is gone, or another domain's store is
        return None, ""
    return pinned.version, _crosswalk(column, pinned.relation)


def _crosswalk(column: BoundColumn, relation: str) -> str:
    name, canonical = quoted(column.register_column), quoted(column.entity.id_column)
    return (
        f"SELECT {name}::VARCHAR AS id, min({canonical}::VARCHAR) AS known FROM ({relation}) "
        f"WHERE {name} IS NOT NULL GROUP BY 1"
    )


def told(keys: Sequence[KeyMeasurement]) -> list[dict[str, object]]:
    """The measurements as rows of a table for people."""
    return [
        {
            "column": each.column,
            "entity": f"{each.entity} ({each.code} code)" if each.code else each.entity,
            "ids": each.keys,
            "known to the register": each.resolved,
            "rows with an id": each.rows,
            "of known ids": each.resolved_rows,
            "register": each.register if each.register_version is None else f"{each.register} v{each.register_version}",
        }
        for each in keys
    ]
