"""Changes of the catalog as CloudEvents, read by the official package."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from mesh_core.catalog import Change
from mesh_core.feeds.cloudevents import SOURCE, cloud_event, cloud_events

if TYPE_CHECKING:
    from cli.calling import Mesh
    from orchestration.workbench import Workbench

CHANGE = Change(
    seq=42,
    id="0b8f5a8e-6f52-4f0e-8f1e-0d7b1c7f5d11",
    type="port.published",
    subject="fleet.aircraft_v2",
    domain="fleet",
    at="2026-11-21T13:27:48.804000+00:00",
    data={"table_version": 7, "rows": 3322},
)


def read(event: dict[str, Any]) -> CloudEvent:
    """As the official package reads it: CloudEventValidationError if it is none."""
    found = JSONFormat().read(CloudEvent, json.dumps(event))
    assert isinstance(found, CloudEvent)
    return found


def test_a_change_is_an_event() -> None:
    assert cloud_event(CHANGE, "https://data.example/api/v1") == {
        "specversion": "1.0",
        "id": "0b8f5a8e-6f52-4f0e-8f1e-0d7b1c7f5d11",
        "source": "https://data.example/api/v1",
        "type": "mesh.port.published",
        "subject": "mesh://fleet/aircraft/v2",
        "time": "2026-11-21T13:27:48.804000+00:00",
        "datacontenttype": "application/json",
        "dataschema": "urn:mesh:schema:port.published:1",
        "sequence": "00000000000000000042",
        "meshdomain": "fleet",
        "data": {"table_version": 7, "rows": 3322},
    }


def test_the_official_package_takes_it_and_writes_it_again() -> None:
    event = cloud_event(CHANGE, SOURCE)
    found = read(event)
    assert found.get_type() == "mesh.port.published"
    assert found.get_subject() == "mesh://fleet/aircraft/v2"
    assert found.get_extension("sequence") == "00000000000000000042"
    again = json.loads(JSONFormat().write(found))
    assert {**again, "time": event["time"]} == event
    assert again["time"] == "2026-11-21T13:27:48.804000Z"
    with pytest.raises(CloudEventValidationError):
        read({**event, "type": ""})


@pytest.mark.parametrize(
    ("type_", "subject", "told"),
    [
        ("port.failed", "fleet.aircraft", "mesh://fleet/aircraft/v1"),
        ("slo.changed", "fleet.aircraft", "mesh://fleet/aircraft/v1"),
        ("product.declared", "fleet.aircraft", "fleet.aircraft"),
        ("contract.published", "fleet.aircraft", "fleet.aircraft"),
        ("domain.withdrawn", "fleet", "fleet"),
        ("port.withdrawn", "../../etc/passwd", "../../etc/passwd"),
        ("charter.declared", "", None),
    ],
)
def test_a_subject_is_the_address_of_a_port_or_the_name_of_what_else_changed(
    type_: str, subject: str, told: str | None
) -> None:
    event = cloud_event(msgspec.structs.replace(CHANGE, type=type_, subject=subject, domain=""), SOURCE)
    assert event.get("subject") == told
    assert "meshdomain" not in event
    read(event)


def test_the_changes_of_a_mesh_are_a_batch_in_order(published: Workbench) -> None:
    with published.catalog() as catalog:
        batch = cloud_events(catalog.changes(), SOURCE)
    assert {each["type"] for each in batch} >= {"mesh.contract.published", "mesh.port.published"}
    sequence = [each["sequence"] for each in batch]
    assert sequence == sorted(sequence)
    assert len({read(each).get_id() for each in batch}) == len(batch)


def test_the_command_prints_what_came_after(published: Workbench, mesh: Mesh) -> None:
    every = mesh("feed", "cloudevents", "--root", published.tiny.root)
    lines = [json.loads(line) for line in every.out.splitlines()]
    assert all(read(line) for line in lines)
    after = int(lines[1]["sequence"])
    some = mesh("feed", "cloudevents", "--after", after, "--root", published.tiny.root)
    assert [json.loads(line) for line in some.out.splitlines()] == lines[2:]
