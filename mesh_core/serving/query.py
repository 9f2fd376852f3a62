"""Read-only questions over the ports, from text to rows: one alone, or several over one state."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from mesh_core.errors import UnknownAddressError
from mesh_core.serving.engine import Relation, create_views, engine
from mesh_core.serving.errors import QueryError
from mesh_core.serving.guard import Question, TableName, admitted
from mesh_core.settings import StoreAccess
from mesh_core.storage import is_interruption, store_error

if TYPE_CHECKING:
    import duckdb


class QueryResult(msgspec.Struct, frozen=True, kw_only=True):
    """Names and DuckDB types of the columns, the rows as Python values, and whether the limit cut them off."""

    columns: tuple[tuple[str, str], ...]
    rows: list[tuple[Any, ...]]
    truncated: bool = False


class QuerySession:
    """Any number of questions of one reader over one state of the ports, on one locked engine. Close it after use.

    ``views`` gives for each ``domain.port`` the version or the SQL relation that it stands for, e.g.
    ``read_parquet(['…'])`` over a list of files; it is asked once for each port that a question names, so that all
    questions see the same rows. ``access`` is how to reach those that lie in an object store. One question at a
    time: a session is not for several threads.
    """

    def __init__(
        self,
        views: Mapping[str, Relation],
        *,
        memory_limit: str,
        scratch: Path | None = None,
        access: StoreAccess | None = None,
    ) -> None:
        self._views, self._memory_limit, self._scratch, self._access = views, memory_limit, scratch, access
        self._names: dict[str, str] = {}
        self._open: dict[str, Relation] = {}
        self._engine = ExitStack()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def ask(self, sql: str, *, limit: int | None = None) -> QueryResult:
        """The first ``limit`` rows (None: all) of one read-only statement; times are in UTC.

        QueryRefusedError for a statement that does anything but read ports, UnknownAddressError for a table that is
        none of them, QueryError for wrong SQL.
        """
        question = admitted(sql)
        connection = self._opened(self._relations(question, sql))
        return _answered(connection, question.sql, limit)

    def _opened(self, relations: Mapping[str, Relation]) -> duckdb.DuckDBPyConnection:
        """The engine, made anew when the question names a port that it has no view of: a lock is never widened."""
        if self._connection is None or not relations.keys() <= self._open.keys():
            self.close()
            wanted = {**self._open, **relations}
            with ExitStack() as stack:
                connection = stack.enter_context(engine(self._memory_limit, self._scratch))
                create_views(connection, wanted, self._access)
                self._engine = stack.pop_all()
            self._connection, self._open = connection, wanted
        return self._connection

    def _relations(self, question: Question, sql: str) -> dict[str, Relation]:
        found: dict[str, Relation] = {}
        for table in question.tables:
            name = self._name(table.name.lower())
            if name is None:
                raise _unknown(table, sql, list(self._views))
            found[name] = self._open[name] if name in self._open else self._views[name]
        return found

    def _name(self, written: str) -> str | None:
        if not self._names:
            self._names = {name.lower(): name for name in self._views}
        return self._names.get(written)

    def close(self) -> None:
        """Let go of the engine; the next question opens one over the same state."""
        self._connection = None
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def run_query(
    sql: str,
    views: Mapping[str, Relation],
    *,
    limit: int | None,
    memory_limit: str,
    scratch: Path | None = None,
    access: StoreAccess | None = None,
) -> QueryResult:
    """One question in a session of its own: the first ``limit`` rows (None: all) of one read-only statement.

    Arguments and errors are those of ``QuerySession``.
    """
    with QuerySession(views, memory_limit=memory_limit, scratch=scratch, access=access) as session:
        return session.ask(sql, limit=limit)


def _unknown(table: TableName, sql: str, names: list[str]) -> UnknownAddressError:
    before = sql.encode()[: table.position].decode(errors="replace")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    near = get_close_matches(table.name.lower(), names, n=3)
    port = table.name.rpartition(".")[2].lower()
    near += [name for name in names if name.rpartition(".")[2] == port and name not in near]
    message = f"no port is called '{table.name}' (line {line}, column {column})"
    remedy = f"Did you mean {' or '.join(near[:3])}?" if near else "`mesh list` shows all ports."
    return UnknownAddressError(message, remedy=remedy)


def _answered(connection: duckdb.DuckDBPyConnection, sql: str, limit: int | None) -> QueryResult:
    """The result in one call: batches, a thread for them and a paused garbage collector cost more (measured)."""
    import duckdb

    try:
        with _interruptible(connection):
            if limit is None:
                # Computed whole, then made into rows: one beside the other takes a tenth longer (measured).
                relation = connection.sql(sql)
                columns = tuple(zip(relation.columns, map(str, relation.types), strict=True))
                rows = relation.fetchall()
            else:
                # One row more than the limit tells whether there are more; what nobody fetches is not computed.
                connection.execute(sql)
                columns = tuple((str(name), str(kind)) for name, kind, *_ in connection.description or ())
                rows = connection.fetchmany(limit + 1)
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        raise store_error(error) or QueryError(str(error)) from error
    except RuntimeError as error:
        if is_interruption(error):
            raise KeyboardInterrupt from error
        raise
    if limit is None or len(rows) <= limit:
        return QueryResult(columns=columns, rows=rows)
    return QueryResult(columns=columns, rows=rows[:limit], truncated=True)


@contextmanager
def _interruptible(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Meanwhile Ctrl-C interrupts the engine: Python hears it after a call of the engine, DuckDB between some steps.

    Only for the main thread, which is the only one that signals interrupt.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ended = threading.Event()
    heard, told = socket.socketpair()
    told.setblocking(False)
    others = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=_watch, args=(heard, ended, others, connection), name="mesh-query", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(others)
        ended.set()
        told.close()
        watcher.join()
        heard.close()


def _watch(heard: socket.socket, ended: threading.Event, others: int, connection: duckdb.DuckDBPyConnection) -> None:
    """Interrupt the engine at SIGINT until it has ended; every signal is passed on to who else listens."""
    while signals := heard.recv(64):
        if others >= 0:
            os.write(others, signals)
        if signal.SIGINT in signals:
            # Even if DuckDB gave up by itself: it waits for its other threads then, which know nothing. And again, as
            # an engine that only begins its work forgets it.
            connection.interrupt()
            while not ended.wait(0.02):
                connection.interrupt()
