"""The formats by name: what ``mesh export`` writes and ``mesh import`` reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mesh_core.contracts.tree import Port
from mesh_core.errors import MeshError
from mesh_core.exchange.adopt import adopted, chosen
from mesh_core.exchange.avro import from_avro, to_avro
from mesh_core.exchange.dbt import from_dbt, to_dbt_model, to_dbt_sources
from mesh_core.exchange.ddl import from_sql, to_sql
from mesh_core.exchange.draft import Draft, drafted
from mesh_core.exchange.json_schema import to_json_schema
from mesh_core.exchange.json_schema_reader import from_json_schema
from mesh_core.exchange.table import Table, table_of

_WRITERS: dict[str, Callable[[Table], str]] = {
    "dbt-sources": to_dbt_sources,
    "dbt-model": to_dbt_model,
    "json-schema": to_json_schema,
    "avro": to_avro,
    "sql": to_sql,
}
TARGETS = (*_WRITERS, "odcs", "odps")
SOURCES = ("dbt", "json-schema", "avro", "sql", "odcs")


def export_port(port: Port, target: str) -> str:
    """The port's contract in one of ``TARGETS``; the standards' own files come as they stand, to the byte."""
    if target == "odcs":
        return port.contract.path.read_text(encoding="utf-8")
    if target == "odps":
        return port.product.document.path.read_text(encoding="utf-8")
    return _WRITERS[target](table_of(port.contract))


def import_file(
    path: Path, source: str, *, table: str = "", domain: str = "", product: str = "", dialect: str = ""
) -> Draft:
    """A contract drafted from a file in one of ``SOURCES``.

    ``dialect`` is sqlglot's name of the database whose types the file speaks of. MeshError if the file can't be read,
    holds several tables and none is named, or leaves the domain open.
    """
    text = _text(path)
    if source == "odcs":
        return adopted(text, path, table=table, domain=domain, product=product, dialect=dialect)
    try:
        tables = _tables(text, path, source, dialect or "duckdb")
    except MeshError as error:
        error.path = error.path or path
        raise
    found = tables[chosen([one.name for one in tables], table, path)]
    if not found.fields:
        message = f"'{found.name}' has no columns"
        raise MeshError(
            message, path=path, remedy="Describe them first; a contract is about them.", code="import-incomplete"
        )
    return drafted(found, domain=domain, product=product, path=path)


def _tables(text: str, path: Path, source: str, dialect: str) -> list[Table]:
    if source == "dbt":
        return from_dbt(text, path, dialect)
    if source == "sql":
        return from_sql(text, dialect)
    return from_avro(text) if source == "avro" else from_json_schema(text)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot be read: {error}"
        raise MeshError(message, path=path, code="import-unreadable") from error
