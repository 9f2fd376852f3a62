"""What is kept of a refused publication: a bounded sample of the rows that broke a rule, and what failed.

Both lie in the table's hidden folder, the newest three attempts of a port. The rows are not masked there: whoever
shows them does that.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.publishing.quarantine import RULES, broken, is_any
from mesh_core.publishing.register import check_record, sensitive_columns
from mesh_core.quality import failing_rows, row_rules
from mesh_core.storage import PRIVATE, Place, literal, quoted, write_beside
from mesh_core.storage.places import names_in, read, remove, write

if TYPE_CHECKING:
    import duckdb

    from mesh_core.publishing.attempt import Attempt
    from mesh_core.quality import CheckResult, RowRule

SAMPLE_ROWS = 1_000
"""At most, of one attempt."""
RULE_ROWS = 100
"""At least of each failed rule that names so many, as long as not more than ten failed."""
KEPT = 3
_NAME = re.compile(r"refused-.*\.json")
_TABLE = "_refused"


class FailedRule(msgspec.Struct, frozen=True, kw_only=True):
    """One blocking rule that did not hold."""

    name: str
    description: str = ""
    rows: int | None = None
    """Rows that broke it; None for a rule that counts none."""
    observed: Any = None


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """One refused attempt, as the JSON beside the table tells of it."""

    at: str
    run_id: str
    contract_version: str
    rows: int
    """That the transformation made."""
    why: str = ""
    """Beyond the rules, as of too many rows for the quarantine."""
    rules: tuple[FailedRule, ...]
    file: str = ""
    """The sample, relative to the table; '' if no failed rule names rows."""
    sample_rows: int = 0
    sensitive: tuple[str, ...] = ()
    """Columns whose values the contract of the attempt hid."""


def keep_refused(
    attempt: Attempt, rows: int, failing: Sequence[CheckResult], tables: tuple[str, str], *, why: str = ""
) -> Refused:
    """Keep a sample of the rows that the ``failing`` checks are about, and remove what is older than the newest three.

    ``tables`` are the views that rules of single rows, and all others, ran over. The JSON comes last: a sample
    without it is a leftover of a crash.
    """
    now = datetime.now(UTC)
    name = f"refused-{now.strftime('%Y%m%dT%H%M%S%fZ')}-{re.sub('[^A-Za-z0-9]', '', attempt.run_id)[:8]}"
    folder = attempt.table / PRIVATE
    sample = _write_sample(attempt, failing, tables, f"{name}.parquet")
    refused = Refused(
        at=now.isoformat(timespec="milliseconds"),
        run_id=attempt.run_id,
        contract_version=attempt.port.contract.version,
        rows=rows,
        why=why,
        rules=tuple(_failed(result, attempt) for result in failing),
        file=f"{PRIVATE}/{name}.parquet" if sample else "",
        sample_rows=sample,
        sensitive=tuple(sorted(sensitive_columns(attempt.port.contract))),
    )
    write(folder / f"{name}.json", msgspec.json.encode(refused))
    _prune(folder, but=name)
    return refused


def refused_attempts(table: Place) -> tuple[Refused, ...]:
    """The attempts that are kept of the table at ``table``, newest first; one that can't be read is left out."""
    folder = table / PRIVATE
    names = sorted((name for name in names_in(folder) if _NAME.fullmatch(name)), reverse=True)
    found = []
    for name in names:
        # Another refusal may just be taking its place.
        with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
            found.append(msgspec.json.decode(read(folder / name), type=Refused))
    return tuple(found)


def _prune(folder: Place, *, but: str) -> None:
    """Leave the newest attempts by name, and the one just kept even if the clock went backwards."""
    stems = sorted({name.rpartition(".")[0] for name in names_in(folder) if name.startswith("refused-")} - {but})
    for stem in stems[: -(KEPT - 1)]:
        remove(folder / f"{stem}.json")
        remove(folder / f"{stem}.parquet")


def _failed(result: CheckResult, attempt: Attempt) -> FailedRule:
    told = check_record(result, attempt.port.contract)
    return FailedRule(name=told.name, description=told.description, rows=told.unexpected_count, observed=told.observed)


def _write_sample(attempt: Attempt, failing: Sequence[CheckResult], tables: tuple[str, str], name: str) -> int:
    """The rows of the sample, 0 for none, and then no file."""
    connection = attempt.connection
    columns = ", ".join(quoted(column.name) for column in attempt.port.contract.columns)
    checks = [result.check for result in failing]
    rules = row_rules(checks, connection, tables[0])
    of_rows = {rule.check.name for rule in rules}
    quota = max(1, min(RULE_ROWS, SAMPLE_ROWS // len(checks)))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_TABLE} AS SELECT {columns}, []::VARCHAR[] AS {RULES} FROM {tables[0]} LIMIT 0"
    )
    rest = [check for check in checks if check.name not in of_rows]
    if rules:
        _sample_rows(connection, rules, tables[0], columns, quota, max(quota, SAMPLE_ROWS - quota * (len(checks) - 1)))
    for check in rest:
        query = failing_rows(check, connection, tables[1], quota)
        if query:
            named = f"[{literal(check.name)}]"
            connection.execute(f"INSERT INTO {_TABLE} SELECT {columns}, {named} FROM ({query})")
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {_TABLE}").fetchall()
    if rows:
        write_beside(connection, f"FROM {_TABLE}", attempt.table, name)
    connection.execute(f"DROP TABLE {_TABLE}")
    return int(rows)


def _sample_rows(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[RowRule],
    table: str,
    columns: str,
    quota: int,
    most: int,
) -> None:
    """The first ``most`` rows that break any of the rules, and of each rule that has too few among them the next.

    Mostly one scan, which ends early when many rows fail. The first rows in the order of the files are taken, so
    those that a rule lacks come after as many as it has.
    """
    insert = f"INSERT INTO {_TABLE} SELECT {columns}, {broken(rules)} FROM {table}"
    connection.execute(f"{insert} WHERE {is_any(rules)} LIMIT {most}")
    counts = ", ".join(f"count(*) FILTER (WHERE {rule.fails})" for rule in rules)
    [(taken, *found)] = connection.execute(f"SELECT count(*), {counts} FROM {_TABLE}").fetchall()
    if taken < most:
        return
    for rule, has in zip(rules, found, strict=True):
        if has < quota:
            connection.execute(f"{insert} WHERE {rule.fails} LIMIT {quota - has} OFFSET {has}")
