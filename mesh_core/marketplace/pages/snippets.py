"""Snippets to copy that run as they stand: tests execute each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.contracts import Contract
    from mesh_core.model import Address

_ROWS = 5
_SHOWN = 3
"""Columns that a statement names; the reader sees how to name others."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""A column that is called otherwise is not named: what is copied into a program holds nothing of a stranger's."""
_SENSITIVE = frozenset({"restricted", "confidential"})
"""Columns of these classifications are named only where there is no other."""
_RESERVED = frozenset(
    """ALL ANALYSE ANALYZE AND ANY ARRAY AS ASC ASYMMETRIC BOTH CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE DEFAULT
    DEFERRABLE DESC DESCRIBE DISTINCT DO ELSE END EXCEPT FALSE FETCH FOR FOREIGN FROM GROUP HAVING IN INITIALLY
    INTERSECT INTO LAMBDA LATERAL LEADING LIMIT NOT NULL OFFSET ON ONLY OR ORDER PIVOT PLACING PRIMARY QUALIFY
    REFERENCES RETURNING SELECT SHOW SOME SUMMARIZE SYMMETRIC TABLE THEN TO TRAILING TRUE UNION UNIQUE UNPIVOT USING
    VARIADIC WHEN WHERE WINDOW WITH""".split()  # noqa: SIM905
)
"""DuckDB's reserved words: a column so called stands in quotes."""


class Snippet(msgspec.Struct, frozen=True, kw_only=True):
    """A way of reading the port."""

    name: str
    language: str
    text: str
    note: str = ""


def snippets_of(card: Card, contract: Contract | None, address: Address) -> tuple[Snippet, ...]:
    """How to read the port, from the shortest way to the most direct; nothing for rows that nobody can read."""
    if card.status == "retired":
        return ()
    plain = [column for column in card.columns if _PLAIN.fullmatch(column.name)]
    names = [column.name for column in plain if column.classification not in _SENSITIVE] or [
        each.name for each in plain
    ]
    columns = ", ".join(_quoted(name) for name in names[:_SHOWN]) or "*"
    return (
        _sql(address, columns),
        _python(address, columns),
        _pandas(address),
        *_direct(card, contract),
        _input_port(address, card),
        *_dbt(address, columns),
    )


def _quoted(name: str) -> str:
    return f'"{name}"' if name.upper() in _RESERVED else name


def _sql(address: Address, columns: str) -> Snippet:
    statement = f"SELECT {columns} FROM {address.sql} LIMIT {_ROWS}".replace("'", "'\\''")
    return Snippet(
        name="SQL",
        language="sh",
        text=f"mesh query '{statement}'",
        note="In a terminal, from the mesh's folder. Add --at 2026-01-31 for the rows of that day.",
    )


def _python(address: Address, columns: str) -> Snippet:
    statement = f"SELECT {columns} FROM {address.sql} LIMIT {_ROWS}"
    lines = (
        "from mesh_core.serving import open_port",
        "",
        f'with open_port("{address.sql}") as port:',
        f'    rows = port.query("""{statement}""").fetchall()',
        '    print(f"version {port.version}:", rows)',
    )
    return Snippet(
        name="Python",
        language="python",
        text="\n".join(lines),
        note="Lazy: the engine reads only what the query needs. port.arrow() and port.polars() give all rows.",
    )


def _pandas(address: Address) -> Snippet:
    lines = (
        "from mesh_core.serving import open_port",
        "",
        f'with open_port("{address.sql}") as port:',
        "    frame = port.pandas()",
        "print(frame.describe(include='all'))",
    )
    return Snippet(name="pandas", language="python", text="\n".join(lines))


def _direct(card: Card, contract: Contract | None) -> tuple[Snippet, ...]:
    """By what anybody has who can reach the files, without the mesh."""
    if not card.endpoint or card.format not in {"", "delta"} or card.table_version is None:
        return ()
    partitioned = contract is not None and any(column.partition_key_position >= 0 for column in contract.columns)
    hive = ", hive_partitioning=True" if partitioned else ""
    lines = (
        "import duckdb",
        "from deltalake import DeltaTable",
        "",
        f"table = DeltaTable({card.endpoint!r})",
        f"rows = duckdb.read_parquet(table.file_uris(){hive})",
        f"print(rows.limit({_ROWS}))",
    )
    return (
        Snippet(
            name="DuckDB",
            language="python",
            text="\n".join(lines),
            note="Straight from the files of the newest version, wherever they can be reached.",
        ),
    )


def _input_port(address: Address, card: Card) -> Snippet:
    accepted = f">={card.version},<{address.major + 1}"
    lines = (
        "inputPorts:",
        f'  - {{name: {address.table}, contractId: {card.contract_id}, version: "{accepted}"}}',
    )
    return Snippet(
        name="Input port",
        language="yaml",
        text="\n".join(lines),
        note="In the product.yaml of a product that is made from it; `mesh check` then knows of the need.",
    )


def _dbt(address: Address, columns: str) -> tuple[Snippet, ...]:
    source = (
        "sources:",
        f"  - name: {address.domain}",
        f"    schema: {address.domain}",
        "    tables:",
        f"      - name: {address.table}",
        f"        config: {{meta: {{dagster: {{asset_key: [{address.domain}, {address.table}]}}}}}}",
    )
    model = f"SELECT {columns}\nFROM {{{{ source('{address.domain}', '{address.table}') }}}}"
    return (
        Snippet(
            name="dbt source",
            language="yaml",
            text="\n".join(source),
            note="In a file models/*.yml, beside the input port.",
        ),
        Snippet(name="dbt model", language="sql", text=model, note="In a model of the product."),
    )
