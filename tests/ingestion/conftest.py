"""A home of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh_core.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        root=ROOT,
        home=tmp_path / "home",
        catalog_url="sqlite://",
        environment="local",
        memory_limit="1GB",
        replay_until="9999-12-31",
    )
