"""A tiny mesh whose contracts stand as they were written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mesh_core.checking.baseline import Baseline, Standing
from mesh_core.checking.changes import change_findings
from mesh_core.contracts.loading import load_mesh
from mesh_core.errors import MeshError
from mesh_core.governance import load_charter
from mesh_core.settings import Settings, load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

Findings = Callable[..., list[MeshError]]


@pytest.fixture
def tiny(tmp_path: Path) -> TinyMesh:
    return write_tiny_mesh(tmp_path / "mesh")


@pytest.fixture
def settings(tiny: TinyMesh) -> Settings:
    return load_settings(tiny.root)


def standing(settings: Settings) -> Baseline:
    """The tree's contracts as they are now, as if they were published."""
    ports = load_mesh(settings).ports.values()
    return Baseline(
        contracts={
            (port.contract.id, port.contract.major): Standing(
                raw=port.contract.document.raw, version=port.contract.version, origin="published"
            )
            for port in ports
        },
        source="the catalog",
    )


@pytest.fixture
def findings(tiny: TinyMesh, settings: Settings) -> Findings:
    """What is found now, against the contracts as they were when the test began, or were handed in."""
    before = standing(settings)

    def find(baseline: Baseline | None = None, **options: object) -> list[MeshError]:
        mesh = load_mesh(settings)
        return change_findings(mesh, baseline or before, load_charter(tiny.root), settings=settings, **options)

    return find
