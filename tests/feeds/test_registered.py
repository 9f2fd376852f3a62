"""The same events told again from the catalog alone."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from orchestration.workbench import ORDERS, REVENUE

from mesh_core.errors import MeshError
from mesh_core.feeds.openlineage import Writer
from mesh_core.feeds.openlineage.registered import Told

from .client_classes import read_event
from .test_openlineage import event, events_of

if TYPE_CHECKING:
    from cli.calling import Mesh
    from orchestration.workbench import Workbench

pytestmark = pytest.mark.folder  # places are compared with those of a folder


def told_again(bench: Workbench, **wanted: Any) -> list[dict[str, Any]]:
    import duckdb

    with bench.catalog() as catalog:
        told = Told(catalog, bench.lake, writer=Writer("mesh", duckdb.__version__))
        return list(told.events(**wanted))


def test_what_is_told_again_is_what_was_told(published: Workbench) -> None:
    then, now = events_of(published), told_again(published)
    assert len(now) == 8  # all but the bronze step, of which the catalog keeps no run
    for job in (ORDERS, f"{ORDERS}.audit", REVENUE, f"{REVENUE}.audit"):
        emitted, rebuilt = event(then, job), event(now, job)
        assert read_event(rebuilt)
        assert rebuilt["run"] == emitted["run"]
        for each in emitted["inputs"]:
            each.pop("inputFacets", None)
        if not job.endswith("audit"):
            assert rebuilt["inputs"] == emitted["inputs"]
        for name in ("schema", "columnLineage", "version", "symlinks", "tags", "lifecycleStateChange", "ownership"):
            facets = [each["facets"].get(name) for each in (*emitted["outputs"], *rebuilt["outputs"])]
            assert facets[:1] == facets[1:], name


def test_refusals_are_told_again_with_their_checks(published: Workbench) -> None:
    published.tiny.deliver("2026-01-03", ["4,eve@example.com,-1.00,2026-01-03"])
    published.step("shop.bronze.orders_feed")
    run_id = str(uuid.uuid4())
    with pytest.raises(MeshError):
        published.step(ORDERS, run_id=run_id)
    failed = event(told_again(published), ORDERS, "FAIL")
    emitted = event(events_of(published), ORDERS, "FAIL")
    assert failed["run"]["runId"] == emitted["run"]["runId"]
    assert failed["run"]["facets"]["errorMessage"] == emitted["run"]["facets"]["errorMessage"]
    by_name = [sorted(e["run"]["facets"]["test"]["tests"], key=lambda t: t["name"]) for e in (failed, emitted)]
    assert by_name[0] == by_name[1]
    assert read_event(failed)


def test_the_command_prints_an_event_a_line(published: Workbench, mesh: Mesh) -> None:
    root = published.tiny.root
    told = mesh("feed", "openlineage", "--root", root)
    assert told.code == 0
    lines = [json.loads(line) for line in told.out.splitlines()]
    step, *runs = lines
    assert step["job"]["name"] == "shop.bronze.orders_feed"
    assert [each["name"] for each in step["outputs"]] == [f"{published.lake.root}/shop/_internal/bronze/orders_feed"]
    assert all(read_event(each) for each in lines)
    assert len(runs) == 8
    some = mesh("feed", "openlineage", "insight", "--newest", "--root", root)
    jobs = [json.loads(line)["job"]["name"] for line in some.out.splitlines() if "runId" in line]
    assert jobs == [REVENUE, REVENUE, f"{REVENUE}.audit", f"{REVENUE}.audit"]


def test_the_command_says_what_is_wrong_with_a_selection(published: Workbench, mesh: Mesh) -> None:
    root = published.tiny.root
    assert mesh("feed", "openlineage", "nothing.here", "--root", root).code == 2
    assert mesh("feed", "dcat", "shop", "--root", root).code == 2


def test_a_mesh_that_published_nothing_has_nothing_to_tell(bench: Workbench, mesh: Mesh) -> None:
    told = mesh("feed", "openlineage", "--root", bench.tiny.root)
    assert (told.code, told.out) == (0, "")
