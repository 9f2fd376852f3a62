"""Where a test's lake is: in its own folder, or with ``pytest --lake s3`` in the object store of the test run.

The same tests then say of an object store what they say of a folder. Those that look at the lake's files as files of
this machine carry the mark ``folder`` and are left out.
"""

from __future__ import annotations

import os
from pathlib import Path

from mesh_core.settings import Secret, StoreAccess
from mesh_core.storage import Lake
from mesh_core.storage.places import place_at

BASE = "LAKE_OF_TESTS"
"""The variable that holds the URL below which the lakes of this test run are; unset for folders."""


def access_of_tests() -> StoreAccess:
    """How the object store of this test run is reached."""
    return StoreAccess(
        key_id=Secret(os.environ.get("AWS_ACCESS_KEY_ID", "")),
        secret=Secret(os.environ.get("AWS_SECRET_ACCESS_KEY", "")),
        endpoint=os.environ.get("AWS_ENDPOINT_URL", ""),
    )


def lake_in(folder: Path) -> Lake:
    """The lake that a test means by ``folder``."""
    base = os.environ.get(BASE)
    return Lake(place_at(f"{base}{folder}", access_of_tests()), access_of_tests()) if base else Lake(folder)


def use_lake_of(root: Path) -> None:
    """Let the mesh at ``root`` have its lake in the object store, in this process and its children."""
    base = os.environ.get(BASE)
    if base:
        os.environ["MESH_LAKE"] = f"{base}{root}/lake"
