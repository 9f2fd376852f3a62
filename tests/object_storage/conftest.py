"""A lake in the object store of the test run, empty for each test."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from orchestration.workbench import Workbench

from mesh_core.settings import Secret, StoreAccess
from mesh_core.storage import Lake
from mesh_core.storage.object_store import ObjectPath
from mesh_core.testing import write_tiny_mesh

from .seaweed import KEY_ID, SECRET, Seaweed
from .switch import BASE


@pytest.fixture(autouse=True)
def _no_domains_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "domains"]:
        del sys.modules[name]


@pytest.fixture
def access(seaweed: Seaweed) -> StoreAccess:
    return StoreAccess(key_id=Secret(KEY_ID), secret=Secret(SECRET), endpoint=seaweed.endpoint)


@pytest.fixture
def folder(access: StoreAccess) -> ObjectPath:
    """A place that nobody else uses, with characters that want care."""
    return ObjectPath.parse(f"s3://lake/{uuid.uuid4()}/a folder 100% é", access)


@pytest.fixture
def lake(folder: ObjectPath, access: StoreAccess) -> Lake:
    return Lake(folder, access)


@pytest.fixture
def settings(seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of a mesh with its lake in the object store, set in the environment."""
    given = seaweed.environment(f"s3://lake/{uuid.uuid4()}")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


@pytest.fixture
def bench(settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """The tiny mesh with its lake in the object store; nothing has run."""
    monkeypatch.setenv(BASE, settings["MESH_LAKE"])
    return Workbench(write_tiny_mesh(tmp_path / "mesh"))
