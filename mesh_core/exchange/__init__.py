"""Contracts in and out of other formats: dbt, JSON Schema, Avro, SQL DDL, and the standards' own files."""

from mesh_core.exchange.draft import Draft
from mesh_core.exchange.formats import SOURCES, TARGETS, export_port, import_file
from mesh_core.exchange.standards import StandardFile, read_standard

__all__ = ["SOURCES", "TARGETS", "Draft", "StandardFile", "export_port", "import_file", "read_standard"]
