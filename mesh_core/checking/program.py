"""Contracts as types: what the statements of a scope make, against what their contracts promise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mesh_core.checking.nullability.findings import Inference
from mesh_core.contracts.graph import Input
from mesh_core.contracts.shared_work import in_halves
from mesh_core.errors import MeshError
from mesh_core.publishing.transformation.binding import Binder

if TYPE_CHECKING:
    from mesh_core.checking.scope import Scope
    from mesh_core.contracts.tree import DomainTree, Mesh
    from mesh_core.settings import Settings

Inputs = dict[tuple[str, ...], tuple[Input, ...]]
_WORTH_A_FORK = 100
"""Products: below, starting a second process and its engine takes longer than it saves."""


def program_findings(scope: Scope, mesh: Mesh, settings: Settings) -> tuple[list[MeshError], Inputs]:
    """What is wrong with statements and rules of the scope, and what each of its nodes reads."""

    def bound(trees: Sequence[DomainTree]) -> tuple[list[MeshError], Inputs]:
        return _bound(trees, scope, mesh, settings)

    least = 2 if len(scope.products) >= _WORTH_A_FORK else len(scope.trees) + 1
    findings: list[MeshError] = []
    inputs: Inputs = {}
    for found, read in in_halves(scope.trees, bound, least=least):
        findings += found
        inputs |= read
    return findings, inputs


def _bound(trees: Sequence[DomainTree], scope: Scope, mesh: Mesh, settings: Settings) -> tuple[list[MeshError], Inputs]:
    findings: list[MeshError] = []
    inference = Inference(mesh)
    with Binder(mesh, settings, rules=True) as binder:
        for tree in trees:
            findings += binder.bind(tree, scope.products)
            # While the syntax trees of the domain's statements are at hand.
            findings += inference.findings(binder.bound)
            binder.bound.clear()
        return findings, binder.inputs
