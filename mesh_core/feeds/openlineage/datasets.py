"""How OpenLineage names a table: by where it is, so that whoever reads it from another side calls it the same."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from mesh_core.settings import REMOTE


def dataset_name(place: str) -> tuple[str, str]:
    """Namespace and name of a folder or of ``s3://bucket/key``, as OpenLineage's naming has them."""
    if place.startswith(REMOTE):
        bucket, _, key = place.removeprefix(REMOTE).partition("/")
        return f"{REMOTE}{bucket}", key.strip("/")
    return "file", place


def dataset_uri(place: str) -> str:
    """The place as a URI that a program can open."""
    if place.startswith(REMOTE):
        return place
    return Path(place).as_uri() if Path(place).is_absolute() else quote(place)


def alias(uri: str) -> tuple[str, str]:
    """A ``mesh://`` address as namespace and name: ``mesh://fleet`` and ``aircraft/v1``."""
    domain, _, port = uri.removeprefix("mesh://").partition("/")
    return f"mesh://{domain}", port
