"""The built-in policies, both ways: what each refuses, what it lets pass, and nothing else."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from mesh_core.policy.pack.names import RESERVED

from .conftest import Pieces, described, port

ORDER_ID = described("order_id", "integer", primaryKey=True, primaryKeyPosition=1)


def column(name: str, logical: str = "string", **more: Any) -> dict[str, Any]:
    return {"columns": [described(name, logical, **more)]}


def contract(**keys: Any) -> dict[str, Any]:
    return {"contract": keys}


def product(**keys: Any) -> dict[str, Any]:
    return {"product": keys}


def sla(*names: str) -> dict[str, Any]:
    units = {"latency": "d", "frequency": "h", "retention": "y"}
    return contract(slaProperties=[{"property": name, "value": 1, "unit": units.get(name, "")} for name in names])


def served(**server: str) -> dict[str, Any]:
    return contract(servers=[{"server": "local", "type": "local", "environment": "local", **server}])


PROTECTED = [{"property": "protection", "value": "hash"}]
NESTED = {"name": "home", "logicalType": "object", "description": "Where.", "classification": "internal"}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("owner-required", contract(team={"name": " "}), "shop.orders has no owner"),
    ("owner-required", contract(team=None), "shop.orders has no owner"),
    ("description-required", column("amount", "number", description=None), "column 'amount' has no description"),
    ("description-required", column("amount", "number", description=" "), "column 'amount' has no description"),
    (
        "description-required",
        {"columns": [{**NESTED, "properties": [{"name": "city", "logicalType": "string"}]}]},
        "column 'home.city' has no description",
    ),
    (
        "classification-required",
        column("amount", "number", classification=None),
        "column 'amount' has no classification",
    ),
    (
        "classification-required",
        column("amount", "number", classification="Internal"),
        "column 'amount' is classified 'Internal'",
    ),
    (
        "protection-required",
        column("phone", classification="confidential"),
        "column 'phone' is confidential and does not say how it is protected",
    ),
    (
        "protection-required",
        column("phone", classification="restricted", customProperties=[{"property": "protection", "value": "hide"}]),
        "column 'phone' is restricted and says protection 'hide'",
    ),
    (
        "protection-required",
        {"columns": [{**NESTED, "properties": [described("street", classification="restricted")]}]},
        "column 'home.street' is restricted and does not say how it is protected",
    ),
    (
        "retention-required",
        sla("latency"),
        "column 'customer' holds personal data and no service level says how long it is kept",
    ),
    ("service-level-required", sla("retention"), "status is active and no service level says how fresh the data are"),
    (
        "service-level-required",
        {"contract": {**sla("retention")["contract"], "status": "deprecated"}},
        "status is deprecated and no service level says how fresh the data are",
    ),
    ("semantic-versions", product(version="1.0"), "product version '1.0' is not semantic"),
    ("semantic-versions", product(version="1.0.0-rc1"), "product version '1.0.0-rc1' is not semantic"),
    ("semantic-versions", product(version="01.0.0"), "product version '01.0.0' is not semantic"),
    ("names", column("orderTotal", "number"), "column 'orderTotal' is not snake_case"),
    ("names", column("_loaded", "boolean"), "column '_loaded' is not snake_case"),
    ("names", column("net__sum", "number"), "column 'net__sum' is not snake_case"),
    ("names", column("2nd_name"), "column '2nd_name' is not snake_case"),
    ("names", column("größe", "number"), "column 'größe' is not snake_case"),
    ("names", column("order", "integer"), "column 'order' is a reserved word of SQL"),
    ("names", column("amount_v2", "number"), "column 'amount_v2' carries a version in its name"),
    ("names", column("a" * 64), f"column '{'a' * 64}' is longer than 63 characters"),
    ("names", {"domain": {"name": "Shop"}}, "domain 'Shop' is not snake_case"),
    (
        "names",
        product(inputPorts=[{"name": "newOrders", "contractId": "crm.orders", "version": "1.0.0"}]),
        "input port 'newOrders' is not snake_case",
    ),
    (
        "names",
        {"columns": [{**NESTED, "properties": [described("zipCode")]}]},
        "column 'home.zipCode' is not snake_case",
    ),
    ("time-names", column("shipped", "timestamp"), "column 'shipped' is a moment and does not end in _at"),
    ("time-names", column("shipped", "date"), "column 'shipped' is a day and ends neither in _on nor in _date"),
    (
        "time-names",
        column("shipped_at", "string"),
        "column 'shipped_at' sounds like a time and is of type string",
    ),
    ("addresses", served(path="sales/all"), "server 'local' keeps shop.orders in 'sales/all'"),
    ("addresses", served(path="backshop/orders"), "server 'local' keeps shop.orders in 'backshop/orders'"),
    (
        "addresses",
        served(type="s3", location="s3://lake/orders"),
        "server 'local' keeps shop.orders in 's3://lake/orders'",
    ),
    ("addresses", served(path="shop/orders_v2"), "server 'local' keeps shop.orders in 'shop/orders_v2'"),
    (
        "standard-types",
        column("amount", "integer", physicalType="HUGEINT"),
        "column 'amount' of logical type integer is a HUGEINT",
    ),
    (
        "standard-types",
        column("code", physicalType="VARCHAR(20)"),
        "column 'code' of logical type string is a VARCHAR(20)",
    ),
    ("standard-types", column("code", physicalType="UUID"), "column 'code' of logical type string is a UUID"),
    (
        "standard-types",
        column("amount", "number", physicalType="DECIMAL"),
        "column 'amount' of logical type number is a DECIMAL",
    ),
    (
        "standard-types",
        column("opens", "time", physicalType="TIME"),
        "column 'opens' has logical type time, which the standard does not have",
    ),
    (
        "standard-types",
        column("codes", "array", items={"logicalType": "integer", "physicalType": "UBIGINT"}),
        "column 'codes[]' of logical type integer is a UBIGINT",
    ),
    (
        "utc-timestamps",
        column("sold_at", "timestamp", physicalType="TIMESTAMP"),
        "column 'sold_at' is a TIMESTAMP, a time without zone",
    ),
    (
        "utc-timestamps",
        column("sold_at", "timestamp", logicalTypeOptions={"timezone": False}),
        "column 'sold_at' says that it has no zone",
    ),
    (
        "utc-timestamps",
        column("sold_at", "timestamp", logicalTypeOptions={"defaultTimezone": "Europe/Berlin"}),
        "column 'sold_at' is in Europe/Berlin",
    ),
    (
        "utc-timestamps",
        {"columns": [{**NESTED, "properties": [described("seen_at", "timestamp", physicalType="TIMESTAMP")]}]},
        "column 'home.seen_at' is a TIMESTAMP, a time without zone",
    ),
    (
        "utc-timestamps",
        column("sale", "object", physicalType="STRUCT(sold_at TIMESTAMP, sum DOUBLE)"),
        "column 'sale' is a STRUCT(SOLD_AT TIMESTAMP, SUM DOUBLE), a time without zone",
    ),
    (
        "entity-keys",
        column("customer_id"),
        "column 'customer_id' is named as an id of the entity customer and is not tagged entity:customer",
    ),
    (
        "entity-keys",
        column("origin_airport_id"),
        "column 'origin_airport_id' is named as an id of the entity airport and is not tagged entity:airport",
    ),
    (
        "entity-keys",
        column("buyer", tags=["entity:client"]),
        "column 'buyer' carries 'entity:client', which is no known entity",
    ),
    (
        "airport-ids",
        column("origin_code"),
        "column 'origin_code' has no airport id beside it",
    ),
    ("units-named", column("delivery_delay", "integer"), "column 'delivery_delay' is a measure without unit"),
]

PASSED: list[tuple[str, dict[str, Any]]] = [
    ("owner of the product", {**contract(team=None), **product(team={"name": "Shop team"})}),
    ("owner of the domain", {**contract(team=None), "domain": {"owner": {"team": "T", "email": "t@mesh.example"}}}),
    ("the items of a list are described by it", column("codes", "array", items={"logicalType": "string"})),
    (
        "a member has the class and protection of its column",
        {
            "columns": [
                {
                    **NESTED,
                    "classification": "restricted",
                    "customProperties": PROTECTED,
                    "properties": [described("city", classification=None)],
                }
            ]
        },
    ),
    ("public", column("amount", "number", classification="public")),
    ("protected", column("phone", classification="confidential", customProperties=PROTECTED)),
    ("encrypted by ODCS's own key", column("phone", classification="restricted", encryptedName="phone_encrypted")),
    ("a draft promises nothing yet", {"contract": {**sla("retention")["contract"], "status": "draft"}}),
    ("frequency alone", sla("frequency", "retention")),
    ("no retention without personal data", {**sla("latency"), "columns": [described("customer")]}),
    ("a word that only begins with pii", {**sla("latency"), "columns": [described("customer", tags=["piiless"])]}),
    ("product before its first major", product(version="0.3.0")),
    ("63 characters", column("a" * 63)),
    ("a word that DuckDB does not reserve", column("status")),
    ("a number in a name", column("top_10", "boolean")),
    ("moment", column("shipped_at", "timestamp")),
    ("day", column("shipped_on", "date")),
    ("date", column("ship_date", "date")),
    ("span", column("month", "date")),
    ("CloudEvents' time", column("event_time", "timestamp")),
    ("an hour of the day", column("sales_hour", "integer")),
    ("absolute path", served(path="/data/lake/shop/orders/")),
    ("object store", served(type="s3", location="s3://lake/shop/orders")),
    ("a server without place", served(type="postgres")),
    ("decimal", column("amount", "number", physicalType="DECIMAL(12,2)")),
    ("short integer", column("amount", "integer", physicalType="smallint")),
    ("list of lists", column("grid", "array", physicalType="DOUBLE[][]")),
    ("vector", column("embedding", "vector", physicalType="FLOAT[]")),
    ("map", column("labels", "map", physicalType="MAP(VARCHAR, VARCHAR)")),
    ("short name of the zoned type", column("sold_at", "timestamp", physicalType="TIMESTAMPTZ")),
    ("zone told", column("sold_at", "timestamp", logicalTypeOptions={"timezone": True, "defaultTimezone": "Etc/UTC"})),
    ("zoned in a struct", column("sale", "object", physicalType="STRUCT(sold_at TIMESTAMP WITH TIME ZONE)")),
    ("tagged id", column("customer_id", tags=["entity:customer"])),
    ("tagged under another name", column("buyer", tags=["entity:customer"])),
    ("plural is no id", column("customer_ids")),
    (
        "code beside its id",
        {"columns": [described("origin_code"), described("origin_airport_id", tags=["entity:airport"])]},
    ),
    ("unit", column("delivery_delay_minutes", "integer")),
    ("a risk has no unit", column("delay_risk", "number")),
]


def _port(changes: dict[str, Any]):
    return port(
        changes.get("contract"),
        changes.get("product"),
        *changes.get("columns", ()),
        **changes.get("domain", {}),
    )


def test_the_port_itself_keeps_every_policy(judge) -> None:
    assert judge(port()) == []


@pytest.mark.parametrize(("policy", "changes", "told"), REFUSED, ids=[f"{case[0]}: {case[2]}" for case in REFUSED])
def test_refused(judge, policy: str, changes: dict[str, Any], told: str) -> None:
    assert judge(_port(changes)) == [(policy, told)]


@pytest.mark.parametrize("changes", [case[1] for case in PASSED], ids=[case[0] for case in PASSED])
def test_passed(judge, changes: dict[str, Any]) -> None:
    assert judge(_port(changes)) == []


@pytest.mark.parametrize("tag", ["pii", "pii-indirect", "pii:email"])
@pytest.mark.parametrize("where", ["column", "contract"])
def test_a_tag_of_personal_data_needs_retention(judge, tag: str, where: str) -> None:
    keys: Pieces = {**sla("latency")["contract"], **({"tags": [tag]} if where == "contract" else {})}
    tags = {"tags": [tag]} if where == "column" else {}
    given = port(keys, None, described("customer", **tags))
    assert [code for code, _ in judge(given)] == ["retention-required"]


def test_the_reserved_words_are_those_of_the_engine() -> None:
    query = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
    assert {word for (word,) in duckdb.sql(query).fetchall()} == RESERVED


def test_a_contract_version_that_is_not_semantic_does_not_even_load() -> None:
    with pytest.raises(Exception, match="is not a semantic version"):
        port({"version": "1.0"})
