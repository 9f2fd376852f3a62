"""Rarer changes, many of them the way back of a common one: from the edited contract to the other edited one."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_core.contracts.comparison import compare

from .mutating import Edit, add, changed, drop, put, shift, told

COLUMNS = "schema/orders/properties"
SLA = "slaProperties"
GONE = object()


def options(column: str, key: str, *values: Any) -> tuple[list[Edit], list[Edit]]:
    """An option of a column on both sides; GONE where it is absent."""
    path = f"{COLUMNS}/{column}/logicalTypeOptions"
    return tuple([put(path, {} if value is GONE else {key: value})] for value in values)  # type: ignore[return-value]


OPTIONS = [
    ("legacy", "format", GONE, "email", "compatible format-added"),
    ("legacy", "format", "email", GONE, "risky format-removed"),
    ("line", "format", "i32", "i64", "risky type-widened"),
    ("line", "format", "i64", "i32", "risky type-narrowed"),
    ("line", "format", "i32", "u32", "breaking type-changed"),
    ("line", "minimum", GONE, 1, "compatible limit-tightened"),
    ("line", "minimum", "soon", 1, "risky limit-changed"),
    ("ordered_at", "maximum", "31.12.2030", "01.01.2031", "risky limit-changed"),
    ("address", "required", ["city"], ["city", "street"], "compatible required-added"),
    ("address", "minProperties", 2, 1, "risky limit-relaxed"),
    ("ordered_at", "timezone", GONE, True, "compatible timezone-added"),
    ("ordered_at", "timezone", True, GONE, "risky timezone-removed"),
    ("parts", "uniqueItems", False, True, "compatible uniqueness-added"),
    ("likeness", "elementType", "float32", "int8", "breaking type-changed"),
    ("likeness", "embeddingModel", GONE, "mini", "compatible model-added"),
    ("likeness", "embeddingModelVersion", GONE, "1", "compatible model-added"),
    ("likeness", "embeddingModelVersion", "1", "2", "breaking model-changed"),
    ("likeness", "normalized", False, True, "risky normalised"),
    ("line", "colour", 1, 2, "documentation colour-changed"),
]


@pytest.mark.parametrize(("column", "key", "old", "new", "expected"), OPTIONS)
def test_an_option(column: str, key: str, old: Any, new: Any, expected: str) -> None:
    before, after = options(column, key, old, new)
    assert told(compare(changed(*before), changed(*after))) == [f"{expected} orders.{column}"]


def test_an_exclusive_limit_is_another_spelling() -> None:
    before = changed(put(f"{COLUMNS}/line/logicalTypeOptions", {"minimum": 1, "exclusiveMinimum": 5}))
    after = changed(put(f"{COLUMNS}/line/logicalTypeOptions", {"exclusiveMinimum": 5}))
    assert told(compare(before, after)) == ["documentation limit-restated orders.line"]


Case = tuple[str, list[Edit], list[Edit], list[str]]
NO_KEY = [
    drop(f"{COLUMNS}/{name}/{key}") for name in ("order_id", "line") for key in ("primaryKey", "primaryKeyPosition")
]
STILL_REQUIRED = [put(f"{COLUMNS}/{name}/required", True) for name in ("order_id", "line")]
RULE = {"name": "r", "type": "library", "metric": "rowCount", "mustBe": 1}
CASES: list[Case] = [
    ("logic told", [drop(f"{COLUMNS}/amount/transformLogic")], [], ["documentation logic-added orders.amount"]),
    ("logic untold", [], [drop(f"{COLUMNS}/amount/transformLogic")], ["documentation logic-removed orders.amount"]),
    ("another kind", [], [put("kind", "Letter")], ["breaking kind-changed kind"]),
    ("status in other words", [], [put("status", "Current")], ["documentation status-restated status"]),
    ("a key where none was", [*NO_KEY, *STILL_REQUIRED], STILL_REQUIRED, ["compatible key-added orders"]),
    ("partitions where none were", [drop(f"{COLUMNS}/line/partitioned"), drop(f"{COLUMNS}/line/partitionKeyPosition")],
     [], ["compatible partitions-added orders"]),
    ("items described", [drop(f"{COLUMNS}/parts/items")], [], ["compatible part-described orders.parts[]"]),
    ("items not described", [], [drop(f"{COLUMNS}/parts/items")], ["breaking part-undescribed orders.parts[]"]),
    ("a field renamed", [], [put(f"{COLUMNS}/address/properties/zip/name", "zip_code")],
     ["breaking field-renamed orders.address.zip"]),
    ("fields in another order", [], [shift(f"{COLUMNS}/address/properties/zip", 0)],
     ["risky columns-reordered orders.address"]),
    ("a table of a kind", [drop("schema/orders/physicalType")], [], ["documentation physical-type-added orders"]),
    ("a table of no kind", [], [drop("schema/orders/physicalType")], ["documentation physical-type-removed orders"]),
    ("an object", [drop("schema/orders/logicalType")], [], ["documentation object-type-added orders"]),
    ("no object", [], [drop("schema/orders/logicalType")], ["documentation object-type-removed orders"]),
    ("its own name as physical name", [drop("schema/orders/physicalName")],
     [put("schema/orders/physicalName", "orders")], ["documentation physical-name-restated orders"]),
    ("grain told", [drop("schema/orders/dataGranularityDescription")], [], ["documentation granularity-added orders"]),
    ("grain untold", [], [drop("schema/orders/dataGranularityDescription")], ["risky granularity-removed orders"]),
    ("a relationship of another type", [], [put("schema/orders/relationships/0/type", "partOf")],
     ["risky relationship-changed orders.customer_id"]),
    ("a relationship with a note", [], [put("schema/orders/relationships/0/id", "r1")],
     ["documentation id-added orders.customer_id"]),
    ("an encrypted name", [drop(f"{COLUMNS}/customer_id/encryptedName")], [],
     ["compatible encrypted-name-added orders.customer_id"]),
    ("an entity", [drop(f"{COLUMNS}/customer_id/tags/entity:customer")], [],
     ["compatible tag-added orders.customer_id"]),
    ("no class", [], [drop(f"{COLUMNS}/customer_id/classification")],
     ["risky classification-lowered orders.customer_id"]),
    ("an entity given up", [add("customProperties", {"property": "entity", "value": "order"})], [],
     ["risky entity-removed entity"]),
    ("a text rule less", [], [drop("schema/orders/quality/note")], ["compatible rule-removed orders: note"]),
    ("a rule in other words", [add("schema/orders/quality", RULE)],
     [add("schema/orders/quality", {**RULE, "mustBe": 1.0, "severity": "error"})],
     ["documentation severity-restated orders: r"]),
    ("a limit in another spelling", [add("schema/orders/quality", {**RULE, "mustBe": 1})],
     [add("schema/orders/quality", {k: v for k, v in RULE.items() if k != "mustBe"} | {"mustBeBetween": [1, 1]})],
     ["documentation rule-restated orders: r"]),
    ("another metric", [add("schema/orders/quality", RULE)],
     [add("schema/orders/quality", {**RULE, "metric": "duplicateValues", "mustBe": 3})],
     ["risky rule-changed orders: r", "risky rule-changed orders: r"]),
    ("other arguments", [add("schema/orders/quality", {**RULE, "arguments": {"properties": ["a"]}})],
     [add("schema/orders/quality", {**RULE, "arguments": {"properties": ["b"]}})], ["risky rule-changed orders: r"]),
    ("a weaker guarantee", [], [put(f"{COLUMNS}/customer_id/quality/customers_known/mustBe", 7)],
     ["breaking rule-changed orders.customer_id: customers_known"]),
    ("a schedule less", [put(f"{SLA}/frequency/schedule", "0 6 * * *")], [], ["risky schedule-removed frequency"]),
    ("another schedule", [put(f"{SLA}/frequency/schedule", "0 6 * * *")],
     [put(f"{SLA}/frequency/schedule", "0 9 * * *")], ["risky schedule-changed frequency"]),
    ("a level spelled otherwise", [], [put(f"{SLA}/throughput/property", "Th")],
     ["documentation sla-restated throughput"]),
    ("an unknown level less", [], [drop(f"{SLA}/bravery")], ["risky sla-removed bravery"]),
    ("a value in words", [], [put(f"{SLA}/frequency/value", "often")], ["risky sla-changed frequency"]),
    ("an extended value", [], [put(f"{SLA}/frequency/valueExt", 3)], ["risky sla-changed frequency"]),
    ("a format where none was", [drop("servers/lake/format")], [], ["risky server-format-added servers.lake"]),
    ("a database where none was", [drop("servers/warehouse/database")], [],
     ["risky server-location-added servers.warehouse"]),
    ("another region", [put("servers/warehouse/region", "a")], [put("servers/warehouse/region", "b")],
     ["risky server-operation-changed servers.warehouse"]),
    ("another delimiter", [put("servers/lake/delimiter", ",")], [put("servers/lake/delimiter", ";")],
     ["breaking server-format-changed servers.lake"]),
    ("another encoding", [put("servers/lake/encoding", "utf-8")], [put("servers/lake/encoding", "latin-1")],
     ["breaking server-format-changed servers.lake"]),
    ("access in a synonym", [put("roles/analyst/access", "read-only")], [put("roles/analyst/access", "select")],
     ["documentation access-restated roles.analyst"]),
    ("a member more", [drop("team/members/bob")], [], ["documentation member-added team.bob"]),
    ("a member's role", [], [put("team/members/bob/role", "owner")], ["documentation role-changed team.bob"]),
    ("a channel more", [drop("support/help")], [], ["documentation channel-added support.help"]),
    ("a channel for something else", [], [put("support/help/scope", "issues")],
     ["documentation channel-scope-added support.help"]),
    ("usage told", [drop("description/usage")], [], ["risky usage-added description"]),
    ("limits told", [drop("description/limitations")], [], ["risky limitations-added description"]),
    ("allowed again", [], [put("context/constraints", [])], ["compatible constraint-removed context.constraints"]),
    ("forbidden otherwise", [], [put("context/constraints/c1/constraint", "Never join.")],
     ["risky constraint-changed context.constraints"]),
    ("another question", [], [put("context/verifiedStatements/q1/answer", "Sum.")],
     ["documentation context-changed context"]),
    ("not free any more", [drop("price")], [], ["risky price-added price"]),
    ("protection dropped", [put(f"{COLUMNS}/amount/customProperties", [{"property": "protection", "value": "mask"}])],
     [], ["risky protection-removed orders.amount.protection"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_a_rarer_mutation(before: list[Edit], after: list[Edit], expected: list[str]) -> None:
    assert told(compare(changed(*before), changed(*after))) == sorted(expected)


def test_another_end_point_of_the_same_environment_and_type_is_the_same_one_moved() -> None:
    after = changed(
        put("servers/lake", {"server": "new", "type": "local", "environment": "prod", "path": "x", "format": "delta"})
    )
    assert told(compare(changed(), after)) == [
        "breaking server-location-changed servers.lake",
        "breaking server-name-changed servers.lake",
    ]
