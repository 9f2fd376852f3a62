"""Many ports: `mesh run` where nothing changed, and the definitions of one domain as Dagster loads them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from functools import partial
from importlib import import_module
from pathlib import Path

from many_products import write_mesh
from measure import REPOSITORY, Sample, environment, interleaved, process, timed, worker
from report import Report, main

ABOUT = (
    "Meshes that `benchmarks/many_products.py` writes. Definitions are the import of one domain's `definitions.py` and "
    "the repository that Dagster makes of it, in a process that has imported Dagster; each port is an asset with a "
    "step, checks and an automation condition of its own, and two rules. The first load has an empty home, the next "
    "ones find there what was parsed and bound before. `mesh run` is the whole process, over ports that are all "
    "published and as they should be, in ten domains."
)
MESH = REPOSITORY / ".venv/bin/mesh"
LOAD, RUN = 3.0, 3.0
"""CPU seconds of a load, and seconds of a run."""
IMPORT, FIRST, NEXT = "import dagster", "definitions, first load", "definitions"
LIST, UNCHANGED = "mesh list", "mesh run, all unchanged"


def bench(quick: bool) -> Report:
    report = Report("Many ports", ABOUT, 3 if quick else 5)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        _definitions(report, Path(folder, "wide"), 200 if quick else 1_000)
        _unchanged(report, Path(folder, "deep"), 50 if quick else 500)
    return report


def _definitions(report: Report, root: Path, ports: int) -> None:
    write_mesh(root, ports, 1, two_rules=True)
    cases = {case: partial(worker, __file__, case, root) for case in (IMPORT, FIRST, NEXT)}
    group = f"one domain of {ports:,} ports"
    report.add(group, interleaved(cases, rounds=report.rounds))
    if ports == 1_000:
        report.target("definitions of 1,000 ports: CPU s", report.row(group, NEXT).cpu, LOAD)


def _unchanged(report: Report, root: Path, ports: int) -> None:
    write_mesh(root, ports, 10, two_rules=True)
    worker(__file__, "publish", root)
    words = {LIST: ["list"], UNCHANGED: ["run", "--json"]}
    cases = {case: partial(_command, [MESH, "--root", root, *said]) for case, said in words.items()}
    group = f"{ports:,} ports"
    report.add(group, interleaved(cases, rounds=report.rounds))
    if ports == 500:
        report.target("mesh run of 500 unchanged ports: s", report.row(group, UNCHANGED).wall, RUN)


def _command(words: list[object]) -> Sample:
    sample, told = process(words, env=environment())
    if "run" in words and told.count('"unchanged"') < told.count('"name"'):
        raise AssertionError(f"not all are unchanged: {told[-500:]}")
    return sample


def work(case: str, folder: str) -> Sample | None:
    """One load, or the publication of all ports."""
    root = Path(folder)
    os.environ |= {"MESH_ROOT": folder, "MESH_HOME": str(root / ".mesh")}
    if case == "publish":
        return _publish(root)
    if case == IMPORT:
        return timed(partial(import_module, "dagster"))
    if case == FIRST:
        shutil.rmtree(root / ".mesh", ignore_errors=True)
    import_module("dagster")
    sys.path.insert(0, folder)

    def load() -> None:
        import_module("domains.area_00.definitions").defs.get_repository_def()

    return timed(load)


def _publish(root: Path) -> None:
    """What `mesh run` would do first, without Dagster's events: a run that finds all unchanged asks for none."""
    from mesh_core.contracts.graph import ordered
    from mesh_core.contracts.tree import Port
    from mesh_core.publishing.publication import publish
    from mesh_core.publishing.services import Services
    from mesh_core.publishing.steps.internals import refresh
    from mesh_core.settings import load_settings

    services = Services(load_settings(root))
    for tree, node in ordered(services.mesh):
        source = getattr(node, "source", None)
        if source is not None:
            delivery = services.settings.landing / source.landing.replace("*", "day")
            delivery.parent.mkdir(parents=True, exist_ok=True)
            delivery.write_text(_DELIVERY)
        make = publish if isinstance(node, Port) else refresh
        make(node, tree, services, run_id="setup")
    services.close()


_DELIVERY = """\
measure_id,area,kind,amount,measured_on,received_at,checked
1,north,weight,2.5,2026-01-01,2026-01-02T00:00:00Z,true
2,south,length,3.5,2026-01-01,2026-01-02T00:00:00Z,false
"""

if __name__ == "__main__":
    main(bench, work)
