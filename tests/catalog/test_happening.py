"""Uses, measurements, flows and changes, asked for as readers ask."""

from __future__ import annotations

from datetime import UTC, datetime

from mesh_core.catalog import Catalog, Flow, KeyMeasurement, Measurement, PublicationRecord, Use, UseCount
from mesh_core.catalog.events import UseKind

from .records import airports, flights

NOW = datetime(2013, 6, 1, tzinfo=UTC)


def use(kind: UseKind, day: int, consumer: str = "", address: str = "ops.flights", **fields: str) -> Use:
    return Use(kind=kind, address=address, at=f"2013-01-{day:02}T00:00:00+00:00", consumer=consumer, **fields)


class TestUses:
    def test_they_come_back_newest_first(self, catalog: Catalog) -> None:
        given = [use("view", 1, id="a"), use("read", 3, "ann", id="b"), use("search", 2, address="", id="c")]
        assert catalog.record_uses(given) == 3
        assert catalog.record_uses([*given, use("view", 4, id="d")]) == 1
        assert [found.id for found in catalog.uses()] == ["d", "b", "c", "a"]
        assert [found.id for found in catalog.uses("ops.flights", kinds=["view"])] == ["d", "a"]
        assert [found.id for found in catalog.uses(since="2013-01-02T01:00:00+01:00")] == ["d", "b", "c"]
        assert [found.id for found in catalog.uses(limit=1)] == ["d"]
        assert catalog.uses("ops.planes") == ()

    def test_they_are_counted_by_port(self, catalog: Catalog) -> None:
        reads = [use("read", 5, "ann"), use("read", 7, "ann"), use("read", 6, "bob"), use("read", 1, "cy")]
        catalog.record_uses([*reads, use("view", 2), use("view", 9), use("view", 9, address="ops.planes")])
        catalog.record_uses([use("search", 9, address="")])
        assert catalog.use_counts("2013-01-02") == {
            "ops.flights": UseCount(
                address="ops.flights", views=2, reads=3, readers=2, last_read_at="2013-01-07T00:00:00.000000+00:00"
            ),
            "ops.planes": UseCount(address="ops.planes", views=1),
        }
        assert catalog.use_counts()["ops.flights"].readers == 3


class TestMeasurements:
    def test_history_and_newest(self, catalog: Catalog) -> None:
        def measured(indicator: str, day: int, value: float | None) -> Measurement:
            at = f"2013-01-{day:02}T00:00:00.000000+00:00"
            return Measurement(address="ops.flights", indicator=indicator, at=at, value=value, good=value == 1)

        first, second, third = measured("latency", 1, 1), measured("latency", 3, None), measured("latency", 2, 2.5)
        other = measured("retention", 1, 0)
        assert catalog.record_measurements([first, second]) == 2
        assert catalog.record_measurements([third, second, other]) == 2
        assert catalog.measurements("ops.flights") == (second, third, first, other)
        assert catalog.measurements("ops.flights", "latency", since="2013-01-02", limit=1) == (second,)
        assert catalog.measurements("ops.planes") == ()
        assert catalog.newest_measurements() == {"ops.flights": (second, other)}

    def test_old_ones_are_forgotten(self, catalog: Catalog) -> None:
        old, new = (
            Measurement(address="a.b", indicator="i", at=at, value=1, good=True)
            for at in ("2013-02-20T00:00:00.000000+00:00", "2013-02-22T00:00:00.000000+00:00")
        )
        catalog.record_measurements([old, new])
        catalog.record_uses([use("view", 1)])
        assert catalog.forget(NOW) == 1
        assert catalog.measurements("a.b") == (new,)
        assert len(catalog.uses()) == 1


