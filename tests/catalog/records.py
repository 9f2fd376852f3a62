"""Records of a small mesh: airports feeds flights by way of a silver step."""

from __future__ import annotations

from typing import Any

from mesh_core.catalog import (
    CheckRecord,
    ColumnRecord,
    ContractRecord,
    DomainRecord,
    FailedPublication,
    LineageRecord,
    ProductRecord,
    PublicationRecord,
)

FAILING = CheckRecord(
    name="flight_id_unique",
    description="No flight twice.",
    severity="warning",
    column="flight_id",
    dimension="uniqueness",
    success=False,
    observed=2,
    element_count=12,
    unexpected_count=2,
    unexpected_percent=16.7,
    engine="duckdb",
    sample=({"flight_id": "A1"}, {"flight_id": "A1"}),
)

PASSING = CheckRecord(name="rows", description="Not empty.", success=True, observed=12, engine="duckdb", quarantined=3)


def flights(version: int = 3, **changes: Any) -> PublicationRecord:
    fields: dict[str, Any] = {
        "address": "ops.flights",
        "uri": "mesh://ops/flights/v1",
        "domain": DomainRecord(name="ops", kind="source-aligned", owner="Ops team", description="Flies."),
        "product": ProductRecord(id="ops.flights", name="Flights", version="1.0.0", document={"kind": "DataProduct"}),
        "contract": ContractRecord(
            id="ops.flights",
            version="1.0.0",
            status="active",
            digest="d1",
            document={"n": [1, None]},
        ),
        "owner": "Ops team",
        "table_version": version,
        "published_at": f"2013-01-{version:02}T06:30:00.000000+00:00",
        "run_id": f"run-{version}",
        "rows": 12,
        "bytes": 3456,
        "code_digest": "c0ffee",
        "inputs": {"airports.airports": 7, "silver.clean": None},
        "columns": (
            ColumnRecord(
                name="flight_id",
                logical_type="string",
                physical_type="VARCHAR",
                description="Who flew when — naïve ✈",
                classification="internal",
                required=True,
                nulls=0,
                minimum="A1",
                maximum="Z9",
                distinct=11,
            ),
            ColumnRecord(name="delay", logical_type="number", physical_type="DOUBLE", minimum=-3.5, maximum=120),
        ),
        "sample": ({"flight_id": "A1", "delay": None}, {"flight_id": "B2", "delay": 1.5}),
        "lineage": (
            LineageRecord("flight_id", "silver.clean", "number"),
            LineageRecord("delay", "silver.clean", "delay"),
            LineageRecord("delay", "airports.airports", "time_zone"),
        ),
        "lineage_kind": "sql",
        "checks": (PASSING, FAILING),
    }
    return PublicationRecord(**{**fields, **changes})


def airports(version: int = 7) -> PublicationRecord:
    return flights(
        version,
        address="airports.airports",
        uri="mesh://airports/airports/v1",
        domain=DomainRecord(name="airports"),
        product=ProductRecord(id="airports.airports", name="Airports"),
        contract=ContractRecord(id="airports.airports", version="1.2.0", status="active", digest="a"),
        inputs={"bronze.register": None},
        columns=(),
        lineage=(LineageRecord("time_zone", "bronze.register", "tz"), LineageRecord("name", "bronze.register", "name")),
        checks=(PASSING,),
    )


def failed(hour: int, run_id: str = "bad") -> FailedPublication:
    return FailedPublication(
        address="ops.flights",
        run_id=run_id,
        failed_at=f"2013-01-03T{hour:02}:00:00+00:00",
        error="2 rows break 1 rule",
        contract_version="1.0.0",
        checks=(FAILING,),
    )
