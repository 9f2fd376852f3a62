"""Quarantine: new rows that break a rule of single rows, put aside with what they broke; the others are published.

Only where the contract says ``badRows: quarantine``, and only for blocking rules: what merely warns takes out no row.
Two rows of one key are no case for it. Neither is bad by itself, so which of them to take would be a guess, and a
guess that the next publication may make differently: uniqueness is a rule of the set, and refuses.

The rows are a Parquet file in the table's hidden folder that the commit names, so they are put aside in the same
atomic step in which the others are published. A file that no commit names is a leftover of a crash.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from mesh_core.errors import MeshError
from mesh_core.publishing.outcomes import Quarantine
from mesh_core.storage import PRIVATE, Place, Staged, literal, quoted, write_beside

if TYPE_CHECKING:
    import duckdb

    from mesh_core.publishing.attempt import Attempt
    from mesh_core.quality import RowRule

RULES = "_rules"
QUARANTINED_AT = "_quarantined_at"


def is_any(rules: Sequence[RowRule]) -> str:
    """The predicate of the rows that break one of ``rules``; never NULL."""
    return " OR ".join(f"({rule.fails}) IS TRUE" for rule in rules)


def broken(rules: Sequence[RowRule]) -> str:
    """The names of the rules that a row breaks, as an SQL list."""
    names = ", ".join(f"CASE WHEN {rule.fails} THEN {literal(rule.check.name)} END" for rule in rules)
    return f"list_filter([{names}], lambda name: name IS NOT NULL)"


def bad_rows(attempt: Attempt, staged: Staged, rules: Sequence[RowRule]) -> dict[int, int]:
    """Rows that break one of ``rules``, by the position of the staged file that has them."""
    if not rules or not staged.files:
        return {}
    counts = " UNION ALL ".join(
        f"SELECT {at} AS position, count(*) AS n FROM ({_only(staged, [at]).relation}) WHERE {is_any(rules)}"
        for at in range(len(staged.files))
    )
    return dict(attempt.connection.execute(f"SELECT position, n FROM ({counts}) WHERE n > 0").fetchall())


def split(attempt: Attempt, staged: Staged, rules: Sequence[RowRule], bad: dict[int, int]) -> tuple[Staged, Quarantine]:
    """``staged`` without its bad rows, and what became of those; files without any stay as they are."""
    touched = _only(staged, sorted(bad))
    columns = [column.name for column in attempt.port.contract.columns]
    kept = _put_aside(attempt, touched, rules, columns)
    if kept.rows != sum(bad.values()):
        message = f"{attempt.name}: {sum(bad.values())} bad rows were found and {kept.rows} put aside"
        raise MeshError(message, remedy="Publish again; if it stays so, the disk or a rule is not to be trusted.")
    again = attempt.services.lake.stage(
        attempt.connection,
        f"SELECT * FROM ({touched.relation}) WHERE NOT ({is_any(rules)})",
        staged.path,
        touched.columns,
        partition_by=touched.partition_by,
    )
    untouched = [file for at, file in enumerate(staged.files) if at not in bad]
    good = msgspec.structs.replace(again, files=(*untouched, *again.files))
    attempt.pending = good
    attempt.services.lake.discard(touched)
    return good, kept


def _only(staged: Staged, positions: Sequence[int]) -> Staged:
    return msgspec.structs.replace(staged, files=tuple(staged.files[at] for at in positions))


def _put_aside(attempt: Attempt, touched: Staged, rules: Sequence[RowRule], columns: Sequence[str]) -> Quarantine:
    """The bad rows as a file of their own, counted from what was written."""
    now = datetime.now(UTC).isoformat(sep=" ", timespec="milliseconds")
    names = ", ".join(quoted(name) for name in columns)
    select = (
        f"SELECT {names}, {broken(rules)} AS {RULES}, TIMESTAMPTZ {literal(now)} AS {QUARANTINED_AT} "
        f"FROM ({touched.relation}) WHERE {is_any(rules)}"
    )
    file = write_beside(attempt.connection, select, touched.path, f"quarantine-{uuid.uuid4()}.parquet")
    attempt.beside.append(file)
    rows, by_rule = _counted(attempt.connection, file)
    return Quarantine(f"{PRIVATE}/{file.name}", rows, {r.check.name: by_rule.get(r.check.name, 0) for r in rules})


def _counted(connection: duckdb.DuckDBPyConnection, file: Place) -> tuple[int, dict[str, int]]:
    source = f"read_parquet({literal(str(file))}, hive_partitioning = false)"
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {source}").fetchall()
    by_rule = connection.execute(
        f"SELECT rule, count(*) FROM (SELECT unnest({RULES}) AS rule FROM {source}) GROUP BY 1"
    )
    return rows, dict(by_rule.fetchall())
