"""Proof that a product of two sources loses and doubles no row: three rules, and the numbers behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.reconciliation import Reconciliation, reconciliation_of
from mesh_core.quality.spec import CheckSpec, Comparison
from mesh_core.quality.sql import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from mesh_core.contracts import Contract


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How the rows of a version come from its two sources; every number counts rows, keys where sources overlap."""

    historical_rows: int
    live_rows: int
    """Of the feed, from the cut-over on."""
    live_before_cut_over: int
    """What the feed has of the time that the extract answers for: left out."""
    overlap: int
    """Keys that both sources have: each is published once."""
    expected: int
    published: int
    lost: int
    doubled: int
    unexplained: int
    """Published keys that neither source has."""

    @property
    def proven(self) -> bool:
        return not (self.lost or self.doubled or self.unexplained)


def reconciling_checks(contract: Contract) -> Iterator[CheckSpec]:
    """The rules that the contract's ``reconciliation`` implies; none without one."""
    found = reconciliation_of(contract)
    if found is None:
        return
    sources = f"{found.historical} and {found.live}"
    for part, name, words in (
        ("lost", "no_row_lost", f"Every row of {sources} is published, the feed's from the cut-over on."),
        ("doubled", "no_row_doubled", f"No row that {sources} share is published twice."),
        ("unexplained", "no_row_unexplained", f"Every published row comes from {sources}."),
    ):
        yield CheckSpec(
            name=name,
            description=words,
            dimension="completeness" if part == "lost" else "consistency",
            kind="sql",
            query=f"{_counted(found, '${object}')} SELECT {part} FROM numbers",
            comparison=Comparison("==", 0),
            path=contract.path,
            at=found.at,
        )


def reconcile(contract: Contract, connection: duckdb.DuckDBPyConnection, table: str) -> Report | None:
    """The numbers for the rows of ``table``, beside which both sources are views; None if it has one source."""
    found = reconciliation_of(contract)
    if found is None:
        return None
    names = ", ".join(Report.__struct_fields__)
    row = connection.execute(f"{_counted(found, table)} SELECT {names} FROM numbers").fetchall()[0]
    return Report(**dict(zip(Report.__struct_fields__, row, strict=True)))


def _counted(found: Reconciliation, table: str) -> str:
    keys = ", ".join(quote(name) for name in found.key)
    by, start = quote(found.by), found.cut_over
    historical, live = (".".join(map(quote, name.split("."))) for name in (found.historical, found.live))
    return f"""WITH
        feed AS (SELECT {keys}, {by} >= {start} AS answers FROM {live}),
        live_keys AS (SELECT {keys} FROM feed WHERE answers),
        old_keys AS (SELECT {keys} FROM {historical}),
        due AS (SELECT * FROM live_keys UNION SELECT * FROM old_keys),
        made AS (SELECT {keys} FROM {table}),
        numbers AS (SELECT
            (SELECT count(*) FROM old_keys) AS historical_rows,
            (SELECT count(*) FROM live_keys) AS live_rows,
            (SELECT count(*) FROM feed WHERE NOT answers) AS live_before_cut_over,
            (SELECT count(*) FROM (SELECT * FROM live_keys INTERSECT SELECT * FROM old_keys)) AS overlap,
            (SELECT count(*) FROM due) AS expected,
            (SELECT count(*) FROM made) AS published,
            (SELECT count(*) FROM (SELECT * FROM due EXCEPT SELECT * FROM made)) AS lost,
            (SELECT count(*) - count(DISTINCT made) FROM made) AS doubled,
            (SELECT count(*) FROM (SELECT * FROM made EXCEPT SELECT * FROM due)) AS unexplained
        )"""
