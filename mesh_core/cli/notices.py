"""What `mesh run` tells the readers of ports that end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.lifecycle import ENDING, Standing, ending_told, standing, today

if TYPE_CHECKING:
    from datetime import date

    from mesh_core.contracts.tree import Mesh, Port
    from mesh_core.publishing.planning.plan import Key, Plan, Step
    from mesh_core.publishing.progress import Outcome


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A port that ends, and who of the run reads it."""

    address: str
    readers: tuple[str, ...]
    standing: Standing

    def __str__(self) -> str:
        return f"{self.address} {ending_told(self.standing)}; read by {', '.join(self.readers)}"


def notices(plan: Plan, outcomes: Iterable[Outcome], mesh: Mesh, *, day: date | None = None) -> tuple[Notice, ...]:
    """One notice for each deprecated or retired port that a port of the run reads, directly or by way of its steps."""
    told = {outcome.name for outcome in outcomes if outcome.status in {"published", "unchanged"}}
    ports: dict[Key, Port] = {port.address.asset_key: port for port in mesh.ports.values()}
    steps = {step.key: step for step in plan.steps}
    readers: dict[Key, list[str]] = {}
    for step in plan.ports:
        name = ".".join(step.key)
        for key in _ports_read(step, steps) if name in told else ():
            if key in ports and ports[key].contract.status in ENDING:
                readers.setdefault(key, []).append(name)
    contracts = [port.contract for port in ports.values()]
    return tuple(
        Notice(
            address=ports[key].address.sql,
            readers=tuple(sorted(names)),
            standing=standing(ports[key].contract, (), day or today(), others=contracts),
        )
        for key, names in sorted(readers.items())
    )


def _ports_read(step: Step, steps: Mapping[Key, Step]) -> set[Key]:
    """Keys of the ports that the step reads; those that its internal steps read count as its own."""
    found: set[Key] = set()
    waiting, seen = set(step.upstream), set()
    while waiting:
        key = waiting.pop()
        seen.add(key)
        inner = steps.get(key)
        if inner is not None and inner.port is None:
            waiting |= inner.upstream - seen
        else:
            found.add(key)
    return found
