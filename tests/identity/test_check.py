"""`mesh check` holds entities to their registers, and bound columns to the entities."""

from __future__ import annotations

import pytest

from mesh_core.checking.check import check_mesh
from mesh_core.contracts.loading import load_mesh
from mesh_core.governance import load_charter
from mesh_core.policy import policy_findings

from .world import ENTITIES, PLACE_ID, PLACES, SHORT_CODE, World

Told = list[tuple[str, str]]


def _policy(world: World) -> Told:
    mesh = load_mesh(world.settings)
    assert mesh.broken == {}
    charter = load_charter(world.tiny.root)
    return [(error.code, error.what) for error in policy_findings(mesh, charter, mesh.ports.values())]


def _bound(world: World, column: str) -> Told:
    """What the policies tell of a port with this column."""
    world.write("trips.stays", ["{name: stay_id, logicalType: integer, primaryKey: true}", column], [(1, "P:1")])
    return _policy(world)


def test_a_sound_world(world: World) -> None:
    assert _policy(world) == []
    checkup = check_mesh(load_mesh(world.settings), world.settings)
    assert [error.what for error in checkup.errors if error.code.startswith("entity-")] == []


DIFFERS = "the pattern of the entity place's id differs:"
IDS = "ids match ^P:[0-9]+$, and no such text keeps"

REFUSED = {
    "an entity that nobody knows": (
        "{name: at, logicalType: string, tags: [entity:planet]}",
        "column 'at' carries 'entity:planet', which is no known entity",
    ),
    "codes of an entity that nobody knows": (
        "{name: at, logicalType: string, tags: [code:planet/short]}",
        "column 'at' carries 'code:planet/short', which is no known entity",
    ),
    "a code system that the entity lacks": (
        "{name: at, logicalType: string, tags: [code:place/long]}",
        "column 'at' carries 'code:place/long', which is no known code system of the entity place",
    ),
    "no code system": (
        "{name: at, logicalType: string, tags: [code:place]}",
        "column 'at' carries 'code:place', which names no code system",
    ),
    "two bindings": (
        "{name: at, logicalType: string, tags: [entity:place, code:place/short]}",
        "column 'at' is bound more than once: entity:place, code:place/short",
    ),
    "ids of another type": (
        "{name: at, logicalType: integer, tags: [entity:place]}",
        "column 'at' is BIGINT, the id of the entity place is VARCHAR",
    ),
    "codes of another type": (
        "{name: at, logicalType: integer, tags: [code:place/short]}",
        "column 'at' is BIGINT, the short code of the entity place is VARCHAR",
    ),
    "a pattern that no id matches": (
        '{name: at, logicalType: string, tags: [entity:place], logicalTypeOptions: {pattern: "^[A-Z]{2}$"}}',
        f"column 'at' can't hold the id of the entity place: {IDS} pattern ^[A-Z]{{2}}$",
    ),
    "lengths that no id has": (
        "{name: at, logicalType: string, tags: [entity:place], logicalTypeOptions: {maxLength: 2}}",
        f"column 'at' can't hold the id of the entity place: {IDS} maxLength 2",
    ),
    "an example that is none": (
        "{name: at, logicalType: string, tags: [entity:place], examples: [P:1, AA]}",
        "column 'at' can't hold the id of the entity place: its example 'AA' is none",
    ),
    "an allowed value that is none": (
        "{name: at, logicalType: string, tags: [entity:place], enum: [{value: P:1}, {value: somewhere}]}",
        "column 'at' can't hold the id of the entity place: its allowed value 'somewhere' is none",
    ),
    "a name like the id's and no tag": (
        "{name: from_place_id, logicalType: string}",
        "column 'from_place_id' is named as an id of the entity place and is not tagged entity:place",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_column_that_is_no_place_for_the_ids(world: World, name: str) -> None:
    column, told = REFUSED[name]
    assert _bound(world, column) == [("entity-keys", told)]


@pytest.mark.parametrize(
    "column",
    [
        "{name: at, logicalType: string, tags: [entity:place]}",
        "{name: at, logicalType: string, tags: [code:place/short]}",
        '{name: at, logicalType: string, tags: [entity:place], logicalTypeOptions: {pattern: "^P:7"}}',
        "{name: at, logicalType: string, tags: [entity:place], logicalTypeOptions: {minLength: 3, maxLength: 9}}",
        "{name: at, logicalType: string, tags: [entity:place], enum: [{value: P:1}], examples: [P:1]}",
    ],
    ids=["ids", "codes", "some of the ids", "lengths of ids", "values that are ids"],
)
def test_a_column_that_can_hold_them(world: World, column: str) -> None:
    assert _bound(world, column) == []


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (
            [PLACE_ID.replace("primaryKey: true, primaryKeyPosition: 1", "unique: true"), SHORT_CODE],
            "places.places owns the entity place, and its key is not place_id alone",
        ),
        (
            [PLACE_ID, SHORT_CODE.replace(", unique: true", "")],
            "column 'short_code' turns short codes into ids of the entity place and is not unique",
        ),
        (
            [PLACE_ID.replace("P:[0-9]+", "P:[0-9]{1,4}"), SHORT_CODE],
            f"{DIFFERS} governance decided for ^P:[0-9]+$, the contract has ^P:[0-9]{{1,4}}$",
        ),
    ],
    ids=["the id is not the key", "a code that two may have", "another format than governance decided for"],
)
def test_a_register_that_cannot_be_one(world: World, columns: list[str], told: str) -> None:
    world.write("places.places", columns, PLACES)
    assert _policy(world) == [("entity-keys", told)]


CHARTER = {
    "a register that is not there": (
        ("places/places/v1", "places/spots/v1"),
        ("entity-unknown", 4, "entity 'place': the mesh has no port places.spots"),
    ),
    "a column of codes that is not there": (
        ("short: short_code", "short: brief_code"),
        ("entity-unknown", 9, "entity 'place': places.places has no column 'brief_code'"),
    ),
    "an owner that does not publish the register": (
        ("owner: places", "owner: trips"),
        ("entity-owner", 3, "entity 'place': its owner is trips, and its register places.places is a port of places"),
    ),
    "a tag that is another's": (
        ("tag: entity:place", "tag: entity:spot"),
        ("entity-tag", 6, "entity 'place': its tag is 'entity:spot'"),
    ),
}


@pytest.mark.parametrize("name", CHARTER)
def test_an_entry_that_is_wrong(world: World, name: str) -> None:
    (old, new), told = CHARTER[name]
    assert old in ENTITIES
    world.governed(ENTITIES.replace(old, new))
    checkup = check_mesh(load_mesh(world.settings), world.settings)
    found = [(each.code, each.line, each.what) for each in checkup.findings if each.code.startswith("entity-")]
    assert told in found
    [error] = [each for each in checkup.findings if each.code == told[0]]
    assert error.remedy


def test_an_entity_that_is_listed_twice(world: World) -> None:
    world.governed(ENTITIES + ENTITIES.removeprefix("entities:\n"))
    checkup = check_mesh(load_mesh(world.settings), world.settings)
    assert [each.what for each in checkup.errors if each.code == "entity-twice"] == [
        "entity 'place': is listed more than once",
    ] * 2


def test_publication_keeps_to_the_format_too(world: World) -> None:
    from mesh_core.policy import PolicyRefusedError

    world.write("places.places", [PLACE_ID.replace("P:[0-9]+", "P:[0-9]{1,4}"), SHORT_CODE], PLACES)
    with pytest.raises(PolicyRefusedError, match="governance decided for"):
        world.step("places.places")
