"""A table to take care of."""

from __future__ import annotations

from pathlib import Path

import pytest

from .garden import Garden


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    """A table without partitions."""
    return Garden(tmp_path)


@pytest.fixture
def daily(tmp_path: Path) -> Garden:
    """A table partitioned by day."""
    return Garden(tmp_path, by=("day",))
