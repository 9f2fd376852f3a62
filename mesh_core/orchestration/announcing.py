"""Telling Dagster of a version that none of its runs made, so that its automation and its pages know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesh_core.publishing.partitions import RESTORED, recorded
from mesh_core.publishing.register import checks_in
from mesh_core.settings import Settings

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Port
    from mesh_core.publishing.publication import Publication
    from mesh_core.storage import Commit

_DATA_VERSION = "dagster/data_version"


def announce(port: Port, restored: Publication, settings: Settings) -> None:
    """Report a restored version: the verdicts of its audit, then the asset, or its restored partitions.

    Without the verdicts a refused publication before it would still hold back the port's consumers. A home that has
    never had a Dagster instance has nobody to tell.
    """
    version = restored.table_version
    if restored.status != "published" or version is None or not (settings.dagster_home / "dagster.yaml").is_file():
        return
    import dagster as dg

    from mesh_core.orchestration import metadata as shown
    from mesh_core.orchestration.instance import open_instance
    from mesh_core.storage import Commit

    commit = Commit(version, restored.facts, version)
    key = dg.AssetKey(list(port.address.asset_key))
    metadata: dict[str, Any] = {
        "dagster/row_count": commit.rows,
        "mesh/table_version": commit.version,
        "mesh/restored_from": int(commit.facts["restoredFrom"]),
        "mesh/status": "restored",
    }
    with open_instance(settings) as instance:
        for check in checks_in(commit):
            told = shown.check_result(check, port.address.asset_key)
            instance.report_runless_asset_event(
                dg.AssetCheckEvaluation(
                    asset_key=key,
                    check_name=check.name,
                    passed=told.passed,
                    metadata=told.metadata,
                    severity=told.severity,
                    description=told.description,
                    blocking=check.severity == "error",
                )
            )
        for partition, data_version in _versions(commit).items():
            instance.report_runless_asset_event(
                dg.AssetMaterialization(key, partition=partition, metadata=metadata, tags={_DATA_VERSION: data_version})
            )


def _versions(commit: Commit) -> dict[str | None, str]:
    """The data version of each partition that was restored; under None that of a whole table."""
    if commit.facts.get("writeMode") != "partitions":
        return {None: str(commit.version)}
    return {key: digest for key, digest in recorded(commit.facts).items() if RESTORED in digest}
