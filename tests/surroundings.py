"""Fixtures for tests that load meshes in this process: nothing from outside, and nothing of other tests' meshes.

A folder's conftest imports them, which is what makes them its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("MESH_", "DAGSTER_")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_domains_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "domains"]:
        del sys.modules[name]
