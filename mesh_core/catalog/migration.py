"""Bringing a catalog of an older schema up to date: one step a version, all in one transaction."""

from __future__ import annotations

from sqlalchemy import Connection, select, text, update

from mesh_core.catalog.schema import SCHEMA_VERSION, catalog_schema, decisions


def migrate(connection: Connection) -> int:
    """The schema version after all steps that the database still needs; none if another process took them."""
    version: int = connection.scalar(select(catalog_schema.c.version)) or SCHEMA_VERSION
    if version >= SCHEMA_VERSION:
        return version
    if version < 2:
        decisions.create(connection)
    if version < 3:
        connection.execute(text("ALTER TABLE check_results ADD COLUMN quarantined BIGINT DEFAULT 0 NOT NULL"))
    connection.execute(update(catalog_schema), {"version": SCHEMA_VERSION})
    return SCHEMA_VERSION
