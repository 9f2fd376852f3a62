"""What events say of tables that grow, change their columns, or get an old version back."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from publication.ledger import COLUMNS, CONTRACT, SQL, Ledger, new_ledger

from mesh_core.publishing.services import Services
from mesh_core.publishing.versions.restore import restore

from .client_classes import read_event
from .test_openlineage import events_of

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = "shop.orders"
ONE = [(1, "a", 1, 1, "2026-01-01", None)]
TWO = [(2, "b", 2, 1, "2026-01-02", None), (3, "c", 2, 1, "2026-01-02", None)]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return new_ledger(tmp_path / "mesh")


def last(ledger: Ledger, job: str = ORDERS) -> dict[str, Any]:
    """The output of the job's newest COMPLETE."""
    made = [e for e in events_of(ledger) if e["job"]["name"] == job and e["eventType"] == "COMPLETE"][-1]
    assert read_event(made)
    [output] = made["outputs"]
    return output


def test_a_table_that_grows_tells_what_was_written(ledger: Ledger) -> None:
    ledger.write("append", product={"incremental": "[bronze.orders_feed]"})
    ledger.deliver("2026-01-01", ONE)
    ledger.run()
    first = last(ledger)
    assert first["facets"]["lifecycleStateChange"]["lifecycleStateChange"] == "CREATE"
    assert first["outputFacets"]["outputStatistics"]["rowCount"] == 1
    ledger.deliver("2026-01-02", TWO)
    ledger.run(run_id=str(uuid.uuid4()))
    grown = last(ledger)
    assert "lifecycleStateChange" not in grown["facets"]
    assert grown["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert "size" not in grown["outputFacets"]["outputStatistics"], "the bytes known are those of the whole table"
    assert grown["facets"]["dataQualityMetrics"]["rowCount"] == 3
    step = last(ledger, "shop.bronze.orders_feed")
    assert step["outputFacets"]["outputStatistics"]["rowCount"] == 2


def test_another_column_is_an_alteration(ledger: Ledger) -> None:
    ledger.write("append")
    ledger.deliver("2026-01-01", ONE)
    ledger.run()
    text = ledger.tiny.file(CONTRACT).read_text()
    more = "      - {name: extra, logicalType: string, description: Extra., classification: internal}\n"
    ledger.put(CONTRACT, _with_column(text, more))
    ledger.tiny.renumber(ORDERS, "1.1.0")
    ledger.put(SQL, f"SELECT {COLUMNS}, 'x' AS extra FROM bronze.orders_feed")
    ledger.run(run_id=str(uuid.uuid4()))
    told = last(ledger)["facets"]
    assert told["lifecycleStateChange"]["lifecycleStateChange"] == "ALTER"
    assert [field["name"] for field in told["schema"]["fields"]][-1] == "extra"


def _with_column(text: str, more: str) -> str:
    """The contract with one property more, behind the last one."""
    lines = text.splitlines(keepends=True)
    at = max(number for number, line in enumerate(lines) if line.startswith("      - {name:"))
    return "".join([*lines[: at + 1], more, *lines[at + 1 :]])


def test_a_restored_version_names_the_inputs_that_its_rows_were_made_from(ledger: Ledger) -> None:
    ledger.write("snapshot")
    ledger.deliver("2026-01-01", ONE)
    ledger.run()
    ledger.deliver("2026-01-02", TWO)
    ledger.run(run_id=str(uuid.uuid4()))
    services = Services(ledger.settings)
    tree = services.mesh.domains["shop"]
    try:
        restore(services.mesh.port(ORDERS), tree, services, 0, run_id=str(uuid.uuid4()))
    finally:
        services.close()
    *_, start, made, _, _ = events_of(ledger)
    assert (start["eventType"], made["eventType"]) == ("START", "COMPLETE")
    [given] = made["inputs"]
    assert given["facets"]["version"]["datasetVersion"] == "0"
    assert "inputFacets" not in given, "how many rows were read then is not known"
    [output] = made["outputs"]
    assert output["facets"]["version"]["datasetVersion"] == "2"
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 1
