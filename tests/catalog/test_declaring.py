"""What domains declare is known before anything is published, and what they withdraw is marked, not lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from mesh_core.catalog import (
    Card,
    CardColumn,
    Catalog,
    CatalogError,
    CharterDeclaration,
    Confirmation,
    DomainRecord,
    Use,
)
from mesh_core.governance import Entity, Term

from .databases import execute
from .declarations import contract, document, domain, port, product
from .records import failed, flights

FIRST, LATER, LAST = (f"2013-01-0{day}T00:00:00.000000+00:00" for day in (1, 2, 3))


def told(catalog: Catalog, after: int = 0) -> list[tuple[str, str]]:
    return [(change.type, change.subject) for change in catalog.changes(after)]


class TestCards:
    def test_a_declared_port_has_a_card(self, catalog: Catalog) -> None:
        reading = domain("ops", "ops.flights", reads={"airports.airports": "1.x"})
        assert catalog.declare(reading, FIRST)
        [card] = catalog.cards()
        assert card == Card(
            address="ops.flights",
            uri="mesh://ops/flights/v1",
            domain="ops",
            domain_kind="source-aligned",
            product_id="ops.flights",
            product_name="Ops.Flights",
            contract_id="ops.flights",
            version="1.0.0",
            status="active",
            name="All flights",
            purpose="Who flew when.",
            limitations="One year.",
            usage="Join by flight_id.",
            owner="Ops team",
            tags=("flight",),
            columns=(
                CardColumn(
                    name="flight_id",
                    logical_type="string",
                    physical_type="VARCHAR",
                    description="Number.",
                    classification="public",
                    required=True,
                    key=True,
                ),
                CardColumn(
                    name="tail_number",
                    logical_type="string",
                    physical_type="VARCHAR",
                    classification="restricted",
                    entity="aircraft",
                    tags=("pii", "entity:aircraft"),
                ),
                CardColumn(name="delay", logical_type="number", physical_type="DOUBLE", classification="internal"),
            ),
            classification="restricted",
            engine="sql",
            endpoint="ops/flights",
            format="delta",
            declared_at=FIRST,
        )

    def test_a_publication_shows_on_the_declared_card(self, catalog: Catalog) -> None:
        catalog.declare(domain("ops", "ops.flights"), FIRST)
        before = catalog.cards()[0]
        catalog.register(flights(3))
        [card] = catalog.cards()
        assert card == msgspec.structs.replace(
            before,
            table_version=3,
            rows=12,
            bytes=3456,
            published_at="2013-01-03T06:30:00.000000+00:00",
            confirmed_at="2013-01-03T06:30:00.000000+00:00",
            checks_passed=1,
            checks_failed=1,
        )

    def test_a_port_that_was_published_alone_is_shown_by_what_was_published(self, catalog: Catalog) -> None:
        catalog.register(flights(3, contract=contract("1.0.0")))
        [card] = catalog.cards()
        assert (card.name, card.declared_at, card.product_name, card.table_version) == ("All flights", "", "Flights", 3)
        catalog.register(flights(4, contract=contract("1.1.0", name="Flights, better")))
        catalog.register(flights(2, contract=contract("1.0.0")))
        [card] = catalog.cards()
        assert (card.name, card.version, card.table_version) == ("Flights, better", "1.1.0", 4)

    def test_inputs_and_consumers_are_found_by_ranges(self, catalog: Catalog) -> None:
        v2 = port("ops.flights_v2", "ops.flights", contract=contract("2.3.0"))
        v1 = port("ops.flights", contract=contract("1.4.0"))
        catalog.declare(domain("ops", products=(product(),), ports=(v1, v2)), FIRST)
        needs = {"a": ">=1,<2", "b": ">=1", "c": "2.4.0", "d": "nonsense", "e": "1.5.0"}
        products = tuple(product(f"use.{name}", {"ops.flights": span}) for name, span in needs.items())
        ports = tuple(port(f"use.{name}") for name in needs)
        catalog.declare(domain("use", products=products, ports=ports), FIRST)
        cards = {card.address: card for card in catalog.cards()}
        assert cards["ops.flights"].consumers == ("use.a",)
        assert cards["ops.flights_v2"].consumers == ("use.b",)
        assert {name: cards[f"use.{name}"].inputs for name in needs} == {
            "a": ("ops.flights",),
            "b": ("ops.flights_v2",),
            "c": (),
            "d": (),
            "e": (),
        }
        for address, card in cards.items():
            assert catalog.cards([address]) == (card,)
        assert catalog.cards([]) == ()
        assert catalog.cards(["ops.nothing", "use.a", "use.a"]) == (cards["use.a"],)

    def test_a_failure_shows_until_something_is_published(self, catalog: Catalog) -> None:
        catalog.register_failure(failed(7))
        catalog.declare(domain("ops", "ops.flights"), FIRST)
        assert catalog.cards()[0].failed_at == "2013-01-03T07:00:00.000000+00:00"
        catalog.register(flights(2))
        assert catalog.cards()[0].failed_at == "2013-01-03T07:00:00.000000+00:00"
        catalog.register(flights(4))
        assert catalog.cards()[0].failed_at == ""
        catalog.register_failure(failed(5))
        assert catalog.cards()[0].failed_at == ""

    def test_a_confirmation_counts_for_the_version_that_it_confirms(self, catalog: Catalog) -> None:
        catalog.register(flights(3))
        catalog.confirm([Confirmation(address="ops.flights", table_version=3, at="2013-02-01T00:00:00+00:00")])
        catalog.confirm([Confirmation(address="ops.flights", table_version=2, at="2013-03-01T00:00:00+00:00")])
        assert catalog.cards()[0].confirmed_at == "2013-02-01T00:00:00.000000+00:00"
        catalog.register(flights(4))
        assert catalog.cards()[0].confirmed_at == "2013-01-04T06:30:00.000000+00:00"

    def test_uses_of_a_month_are_counted(self, catalog: Catalog) -> None:
        from datetime import UTC, datetime, timedelta

        now = datetime.now(UTC)
        recent, old = (now - timedelta(days=1)).isoformat(), (now - timedelta(days=31)).isoformat()
        catalog.declare(domain("ops", "ops.flights"), FIRST)
        catalog.record_uses(
            [
                Use(kind="view", address="ops.flights", at=recent),
                Use(kind="read", address="ops.flights", at=recent, consumer="ann"),
                Use(kind="read", address="ops.flights", at=recent, consumer="ann"),
                Use(kind="read", address="ops.flights", at=recent, consumer="bob"),
                Use(kind="read", address="ops.flights", at=old, consumer="cy"),
                Use(kind="sample", address="ops.flights", at=recent),
                Use(kind="search", address="", at=recent),
            ]
        )
        for card in (*catalog.cards(), *catalog.cards(["ops.flights"])):
            assert (card.views, card.reads, card.readers) == (1, 3, 2)

    @pytest.mark.parametrize(
        "raw",
        [
            {},
            {"schema": None, "tags": None, "team": None, "description": None, "servers": None},
            {"schema": "x", "tags": "x", "team": ["x"], "description": "x", "servers": [3], "name": 5},
            {"schema": [{"properties": [{}, 7, {"name": None, "tags": [1], "logicalType": 3}]}]},
            {"slaProperties": [{"property": "endOfSupport"}, "x"]},
            {"customProperties": "x"},
        ],
    )
    def test_a_document_of_any_shape_has_a_card(self, catalog: Catalog, raw: dict[str, object]) -> None:
        record = msgspec.structs.replace(contract(), document=raw)
        catalog.declare(domain("ops", products=(product(),), ports=(port(contract=record),)), FIRST)
        [card] = catalog.cards()
        assert (card.address, card.name) == ("ops.flights", "flights")


class TestDeclaring:
    def test_the_same_again_is_no_news(self, catalog: Catalog) -> None:
        declared = domain("ops", "ops.flights", "ops.delays", revision="abc", declared_by="ann")
        assert catalog.declare(declared, FIRST)
        seen = catalog.last_change()
        again = msgspec.structs.replace(declared, revision="def", declared_by="bob")
        assert not catalog.declare(again, LATER)
        assert catalog.is_declared(again)
        assert catalog.last_change() == seen
        assert catalog.declared_domains() == (
            msgspec.structs.replace(
                declared,
                products=(declared.products[1], declared.products[0]),
                ports=(declared.ports[1], declared.ports[0]),
            ),
        )

    def test_each_change_is_told_once(self, catalog: Catalog) -> None:
        catalog.declare(domain("ops", "ops.flights", "ops.delays"), FIRST)
        assert told(catalog) == [
            ("domain.declared", "ops"),
            ("product.declared", "ops.flights"),
            ("product.declared", "ops.delays"),
            ("port.declared", "ops.flights"),
            ("port.declared", "ops.delays"),
        ]
        first = catalog.changes()[3]
        assert (first.domain, first.at) == ("ops", FIRST)
        assert first.data == {"contract": "ops.flights", "version": "1.0.0", "status": "active", "new": True}
        seen = catalog.last_change()
        changed = port("ops.flights", contract=contract("1.1.0"))
        catalog.declare(domain("ops", "ops.flights", "ops.delays", ports=(changed, port("ops.delays"))), LATER)
        assert told(catalog, seen) == [("domain.declared", "ops"), ("port.declared", "ops.flights")]
        assert catalog.changes(seen)[1].data["new"] is False

    def test_what_a_card_shows_of_its_domain_is_told_with_the_port(self, catalog: Catalog) -> None:
        catalog.declare(domain("ops", "ops.flights"), FIRST)
        seen = catalog.last_change()
        moved = DomainRecord(name="ops", kind="consumer-aligned", owner="Ops team", description="Flies.")
        catalog.declare(domain("ops", "ops.flights", domain=moved), LATER)
        assert told(catalog, seen) == [("domain.declared", "ops"), ("port.declared", "ops.flights")]
        assert catalog.cards()[0].domain_kind == "consumer-aligned"

    def test_what_is_declared_no_more_is_withdrawn_and_stays_readable(self, catalog: Catalog) -> None:
        catalog.declare(domain("ops", "ops.flights", "ops.delays", reads={"ops.flights": "1.x"}), FIRST)
        catalog.register(flights(3))
        seen = catalog.last_change()
        catalog.declare(domain("ops", "ops.delays", reads={"ops.flights": "1.x"}), LATER)
        assert told(catalog, seen) == [
            ("domain.declared", "ops"),
            ("port.withdrawn", "ops.flights"),
            ("product.withdrawn", "ops.flights"),
        ]
        delays, gone = catalog.cards()
        assert (gone.withdrawn_at, gone.table_version, gone.name) == (LATER, 3, "All flights")
        assert (delays.withdrawn_at, delays.inputs) == ("", ("ops.flights",))
        assert gone.consumers == ("ops.delays",)  # what is gone reads nothing any more
        assert catalog.document("ops.flights") == document()
        assert [each.address for each in catalog.declared_domains()[0].ports] == ["ops.delays"]
        catalog.declare(domain("ops", "ops.flights", "ops.delays"), LAST)
        back = catalog.cards(["ops.flights"])[0]
        assert (back.withdrawn_at, back.declared_at, back.table_version) == ("", FIRST, 3)

    def test_a_domain_is_withdrawn_as_a_whole(self, catalog: Catalog) -> None:
        catalog.declare(domain("ops", "ops.flights"), FIRST)
        seen = catalog.last_change()
        assert catalog.withdraw("ops", LATER)
        assert not catalog.withdraw("ops", LAST)
        assert not catalog.withdraw("nobody", LAST)
        assert told(catalog, seen) == [
            ("domain.withdrawn", "ops"),
            ("port.withdrawn", "ops.flights"),
            ("product.withdrawn", "ops.flights"),
        ]
        assert catalog.declared_domains() == ()
        assert catalog.cards()[0].withdrawn_at == LATER
        assert catalog.product("ops.flights") == product()
        assert catalog.declare(domain("ops", "ops.flights"), LAST)
        assert catalog.cards()[0].withdrawn_at == ""

    def test_a_standing_port_is_preferred_to_a_withdrawn_one(self, catalog: Catalog) -> None:
        v1 = port("ops.flights", contract=contract("1.4.0"))
        v2 = port("ops.flights_v2", "ops.flights", contract=contract("2.0.0"))
        catalog.declare(domain("ops", products=(product(),), ports=(v1, v2)), FIRST)
        catalog.declare(domain("use", "use.it", reads={"ops.flights": ">=1"}), FIRST)
        assert catalog.cards(["use.it"])[0].inputs == ("ops.flights_v2",)
        catalog.declare(domain("ops", products=(product(),), ports=(v1,)), LATER)
        assert catalog.cards(["use.it"])[0].inputs == ("ops.flights",)

    @pytest.mark.parametrize(
        ("declared", "what"),
        [
            (domain("ops", "other.flights"), "domain 'ops' declares 'other.flights', which is not its own"),
            (domain("ops", "ops"), "declares 'ops', which is not its own"),
            (domain("ops", "ops.a", "ops.a"), "declares ops.a twice"),
            (domain("ops", ports=(port("ops.a"),)), "port ops.a belongs to product 'ops.a'"),
        ],
    )
    def test_a_domain_speaks_for_itself(self, catalog: Catalog, declared: object, what: str) -> None:
        with pytest.raises(CatalogError, match=what):
            catalog.declare(declared, FIRST)  # type: ignore[arg-type]
        assert catalog.changes() == ()

    def test_documents_are_as_declared_else_as_published(self, catalog: Catalog) -> None:
        catalog.register(flights(3, contract=contract("1.0.0", name="Published")))
        assert catalog.document("ops.flights") == document("Published")
        assert catalog.product("ops.flights") is not None
        catalog.declare(domain("ops", "ops.flights"), FIRST)
        assert catalog.document("ops.flights") == document()
        assert catalog.product("ops.flights") == product()
        assert catalog.document("ops.nothing") is None
        assert catalog.product("ops.nothing") is None

    def test_the_charter_is_kept_as_it_is_now(self, catalog: Catalog) -> None:
        assert catalog.charter() == CharterDeclaration()
        charter = CharterDeclaration(
            terms=(Term(term="delay", definition="Minutes late.", owner="ops", synonyms=("lateness",)),),
            entities=(Entity(name="aircraft", port="mesh://ops/aircraft/v1", id_column="tail", tag="entity:aircraft"),),
            council=("greta@mesh.example",),
        )
        assert catalog.declare_charter(charter, FIRST)
        assert not catalog.declare_charter(charter, LATER)
        assert catalog.charter() == charter
        assert told(catalog) == [("charter.declared", "")]
        assert catalog.declare_charter(CharterDeclaration(), LAST)
        assert catalog.charter() == CharterDeclaration()


class TestText:
    HOSTILE = "NUL \0, half a pair \ud800, quote ' \" and a snowman ☃"
    KEPT = "NUL \N{REPLACEMENT CHARACTER}, half a pair \N{REPLACEMENT CHARACTER}, quote ' \" and a snowman ☃"

    def test_what_no_database_takes_is_replaced(self, catalog: Catalog) -> None:
        hostile = contract(description={"purpose": self.HOSTILE}, customProperties=[{"\0": self.HOSTILE}])
        record = DomainRecord(name="ops", description=self.HOSTILE)
        declared = domain("ops", products=(product(),), ports=(port(contract=hostile),), domain=record)
        assert catalog.declare(declared, FIRST)
        assert not catalog.declare(declared, LATER)
        [card] = catalog.cards()
        assert card.purpose == self.KEPT
        assert catalog.declared_domains()[0].domain.description == self.KEPT
        found = catalog.document("ops.flights")
        assert found is not None
        assert found["customProperties"] == [{"\N{REPLACEMENT CHARACTER}": self.KEPT}]
        assert catalog.cards(["ops.\0", "ops.\ud800"]) == ()

    def test_in_publications_and_failures_too(self, catalog: Catalog) -> None:
        catalog.register(flights(3, owner=self.HOSTILE, sample=({"a": self.HOSTILE},)))
        published = catalog.publication("ops.flights")
        assert published is not None
        assert (published.owner, published.sample) == (self.KEPT, ({"a": self.KEPT},))
        catalog.register_failure(msgspec.structs.replace(failed(9), error=self.HOSTILE))
        assert catalog.publications("ops.flights")[0].error == self.KEPT
        assert catalog.changes()[-1].data["error"] == self.KEPT

    def test_a_backslash_before_a_zero_is_left_alone(self, catalog: Catalog) -> None:
        text = r"C:\u0000 is a path"
        catalog.declare(domain("ops", "ops.a", domain=DomainRecord(name="ops", description=text)), FIRST)
        assert catalog.declared_domains()[0].domain.description == text

    def test_addresses_sort_by_code_point(self, catalog: Catalog) -> None:
        names = ["ops.a_b", "ops.a1", "ops.ab", "ops.a.b", "ops.B", "ops.ä"]
        catalog.declare(domain("ops", *names), FIRST)
        assert [card.address for card in catalog.cards()] == sorted(names)


class TestEndings:
    def test_a_deprecation_and_an_end_are_told_when_they_are_published(self, catalog: Catalog) -> None:
        end = [{"property": "endOfSupport", "value": "2014-01-01"}]
        catalog.register(flights(1, contract=contract("1.0.0")))
        catalog.register(flights(2, contract=contract("1.0.1", "deprecated", slaProperties=end)))
        catalog.register(flights(3, contract=contract("1.0.2", "deprecated", slaProperties=end)))
        catalog.register_contract(contract("1.0.3", "retired"), "2014-01-02")
        kinds = [change for change in catalog.changes() if not change.type.startswith("port.published")]
        assert [(change.type, change.subject, change.data["version"]) for change in kinds] == [
            ("contract.published", "ops.flights", "1.0.0"),
            ("contract.published", "ops.flights", "1.0.1"),
            ("port.deprecated", "ops.flights", "1.0.1"),
            ("contract.published", "ops.flights", "1.0.2"),
            ("contract.published", "ops.flights", "1.0.3"),
            ("port.retired", "ops.flights", "1.0.3"),
        ]
        assert kinds[2].data["endOfSupport"] == "2014-01-01"

    def test_a_second_major_version_is_a_port_of_its_own(self, catalog: Catalog) -> None:
        catalog.register(flights(1, contract=contract("1.0.0")))
        catalog.register_contract(contract("2.0.0", "retired"), "2014-01-02")
        assert told(catalog)[-1] == ("port.retired", "ops.flights_v2")


DECLARING = """
import sys
from mesh_core.catalog import Catalog
sys.path.insert(0, sys.argv[2])
from catalog.declarations import domain
from catalog.records import airports, flights
own = sys.argv[3]
with Catalog(sys.argv[1]) as catalog:
    for number in range(10):
        catalog.declare(domain(own, *(f"{own}.p{n}" for n in range(number + 1))), "2013-01-01")
        catalog.declare(domain("shared", f"shared.{own}{number}"), "2013-01-01")
        catalog.register(flights(number + 1))
