"""A pinned table in Python: read only when and how the code asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesh_core.storage.engine import qualified

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class Table:
    """One version of a table; nothing is read before a method is called."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        self._connection = connection
        self.name = name

    def relation(self) -> duckdb.DuckDBPyRelation:
        """A lazy DuckDB relation: filter and aggregate it before fetching."""
        return self._connection.sql(f"SELECT * FROM {qualified(self.name)}")

    def query(self, sql: str) -> duckdb.DuckDBPyRelation:
        """A lazy relation of ``sql``, which may name every other input of a transformation, too."""
        return self._connection.sql(sql)

    def arrow(self) -> pa.Table:
        """All rows as an Arrow table."""
        return self.relation().to_arrow_table()

    def polars(self) -> pl.DataFrame:
        """All rows as a Polars frame."""
        return self.relation().pl()

    def pandas(self) -> pd.DataFrame:
        """All rows as a pandas frame; dates and times as datetime64, times with their zone."""
        # Not relation.df(): DuckDB 1.5 uses what pandas 3 has deprecated, and warns for every timestamp.
        frame: pd.DataFrame = self.arrow().to_pandas(date_as_object=False)
        return frame

    def __repr__(self) -> str:
        return f"Table({self.name})"
