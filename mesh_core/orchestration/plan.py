"""What `mesh run` has to do: which assets are not as their code, contract, inputs and sources would make them.

Knows no Dagster, so that a mesh in which nothing changed answers before Dagster could be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from mesh_core.contracts.graph import Input, InternalInput, Node, in_order, input_key, inputs_of, key_of
from mesh_core.contracts.tree import DomainTree, Mesh, Port
from mesh_core.errors import MeshError
from mesh_core.orchestration.fingerprints import fingerprint
from mesh_core.orchestration.services import Services
from mesh_core.storage import Commit, Place

Key = tuple[str, ...]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One asset of the plan, whether it must run, and why."""

    node: Node
    tree: DomainTree
    upstream: frozenset[Key]
    reason: str
    """Why it must run; '' if it is as it should be."""
    standing: Commit | None

    @property
    def key(self) -> Key:
        return key_of(self.node)

    @property
    def port(self) -> Port | None:
        return self.node if isinstance(self.node, Port) else None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All assets that a selection needs, in an order that respects who reads whom."""

    steps: tuple[Step, ...]
    broken: dict[str, MeshError]

    @property
    def stale(self) -> list[Step]:
        return [step for step in self.steps if step.reason]

    @property
    def ports(self) -> list[Step]:
        return [step for step in self.steps if step.port is not None]


def make_plan(
    mesh: Mesh, selected: Iterable[Port], services: Services, *, force: bool = False, upstream: bool = False
) -> Plan:
    """The plan for the selected ports with the internal steps before them; ``upstream`` adds the ports before."""
    broken = dict(mesh.broken)
    edges = _edges(mesh, broken)
    wanted = _needed({key_of(port) for port in selected}, edges, upstream=upstream)
    stale: set[Key] = set()
    steps = []
    for key in in_order({key: {input_key(given) for given in inputs} for key, (_, _, inputs) in edges.items()}):
        if key not in wanted:
            continue
        node, tree, inputs = edges[key]
        before = frozenset(input_key(given) for given in inputs)
        standing = services.lake.newest(place_of(node, services))
        reason = _reason(node, tree, inputs, standing, services)
        if isinstance(node, Port) and node.retired:
            reason = ""
        elif force:
            reason = "forced"
        elif not reason and before & stale:
            reason = "an input is to be renewed"
        if reason:
            stale.add(key)
        steps.append(Step(node=node, tree=tree, upstream=before, reason=reason, standing=standing))
    return Plan(steps=tuple(steps), broken=broken)


def place_of(node: Node, services: Services) -> Place:
    """Where the asset's table is."""
    if isinstance(node, Port):
        return services.table(node.contract)
    return services.lake.internal(node.key)


_Edges = dict[Key, tuple[Node, DomainTree, tuple[Input, ...]]]


def _edges(mesh: Mesh, broken: dict[str, MeshError]) -> _Edges:
    """Every asset with its inputs; a domain whose inputs are wrong joins ``broken`` and is left out."""
    edges: _Edges = {}
    for name, tree in mesh.domains.items():
        own: _Edges = {}
        try:
            members: list[Node] = [*tree.internals, *tree.ports]
            for node in members:
                own[key_of(node)] = (node, tree, inputs_of(node, tree))
        except MeshError as error:
            broken[name] = error
            continue
        edges |= own
    return edges


def _needed(selected: set[Key], edges: _Edges, *, upstream: bool) -> set[Key]:
    needed: set[Key] = set()
    waiting = [key for key in selected if key in edges]
    while waiting:
        key = waiting.pop()
        if key in needed:
            continue
        needed.add(key)
        waiting += [
            input_key(given)
            for given in edges[key][2]
            if (upstream or isinstance(given, InternalInput)) and input_key(given) in edges
        ]
    return needed


def _reason(
    node: Node, tree: DomainTree, inputs: tuple[Input, ...], standing: Commit | None, services: Services
) -> str:
    if standing is None:
        return "never published" if isinstance(node, Port) else "never run"
    versions: dict[str, int] = {}
    for given in inputs:
        try:
            commit = services.lake.newest(_place_of_input(given, services))
        except MeshError:
            return "an input cannot be read"  # the step itself says why, and fails
        if commit is None:
            return "an input has no version yet"
        versions[given.view] = commit.version
    try:
        now = fingerprint(node, tree, versions, services.settings)
    except MeshError:
        return "a source cannot be read"  # the step itself says which, and fails
    return "" if standing.facts.get("fingerprint") == now else "code, contract, inputs or sources changed"


def _place_of_input(given: Input, services: Services) -> Place:
    from mesh_core.orchestration.inputs import table_of

    if isinstance(given, InternalInput):
        return services.lake.internal(given.key)
    return table_of(given, services)


def segments(stale: list[Step], blocked: Callable[[Step], bool]) -> Iterable[list[Step]]:
    """The stale steps as one Dagster run after another, each within one domain, as few as possible.

    ``blocked`` is asked when a step's turn comes, so that what fails in one run holds back the next.
    """
    waiting = {step.key: step for step in stale}
    while waiting:
        candidates: dict[str, dict[Key, Step]] = {}
        for key, step in waiting.items():
            ready = candidates.setdefault(key[0], {})
            if all(before not in waiting or before in ready for before in step.upstream):
                ready[key] = step
        domain = max(candidates, key=lambda name: len(candidates[name]))
        chosen = candidates[domain]
        for key in chosen:
            del waiting[key]
        runnable = [step for step in chosen.values() if not blocked(step)]
        if runnable:
            yield runnable
