"""The catalog: every publication registered, found again, and traced to its inputs."""

from mesh_core.catalog.cards import Card, CardColumn
from mesh_core.catalog.catalog import Catalog
from mesh_core.catalog.declarations import CharterDeclaration, DomainDeclaration, PortDeclaration
from mesh_core.catalog.errors import CatalogError
from mesh_core.catalog.events import Change, Confirmation, Flow, KeyMeasurement, Measurement, Use, UseCount
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
    "Card",
    "CardColumn",
    "Catalog",
    "CatalogError",
    "Change",
    "CharterDeclaration",
    "CheckOutcome",
    "CheckRecord",
    "ColumnEdge",
    "ColumnRecord",
    "Confirmation",
    "ContractRecord",
    "DecisionRecord",
    "DomainDeclaration",
    "DomainRecord",
    "FailedPublication",
    "Flow",
    "KeyMeasurement",
    "LineageGraph",
    "LineageNode",
    "LineageRecord",
    "Measurement",
    "PortDeclaration",
    "PortEntry",
    "ProductRecord",
    "PublicationRecord",
    "TableEdge",
    "Use",
    "UseCount",
]
