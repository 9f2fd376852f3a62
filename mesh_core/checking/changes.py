"""Findings on contracts that changed: breaking within a major version, not numbered anew, or gone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from mesh_core.checking.column_use import DeclaredConsumers
from mesh_core.checking.hits import told_hits
from mesh_core.checking.overrides import decided
from mesh_core.contracts.comparison import Change, Comparison, compare, sentence
from mesh_core.contracts.consumers import Consumer, ConsumerSource, consumers_of
from mesh_core.contracts.succession import governed_apart, next_version, went_back
from mesh_core.errors import DescriptorError, MeshError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesh_core.checking.baseline import Baseline, Standing
    from mesh_core.contracts.tree import Mesh, Port
    from mesh_core.governance import Charter
    from mesh_core.settings import Settings

BINDING = frozenset({"active", "deprecated"})
"""Statuses in which a contract binds its producer: drafts are free, and a retired one has no readers."""


def change_findings(
    mesh: Mesh,
    baseline: Baseline,
    charter: Charter,
    *,
    settings: Settings,
    select: Collection[str] | None = None,
) -> list[MeshError]:
    """What is wrong between the contracts that stand and those of the tree; ``select`` names domains.

    One finding for each breaking change, for each version that was not raised enough and for each contract that is
    gone. An override turns one into a warning that tells who decided it and why.
    """
    finder = _Finder(mesh, charter, [DeclaredConsumers(mesh, settings)])
    return [
        finding
        for standing in baseline.contracts.values()
        if standing.status in BINDING and (select is None or standing.domain in select)
        for finding in finder.findings(standing)
    ]


class _Finder:
    def __init__(self, mesh: Mesh, charter: Charter, sources: Sequence[ConsumerSource]) -> None:
        self._mesh, self._charter, self._sources = mesh, charter, sources
        self._ports = {(port.contract.id, port.contract.major): port for port in mesh.ports.values()}

    def findings(self, standing: Standing) -> Iterator[MeshError]:
        """What is wrong with the contract that stands, as the tree has it now."""
        port = self._ports.get(standing.key)
        if port is not None:
            yield from self._changed(port, standing)
        elif standing.domain not in self._mesh.broken:
            yield self._removed(standing)

    def _changed(self, port: Port, standing: Standing) -> Iterator[MeshError]:
        comparison = governed_apart(compare(standing.raw, port.contract.document.raw))
        if comparison.breaking:
            columns = tuple({change.column: None for change in comparison.breaking if change.column})
            consumers = consumers_of(standing.raw, columns, self._sources)
            for change in comparison.breaking:
                yield self._breaking(change, port, standing, consumers)
        elif not comparison.enough or went_back(comparison):
            yield self._not_raised(comparison, port)

    def _breaking(self, change: Change, port: Port, standing: Standing, consumers: Sequence[Consumer]) -> MeshError:
        contract, code = port.contract, "breaking-change"
        message = (
            f"{contract.id} {standing.version} → {contract.version} breaks a promise: {sentence(change)}. "
            f"{change.reason} {told_hits(change.column, consumers)}"
        )
        following = f"{port.address.port}_v{contract.major + 1}.contract.yaml"
        remedy = f"Keep the promise, or publish {contract.major + 1}.0.0 beside it, in {following}."
        error = contract.document.error(message, change.near, remedy=remedy, code=code)
        return decided(error, self._charter, contract.id, contract.version, known=standing.version)

    def _not_raised(self, comparison: Comparison, port: Port) -> MeshError:
        contract, code = port.contract, "version-not-raised"
        message = f"{contract.id} went back from version {comparison.old_version} to {contract.version}"
        remedy = f"Set version {comparison.old_version} or a higher one."
        if comparison.changes:
            worst, others = comparison.changes[0], len(comparison.changes) - 1
            more = f" and {others} more" if others else ""
            message = (
                f"{contract.id} is not what version {comparison.old_version} promised: {sentence(worst)}{more}. "
                f"Its version is {contract.version}"
            )
            remedy = f"Raise it to {next_version(comparison)}, here and in product.yaml ({worst.impact} changes)."
        error = contract.document.error(message, ("version",), remedy=remedy, code=code)
        return decided(error, self._charter, contract.id, contract.version, known=comparison.old_version)

    def _removed(self, standing: Standing) -> MeshError:
        """The finding stands in the nearest descriptor that is left."""
        folder = self._mesh.root / "domains" / standing.domain
        places = (
            folder / standing.product / "product.yaml",
            folder / "domain.yaml",
            self._mesh.root / "workspace.yaml",
        )
        message = (
            f"{standing.id} {standing.version} ({standing.status}, {standing.origin}) is gone from the tree. "
            f"{told_hits('', consumers_of(standing.raw, (), self._sources))}"
        )
        remedy = "Put its contract back; it ends as `deprecated`, after notice as `retired`."
        path = next(place for place in places if place.is_file())
        error = DescriptorError(message, path=path, line=1, remedy=remedy, code="contract-removed")
        return decided(error, self._charter, standing.id, standing.version)
