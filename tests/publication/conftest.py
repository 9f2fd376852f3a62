"""A ledger of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from surroundings import no_domains_of_other_tests, no_settings_from_outside  # noqa: F401

from .ledger import Ledger, new_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return new_ledger(tmp_path / "mesh")
