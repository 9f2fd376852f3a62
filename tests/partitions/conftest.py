"""A shop by days of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from surroundings import no_domains_of_other_tests, no_settings_from_outside  # noqa: F401

from .days import Days, new_days


@pytest.fixture
def days(tmp_path: Path) -> Days:
    """A shop to which two days were delivered; nothing has run."""
    return new_days(tmp_path / "mesh")
