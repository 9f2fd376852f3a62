"""The catalog's tables for what domains and governance say of themselves. Since schema version 4."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from mesh_core.catalog.schema import metadata
from mesh_core.catalog.text import Text

# ``kind`` is charter, domain, product or port. A domain's digest is that of all that it declares, so that one look
# tells whether anything changed. A row stays when its domain declares it no more, with the day of that.
declarations = Table(
    "declarations",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("domain", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("declared_at", Text, nullable=False),
    Column("declared_by", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("withdrawn_at", Text, nullable=False),
    Index("declarations_by_domain", "domain"),
)

# One row a port that anybody knows of: what lists show of its contract, derived once. Ten thousand contracts are
# a hundred megabytes, their cards a few.
cards = Table(
    "cards",
    metadata,
    Column("address", Text, primary_key=True),
    Column("domain", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("card", Text, nullable=False),
    Column("declared_at", Text, nullable=False),
    Column("withdrawn_at", Text, nullable=False),
    Column("failed_at", Text, nullable=False),
    Column("confirmed_at", Text, nullable=False),
    Column("confirmed_version", BigInteger, nullable=False),
    Index("cards_by_contract", "contract"),
    Index("cards_by_product", "product"),
)

# The input ports of products, by contract and range of versions.
needs = Table(
    "needs",
    metadata,
    Column("product", Text, primary_key=True),
    Column("contract", Text, primary_key=True),
    Column("versions", Text, primary_key=True),
    Index("needs_by_contract", "contract"),
)
