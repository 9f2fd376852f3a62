"""Columns of two and three ports aligned, each expectation typed by hand."""

from mesh_core.catalog import Card, CardColumn
from mesh_core.marketplace.pages.comparing import aligned


def column(name: str, kind: str = "VARCHAR", *, entity: str = "", **more: object) -> CardColumn:
    return CardColumn(name=name, logical_type="string", physical_type=kind, entity=entity, **more)  # type: ignore[arg-type]


def card(address: str, *columns: CardColumn) -> Card:
    domain, _, port = address.partition(".")
    return Card(
        address=address, uri="", domain=domain, domain_kind="", product_id="", product_name="", contract_id=address,
        version="1.0.0", status="active", name=port, purpose="", columns=columns,
    )  # fmt: skip


def told(*cards: Card) -> list[tuple[str, str, str]]:
    return [(row.label, row.by, row.verdict) for row in aligned(cards)]


def test_columns_meet_by_name_whatever_its_case() -> None:
    left = card(
        "a.x", column("Day", "DATE", required=True), column("n", "BIGINT", classification="public"), column("p")
    )
    right = card(
        "b.y", column("n", "DOUBLE", classification="internal"), column("day", "DATE", required=True), column("q")
    )
    assert told(left, right) == [
        ("day", "name", "same"),
        ("n", "name", "type differs; classification differs"),
        ("p", "", "only in a.x"),
        ("q", "", "only in b.y"),
    ]


def test_columns_of_other_names_meet_by_their_entity() -> None:
    flights = card("a.x", column("origin", entity="airport"), column("destination", entity="airport"), column("tail"))
    airports = card("b.y", column("id", entity="airport"), column("tail", required=True))
    rows = aligned([flights, airports])
    assert [(row.label, row.by, row.verdict) for row in rows] == [
        ("tail", "name", "nullability differs"),
        ("airport", "entity", "other name, same entity"),
    ]
    assert [[each.name for each in cell] for cell in rows[1].cells] == [["origin", "destination"], ["id"]]


def test_codes_meet_codes_of_their_system_only() -> None:
    left = card(
        "a.x", column("origin", tags=("code:airport/iata",)), column("id", entity="airport", tags=("entity:airport",))
    )
    right = card("b.y", column("station", tags=("code:airport/iata",)), column("icao", tags=("code:airport/icao",)))
    assert told(left, right) == [
        ("airport/iata", "entity", "other name, same entity"),
        ("id", "", "only in a.x"),
        ("icao", "", "only in b.y"),
    ]


def test_of_three_it_says_who_lacks_one() -> None:
    assert told(card("a.x", column("k")), card("b.y", column("k")), card("c.z", column("m"))) == [
        ("k", "name", "not in c.z"),
        ("m", "", "only in c.z"),
    ]