class TestFlows:
    def test_publications_of_a_port_and_what_they_read(self, catalog: Catalog) -> None:
        catalog.register(airports(7))
        catalog.register(flights(1, inputs={"airports.airports": 7}))
        catalog.register(flights(2, inputs={"airports.airports": 7}))
        catalog.register(flights(3, inputs={"airports.airports": 8, "ops.bronze.feed": None}))
        expected = Flow(
            upstream="airports.airports",
            downstream="ops.flights",
            publications=3,
            rows=24,
            bytes=6912,
            last_at="2013-01-03T06:30:00.000000+00:00",
        )
        assert catalog.flows() == (expected,)
        assert [flow.publications for flow in catalog.flows("2013-01-02")] == [2]
        assert catalog.flows("2013-02-01") == ()

    def test_steps_between_are_walked_through(self, catalog: Catalog) -> None:
        catalog.register(airports(7))
        catalog.register(flights(1, inputs={"silver.clean": 0, "airports.airports": 7}))
        catalog.register(flights(2, inputs={"silver.clean": 0}))
        catalog.register_internal("ops.silver.clean", {"silver.raw": 1, "silver.clean": 0})
        catalog.register_internal("ops.silver.raw", {"airports.airports": 7, "silver.clean": 0, "bronze.feed": None})
        [flow] = catalog.flows()
        assert (flow.upstream, flow.downstream) == ("airports.airports", "ops.flights")
        assert (flow.publications, flow.rows) == (2, 12 + 2 * 12)  # once itself, twice by way of the steps


class TestKeys:
    def measured(self, version: int) -> PublicationRecord:
        key = KeyMeasurement(
            column="tail_number",
            entity="aircraft",
            keys=4043,
            resolved=3322,
            rows=334264,
            resolved_rows=284170,
            register="fleet.aircraft",
            register_version=2,
            sketch=bytes(range(256)) * version,
        )
        unknown = KeyMeasurement(
            column="origin",
            entity="airport",
            keys=3,
            resolved=None,
            rows=12,
            resolved_rows=None,
            register="airports.airports",
            register_version=None,
        )
        return flights(version, keys=(key, unknown))

    def test_only_the_newest_version_keeps_its_sketches(self, catalog: Catalog) -> None:
        catalog.register(self.measured(1))
        assert catalog.key_measurements() == {"ops.flights": self.measured(1).keys}
        catalog.register(self.measured(3))
        assert catalog.key_measurements(["ops.flights", "ops.planes"]) == {"ops.flights": self.measured(3).keys}
        catalog.register(self.measured(2))  # repaired later
        newest, old, repaired = (catalog.publication("ops.flights", version) for version in (3, 1, 2))
        assert newest == self.measured(3)
        for found in (old, repaired):
            assert found is not None
            assert [(key.column, key.keys, key.sketch) for key in found.keys] == [
                ("tail_number", 4043, b""),
                ("origin", 3, b""),
            ]
        assert catalog.key_measurements([]) == {}


class TestChanges:
    def test_they_are_read_on_from_a_number(self, catalog: Catalog) -> None:
        assert (catalog.last_change(), catalog.changes()) == (0, ())
        catalog.register(flights(1))
        catalog.register(flights(2))
        seq = catalog.note_change("slo.changed", "ops.flights", domain="ops", at="2013-02-01", data={"to": "breached"})
        assert (seq, catalog.last_change()) == (4, 4)
        assert [change.seq for change in catalog.changes(after=1, limit=2)] == [2, 3]
        last = catalog.changes(after=3)[0]
        assert (last.type, last.at, last.data) == (
            "slo.changed",
            "2013-02-01T00:00:00.000000+00:00",
            {"to": "breached"},
        )

    def test_a_publication_says_what_became_of_it(self, catalog: Catalog) -> None:
        catalog.register(flights(3))
        assert catalog.changes()[-1].data == {
            "tableVersion": 3,
            "version": "1.0.0",
            "rows": 12,
            "bytes": 3456,
            "checksPassed": 1,
            "checksFailed": 1,
            "runId": "run-3",
        }

    def test_old_ones_go_only_when_somebody_says_so_and_numbers_go_on(self, catalog: Catalog) -> None:
        catalog.register(flights(1))
        catalog.register(flights(2))
        assert catalog.forget(NOW) == 0
        assert catalog.forget_changes("2020-01-01") == 2
        assert [change.seq for change in catalog.changes()] == [3]
        catalog.register(flights(3))
        assert [change.seq for change in catalog.changes()] == [3, 4]
