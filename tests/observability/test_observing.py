"""One pass over the mesh: probes, points, and each status that flips told once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from orchestration.workbench import CONTRACT, ORDERS, REVENUE, Workbench

from mesh_core.catalog import Catalog, Confirmation
from mesh_core.catalog.journal import Journal
from mesh_core.cli import main
from mesh_core.observability import Observation, observe
from mesh_core.testing import write_tiny_mesh

LATE = "{property: latency, value: 1, unit: d, element: orders.ordered_on}"
UP = "  - {property: availability, value: 99.5, unit: percent}\n"


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """Published once, with a port that promises to be available."""
    made = Workbench(write_tiny_mesh(tmp_path / "mesh"))
    old = "  - {property: frequency, value: 1, unit: d}\n"
    made.tiny.edit(CONTRACT, old, old + UP)
    made.run()
    return made


@pytest.fixture
def catalog(bench: Workbench) -> Iterator[Catalog]:
    with Catalog(bench.settings.catalog_url) as opened:
        yield opened


def now() -> datetime:
    return datetime.now(UTC)


def changes(catalog: Catalog) -> list[tuple[str, str, str, str]]:
    """Subject, indicator, status before and after of every change of a service level."""
    found = [change for change in catalog.changes() if change.type == "slo.changed"]
    return [(one.subject, one.data["indicator"], one.data["before"], one.data["after"]) for one in found]


def status(found: Observation, address: str, indicator: str) -> str:
    return next(level.status for level in found.standings[address].levels if level.indicator == indicator)


def break_port(bench: Workbench) -> Path:
    """Take the newest version's only file away; returns where it is instead."""
    [file] = (bench.settings.lake / "shop" / "orders").glob("*.parquet")
    return file.rename(file.with_suffix(".away"))


@pytest.mark.folder
def test_a_port_that_answers_is_probed_and_what_is_met_is_no_change(bench: Workbench, catalog: Catalog) -> None:
    found = observe(catalog, bench.settings, now())
    assert (found.probed, found.flips) == (1, ())
    assert status(found, ORDERS, "availability") == "met"
    assert changes(catalog) == []
    [point] = catalog.measurements(ORDERS, "availability")
    assert (point.value, point.good, point.detail) == (100.0, True, "met: ")


@pytest.mark.folder
def test_a_lost_file_is_found_told_once_and_mended(bench: Workbench, catalog: Catalog) -> None:
    begun = now()
    observe(catalog, bench.settings, begun)
    away = break_port(bench)
    down = observe(catalog, bench.settings, begun + timedelta(minutes=16))
    assert status(down, ORDERS, "availability") == "at risk"
    assert changes(catalog) == [(ORDERS, "availability", "met", "at risk")]
    [level] = [one for one in down.standings[ORDERS].levels if one.indicator == "availability"]
    assert "the last probe" in level.sentence.lower()
    assert "failed: " in level.sentence
    observe(catalog, bench.settings, begun + timedelta(minutes=17))
    assert len(changes(catalog)) == 1
    away.rename(away.with_suffix(".parquet"))
    up = observe(catalog, bench.settings, begun + timedelta(minutes=18))
    assert status(up, ORDERS, "availability") == "met"
    assert changes(catalog)[1:] == [(ORDERS, "availability", "at risk", "met")]
    assert [point.good for point in reversed(catalog.measurements(ORDERS, "availability"))] == [True, False, True]


@pytest.mark.folder
def test_one_point_in_15_minutes_and_of_what_follows_from_facts_one_a_day(bench: Workbench, catalog: Catalog) -> None:
    begun = now()
    for minutes in range(0, 61, 5):
        observe(catalog, bench.settings, begun + timedelta(minutes=minutes))
    assert len(catalog.measurements(ORDERS, "availability")) == 5  # at 0, 15, 30, 45 and 60 minutes
    assert len(catalog.measurements(ORDERS, "frequency")) == 1
    assert len(catalog.measurements(REVENUE)) == 1
    observe(catalog, bench.settings, begun + timedelta(hours=24))
    assert len(catalog.measurements(ORDERS, "frequency")) == 2


def test_each_flip_is_told_with_what_it_was(bench: Workbench, catalog: Catalog) -> None:
    begun = now()
    for hours in (1, 27, 60, 61):
        observe(catalog, bench.settings, begun + timedelta(hours=hours))
    frequency = [change[2:] for change in changes(catalog) if change[:2] == (ORDERS, "frequency")]
    assert frequency == [("met", "at risk"), ("at risk", "breached")]
    assert {change.domain for change in catalog.changes() if change.type == "slo.changed"} == {"shop"}


