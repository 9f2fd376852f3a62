"""What the tests of the formats share."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh_core.contracts.odcs import Contract

from .samples import everything, reference_contracts


@pytest.fixture
def sample(tmp_path: Path) -> Contract:
    """A contract with a column of every kind."""
    return everything(tmp_path)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``contract`` is every contract of the reference mesh in turn."""
    if "contract" in metafunc.fixturenames:
        metafunc.parametrize("contract", reference_contracts(), ids=lambda contract: contract.address.sql)
