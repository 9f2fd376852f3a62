"""Entities: who carries their ids, and the matrix of what would meet."""

from msgspec.structs import replace

from mesh_core.catalog import KeyMeasurement
from mesh_core.governance import Entity
from mesh_core.marketplace.pages.identities import bearers, compared, completed
from mesh_core.search.joins import Join

from .samples import card, column

ENTITY = Entity(
    name="plane",
    port="mesh://air/planes/v1",
    id_column="mark",
    tag="entity:plane",
    owner="air",
    codes={"icao": "hex"},
)
REGISTER = card("air.planes", columns=(column("mark"), column("hex")))
FLIGHTS = card(
    "ops.flights",
    columns=(column("plane", tags=("entity:plane",), entity="plane"), column("hex", tags=("code:plane/icao",))),
)
NEW = card("ops.new", columns=(column("plane", tags=("entity:plane",), entity="plane"),), table_version=None)
MEASURED = KeyMeasurement(
    column="plane",
    entity="plane",
    keys=4043,
    resolved=3322,
    rows=336_776,
    resolved_rows=284_170,
    register="air.planes",
    register_version=0,
)

JOIN = Join(
    address="air.planes",
    column="plane",
    other_column="mark",
    entity="plane",
    rate=0.8216,
    other_rate=1.0,
    common=3322,
    exact=True,
    relation="key",
    sql="",
    card=REGISTER,
)


def test_the_register_comes_first_and_every_column_says_what_it_holds() -> None:
    found = bearers(ENTITY, [NEW, FLIGHTS, REGISTER], {"ops.flights": (MEASURED,)})
    assert [(each.name, each.code, each.register, each.rate) for each in found] == [
        ("air.planes.mark", "", True, 1.0),
        ("ops.flights.hex", "icao", False, None),
        ("ops.flights.plane", "", False, 3322 / 4043),
        ("ops.new.plane", "", False, None),
    ]


def test_the_matrix_reads_from_row_to_column_and_leaves_out_what_nobody_knows() -> None:
    carriers = bearers(ENTITY, [NEW, FLIGHTS, REGISTER], {"ops.flights": (MEASURED,)})
    back = replace(JOIN, address="ops.flights", column="mark", other_column="plane", rate=1.0, other_rate=0.8216)
    shown, (first, second) = compared(carriers, {"ops.flights": [JOIN], "air.planes": [back]}, 5)
    assert [each.name for each in shown] == ["air.planes.mark", "ops.flights.plane"]
    assert [(cell.tone, cell.rate) for cell in first] == [("self", None), ("whole", 1.0)]
    assert [(cell.tone, cell.rate) for cell in second] == [("some", 0.8216), ("self", None)]


def test_ids_that_were_counted_before_the_register_was_published_are_told_by_the_join() -> None:
    early = replace(MEASURED, resolved=None, resolved_rows=None, register_version=None)
    carriers = bearers(ENTITY, [FLIGHTS, REGISTER], {"ops.flights": (early,)})
    found = completed(carriers, {"ops.flights": [JOIN]})
    assert [(each.name, each.joined.common if each.joined else None) for each in found] == [
        ("air.planes.mark", None),
        ("ops.flights.hex", None),
        ("ops.flights.plane", 3322),
    ]
    assert completed(carriers, {})[2].joined is None
