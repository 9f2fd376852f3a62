"""A shop by days of each test's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .days import Days, new_days


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("MESH_", "DAGSTER_")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_domains_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "domains"]:
        del sys.modules[name]


@pytest.fixture
def days(tmp_path: Path) -> Days:
    """A shop to which two days were delivered; nothing has run."""
    return new_days(tmp_path / "mesh")
