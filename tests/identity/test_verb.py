"""`mesh joins` and what `mesh show` tells of ids."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from mesh_core.cli import main

from .world import World

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def mesh(world: World, capfd: pytest.CaptureFixture[str]) -> Call:
    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([*words, "--root", str(world.tiny.root)])
        told = capfd.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def published(world: World) -> World:
    world.step("places.places")
    world.step("trips.trips")
    world.declare()
    return world


TABLE = """\
port           on                      names          ids met  of this  of that  rows
places.places  place_id = place_id     place                2    66.7%    50.0%  one of that
places.places  stop_code = short_code  place (short)        2    66.7%    66.7%  one of that

1 port can be joined with trips.trips
"""


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("address", ["trips.trips", "mesh://trips/trips/v1", "trips/trips"])
def test_a_table(mesh: Call, address: str) -> None:
    assert mesh("joins", address) == (0, TABLE, "")


@pytest.mark.usefixtures("published")
def test_json(mesh: Call) -> None:
    code, out, _ = mesh("joins", "trips.trips", "--json")
    told = json.loads(out)
    assert (code, told["address"], len(told["joins"])) == (0, "trips.trips", 2)
    assert told["joins"][0] == {
        "address": "places.places",
        "column": "place_id",
        "other_column": "place_id",
        "entity": "place",
        "code": "",
        "rate": pytest.approx(2 / 3),
        "other_rate": 0.5,
        "common": 2,
        "exact": True,
        "margin": 0.0,
        "relation": "key",
        "also": [],
        "through": "",
        "restricted": False,
        "sql": "SELECT a.*, b.*\nFROM trips.trips AS a\n"
        "LEFT JOIN places.places AS b ON b.place_id = a.place_id\nLIMIT 100",
        "name": "Port places",
        "owner": "Team of places",
        "status": "active",
    }


@pytest.mark.usefixtures("published")
def test_sql_goes_into_mesh_query(mesh: Call) -> None:
    _, out, _ = mesh("joins", "trips.trips", "--with", "places.places", "--sql")
    first, rest = out.split(";", maxsplit=1)
    assert first.startswith("SELECT a.*, b.*\n")
    assert rest.startswith("  -- place_id = places.places.place_id, place\n\nSELECT")
    code, out, _ = mesh("query", first, "--json")
    assert (code, len(json.loads(out)["rows"])) == (0, 5)


@pytest.mark.usefixtures("published")
def test_nothing_to_join_with(mesh: Call) -> None:
    code, out, _ = mesh("joins", "trips.trips", "--with", "trips.stays")
    assert (code, out) == (
        0,
        "trips.trips can be joined with nothing: no other port speaks of the entities that it names\n",
    )


@pytest.mark.usefixtures("published")
def test_a_port_that_nobody_knows(mesh: Call) -> None:
    code, out, err = mesh("joins", "trips.lost")
    assert (code, out) == (2, "")
    assert err.startswith("error: the catalog knows no port 'trips.lost'\n")


def test_before_there_is_a_catalog(mesh: Call) -> None:
    code, _, err = mesh("joins", "trips.trips")
    assert (code, err.splitlines()) == (
        2,
        ["error: there is no catalog yet", "  → Run `mesh run`, or `mesh register`, first."],
    )


@pytest.mark.usefixtures("published")
def test_show_tells_of_unknown_ids(mesh: Call) -> None:
    _, out, _ = mesh("show", "trips.trips")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    at = lines.index("identity")
    # rich folds to the width of the terminal that tests have
    told = " ".join(lines[at + 1 : lines.index("", at)])
    assert "place_id place 1 of 3 ids unknown to places.places v0, on 1 row" in told
    assert "stop_code place (short) 1 of 3 ids unknown to places.places v0, on 1 row" in told


@pytest.mark.usefixtures("published")
def test_show_tells_of_the_register(mesh: Call) -> None:
    _, out, _ = mesh("show", "places.places", "--json")
    assert json.loads(out)["identity"][0] == {
        "column": "place_id",
        "entity": "place",
        "code": "",
        "ids": 4,
        "known": 4,
        "rows": 4,
        "known_rows": 4,
        "register": "places.places",
        "register_version": 0,
    }


def test_a_register_that_was_not_there_yet(world: World, mesh: Call) -> None:
    world.step("trips.trips")
    _, out, _ = mesh("show", "trips.trips")
    assert "3 ids; places.places was not published yet" in " ".join(out.split())


def test_policies_say_what_holds_of_entities(mesh: Call) -> None:
    _, out, _ = mesh("policies", "why", "entity-keys")
    assert "A column that holds ids or codes of a global entity says so, and has their type and format." in out
