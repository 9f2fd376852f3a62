"""One batch of a merge in the engine: its last rows by key, compared with the table's, and what follows from that.

The made rows are written to a scratch file once, because they are looked at several times; of the table only the row
groups are read in which a key of the batch may be. All else here are small tables of keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mesh_core.publishing.transformation.transform import transformation_error
from mesh_core.storage import literal, quoted
from mesh_core.storage.scan import typed_nothing

if TYPE_CHECKING:
    from mesh_core.publishing.modes.merge import Merge

_ORDINAL, _FILE, _VERDICT = "_mesh_ordinal", "_mesh_file", "_mesh_verdict"
_BATCH, _MATCHED, _IGNORED, _KEYS = "_batch", "_matched", "_ignored", "_settled"


class Batch:
    """The rows of ``made``, settled against the table that ``merge`` builds upon."""

    def __init__(self, merge: Merge, made: str) -> None:
        publishing = merge.attempt.publishing
        self._merge, self._connection = merge, merge.connection
        self._key, self._sequence = publishing.key, publishing.sequence
        self._removes = f"coalesce(b.{quoted(publishing.deletion)}, false)" if publishing.deletion else "false"
        self._write(made)
        self._keep_last()
        self._compare()

    def _write(self, made: str) -> None:
        import duckdb

        attempt = self._merge.attempt
        attempt.scratch.mkdir(parents=True, exist_ok=True)
        file = literal(str(attempt.scratch / "batch.parquet"))
        try:
            self._connection.execute(f"COPY ({made}) TO {file} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
        except duckdb.Error as error:
            raise transformation_error(error, attempt.port.path, made) from error
        self._connection.execute(
            f"CREATE VIEW _made AS SELECT * EXCLUDE (file_row_number), file_row_number AS {_ORDINAL} "
            f"FROM read_parquet({file}, file_row_number = true, hive_partitioning = false)"
        )

    def _keep_last(self) -> None:
        """The batch without rows that another row of their key comes after; those without a key stay for the audit."""
        key, order = _names(self._key), f"{_ORDINAL} DESC"
        if self._sequence:
            order = f"{quoted(self._sequence)} DESC NULLS LAST, {order}"
        self._connection.execute(
            f"CREATE TEMP TABLE _superseded AS SELECT {_ORDINAL} FROM (SELECT {_ORDINAL}, row_number() OVER "
            f"(PARTITION BY {key} ORDER BY {order}) AS place FROM _made SEMI JOIN "
            f"(SELECT {key} FROM _made GROUP BY ALL HAVING count(*) > 1) USING ({key})) WHERE place > 1"
        )
        self._connection.execute(f"CREATE VIEW {_BATCH} AS FROM _made ANTI JOIN _superseded USING ({_ORDINAL})")

    def _compare(self) -> None:
        """Each row of a known key with the file that has the key, and what it does there."""
        merge, key = self._merge, _names(self._key)
        self._connection.execute(
            f"CREATE TEMP TABLE {_IGNORED} AS SELECT b.{_ORDINAL} FROM {_BATCH} AS b JOIN ({self._deleted}) AS t "
            f"ON {_equal('b', 't', self._key)} WHERE {self._later('t')}"
        )
        if merge.attempt.rebuild or not merge.standing.data:
            self._connection.execute(
                f"CREATE TEMP TABLE {_MATCHED} AS SELECT {key}, '' AS {_FILE}, '' AS {_VERDICT}, "
                f"{_ORDINAL} FROM {_BATCH} LIMIT 0"
            )
            return
        same = " AND ".join(
            f"t.{quoted(name)} IS NOT DISTINCT FROM b.{quoted(name)}" for name in merge.columns if name not in self._key
        )
        self._connection.execute(
            f"CREATE TEMP TABLE {_MATCHED} AS SELECT {_names(self._key, 'b')}, t.{_FILE}, b.{_ORDINAL}, "
            f"CASE WHEN {self._later('t')} THEN 'late' WHEN {self._removes} THEN 'removes' "
            f"WHEN {same or 'true'} THEN 'same' ELSE 'replaces' END AS {_VERDICT} "
            f"FROM {_BATCH} AS b JOIN ({self._located()}) AS t ON {_equal('b', 't', self._key)}"
        )
        self._connection.execute(
            f"INSERT INTO {_IGNORED} SELECT {_ORDINAL} FROM {_MATCHED} WHERE {_VERDICT} IN ('late', 'same')"
        )

    def _located(self) -> str:
        """The table's rows with the file of each, its columns as the contract has them."""
        standing, columns = self._merge.standing, self._merge.columns
        files = ", ".join(literal(file) for file in standing.files)
        options = f"hive_partitioning = false, filename = {literal(_FILE)}"
        chosen = ", ".join(
            f"CAST({quoted(name) if name in standing.columns else 'NULL'} AS {kind}) AS {quoted(name)}"
            for name, kind in columns.items()
        )
        if not standing.evolved:
            return f"SELECT {chosen}, {_FILE} FROM read_parquet([{files}], {options})"
        head = typed_nothing({**standing.columns, _FILE: "VARCHAR"})
        read = f"SELECT * FROM read_parquet([{files}], {options}, union_by_name = true)"
        return f"SELECT {chosen}, {_FILE} FROM ({head} UNION ALL BY NAME {read})"

    def _later(self, other: str) -> str:
        """Whether the row of ``other`` comes after that of the batch; never NULL."""
        if not self._sequence:
            return "false"
        name = quoted(self._sequence)
        return f"({other}.{name} IS NOT NULL AND (b.{name} IS NULL OR {other}.{name} > b.{name}))"

    @property
    def _deleted(self) -> str:
        """The removed keys that the table has."""
        known = self._merge.previously_deleted
        if known:
            return known
        return f"SELECT {_names((*self._key, *([self._sequence] if self._sequence else [])))} FROM {_BATCH} LIMIT 0"

    @property
    def arriving(self) -> str:
        """The SQL of the rows that are new or replace one."""
        chosen = _names(self._merge.columns, "b")
        return f"SELECT {chosen} FROM {_BATCH} AS b ANTI JOIN {_IGNORED} USING ({_ORDINAL}) WHERE NOT {self._removes}"

    def settle(self, staged: str) -> None:
        """Note the keys whose row in the table goes: those of the rows ``staged`` and those that are removed."""
        key = _names(self._key)
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_KEYS} AS SELECT {key}, false AS removed FROM ({staged}) "
            f"UNION ALL SELECT {_names(self._key, 'b')}, true FROM {self._removing}"
        )

    @property
    def touched(self) -> frozenset[str]:
        """The table's files in which a row is replaced or removed."""
        rows = self._connection.execute(
            f"SELECT DISTINCT {_FILE} FROM {_MATCHED} SEMI JOIN {_KEYS} USING ({_names(self._key)}) "
            f"WHERE {_VERDICT} IN ('replaces', 'removes')"
        ).fetchall()
        return frozenset(row[0] for row in rows)

    def staying(self, rows: str) -> str:
        """The SQL of those of the table's ``rows`` whose key is not settled anew."""
        return f"SELECT * FROM ({rows}) ANTI JOIN {_KEYS} USING ({_names(self._key)})"

    @property
    def changes_deleted_keys(self) -> bool:
        """Whether the file of removed keys has to change: a key is removed, or a removed one is back."""
        key = _names(self._key)
        [(count,)] = self._connection.execute(
            f"SELECT (SELECT count(*) FROM {_KEYS} WHERE removed) + "
            f"(SELECT count(*) FROM ({self._deleted}) SEMI JOIN {_KEYS} USING ({key}))"
        ).fetchall()
        return bool(count)

    @property
    def deleted_keys(self) -> str:
        """The SQL of the removed keys after this publication, each with the sequence of the row that removed it."""
        names, key = (*self._key, self._sequence), _names(self._key)
        stay = f"SELECT {_names(names)} FROM ({self._deleted}) ANTI JOIN {_KEYS} USING ({key})"
        return f"{stay} UNION ALL SELECT {_names(names, 'b')} FROM {self._removing}"

    @property
    def _removing(self) -> str:
        """Rows of the batch that remove their key, as ``b``."""
        return f"{_BATCH} AS b ANTI JOIN {_IGNORED} USING ({_ORDINAL}) WHERE {self._removes}"


def _names(names: Iterable[str], table: str = "") -> str:
    return ", ".join(f"{table}.{quoted(name)}" if table else quoted(name) for name in names)


def _equal(left: str, right: str, names: Iterable[str]) -> str:
    return " AND ".join(f"{left}.{quoted(name)} = {right}.{quoted(name)}" for name in names)