def test_a_promise_that_is_broken_at_the_first_look_is_told(bench: Workbench, catalog: Catalog) -> None:
    observe(catalog, bench.settings, now() + timedelta(days=20))
    assert (ORDERS, "frequency", "", "breached") in changes(catalog)


def test_two_who_observe_at_once_tell_of_a_flip_once(bench: Workbench, catalog: Catalog) -> None:
    begun = now()
    observe(catalog, bench.settings, begun)
    with Catalog(bench.settings.catalog_url) as other, ThreadPoolExecutor(2) as pool:
        later = begun + timedelta(days=20)
        passes = [pool.submit(observe, one, bench.settings, later) for one in (catalog, other)]
        assert sum(len(done.result().flips) for done in passes) == len(changes(catalog))
    assert len(changes(catalog)) == len(set(changes(catalog))) == 2  # frequency and latency of the orders


def test_what_was_noted_in_the_journal_counts(bench: Workbench, catalog: Catalog) -> None:
    begun = now()
    at = (begun + timedelta(hours=26)).isoformat()
    Journal(bench.settings.journal).note(Confirmation(address=ORDERS, table_version=0, at=at))
    found = observe(catalog, bench.settings, begun + timedelta(hours=27))
    assert status(found, ORDERS, "frequency") == "met"


def test_a_contract_without_a_server_here_is_down_and_says_so(bench: Workbench, catalog: Catalog) -> None:
    elsewhere = msgspec.structs.replace(bench.settings, environment="production")
    found = observe(catalog, elsewhere, now())
    level = next(one for one in found.standings[ORDERS].levels if one.indicator == "availability")
    assert level.sentence.endswith("failed: the contract names no server for environment 'production'.")
    assert (ORDERS, "availability", "", "at risk") in changes(catalog)


@pytest.mark.folder
def test_a_service_without_a_lake_knows_nothing_of_tables(bench: Workbench, catalog: Catalog) -> None:
    beside = msgspec.structs.replace(bench.settings, lake_url=str(bench.tiny.root / "nowhere"))
    found = observe(catalog, beside, now())
    assert (found.probed, status(found, ORDERS, "availability")) == (0, "unknown")


def test_probes_that_take_too_long_have_their_turn_at_the_next_pass(
    bench: Workbench, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mesh_core.observability.probing.PATIENCE", -1.0)
    begun = now()
    assert observe(catalog, bench.settings, begun).probed == 0
    monkeypatch.undo()
    assert observe(catalog, bench.settings, begun + timedelta(minutes=1)).probed == 1


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    return main(list(words)), capsys.readouterr().out


def test_the_verb_shows_every_measured_level(bench: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = call(capsys, "observe", "--root", str(bench.tiny.root))
    assert code == 0
    assert [line.split()[:5] for line in out.splitlines()[1:]] == [
        [REVENUE, "81", "latency", "met", "100"],
        [ORDERS, "87", "frequency", "met", "100"],
        ["availability", "met", "100", "%", "The"],
        ["latency", "met", "100", "%", "Its"],
        ["retention", "met", "100", "%", "Rows"],
    ]


def test_strict_fails_when_something_that_is_shown_is_breached(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Orders of January that come today are late by the contract's one day, and never were in time."""
    tiny = write_tiny_mesh(tmp_path / "mesh")
    tiny.edit(CONTRACT, "{property: latency, value: 1, unit: d}", LATE)
    Workbench(tiny).run()
    root = str(tiny.root)
    assert call(capsys, "observe", "--root", root)[0] == 0
    assert call(capsys, "observe", "--root", root, "insight", "--strict")[0] == 0
    code, out = call(capsys, "observe", "--root", root, "--strict")
    assert code == 1
    assert "latency:orders.ordered_on  breached" in out


def test_json_has_the_parts_of_trust_and_the_budgets(bench: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = call(capsys, "observe", "--root", str(bench.tiny.root), "shop", "--json")
    [port] = json.loads(out)["ports"]
    assert code == 0
    assert (port["address"], port["status"], port["freshness"]) == (ORDERS, "met", "today")
    assert [part["name"] for part in port["trust"]["parts"]] == [
        "contract",
        "checks",
        "service levels",
        "ownership",
        "documentation",
        "use",
    ]
    assert port["levels"][0]["budget"] == {
        "window_days": 30,
        "allowed_percent": 1.0,
        "used_percent": 0.0,
        "left_percent": 100.0,
    }


def test_before_anything_is_published_there_is_nothing_to_observe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = write_tiny_mesh(tmp_path / "mesh")
    assert call(capsys, "observe", "--root", str(tiny.root), "--json") == (0, '{\n  "ports": [],\n  "changes": []\n}\n')
    assert not (tiny.home / "catalog.db").exists()
