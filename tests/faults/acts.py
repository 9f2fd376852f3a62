"""What a process does to a mesh of one port before it may die."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from mesh_core.contracts.graph import ordered
from mesh_core.contracts.tree import Internal
from mesh_core.publishing.publication import publish
from mesh_core.publishing.services import Services
from mesh_core.publishing.steps.internals import refresh
from mesh_core.publishing.upkeep import tables_of
from mesh_core.publishing.versions.restore import restore
from mesh_core.settings import load_settings
from mesh_core.storage.compaction import Sizes
from mesh_core.storage.maintenance import Upkeep, maintain

ORDERS = "shop.orders"


@contextmanager
def _services(root: Path) -> Iterator[Services]:
    services = Services(load_settings(root))
    try:
        yield services
    finally:
        services.close()


def run(root: Path) -> None:
    """Every step of the mesh, as `mesh run` does them."""
    with _services(root) as services:
        for tree, node in ordered(services.mesh):
            act = refresh if isinstance(node, Internal) else publish
            act(node, tree, services, run_id="run")


def upkeep(root: Path) -> None:
    """Maintenance that puts any two files together and keeps replaced versions for a day."""
    _maintain(root, Upkeep(retention=timedelta(days=1), sizes=Sizes(least_files=2), checkpoint_every=3))


def clean(root: Path) -> None:
    """Maintenance as if nobody else could be at work and no old version were wanted."""
    nothing = timedelta(0)
    wanted = Upkeep(retention=nothing, safe_age=nothing, sizes=Sizes(least_files=2), checkpoint_every=3)
    _maintain(root, wanted, now=time.time() + 1)


def _maintain(root: Path, wanted: Upkeep, now: float | None = None) -> None:
    with _services(root) as services:
        for table in tables_of(list(services.mesh.ports.values()), services):
            maintain(services.lake, table.place, wanted, services.connect, now=now)


def back(root: Path) -> None:
    """The port's rows of the version before the newest."""
    with _services(root) as services:
        port, tree = services.mesh.port(ORDERS), services.mesh.domains["shop"]
        versions = [each.version for each in services.lake.history(services.table(port.contract)) if each.facts]
        restore(port, tree, services, versions[1], run_id="back")


ACTS: dict[str, Callable[[Path], None]] = {"run": run, "upkeep": upkeep, "clean": clean, "back": back}
