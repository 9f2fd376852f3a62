"""The catalog: every publication registered, found again, and traced to its inputs."""

from mesh_core.catalog.catalog import Catalog
from mesh_core.catalog.errors import CatalogError
from mesh_core.catalog.records import (
    Attempt,
    CheckOutcome,
    CheckRecord,
    ColumnEdge,
    ColumnRecord,
    ContractRecord,
    DecisionRecord,
    DomainRecord,
    FailedPublication,
    LineageGraph,
    LineageNode,
    LineageRecord,
    PortEntry,
    ProductRecord,
    PublicationRecord,
    TableEdge,
)

__all__ = [
    "Attempt",
    "Catalog",
    "CatalogError",
    "CheckOutcome",
    "CheckRecord",
    "ColumnEdge",
    "ColumnRecord",
    "ContractRecord",
    "DecisionRecord",
    "DomainRecord",
    "FailedPublication",
    "LineageGraph",
    "LineageNode",
    "LineageRecord",
    "PortEntry",
    "ProductRecord",
    "PublicationRecord",
    "TableEdge",
]
