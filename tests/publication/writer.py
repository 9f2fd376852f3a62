"""Deliver files to a ledger and publish after each, as one of several writers: ``writer ROOT NAME ROUNDS``."""

from __future__ import annotations

import sys
from pathlib import Path

from mesh_core.contracts.graph import ordered
from mesh_core.contracts.tree import Internal
from mesh_core.publishing.publication import publish
from mesh_core.publishing.services import Services
from mesh_core.publishing.steps.internals import refresh
from mesh_core.settings import load_settings

HEADER = "id,name,amount,seq,day,gone"


def main(root: str, name: str, rounds: str) -> None:
    """Each round is a day of its own with two rows: one of this writer's alone and one that all writers change."""
    number = int(name)
    services = Services(load_settings(Path(root)))
    for turn in range(int(rounds)):
        day = f"2026-01-{1 + number * int(rounds) + turn:02}"
        own, shared = 1000 + number * 100 + turn, turn * 10 + number
        file = services.settings.landing / "orders" / f"{day}.csv"
        part = file.with_name(f".{file.name}")
        part.write_text(f"{HEADER}\n{own},own,1,1,{day},false\n{shared},shared,{shared},{number},{day},false\n")
        part.replace(file)
        for tree, node in ordered(services.mesh):
            act = refresh if isinstance(node, Internal) else publish
            act(node, tree, services, run_id=f"writer-{number}-{turn}")
    services.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
