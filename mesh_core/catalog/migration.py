"""Bringing a catalog of an older schema up to date: one step a version, all in one transaction."""

from __future__ import annotations

from sqlalchemy import Connection, Text, inspect, select, text, update

from mesh_core.catalog import retrieval, schema_declared, schema_happened
from mesh_core.catalog.carding import put_needs, put_published_card
from mesh_core.catalog.describing import card_of
from mesh_core.catalog.happening import Told, tell
from mesh_core.catalog.schema import (
    GUARDS,
    SCHEMA_VERSION,
    catalog_schema,
    decisions,
    key_measurements,
    metadata,
    ports,
)


def migrate(connection: Connection) -> int:
    """The schema version after all steps that the database still needs; none if another process took them."""
    version: int = connection.scalar(select(catalog_schema.c.version)) or SCHEMA_VERSION
    if version >= SCHEMA_VERSION:
        return version
    if version < 2:
        decisions.create(connection)
    if version < 3:
        connection.execute(text("ALTER TABLE check_results ADD COLUMN quarantined BIGINT DEFAULT 0 NOT NULL"))
    if version < 4:
        connection.execute(text("ALTER TABLE publications ADD COLUMN clock TEXT DEFAULT '' NOT NULL"))
        if connection.dialect.name == "postgresql":
            _sort_by_code_point(connection)
            if version > 1:  # before, decisions were not kept from changes there
                for guard in GUARDS["postgresql"]:
                    connection.exec_driver_sql(guard)
        _describe_ports(connection)
    connection.execute(update(catalog_schema), {"version": SCHEMA_VERSION})
    return SCHEMA_VERSION


def _sort_by_code_point(connection: Connection) -> None:
    """Version 4: texts sort in PostgreSQL as they do in SQLite, whatever the database's own order is."""
    found = inspect(connection)
    for table in metadata.sorted_tables:
        for column in found.get_columns(table.name) if found.has_table(table.name) else ():
            if isinstance(column["type"], Text):
                name = column["name"]
                connection.exec_driver_sql(f'ALTER TABLE {table.name} ALTER COLUMN "{name}" TYPE TEXT COLLATE "C"')


def _describe_ports(connection: Connection) -> None:
    """Version 4: cards of the ports that are there, and one change each, so that who follows changes meets them."""
    key_measurements.create(connection)
    for name in ("declarations", "cards", "needs"):
        getattr(schema_declared, name).create(connection)
    for name in ("changes", "uses", "confirmations", "measurements", "indicators"):
        getattr(schema_happened, name).create(connection)
    for row in connection.execute(select(ports.c.address).order_by(ports.c.address)).all():
        address: str = row.address
        record = retrieval.publication(connection, address, None)
        if record is not None:
            put_published_card(
                connection,
                card_of(address, record.uri, record.contract, record.product, record.domain, owner=record.owner),
            )
            put_needs(connection, [record.product])
            tell(
                connection,
                record.published_at,
                [Told("port.published", address, record.domain.name, {"tableVersion": record.table_version})],
            )
