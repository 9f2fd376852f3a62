"""OpenLineage events of publications, as the files of the home have them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from orchestration.workbench import ORDERS, REVENUE, SQL, Workbench

from mesh_core.errors import MeshError
from mesh_core.publishing.services import Services
from mesh_core.settings import load_settings

from .client_classes import NotOfTheSpecificationError, read_event, without_empty, written
from .conftest import RUN_ID

Event = dict[str, Any]

pytestmark = pytest.mark.folder  # places are compared with those of a folder


def events_of(bench: Workbench) -> list[Event]:
    files = sorted((bench.settings.home / "openlineage").glob("events-*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def event(events: list[Event], job: str, kind: str = "COMPLETE") -> Event:
    [found] = [each for each in events if each["job"]["name"] == job and each.get("eventType") == kind]
    return found


def test_every_event_is_one_of_the_specification(published: Workbench) -> None:
    events = events_of(published)
    assert len(events) == 10  # a bronze step of 2, two ports of 4 each: their own and their audits'
    for each in events:
        assert written(read_event(each)) == without_empty(each)


def test_an_event_that_is_not_of_the_specification_is_seen(published: Workbench) -> None:
    made = event(events_of(published), ORDERS)
    made["outputs"][0]["facets"]["schema"]["fields"][0]["kind"] = "x"
    with pytest.raises(NotOfTheSpecificationError, match="kind"):
        read_event(made)
    made = event(events_of(published), ORDERS)
    statistics = made["outputs"][0].pop("outputFacets")["outputStatistics"]
    made["outputs"][0]["facets"]["outputStatistics"] = statistics
    with pytest.raises(NotOfTheSpecificationError, match="no DatasetFacet"):
        read_event(made)


def test_a_reader_in_another_domain_names_the_table_as_its_producer_does(published: Workbench) -> None:
    events = events_of(published)
    lake = published.settings.lake
    [output] = event(events, ORDERS)["outputs"]
    [read] = event(events, REVENUE)["inputs"]
    assert (output["namespace"], output["name"]) == ("file", f"{lake}/shop/orders")
    assert (read["namespace"], read["name"]) == ("file", f"{lake}/shop/orders")
    [before] = event(events, ORDERS)["inputs"]
    assert before["name"] == f"{lake}/shop/_internal/bronze/orders_feed"
    [landed] = event(events, "shop.bronze.orders_feed")["inputs"]
    assert landed["name"] == f"{published.settings.landing}/orders"


def test_jobs_are_named_by_domain_and_asset(published: Workbench) -> None:
    jobs = {(each["job"]["namespace"], each["job"]["name"]) for each in events_of(published)}
    assert jobs == {
        ("mesh://shop", "shop.bronze.orders_feed"),
        ("mesh://shop", "shop.orders"),
        ("mesh://shop", "shop.orders.audit"),
        ("mesh://insight", "insight.revenue"),
        ("mesh://insight", "insight.revenue.audit"),
    }


def test_the_dagster_run_is_the_parent_and_the_publication_the_audits(published: Workbench) -> None:
    events = events_of(published)
    made = event(events, REVENUE)
    assert made["run"]["facets"]["parent"]["run"] == {"runId": RUN_ID}
    assert made["run"]["facets"]["parent"]["job"] == {"namespace": "mesh://insight", "name": "insight"}
    audit = event(events, "insight.revenue.audit")
    assert audit["run"]["facets"]["parent"]["run"] == {"runId": made["run"]["runId"]}
    assert event(events, REVENUE, "START")["run"]["runId"] == made["run"]["runId"]
    assert uuid.UUID(made["run"]["runId"])
    assert len({each["run"]["runId"] for each in events}) == 5


def test_a_table_tells_what_its_contract_and_its_audit_say(published: Workbench) -> None:
    events = events_of(published)
    [output] = event(events, REVENUE)["outputs"]
    told = output["facets"]
    assert [(f["name"], f["type"], f["ordinal_position"]) for f in told["schema"]["fields"]] == [
        ("day", "DATE", 1),
        ("orders", "BIGINT", 2),
        ("revenue", "DOUBLE", 3),
    ]
    assert told["symlinks"]["identifiers"] == [{"namespace": "mesh://insight", "name": "revenue/v1", "type": "TABLE"}]
    assert told["version"]["datasetVersion"] == "0"
    assert told["documentation"]["description"] == "Revenue of each day."
    assert told["ownership"]["owners"] == [{"name": "team:Insight team", "type": "OWNER"}]
    assert told["storage"]["storageLayer"] == "delta"
    assert told["lifecycleStateChange"]["lifecycleStateChange"] == "CREATE"
    assert told["dataQualityMetrics"]["rowCount"] == 2
    assert told["dataQualityMetrics"]["columnMetrics"]["revenue"] == {
        "nullCount": 0,
        "count": 2,
        "min": 14.5,
        "max": 20,
    }
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 2
    [read] = event(events, REVENUE)["inputs"]
    assert read["facets"]["version"]["datasetVersion"] == "0"
    assert read["inputFacets"]["inputStatistics"]["rowCount"] == 3


def test_columns_are_traced_to_the_other_domains_table(published: Workbench) -> None:
    [output] = event(events_of(published), REVENUE)["outputs"]
    fields = output["facets"]["columnLineage"]["fields"]
    table = {"namespace": "file", "name": f"{published.settings.lake}/shop/orders"}
    known = [{"type": "DIRECT", "description": "parsed from the statement"}]
    assert fields == {
        "day": {"inputFields": [{**table, "field": "ordered_on", "transformations": known}]},
        "revenue": {"inputFields": [{**table, "field": "amount", "transformations": known}]},
    }


def test_the_audit_asserts_what_it_found_of_the_table(published: Workbench) -> None:
    events = events_of(published)
    audit = event(events, "insight.revenue.audit")
    [checked] = audit["inputs"]
    assert audit["outputs"] == []
    assert checked["name"] == f"{published.settings.lake}/insight/revenue"
    assert checked["facets"]["version"]["datasetVersion"] == "0"
    found = checked["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [(each["name"], each.get("column"), each["success"]) for each in found] == [
        ("day_required", "day", True),
        ("orders_required", "orders", True),
        ("revenue_required", "revenue", True),
        ("primary_key_unique", "day", True),
    ]
    tests = event(events, REVENUE)["run"]["facets"]["test"]["tests"]
    assert [each["status"] for each in tests] == ["pass"] * 4


def test_a_job_shows_its_code(published: Workbench) -> None:
    job = event(events_of(published), REVENUE, "START")["job"]
    assert job["facets"]["sql"]["query"] == published.tiny.file("domains/insight/revenue/revenue.sql").read_text()
    assert job["facets"]["sql"]["dialect"] == "duckdb"
    assert "sql" not in event(events_of(published), "shop.bronze.orders_feed")["job"]["facets"]


def test_a_second_publication_overwrites_and_an_unchanged_one_tells_nothing(published: Workbench) -> None:
    before = len(events_of(published))
    published.run(run_id=str(uuid.uuid4()))
    assert len(events_of(published)) == before
    published.step(ORDERS, run_id=str(uuid.uuid4()), force=True)
    *_, made, _, _ = events_of(published)
    assert made["outputs"][0]["facets"]["lifecycleStateChange"]["lifecycleStateChange"] == "OVERWRITE"
    assert made["outputs"][0]["facets"]["version"]["datasetVersion"] == "1"


def test_a_refused_publication_fails_with_its_audit_and_without_a_row(published: Workbench) -> None:
    published.tiny.deliver("2026-01-03", ["4,eve@example.com,-1.00,2026-01-03"])
    published.step("shop.bronze.orders_feed", run_id=RUN_ID)
    with pytest.raises(MeshError, match="was not published"):
        published.step(ORDERS, run_id=str(uuid.uuid4()))
    *_, start, failed = events_of(published)
    assert (start["eventType"], failed["eventType"]) == ("START", "FAIL")
    assert start["run"]["runId"] == failed["run"]["runId"]
    read_event(failed)
    told = failed["run"]["facets"]
    assert "eve@example.com" not in json.dumps(failed)
    assert told["errorMessage"]["message"].startswith("shop.orders was not published: rule")
    assert told["errorMessage"]["programmingLanguage"] == "PYTHON"
    assert "fail" in {each["status"] for each in told["test"]["tests"]}
    assert "version" not in failed["outputs"][0]["facets"]


def _fail_on_the_text_of_a_row(published: Workbench) -> None:
    published.tiny.edit("domains/shop/orders/orders.sql", "SELECT order_id,", "SELECT customer::BIGINT AS order_id,")


def _fail_in_python(published: Workbench) -> None:
    published.tiny.file("domains/shop/orders/orders.sql").unlink()
    code = "def orders(orders_feed):\n    raise ValueError(orders_feed.query('FROM bronze.orders_feed').fetchone())\n"
    published.tiny.file("domains/shop/orders/orders.py").write_text(code)


@pytest.mark.parametrize("break_it", [_fail_on_the_text_of_a_row, _fail_in_python])
def test_what_a_row_made_fail_is_told_without_the_row(
    published: Workbench, break_it: Callable[[Workbench], None]
) -> None:
    break_it(published)
    with pytest.raises(MeshError, match=r"ada@example\.com") as error:
        published.step(ORDERS, run_id=str(uuid.uuid4()))
    *_, failed = events_of(published)
    told = failed["run"]["facets"]["errorMessage"]["message"]
    services = Services(published.settings)
    kept = services.catalog.publications("shop.orders", limit=1)[0].error
    services.close()
    assert failed["eventType"] == "FAIL"
    assert kept == told
    assert told.startswith(f"{error.value.path}:")
    assert "whose message may quote rows" in told
    assert "ada@example.com" not in json.dumps(failed)


def test_a_step_that_cannot_begin_starts_and_fails(bench: Workbench) -> None:
    with pytest.raises(MeshError, match="never been"):
        bench.step(REVENUE, run_id=RUN_ID)
    start, failed = events_of(bench)
    assert (start["eventType"], failed["eventType"]) == ("START", "FAIL")
    assert [each["name"] for each in failed["inputs"]] == [f"{bench.settings.lake}/shop/orders"]


def test_a_publication_that_somebody_stops_is_aborted(published: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mesh_core.publishing.publication.stage", stopped)
    with pytest.raises(KeyboardInterrupt):
        published.step(ORDERS, run_id=str(uuid.uuid4()), force=True)
    *_, start, end = events_of(published)
    assert (start["eventType"], end["eventType"]) == ("START", "ABORT")
    assert start["run"]["runId"] == end["run"]["runId"]
    assert read_event(end)


def test_an_internal_step_that_fails_is_told(published: Workbench) -> None:
    published.tiny.deliver("2026-01-03", ["not,a,row"])
    with pytest.raises(MeshError):
        published.step("shop.bronze.orders_feed", run_id=str(uuid.uuid4()))
    *_, start, failed = events_of(published)
    assert (start["job"]["name"], start["eventType"]) == ("shop.bronze.orders_feed", "START")
    assert (failed["job"]["name"], failed["eventType"]) == ("shop.bronze.orders_feed", "FAIL")
    assert read_event(failed)


def test_nothing_is_emitted_when_it_is_turned_off(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_OPENLINEAGE", "off")
    bench.settings = load_settings(bench.tiny.root)
    bench.run()
    assert not (bench.settings.home / "openlineage").exists()


def test_a_run_that_is_no_dagster_run_has_no_parent(bench: Workbench) -> None:
    bench.run(run_id="run-1")
    made = event(events_of(bench), REVENUE)
    assert "parent" not in made["run"]["facets"]
    assert read_event(made)


def test_a_folder_that_cannot_be_written_costs_no_publication(
    bench: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    (bench.settings.home / "openlineage").write_text("in the way")
    done = bench.run(run_id=RUN_ID)
    assert {each.status for each in done.values()} == {"published"}
    assert "could not be kept" in caplog.text


def test_a_table_in_an_object_store_is_named_by_bucket_and_key() -> None:
    from mesh_core.feeds.openlineage.datasets import alias, dataset_name, dataset_uri
    from mesh_core.settings import Secret, StoreAccess
    from mesh_core.storage.object_store import ObjectPath

    access = StoreAccess(key_id=Secret("id"), secret=Secret("key"))
    place = ObjectPath.parse("s3://lake/prod", access) / "fleet" / "aircraft"
    assert dataset_name(str(place)) == ("s3://lake", "prod/fleet/aircraft")
    assert dataset_name("s3://lake/prod/fleet/aircraft") == ("s3://lake", "prod/fleet/aircraft")
    assert dataset_uri("s3://lake/prod/fleet/aircraft") == "s3://lake/prod/fleet/aircraft"
    assert dataset_name("/srv/my lake/fleet/aircraft") == ("file", "/srv/my lake/fleet/aircraft")
    assert dataset_uri("/srv/my lake/fleet/aircraft") == "file:///srv/my%20lake/fleet/aircraft"
    assert alias("mesh://fleet/aircraft/v2") == ("mesh://fleet", "aircraft/v2")


def test_the_first_sql_is_the_one_of_the_file(published: Workbench) -> None:
    assert published.tiny.file(SQL).read_text() == event(events_of(published), ORDERS)["job"]["facets"]["sql"]["query"]
