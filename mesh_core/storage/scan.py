"""The SQL that reads Parquet files as one table: typed, also when there is no file, and pruned by partition.

The columns are always named: a folder of the lake that reads like ``a=b`` would otherwise become a column of every
table below it (measured: DuckDB takes it for a partition).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mesh_core.storage.engine import literal, quoted


def scan(
    files: Iterable[str],
    columns: Mapping[str, str],
    *,
    partition_by: tuple[str, ...] = (),
    evolved: bool = False,
) -> str:
    """The rows of ``files`` in the order of ``columns`` (name to DuckDB type).

    Files of a partitioned table lie in folders ``column=value``: DuckDB leaves out those that a filter on the column
    excludes, without opening them. ``evolved`` files lack columns that came later; those are NULL.
    """
    names = list(files)
    if not names:
        return typed_nothing(columns)
    listed = ", ".join(literal(file) for file in names)
    options = "hive_partitioning = false"
    if partition_by and _tells_partitions(names, columns, partition_by):
        kinds = ", ".join(f"{quoted(name)}: {columns[name]}" for name in partition_by)
        options = f"hive_partitioning = true, hive_types = {{{kinds}}}"
    chosen = ", ".join(quoted(name) for name in columns)
    if not evolved:
        return f"SELECT {chosen} FROM read_parquet([{listed}], {options})"
    # No file that is read may have the new column: the typed head gives it one. Every footer is read to bind this.
    read = f"SELECT * FROM read_parquet([{listed}], {options}, union_by_name = true)"
    return f"SELECT {chosen} FROM ({typed_nothing(columns)} UNION ALL BY NAME {read})"


_NULL_FOLDER = re.compile("=NULL/", re.IGNORECASE)


def _tells_partitions(files: list[str], columns: Mapping[str, str], partition_by: tuple[str, ...]) -> bool:
    """Whether DuckDB would take from the paths just what is in the files, which have all columns.

    Not if the lake itself lies below a folder like ``id=7``, and not if a value is the text NULL.
    """
    known = {name.lower(): name for name in columns}
    keys = [part.partition("=")[0].lower() for part in files[0].split("/")[:-1] if "=" in part]
    told = sorted(known[key] for key in keys if key in known)
    return told == sorted(partition_by) and not any(_NULL_FOLDER.search(file) for file in files)


def typed_nothing(columns: Mapping[str, str]) -> str:
    """No rows, with names and types."""
    nulls = ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in columns.items())
    return f"SELECT {nulls} WHERE false"
