"""Contracts as types: what the statements of a scope make, against what their contracts promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesh_core.checking.nullability.findings import Inference
from mesh_core.contracts.graph import Input
from mesh_core.errors import MeshError
from mesh_core.orchestration.binding import Binder

if TYPE_CHECKING:
    from mesh_core.checking.scope import Scope
    from mesh_core.contracts.tree import Mesh
    from mesh_core.settings import Settings

Inputs = dict[tuple[str, ...], tuple[Input, ...]]


def program_findings(scope: Scope, mesh: Mesh, settings: Settings) -> tuple[list[MeshError], Inputs]:
    """What is wrong with statements and rules of the scope, and what each of its nodes reads."""
    findings: list[MeshError] = []
    inference = Inference(mesh)
    with Binder(mesh, settings, rules=True) as binder:
        for tree in scope.trees:
            findings += binder.bind(tree, scope.products)
            # While the syntax trees of the domain's statements are at hand.
            findings += inference.findings(binder.bound)
            binder.bound.clear()
        return findings, binder.inputs