"""


def test_processes_that_declare_at_once_lose_nothing(url: str) -> None:
    names = ["one", "two", "three"]
    command = [sys.executable, "-c", DECLARING, url, str(Path(__file__).parents[1])]
    writers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in names]
    assert [writer.communicate(timeout=120)[1] for writer in writers] == ["", "", ""]
    with Catalog(url) as catalog:
        cards = {card.address for card in catalog.cards() if not card.withdrawn_at}
        assert {f"{name}.p{number}" for name in names for number in range(10)} <= cards
        assert len([address for address in cards if address.startswith("shared.")]) == 1
        changes = catalog.changes(limit=10_000)
    assert [change.seq for change in changes] == list(range(1, len(changes) + 1))
    assert len({change.id for change in changes}) == len(changes)
    declared = [change.subject for change in changes if change.type == "domain.declared"]
    assert declared.count("one") == 10
    assert declared.count("shared") == 30
    assert [change.subject for change in changes].count("shared.one3") == 4  # product and port, declared and withdrawn
    assert len([change for change in changes if change.type == "port.published"]) == 10


def test_a_reader_never_sees_a_change_without_what_it_tells(url: str) -> None:
    """Whoever follows changes by number misses none: a number appears when all below it have."""
    code = DECLARING.replace("range(10)", "range(25)")
    command = [sys.executable, "-c", code, url, str(Path(__file__).parents[1])]
    Catalog(url).close()
    writers = [subprocess.Popen([*command, name]) for name in ("one", "two")]
    seen: list[int] = []
    with Catalog(url) as catalog:
        while any(writer.poll() is None for writer in writers):
            seen += [change.seq for change in catalog.changes(seen[-1] if seen else 0)]
        seen += [change.seq for change in catalog.changes(seen[-1] if seen else 0)]
        assert [writer.returncode for writer in writers] == [0, 0]
        assert seen == list(range(1, catalog.last_change() + 1))


def test_the_database_holds_nothing_twice(catalog: Catalog, url: str) -> None:
    catalog.declare(domain("ops", "ops.flights"), FIRST)
    catalog.declare(domain("ops", "ops.flights", "ops.delays"), LATER)
    assert execute(url, "SELECT count(*) FROM cards") == [(2,)]
    assert execute(url, "SELECT kind, count(*) FROM declarations GROUP BY kind ORDER BY kind") == [
        ("domain", 1),
        ("port", 2),
        ("product", 2),
    ]
