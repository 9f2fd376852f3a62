"""The discovery port: what resolving a port answers, left beside its table for readers without this software."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from mesh_core.errors import MeshError
from mesh_core.serving.resolution import Resolution
from mesh_core.storage import Place
from mesh_core.storage.places import read, write

FILE = "_discovery.json"
"""Delta Lake takes names that begin with an underscore for hidden: no reader scans it, no vacuum removes it."""


def write_discovery(resolution: Resolution, table: Place) -> bool:
    """Leave the resolution as JSON in the table's folder, in one atomic step; False if it stood there already."""
    text = msgspec.json.format(msgspec.json.encode(resolution, enc_hook=str), indent=2) + b"\n"
    file = table / FILE
    with contextlib.suppress(OSError):
        if read(file) == text:
            return False
    try:
        write(file, text)
    except OSError as error:
        message = f"{resolution.address} is published, but its discovery document can't be written: {error}"
        raise MeshError(
            message, path=Path(str(file)), remedy="Make the folder writable, then run `mesh repair`."
        ) from error
    return True
