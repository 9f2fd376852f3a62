"""Column lineage: which input columns a query's columns are computed from, told by parsing it."""

from mesh_core.lineage.columns import ColumnOrigin, column_lineage

__all__ = ["ColumnOrigin", "column_lineage"]
