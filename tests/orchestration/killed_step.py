"""Run one step of a mesh and die by SIGKILL where it is told to: ``killed_step ROOT ASSET STAGE``."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from mesh_core.contracts.graph import key_of, ordered
from mesh_core.contracts.tree import Port
from mesh_core.publishing.progress import Outcome, Progress, listening
from mesh_core.publishing.publication import publish
from mesh_core.publishing.services import Services
from mesh_core.publishing.steps.internals import refresh
from mesh_core.settings import load_settings


def main(root: str, asset: str, stage: str) -> None:
    """Die at the moment when ``asset`` enters ``stage``, or at ``done`` when its publication is over."""

    def die(event: Progress | Outcome) -> None:
        reached = event.stage if isinstance(event, Progress) else "done"
        if (event.name, reached) == (asset, stage):
            os.kill(os.getpid(), signal.SIGKILL)

    services = Services(load_settings(Path(root)))
    tree, node = next(each for each in ordered(services.mesh) if ".".join(key_of(each[1])) == asset)
    with listening(die):
        act = publish if isinstance(node, Port) else refresh
        act(node, tree, services, run_id="killed")


if __name__ == "__main__":
    main(*sys.argv[1:])
