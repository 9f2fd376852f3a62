"""The catalog's tables. A change here is a new SCHEMA_VERSION and a migration."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    event,
    text,
)

from mesh_core.catalog.text import Text

SCHEMA_VERSION = 4

metadata = MetaData()

catalog_schema = Table(
    "catalog_schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

domains = Table(
    "domains",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("id", Text, primary_key=True),
    Column("domain", ForeignKey("domains.name"), nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("document", JSON, nullable=False),
    Column("updated_at", Text, nullable=False),
)

# A row is never updated: the same version with another digest is another row. ``first_published_at`` dates what
# consumers could know; a retired version, which is published no more, has a row of its own.
contracts = Table(
    "contracts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("document", JSON, nullable=False),
    Column("first_published_at", Text, nullable=False),
)

ports = Table(
    "ports",
    metadata,
    Column("address", Text, primary_key=True),
    Column("uri", Text, nullable=False),
    Column("product", ForeignKey("products.id"), nullable=False, index=True),
    Column("contract", Text, nullable=False),
    Column("owner", Text, nullable=False),
    # The newest attempt that published; it only moves forward, so repairing an old version leaves it.
    Column("latest", Text, nullable=False),
    Column("latest_version", BigInteger, nullable=False),
)

# Successes and failures alike. The key is derived from what identifies the attempt, so that registering it
# again meets the primary key, and the rows below need no generated id.
attempts = Table(
    "attempts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("table_version", BigInteger),
    Column("contract_version", Text, nullable=False),
    Column("checks_passed", Integer, nullable=False),
    Column("checks_failed", Integer, nullable=False),
    Column("error", Text, nullable=False),
    UniqueConstraint("address", "table_version"),
    Index("attempts_by_time", "address", "at"),
)

publications = Table(
    "publications",
    metadata,
    Column("attempt", ForeignKey("attempts.key"), primary_key=True),
    Column("contract", Text, nullable=False),
    Column("contract_digest", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("code_digest", Text, nullable=False),
    Column("lineage_kind", Text, nullable=False),
    # Since version 4. The simulated clock by which replayed data arrived, ISO 8601 in UTC, '' for all other data.
    Column("clock", Text, nullable=False, server_default=text("''")),
)

# ``source`` is what the edges belong to: an attempt's key, or the address of an internal asset.
inputs = Table(
    "inputs",
    metadata,
    Column("source", Text, primary_key=True),
    Column("upstream", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("downstream", Text, nullable=False),
    Column("table_version", BigInteger),
    Index("inputs_by_upstream", "upstream"),
)

lineage_edges = Table(
    "lineage_edges",
    metadata,
    Column("source", Text, primary_key=True),
    Column("column", Text, primary_key=True),
    Column("upstream", Text, primary_key=True),
    Column("upstream_column", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("downstream", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Index("lineage_by_upstream", "upstream"),
)

internals = Table(
    "internals",
    metadata,
    Column("address", Text, primary_key=True),
    Column("domain", Text, nullable=False),
    Column("digest", Text, nullable=False),
)

columns = Table(
    "columns",
    metadata,
    Column("attempt", ForeignKey("publications.attempt"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("logical_type", Text, nullable=False),
    Column("physical_type", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("classification", Text, nullable=False),
    Column("required", Boolean, nullable=False),
    Column("nulls", BigInteger),
    Column("minimum", JSON(none_as_null=True)),
    Column("maximum", JSON(none_as_null=True)),
    Column("distinct", BigInteger),
    Index("columns_by_name", "name"),
)

check_results = Table(
    "check_results",
    metadata,
    Column("attempt", ForeignKey("attempts.key"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("column", Text, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("success", Boolean, nullable=False),
    Column("observed", JSON(none_as_null=True)),
    Column("element_count", BigInteger),
    Column("unexpected_count", BigInteger),
    Column("unexpected_percent", Float),
    Column("engine", Text, nullable=False),
    Column("sample", JSON, nullable=False),
    # Since version 3. Rows that broke the rule and were put aside.
    Column("quarantined", BigInteger, nullable=False, server_default=text("0")),
)

samples = Table(
    "samples",
    metadata,
    Column("attempt", ForeignKey("publications.attempt"), primary_key=True),
    Column("rows", JSON, nullable=False),
)

# Since version 2. What people decided against a rule and a publication relied on; a row is never changed.
decisions = Table(
    "decisions",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Index("decisions_by_subject", "subject", "at"),
)

# Since version 4. How the ids of a publication meet the registers of their entities. Only a port's newest version
# keeps its sketches: they are large, and joins are made with what can be read now.
key_measurements = Table(
    "key_measurements",
    metadata,
    Column("attempt", ForeignKey("publications.attempt"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("column", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("keys", BigInteger, nullable=False),
    Column("resolved", BigInteger),
    Column("rows", BigInteger, nullable=False),
    Column("resolved_rows", BigInteger),
    Column("register", Text, nullable=False),
    Column("register_version", BigInteger),
    Column("sketch", LargeBinary, nullable=False),
)

_REFUSAL = "decisions are kept as they were made"

_FUNCTION = (
    "CREATE FUNCTION refuse_change_of_decisions() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END$$"
)

GUARDS = {
    "sqlite": tuple(
        f"CREATE TRIGGER decisions_no_{change} BEFORE {change.upper()} ON decisions "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for change in ("update", "delete")
    ),
    "postgresql": (
        _FUNCTION,
        *(
            f"CREATE TRIGGER decisions_no_{change} BEFORE {change.upper()} ON decisions "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_decisions()"
            for change in ("update", "delete", "truncate")
        ),
    ),
}
"""What keeps decisions as they were made, by database. A role's rights can be kept from it, a file's not."""

for _dialect, _statements in GUARDS.items():
    for _statement in _statements:
        _guard = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(decisions, "after_create", _guard.execute_if(dialect=_dialect))
