"""Contracts in a few words, and the judge of what was generated from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from mesh_core.contracts import Contract, Document, contract_from
from mesh_core.generation import GeneratedTable
from mesh_core.governance import Charter, Entity
from mesh_core.model import Address
from mesh_core.quality import checks_for, evaluate

NO_CHARTER = Charter(folder=Path("governance"))


def entity(name: str, port: str, id_column: str) -> Entity:
    return Entity(name=name, port=port, id_column=id_column, tag=f"entity:{name}")


def charter(*entities: Entity) -> Charter:
    return Charter(folder=Path("governance"), entities=entities)


def contract(
    name: str, properties: list[dict[str, Any]], *, quality: list[dict[str, Any]] | None = None, **schema: Any
) -> Contract:
    """The contract of ``domain.table`` in version 1.0.0 with these properties, as ODCS writes them."""
    domain, _, table = name.rpartition(".")
    raw = {
        "apiVersion": "v3.2.0",
        "id": name,
        "version": "1.0.0",
        "status": "active",
        "domain": domain,
        "dataProduct": table,
        "schema": [{"name": table, "properties": properties, "quality": quality or [], **schema}],
    }
    return contract_from(Document(Path(f"{table}.contract.yaml"), raw, "digest"))


def column(made: Mapping[Address, GeneratedTable], name: str) -> list[Any]:
    """The values of ``domain.table.column``."""
    address, _, wanted = name.rpartition(".")
    return made[Address.parse(address)].columns[wanted]


@contextmanager
def loaded(made: Mapping[Address, GeneratedTable]) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine with the tables under their names."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for address, table in made.items():
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{address.domain}"')
            connection.execute(f"CREATE TABLE {address.sql} AS {table.relation}")
        yield connection


def broken_rules(
    contracts: list[Contract], made: Mapping[Address, GeneratedTable], *, kinds: frozenset[str] = frozenset({"schema"})
) -> list[tuple[str, str, Any]]:
    """What the audit of a publication finds wrong: port, rule and the first row that breaks it."""
    found = []
    with loaded(made) as connection:
        for each in contracts:
            specs = [check for check in checks_for(each) if check.kind in kinds]
            results = evaluate(specs, connection, each.address.sql)
            found += [
                (each.address.sql, result.check.name, result.sample[:1]) for result in results if not result.success
            ]
    return found


def types(each: Contract, made: Mapping[Address, GeneratedTable]) -> dict[str, str]:
    """The columns that DuckDB sees, which must be those of the contract."""
    with loaded(made) as connection:
        rows = connection.execute(f"DESCRIBE {each.address.sql}").fetchall()
    return {row[0]: re.sub(r"\s+", " ", row[1]) for row in rows}
