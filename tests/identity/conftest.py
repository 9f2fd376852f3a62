"""A mesh of places and trips for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from surroundings import no_domains_of_other_tests, no_settings_from_outside  # noqa: F401

from .world import World, new_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    """The register of places and a port of trips, nothing published."""
    return new_world(tmp_path / "mesh")
