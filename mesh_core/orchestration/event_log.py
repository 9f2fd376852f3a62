"""Dagster's SQLite event log with its connections kept: the same files, a quarter of the time.

Dagster 1.13 builds a new SQLAlchemy engine for every event, and an asset check is seven of them
(benchmarks/event_log.py measures both). Named in the dagster.yaml of a mesh home as ``event_log_storage``; a
database in the shared dagster.yaml replaces it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Dagster exports no name for its storages; the version is pinned, and tests/orchestration runs against it.
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import QueuePool

_BUSY_TIMEOUT_SECONDS = 60
_KEPT = 16


class KeptSqliteEventLog(SqliteEventLogStorage):
    """One engine a database file for the life of the process."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> KeptSqliteEventLog:
        # The inherited one names its own class.
        return cls(inst_data=inst_data, **config_value)

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

    def dispose(self) -> None:
        for engine in self.__dict__.pop("_kept_engines", {}).values():
            engine.dispose()
        super().dispose()
