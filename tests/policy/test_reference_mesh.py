"""The reference mesh keeps its policies, on the day it was made and after its waiver."""

from __future__ import annotations

from datetime import date

import pytest

from mesh_core.contracts.loading import load_mesh
from mesh_core.contracts.tree import Mesh
from mesh_core.governance import Charter, load_charter
from mesh_core.policy import review
from mesh_core.settings import load_settings

from .conftest import ROOT, TODAY


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return load_mesh(load_settings(ROOT))


@pytest.fixture(scope="module")
def charter() -> Charter:
    return load_charter(ROOT)


def test_every_port_keeps_every_policy(mesh: Mesh, charter: Charter) -> None:
    assert mesh.broken == {}
    assert review(mesh, charter, mesh.ports.values(), today=TODAY).findings == ()


def test_its_waiver_covers_something(mesh: Mesh, charter: Charter) -> None:
    (held,) = review(mesh, charter, mesh.ports.values(), today=TODAY).waivers
    assert (held.policy, held.until) == ("airport-ids", date(2035, 12, 31))
    assert held.covers == (
        "network_planning.route_utilisation: column 'destination_code' is the code of a feed and part of the key",
    )


def test_a_clone_of_later_years_is_warned_and_goes_on(mesh: Mesh, charter: Charter) -> None:
    found = review(mesh, charter, mesh.ports.values(), today=date(2036, 1, 1)).findings
    assert {(error.code, error.severity) for error in found} == {
        ("airport-ids", "warning"),
        ("waiver-expired", "warning"),
    }
