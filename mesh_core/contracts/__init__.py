"""ODCS contracts and ODPS products: loaded, validated, typed, and joined into the mesh's tree."""

from mesh_core.contracts.document import Document, DocumentCache
from mesh_core.contracts.odcs import Column, Contract, QualityRule, Server, Sla, contract_from
from mesh_core.contracts.odps import Domain, InputPort, OutputPort, Product, Source

__all__ = [
    "Column",
    "Contract",
    "Document",
    "DocumentCache",
    "Domain",
    "InputPort",
    "OutputPort",
    "Product",
    "QualityRule",
    "Server",
    "Sla",
    "Source",
    "contract_from",
]
