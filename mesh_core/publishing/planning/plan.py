"""What `mesh run` has to do: which assets are not as their code, contract, inputs and sources would make them.

Knows no Dagster, so that a mesh in which nothing changed answers before Dagster could be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from mesh_core.contracts.graph import Input, InternalInput, Node, in_order, input_key, inputs_of, key_of
from mesh_core.contracts.publishing import Partitioning
from mesh_core.contracts.tree import DomainTree, Mesh, Port
from mesh_core.errors import DescriptorError, MeshError
from mesh_core.publishing.identity import bound_in
from mesh_core.publishing.partitions import UnknownPartitionError, keys_from, partitioning_of, told
from mesh_core.publishing.planning.staleness import Staleness
from mesh_core.publishing.services import Services
from mesh_core.storage import Commit, Place

Key = tuple[str, ...]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One asset of the plan, whether it must run, and why."""

    node: Node
    tree: DomainTree
    upstream: frozenset[Key]
    after: frozenset[Key] = frozenset()
    """What it is better made after, though it does not read it."""
    reason: str
    """Why it must run; '' if it is as it should be."""
    standing: Commit | None
    partitioning: Partitioning | None = None
    partitions: tuple[str, ...] | None = None
    """Those to be made, in order; None for an asset that is made as a whole."""
    known: frozenset[str] = frozenset()
    """All partitions that it has or will have."""

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
    named: bool = False
    """Whether partitions were asked for by name: those are made whatever they are, and no others."""

    @property
    def stale(self) -> list[Step]:
        return [step for step in self.steps if step.reason]

    @property
    def ports(self) -> list[Step]:
        return [step for step in self.steps if step.port is not None]


def make_plan(
    mesh: Mesh,
    selected: Iterable[Port],
    services: Services,
    *,
    force: bool = False,
    upstream: bool = False,
    only: Sequence[str] = (),
) -> Plan:
    """The plan for the selected ports with the internal steps before them; ``upstream`` adds the ports before.

    ``only`` are partitions, or ranges ``first..last``, that are made again whatever they are; then nothing else is,
    but for steps without partitions that are stale. UnknownPartitionError for one that is not there.
    """
    broken = dict(mesh.broken)
    edges = _edges(mesh, broken)
    ports = {key_of(port) for port in selected}
    wanted = _needed(ports, edges, upstream=upstream)
    looking = Staleness(services, force=force)
    steps = []
    keys, after = _order(edges, services)
    for key in keys:
        if key not in wanted:
            continue
        node, tree, inputs = edges[key]
        standing = services.lake.newest(place_of(node, services))
        verdict = looking.look(node, tree, inputs, standing)
        step = Step(
            node=node,
            tree=tree,
            upstream=frozenset(input_key(given) for given in inputs),
            after=after.get(key, frozenset()),
            reason=verdict.reason,
            standing=standing,
            partitioning=partitioning_of(node, tree) if verdict.known is not None else None,
            partitions=verdict.partitions,
            known=verdict.known or frozenset(),
        )
        steps.append(step)
    if only:
        steps = _limited(steps, ports, only)
    return Plan(steps=tuple(steps), broken=broken, named=bool(only))


def _order(edges: _Edges, services: Services) -> tuple[list[Key], dict[Key, frozenset[Key]]]:
    """The nodes, each after those it reads, and where no circle comes of it after the registers of its ids.

    A port whose ids are counted before their register is published would not know how many of them are known.
    """
    read = {key: {input_key(given) for given in inputs} for key, (_, _, inputs) in edges.items()}
    ports = {node.address.uri: key for key, (node, _, _) in edges.items() if isinstance(node, Port)}
    after = {key: _registers(node, ports, services) - {key} for key, (node, _, _) in edges.items()}
    try:
        return in_order({key: before | after[key] for key, before in read.items()}), after
    except DescriptorError:
        return in_order(read), {}


def _registers(node: Node, ports: Mapping[str, Key], services: Services) -> frozenset[Key]:
    """The ports that own the identities of a port's columns."""
    if not isinstance(node, Port):
        return frozenset()
    entities = (each.entity for each in bound_in(node.contract, services))
    return frozenset(ports[entity.port] for entity in entities if entity.port in ports)


def _limited(steps: list[Step], ports: set[Key], only: Sequence[str]) -> list[Step]:
    """The plan for exactly these partitions of the selected ports and of the steps before them that have them."""
    keys: set[str] = set()
    for step in steps:
        if step.key in ports:
            keys |= _asked(step, only)
    limited = []
    for step in steps:
        if step.partitions is None:
            limited.append(step)
            continue
        mine = tuple(sorted(keys & step.known))
        limited.append(msgspec.structs.replace(step, partitions=mine, reason="asked for" if mine else ""))
    return limited


def _asked(step: Step, only: Sequence[str]) -> set[str]:
    """The keys that ``only`` means of a port; UnknownPartitionError names those that it has not."""
    name = ".".join(step.key)
    if step.partitioning is None:
        message = f"{name} is not made by partitions"
        raise UnknownPartitionError(message, remedy="Run it without --partition, or select ports that are.")
    keys: set[str] = set()
    for asked in only:
        first, _, last = asked.partition("..")
        keys |= set(keys_from(first, last or first, step.partitioning))
    missing = keys - step.known
    if missing:
        message = f"{name} has no partition {told(missing)}"
        has = (
            f"It has {len(step.known)}, from {min(step.known)} to {max(step.known)}." if step.known else "It has none."
        )
        raise UnknownPartitionError(message, remedy=f"{has} A partition comes with its first delivery.")
    return keys


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


def segments(stale: list[Step], blocked: Callable[[Step], bool]) -> Iterable[list[Step]]:
    """The stale steps as one Dagster run after another, each within one domain, as few as possible.

    ``blocked`` is asked when a step's turn comes, so that what fails in one run holds back the next.
    """
    waiting = {step.key: step for step in stale}
    while waiting:
        candidates: dict[str, dict[Key, Step]] = {}
        for key, step in waiting.items():
            ready = candidates.setdefault(key[0], {})
            if all(before not in waiting or before in ready for before in step.upstream | step.after):
                ready[key] = step
        domain = max(candidates, key=lambda name: len(candidates[name]))
        chosen = candidates[domain]
        for key in chosen:
            del waiting[key]
        runnable = [step for step in chosen.values() if not blocked(step)]
        if runnable:
            yield runnable
