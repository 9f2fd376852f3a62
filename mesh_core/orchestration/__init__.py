"""The only Dagster code of the mesh: assets, resources, schedules and sensors made from contracts.

Domains enter through the names below; they load when they are first used, because Dagster costs seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mesh_core.orchestration.definitions import domain_definitions
    from mesh_core.publishing.transformation.table import Table

__all__ = ["Table", "domain_definitions"]

_HOMES = {
    "Table": "mesh_core.publishing.transformation.table",
    "domain_definitions": "mesh_core.orchestration.definitions",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"module {__name__} has no attribute {name}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)
