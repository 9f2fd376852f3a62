"""Dagster's SQLite event log with its connections kept: the same files, a quarter of the time.

Dagster 1.13 builds a new SQLAlchemy engine for every event, and an asset check is seven of them
(benchmarks/event_log.py measures both). Named in the dagster.yaml of a mesh home as ``event_log_storage``; a
database in the shared dagster.yaml replaces it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

# Dagster exports no name for its storages; the version is pinned, and tests/orchestration runs against it.
from dagster._core.events import ASSET_EVENTS
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster_shared.record import copy
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import QueuePool

if TYPE_CHECKING:
    from dagster._core.events.log import EventLogEntry

_BUSY_TIMEOUT_SECONDS = 60
_KEPT = 16


class KeptSqliteEventLog(SqliteEventLogStorage):
    """One engine a database file for the life of the process."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> KeptSqliteEventLog:
        # The inherited one names its own class.
        return cls(inst_data=inst_data, **config_value)

    @cached_property
    def supports_asset_checks(self) -> bool:
        """Asked for every event; the inherited property looks at the database's tables each time."""
        found: bool = super().supports_asset_checks
        return found

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        engines: dict[str, Engine] = self.__dict__.setdefault("_kept_engines", {})
        if shard not in engines:
            if len(engines) >= _KEPT:  # a webserver looks at many runs, each a file of its own
                engines.pop(next(iter(engines))).dispose()
            url = self.conn_string_for_shard(shard)
            options: dict[str, Any] = {"timeout": _BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
            engines[shard] = create_engine(url, poolclass=QueuePool, pool_size=1, connect_args=options)
        if shard not in self._initialized_dbs:
            self._initdb(engines[shard])
            self._initialized_dbs.add(shard)
        return engines[shard]

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """The events of many partitions in one transaction a database: each alone costs 4 ms (measured)."""
        of_assets = []
        for event in events:
            if event.is_dagster_event and event.dagster_event_type in ASSET_EVENTS:
                of_assets.append(event)
            else:
                self.store_event(event)
        if of_assets:
            self._store_of_assets(of_assets)

    def _store_of_assets(self, events: list[EventLogEntry]) -> None:
        """As ``store_event`` does for each, of one run."""
        statements = [self.prepare_insert_event(event) for event in events]
        with self.run_connection(events[0].run_id) as connection:
            for statement in statements:
                connection.execute(statement)
        with self.index_transaction() as connection:
            ids = [_id_of(connection.execute(statement)) for statement in statements]
            self._store_asset_event_tags(connection, events, ids)
            newest = {event.get_dagster_event().asset_key: place for place, event in enumerate(events)}
            for place in newest.values():  # what the table of assets keeps is the last event of each
                self._store_asset_event(connection, events[place], ids[place])

    def _store_asset_check_evaluation_planned(self, event: EventLogEntry, event_id: int | None) -> None:
        """A rule holds for the whole table: one row, not one for each partition of the run.

        Dagster would plan it for every partition and then get one result for none of them: a year of days and 30
        rules left 11,000 rows that nothing ever completes.
        """
        planned: Any = event.get_dagster_event().event_specific_data
        whole = copy(planned, partitions_subset=None)
        plain = event.get_dagster_event()._replace(event_specific_data=whole)
        super()._store_asset_check_evaluation_planned(event._replace(dagster_event=plain), event_id)

    def dispose(self) -> None:
        for engine in self.__dict__.pop("_kept_engines", {}).values():
            engine.dispose()
        super().dispose()


def _id_of(result: Any) -> int:
    found: int = result.inserted_primary_key[0]
    return found
