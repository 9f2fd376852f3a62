"""What a commit says of the table itself: its making, the columns and the protocol that its new files need.

delta-rs commits a TIMESTAMP column to a table without the feature for it, and nobody can read the table afterwards
(measured with 1.6.3); it adds columns only in a commit of its own. Here all of it is part of the one commit.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from mesh_core.errors import MeshError
from mesh_core.storage.evolution import SchemaChange, schema_changes
from mesh_core.storage.log import log_folder
from mesh_core.storage.places import Place
from mesh_core.storage.staging import Staged
from mesh_core.storage.tables import EVOLVED

if TYPE_CHECKING:
    from deltalake import DeltaTable

_WRITABLE = {"timestampNtz", "appendOnly", "invariants", "vacuumProtocolCheck", "v2Checkpoint"}
"""Writer features that ask nothing of a writer of whole files, unless the table uses them (which is looked at)."""

_NAIVE = '"timestamp_ntz"'
"""The type of a TIMESTAMP column, in a schema's JSON text."""


def created(staged: Staged, schema: str, description: str) -> list[dict[str, Any]]:
    """The actions that make a table."""
    metadata = {
        "id": str(uuid.uuid4()),
        "name": None,
        "description": description or None,
        "format": {"provider": "parquet", "options": {}},
        "schemaString": schema,
        "partitionColumns": list(staged.partition_by),
        "createdTime": int(time.time() * 1000),
        "configuration": {},
    }
    return [_protocol(naive=_NAIVE in schema), {"metaData": metadata}]


def _protocol(*, naive: bool) -> dict[str, Any]:
    """TIMESTAMP columns need a table feature of their own."""
    if not naive:
        return {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}
    features = ["timestampNtz"]
    versions = {"minReaderVersion": 3, "minWriterVersion": 7}
    return {"protocol": {**versions, "readerFeatures": features, "writerFeatures": features}}


def upgraded(
    delta: DeltaTable, schema: str, staged: Staged, description: str, *, rewriting: bool
) -> list[dict[str, Any]]:
    """The actions that let the table hold the staged files: new columns, the feature of naive timestamps."""
    actions: list[dict[str, Any]] = []
    metadata, old = delta.metadata(), delta.schema().to_json()
    changes = schema_changes(old, schema)
    _check_upgrade(staged, changes, tuple(metadata.partition_columns), rewriting=rewriting)
    configuration = dict(metadata.configuration)
    if rewriting:
        configuration.pop(EVOLVED, None)
    elif any(each.kind == "added" for each in changes):
        configuration[EVOLVED] = "true"
    by = staged.partition_by if rewriting else tuple(metadata.partition_columns)
    if _NAIVE in schema and "timestampNtz" not in (delta.protocol().reader_features or ()):
        actions.append(_with_naive_timestamps(delta))
    if changes or configuration != metadata.configuration or by != tuple(metadata.partition_columns):
        new = created(staged, schema, description or metadata.description or "")[1]["metaData"]
        kept = {"id": str(metadata.id), "name": metadata.name, "createdTime": metadata.created_time}
        actions.append({"metaData": new | kept | {"partitionColumns": list(by), "configuration": configuration}})
    return actions


def _check_upgrade(
    staged: Staged, changes: tuple[SchemaChange, ...], partition_by: tuple[str, ...], *, rewriting: bool
) -> None:
    """Files that stay cannot be made to fit: only a commit that replaces all of them may ask that."""
    impossible = [str(change) for change in changes if not change.possible(rewriting=rewriting)]
    if not rewriting and impossible:
        message = f"files of {staged.path} that stay cannot become what is asked: {'; '.join(impossible)}"
        remedy = "Publish the whole table again with `mesh run --force`, or make a new major version."
        raise MeshError(message, remedy=remedy, code="table-not-upgradable")
    if not rewriting and staged.partition_by != partition_by:
        told = ", ".join(partition_by) or "nothing"
        message = (
            f"{staged.path} is partitioned by {told}, the staged files by {', '.join(staged.partition_by) or 'nothing'}"
        )
        remedy = "Publish the whole table again with `mesh run --force`."
        raise MeshError(message, remedy=remedy, code="table-not-upgradable")


def _with_naive_timestamps(delta: DeltaTable) -> dict[str, Any]:
    """The table's protocol with the feature; version 7 has to list what version 2 implies."""
    protocol = delta.protocol()
    readers, writers = set(protocol.reader_features or ()), set(protocol.writer_features or ())
    if protocol.min_writer_version < 7:
        writers |= {"appendOnly", "invariants"}
    features = {
        "readerFeatures": sorted(readers | {"timestampNtz"}),
        "writerFeatures": sorted(writers | {"timestampNtz"}),
    }
    return {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}}


def check_writable(delta: DeltaTable, table: Place, *, removing: bool) -> None:
    """Refuse a table that asks something of its writers that is not done here."""
    protocol, configuration = delta.protocol(), delta.metadata().configuration
    unknown = sorted(set(protocol.writer_features or ()) - _WRITABLE)
    if 2 < protocol.min_writer_version < 7:
        unknown.append(f"writer version {protocol.min_writer_version}")
    if "delta.invariants" in delta.schema().to_json():
        unknown.append("invariants")
    if removing and configuration.get("delta.appendOnly", "false").lower() == "true":
        unknown.append("delta.appendOnly")
    if unknown:
        message = f"the table uses {', '.join(unknown)}, which the mesh does not write"
        remedy = "Take it off the table with the tool that put it there."
        raise MeshError(message, path=log_folder(table), remedy=remedy, code="table-not-writable")
