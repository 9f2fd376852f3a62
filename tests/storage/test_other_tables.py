"""Tables that others changed: what their rows need and the mesh does not do is refused, never misread."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mesh_core.errors import MeshError
from mesh_core.storage import Change
from mesh_core.storage.log import commit_file
from mesh_core.storage.places import write
from storage.shelf import COLUMNS, Shelf

A, B = (1, "2013-01-01", "a"), (2, "2013-01-02", "b")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.put([A])
    return shelf


def _alter(shelf: Shelf, *actions: dict[str, Any]) -> None:
    """What another tool might do to the table: a commit of its own."""
    lines = [{"commitInfo": {"timestamp": 1, "operation": "ALTER"}}, *actions]
    write(commit_file(shelf.table, 1), "\n".join(json.dumps(line) for line in lines).encode())


def _protocol(reader: int, writer: int, *features: str) -> dict[str, Any]:
    both = {"readerFeatures": list(features), "writerFeatures": list(features)} if features else {}
    return {"protocol": {"minReaderVersion": reader, "minWriterVersion": writer, **both}}


def _writers(*features: str) -> dict[str, Any]:
    return {"protocol": {"minReaderVersion": 1, "minWriterVersion": 7, "writerFeatures": list(features)}}


def _metadata(configuration: dict[str, str]) -> dict[str, Any]:
    field = {"nullable": True, "metadata": {}}
    kinds = {"id": "long", "day": "date", "name": "string"}
    schema = {"type": "struct", "fields": [{"name": name, "type": kind, **field} for name, kind in kinds.items()]}
    return {
        "metaData": {
            "id": "0b0e4a3c-6f0f-4a36-9a44-2f2e8f2d8f11",
            "format": {"provider": "parquet", "options": {}},
            "schemaString": json.dumps(schema),
            "partitionColumns": [],
            "configuration": configuration,
        }
    }


def test_deletion_vectors_are_not_read(shelf: Shelf) -> None:
    _alter(shelf, _protocol(3, 7, "deletionVectors"))
    with pytest.raises(MeshError, match="the table uses deletionVectors, which the mesh does not read") as caught:
        shelf.lake.pin(shelf.table)
    assert caught.value.code == "table-not-readable"


def test_a_newer_version_of_the_protocol_is_told_as_such(shelf: Shelf) -> None:
    _alter(shelf, _protocol(9, 9))
    with pytest.raises(MeshError) as caught:
        shelf.lake.pin(shelf.table)
    assert caught.value.code in {"table-damaged", "table-not-readable"}


@pytest.mark.parametrize(
    ("actions", "told"),
    [
        ([_protocol(1, 4)], "writer version 4"),
        ([_writers("appendOnly", "invariants")], ""),
        ([_writers("changeDataFeed")], "changeDataFeed"),
        ([_metadata({"delta.appendOnly": "true"})], "delta.appendOnly"),
    ],
)
def test_a_table_that_asks_more_of_its_writers_is_not_written(
    shelf: Shelf, actions: list[dict[str, Any]], told: str
) -> None:
    _alter(shelf, *actions)
    if not told:
        assert shelf.put([B]) == 2
        return
    with pytest.raises(MeshError, match=f"the table uses {told}, which the mesh does not write") as caught:
        shelf.put([B])
    assert caught.value.code == "table-not-writable"
    assert shelf.rows() == [A], "it is still read"


def test_a_table_that_only_grows_may_grow(shelf: Shelf) -> None:
    _alter(shelf, _metadata({"delta.appendOnly": "true"}))
    shelf.put([B], Change(mode="append"))
    assert shelf.rows() == [A, B]
    assert shelf.rows_by_delta_rs() == [A, B]


def test_a_table_that_delta_rs_wrote_is_read_and_replaced(tmp_path: Path) -> None:
    import pyarrow as pa
    from deltalake import write_deltalake

    from mesh_core.storage.places import storage_options

    shelf = Shelf(tmp_path)
    rows = pa.table({"id": pa.array([5], pa.int64()), "day": pa.array([15706], pa.date32()), "name": ["x"]})
    write_deltalake(str(shelf.table), rows, storage_options=storage_options(shelf.table), partition_by=["day"])
    newest = shelf.lake.newest(shelf.table)
    assert newest is not None
    assert (newest.version, newest.head, newest.facts) == (0, 0, {})
    assert shelf.rows() == [(5, "2013-01-01", "x")], "the column is in no file, but in the folders' names"
    shelf.put([A, B])
    assert shelf.rows() == shelf.rows_by_delta_rs() == [A, B]


def test_delta_rs_goes_on_where_the_mesh_left_off(tmp_path: Path) -> None:
    """What it finds in the log is all that it needs: it appends, deletes and makes a checkpoint."""
    import pyarrow as pa
    from deltalake import DeltaTable, write_deltalake

    from mesh_core.storage.places import storage_options

    shelf = Shelf(tmp_path, by=("day",))
    shelf.put([A, B])
    shelf.put([(3, "2013-01-02", "c")], Change(mode="partitions", partitions=("2013-01-02",)))
    options = storage_options(shelf.table)
    rows = pa.table({"id": pa.array([7], pa.int64()), "day": pa.array([15706], pa.date32()), "name": ["x"]})
    write_deltalake(str(shelf.table), rows, mode="append", storage_options=options)
    DeltaTable(str(shelf.table), storage_options=options).delete("id = 3")
    DeltaTable(str(shelf.table), storage_options=options).create_checkpoint()
    assert shelf.rows_by_delta_rs() == [A, (7, "2013-01-01", "x")]
    shelf.put([B], Change(mode="append"))
    assert shelf.rows() == shelf.rows_by_delta_rs() == [A, B, (7, "2013-01-01", "x")]
    assert list(shelf.pinned().columns) == list(COLUMNS)
