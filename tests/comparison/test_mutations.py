"""Every kind of change that ODCS allows, with the verdict that a person gave it."""

from __future__ import annotations

import pytest

from mesh_core.contracts.comparison import compare

from .mutating import Edit, add, changed, differing, drop, full, put, shift, told

COLUMNS = "schema/orders/properties"
SLA = "slaProperties"

Case = tuple[str, list[Edit], str, list[str]]
"""What is done, how, the version that it takes, and every change that is to be found."""

IDENTITY: list[Case] = [
    ("another id", [put("id", "shop.sales")], "major", ["breaking id-changed id"]),
    ("another domain", [put("domain", "store")], "major", ["breaking domain-changed domain"]),
    ("another product", [put("dataProduct", "sales")], "minor", ["risky product-changed dataProduct"]),
    ("another tenant", [put("tenant", "Bazaar")], "minor", ["risky tenant-changed tenant"]),
    ("tenant in capitals", [put("tenant", "EMPORIUM")], "patch", ["documentation tenant-restated tenant"]),
    ("another title", [put("name", "Sales")], "patch", ["documentation name-changed name"]),
    ("another edition", [put("apiVersion", "v3.1.0")], "patch", ["documentation api-version-changed apiVersion"]),
    ("a tag more", [add("tags", "new")], "patch", ["documentation tags-changed tags"]),
    ("an entity tag less", [drop(f"{COLUMNS}/customer_id/tags/entity:customer")], "minor",
     ["risky tag-removed orders.customer_id"]),
    ("a pii tag more", [put(f"{COLUMNS}/amount/tags", ["pii"])], "minor", ["risky tag-added orders.amount"]),
    ("another moment of creation", [put("contractCreatedTs", "2026-02-02T00:00:00Z")], "none", []),
    ("another version only", [put("version", "2.0.0")], "none", []),
]  # fmt: skip

STATUS: list[Case] = [
    ("deprecated", [put("status", "deprecated")], "minor", ["risky status-deprecated status"]),
    ("retired", [put("status", "retired")], "major", ["breaking status-retired status"]),
    ("back to draft", [put("status", "draft")], "major", ["breaking status-draft status"]),
    ("no status", [drop("status")], "major", ["breaking status-draft status"]),
    ("a word of one's own", [put("status", "frozen")], "minor", ["risky status-changed status"]),
]

COLUMN: list[Case] = [
    ("removed", [drop(f"{COLUMNS}/legacy")], "major", ["breaking column-removed orders.legacy"]),
    ("added, nullable", [add(COLUMNS, {"name": "paid_at", "logicalType": "timestamp"})], "minor",
     ["compatible column-added orders.paid_at"]),
    ("added, required", [add(COLUMNS, {"name": "paid", "logicalType": "boolean", "required": True})], "minor",
     ["compatible column-added orders.paid"]),
    ("added to the key", [add(COLUMNS, {"name": "shop", "logicalType": "string", "primaryKey": True,
                                        "primaryKeyPosition": 3})], "major",
     ["breaking key-changed orders", "compatible column-added orders.shop"]),
    ("renamed, description kept", [put(f"{COLUMNS}/state/name", "phase")], "major",
     ["breaking column-renamed orders.state"]),
    ("renamed by case", [put(f"{COLUMNS}/legacy/name", "Legacy")], "major", ["breaking column-renamed orders.legacy"]),
    ("renamed and nullable", [put(f"{COLUMNS}/amount/required", False), put(f"{COLUMNS}/amount/name", "gross_amount")],
     "major", ["breaking column-renamed orders.amount", "breaking required-dropped orders.amount"]),
    ("renamed key column", [put(f"{COLUMNS}/order_id/name", "order_number")], "major",
     ["breaking column-renamed orders.order_id"]),
    ("replaced by another", [drop(f"{COLUMNS}/legacy"), add(COLUMNS, {"name": "weight", "logicalType": "number"})],
     "major", ["breaking column-removed orders.legacy", "compatible column-added orders.weight"]),
    ("nullable now", [drop(f"{COLUMNS}/amount/required")], "major", ["breaking required-dropped orders.amount"]),
    ("required now", [put(f"{COLUMNS}/state/required", True)], "minor", ["compatible required-added orders.state"]),
    ("a key column says so", [put(f"{COLUMNS}/order_id/required", True)], "patch",
     ["documentation required-restated orders.order_id"]),
    ("unique no more", [drop(f"{COLUMNS}/order_id/unique")], "major", ["breaking uniqueness-dropped orders.order_id"]),
    ("unique now", [put(f"{COLUMNS}/line/unique", True)], "minor", ["compatible uniqueness-added orders.line"]),
    ("in another order", [shift(f"{COLUMNS}/amount", 0)], "minor", ["risky columns-reordered orders"]),
    ("added in between", [lambda d: d["schema"][0]["properties"].insert(1, {"name": "x", "logicalType": "date"})],
     "minor", ["compatible column-added orders.x"]),
    ("another physical name", [put(f"{COLUMNS}/line/physicalName", "ln")], "major",
     ["breaking physical-name-changed orders.line"]),
    ("its own name as physical name", [put(f"{COLUMNS}/line/physicalName", "line")], "patch",
     ["documentation physical-name-restated orders.line"]),
    ("a measure no more", [drop(f"{COLUMNS}/revenue/semanticType")], "minor",
     ["compatible semantics-changed orders.revenue"]),
    ("a measure now", [put(f"{COLUMNS}/amount/semanticType", "measure")], "major",
     ["breaking semantics-changed orders.amount"]),
    ("a dimension", [put(f"{COLUMNS}/revenue/semanticType", "dimension")], "minor",
     ["risky semantics-changed orders.revenue"]),
    ("deprecated", [put(f"{COLUMNS}/line/deprecated", True)], "minor", ["risky deprecated orders.line"]),
    ("deprecated no more", [drop(f"{COLUMNS}/legacy/deprecated")], "minor", ["compatible undeprecated orders.legacy"]),
    ("other logic", [put(f"{COLUMNS}/amount/transformLogic", "net * 1.2")], "minor",
     ["risky logic-changed orders.amount"]),
    ("other sources", [put(f"{COLUMNS}/amount/transformSourceObjects", ["x.y"])], "patch",
     ["documentation transform-sources-changed orders.amount"]),
    ("described", [put(f"{COLUMNS}/amount/description", "Gross.")], "patch",
     ["documentation description-changed orders.amount"]),
    ("another business name", [put(f"{COLUMNS}/amount/businessName", "Sum")], "patch",
     ["documentation business-name-changed orders.amount"]),
    ("other examples", [put(f"{COLUMNS}/amount/examples", [1])], "patch",
     ["documentation examples-changed orders.amount"]),
    ("a synonym more", [add(f"{COLUMNS}/amount/synonyms", {"synonym": "sum"})], "patch",
     ["documentation synonyms-changed orders.amount"]),
    ("a key of a vendor", [put(f"{COLUMNS}/amount/xColour", "red")], "patch",
     ["documentation x-colour-added orders.amount"]),
]  # fmt: skip

TYPE: list[Case] = [
    ("number to text", [put(f"{COLUMNS}/amount/logicalType", "string"),
                        put(f"{COLUMNS}/amount/physicalType", "VARCHAR")], "major",
     ["breaking type-changed orders.amount"]),
    ("INTEGER to BIGINT", [put(f"{COLUMNS}/line/physicalType", "BIGINT")], "minor", ["risky type-widened orders.line"]),
    ("BIGINT to INTEGER", [put(f"{COLUMNS}/order_id/physicalType", "INTEGER")], "minor",
     ["risky type-narrowed orders.order_id"]),
    ("INT is INTEGER", [put(f"{COLUMNS}/line/physicalType", "int")], "patch",
     ["documentation type-restated orders.line"]),
    ("BIGINT left unsaid", [drop(f"{COLUMNS}/order_id/physicalType")], "patch",
     ["documentation type-restated orders.order_id"]),
    ("integer to number", [put(f"{COLUMNS}/line/logicalType", "number"), put(f"{COLUMNS}/line/physicalType", "DOUBLE")],
     "major", ["breaking type-changed orders.line"]),
    ("decimals: more digits", [put(f"{COLUMNS}/amount/physicalType", "DECIMAL(12,2)")], "minor",
     ["risky type-widened orders.amount"]),
    ("decimals: fewer whole digits", [put(f"{COLUMNS}/amount/physicalType", "DECIMAL(8,2)")], "minor",
     ["risky type-narrowed orders.amount"]),
    ("decimals: fewer after the point", [put(f"{COLUMNS}/amount/physicalType", "DECIMAL(10,1)")], "major",
     ["breaking type-changed orders.amount"]),
    ("longer text", [put(f"{COLUMNS}/customer_id/physicalType", "VARCHAR(40)")], "minor",
     ["risky type-widened orders.customer_id"]),
    ("shorter text", [put(f"{COLUMNS}/customer_id/physicalType", "VARCHAR(10)")], "minor",
     ["compatible type-narrowed orders.customer_id"]),
    ("without zone", [put(f"{COLUMNS}/ordered_at/physicalType", "TIMESTAMP")], "major",
     ["breaking type-changed orders.ordered_at"]),
    ("with another name of its zone", [put(f"{COLUMNS}/ordered_at/physicalType", "timestamptz")], "patch",
     ["documentation type-restated orders.ordered_at"]),
]  # fmt: skip

OPTION: list[Case] = [
    ("lower minimum", [put(f"{COLUMNS}/amount/logicalTypeOptions/minimum", -5)], "minor",
     ["risky limit-relaxed orders.amount"]),
    ("higher minimum", [put(f"{COLUMNS}/amount/logicalTypeOptions/minimum", 1)], "minor",
     ["compatible limit-tightened orders.amount"]),
    ("no minimum", [drop(f"{COLUMNS}/amount/logicalTypeOptions/minimum")], "minor",
     ["risky limit-relaxed orders.amount"]),
    ("an exclusive maximum made inclusive",
     [drop(f"{COLUMNS}/amount/logicalTypeOptions/exclusiveMaximum"),
      put(f"{COLUMNS}/amount/logicalTypeOptions/maximum", 1000000)], "minor", ["risky limit-relaxed orders.amount"]),
    ("a later first day", [put(f"{COLUMNS}/ordered_at/logicalTypeOptions/minimum", "2021-01-01")], "minor",
     ["compatible limit-tightened orders.ordered_at"]),
    ("longer texts", [put(f"{COLUMNS}/customer_id/logicalTypeOptions/maxLength", 30)], "minor",
     ["risky limit-relaxed orders.customer_id"]),
    ("longer at least", [put(f"{COLUMNS}/customer_id/logicalTypeOptions/minLength", 4)], "minor",
     ["compatible limit-tightened orders.customer_id"]),
    ("another pattern", [put(f"{COLUMNS}/customer_id/logicalTypeOptions/pattern", "^D")], "minor",
     ["risky pattern-changed orders.customer_id"]),
    ("no pattern", [drop(f"{COLUMNS}/customer_id/logicalTypeOptions/pattern")], "minor",
     ["risky pattern-removed orders.customer_id"]),
    ("a pattern where none was", [put(f"{COLUMNS}/legacy/logicalTypeOptions", {"pattern": "^x"})], "minor",
     ["compatible pattern-added orders.legacy"]),
    ("another format", [put(f"{COLUMNS}/customer_id/logicalTypeOptions/format", "email")], "major",
     ["breaking format-changed orders.customer_id"]),
    ("finer multiples", [put(f"{COLUMNS}/amount/logicalTypeOptions/multipleOf", 0.25)], "minor",
     ["risky limit-relaxed orders.amount"]),
    ("coarser multiples", [put(f"{COLUMNS}/amount/logicalTypeOptions/multipleOf", 1)], "minor",
     ["compatible limit-tightened orders.amount"]),
    ("no zone", [put(f"{COLUMNS}/ordered_at/logicalTypeOptions/timezone", False)], "major",
     ["breaking timezone-changed orders.ordered_at"]),
    ("another zone", [put(f"{COLUMNS}/ordered_at/logicalTypeOptions/defaultTimezone", "Europe/Berlin")], "major",
     ["breaking timezone-changed orders.ordered_at"]),
    ("UTC left unsaid", [drop(f"{COLUMNS}/ordered_at/logicalTypeOptions/defaultTimezone")], "patch",
     ["documentation timezone-restated orders.ordered_at"]),
    ("more items", [put(f"{COLUMNS}/parts/logicalTypeOptions/maxItems", 20)], "minor",
     ["risky limit-relaxed orders.parts"]),
    ("items twice", [put(f"{COLUMNS}/parts/logicalTypeOptions/uniqueItems", False)], "minor",
     ["risky uniqueness-dropped orders.parts"]),
    ("a field less is sure", [put(f"{COLUMNS}/address/logicalTypeOptions/required", ["street"])], "major",
     ["breaking required-dropped orders.address"]),
    ("other dimensions", [put(f"{COLUMNS}/likeness/logicalTypeOptions/dimensions", 768)], "major",
     ["breaking dimensions-changed orders.likeness"]),
    ("another model", [put(f"{COLUMNS}/likeness/logicalTypeOptions/embeddingModel", "maxi")], "major",
     ["breaking model-changed orders.likeness"]),
    ("another distance", [put(f"{COLUMNS}/likeness/logicalTypeOptions/distanceMetric", "euclidean")], "minor",
     ["risky metric-changed orders.likeness"]),
    ("vectors of any length", [put(f"{COLUMNS}/likeness/logicalTypeOptions/normalized", False)], "major",
     ["breaking normalisation-dropped orders.likeness"]),
]  # fmt: skip

ENUM: list[Case] = [
    ("a value more", [add(f"{COLUMNS}/state/enum", {"value": "lost"})], "minor", ["risky enum-extended orders.state"]),
    ("a value less", [drop(f"{COLUMNS}/state/enum/paid")], "minor", ["compatible enum-reduced orders.state"]),
    ("any value", [drop(f"{COLUMNS}/state/enum")], "minor", ["risky enum-dropped orders.state"]),
    ("listed now", [put(f"{COLUMNS}/legacy/enum", [{"value": "a"}])], "minor", ["compatible enum-added orders.legacy"]),
    (
        "another label",
        [put(f"{COLUMNS}/state/enum/paid/label", "Settled")],
        "patch",
        ["documentation enum-described orders.state"],
    ),
    ("in another order", [shift(f"{COLUMNS}/state/enum/sent", 0)], "none", []),
]

NESTED: list[Case] = [
    ("a field less", [drop(f"{COLUMNS}/address/properties/zip")], "major",
     ["breaking field-removed orders.address.zip"]),
    ("a field more", [add(f"{COLUMNS}/address/properties", {"name": "country", "logicalType": "string"})], "minor",
     ["compatible field-added orders.address.country"]),
    ("a field nullable", [put(f"{COLUMNS}/address/properties/street/required", False)], "major",
     ["breaking required-dropped orders.address.street"]),
    ("a field of another type", [put(f"{COLUMNS}/address/properties/zip/logicalType", "string")], "major",
     ["breaking type-changed orders.address.zip"]),
    ("a field of the items less", [drop(f"{COLUMNS}/parts/items/properties/pieces")], "major",
     ["breaking field-removed orders.parts[].pieces"]),
    ("values of a map", [put(f"{COLUMNS}/remarks/map/value/logicalType", "integer")], "major",
     ["breaking type-changed orders.remarks{value}"]),
    ("keys of a map described", [put(f"{COLUMNS}/remarks/map/key/description", "Language.")], "patch",
     ["documentation description-added orders.remarks{key}"]),
]  # fmt: skip

KEY: list[Case] = [
    ("a column less", [drop(f"{COLUMNS}/line/primaryKey"), drop(f"{COLUMNS}/line/primaryKeyPosition"),
                       put(f"{COLUMNS}/line/required", True)], "major", ["breaking key-changed orders"]),
    ("no key", [drop(f"{COLUMNS}/{name}/{key}") for name in ("order_id", "line")
                for key in ("primaryKey", "primaryKeyPosition")]
     + [put(f"{COLUMNS}/{name}/required", True) for name in ("order_id", "line")], "major",
     ["breaking key-dropped orders"]),
    ("positions swapped", [put(f"{COLUMNS}/order_id/primaryKeyPosition", 2),
                           put(f"{COLUMNS}/line/primaryKeyPosition", 1)], "minor", ["risky key-reordered orders"]),
    ("positions in tens", [put(f"{COLUMNS}/order_id/primaryKeyPosition", 10),
                           put(f"{COLUMNS}/line/primaryKeyPosition", 20)], "patch",
     ["documentation key-restated orders"]),
    ("a partition more", [put(f"{COLUMNS}/state/partitioned", True), put(f"{COLUMNS}/state/partitionKeyPosition", 2)],
     "minor", ["risky partitions-changed orders"]),
    ("no partitions", [drop(f"{COLUMNS}/line/partitioned"), drop(f"{COLUMNS}/line/partitionKeyPosition")], "minor",
     ["risky partitions-changed orders"]),
    ("a relationship less", [drop("schema/orders/relationships")], "minor",
     ["risky relationship-removed orders.customer_id"]),
    ("another target", [put("schema/orders/relationships/0/to", "people.id")], "major",
     ["breaking relationship-changed orders.customer_id"]),
    ("a relationship more", [put(f"{COLUMNS}/state/relationships", [{"to": "states.state"}])], "minor",
     ["compatible relationship-added orders.state"]),
    ("the same relationship at its column", [drop("schema/orders/relationships"),
                                             put(f"{COLUMNS}/customer_id/relationships",
                                                 [{"to": "customers.customer_id"}])], "patch",
     ["documentation rewritten schema"]),
]  # fmt: skip

OBJECT: list[Case] = [
    ("removed", [put("schema", [])], "major", ["breaking object-removed orders"]),
    (
        "added",
        [add("schema", {"name": "returns", "properties": [{"name": "id", "logicalType": "string"}]})],
        "minor",
        ["compatible object-added returns"],
    ),
    (
        "renamed",
        [put("schema/orders/relationships/0/from", "sales.customer_id"), put("schema/orders/name", "sales")],
        "major",
        ["breaking object-renamed orders"],
    ),
    (
        "another physical name",
        [put("schema/orders/physicalName", "t_orders")],
        "major",
        ["breaking physical-name-changed orders"],
    ),
    ("a view", [put("schema/orders/physicalType", "view")], "minor", ["risky physical-type-changed orders"]),
    ("a blob", [put("schema/orders/logicalType", "blob")], "major", ["breaking object-type-changed orders"]),
    (
        "another grain in words",
        [put("schema/orders/dataGranularityDescription", "One row a day.")],
        "minor",
        ["risky granularity-changed orders"],
    ),
    (
        "described",
        [put("schema/orders/description", "Every order.")],
        "patch",
        ["documentation description-changed orders"],
    ),
]

PROTECTION: list[Case] = [
    (
        "public to restricted",
        [put(f"{COLUMNS}/amount/classification", "restricted")],
        "minor",
        ["risky classification-raised orders.amount"],
    ),
    (
        "confidential to public",
        [put(f"{COLUMNS}/customer_id/classification", "public")],
        "minor",
        ["risky classification-lowered orders.customer_id"],
    ),
    (
        "a class of one's own",
        [put(f"{COLUMNS}/amount/classification", "secret-7")],
        "minor",
        ["risky classification-changed orders.amount"],
    ),
    (
        "public said aloud",
        [put(f"{COLUMNS}/state/classification", "public")],
        "patch",
        ["documentation classification-restated orders.state"],
    ),
    (
        "critical no more",
        [put(f"{COLUMNS}/customer_id/criticalDataElement", False)],
        "minor",
        ["risky critical-dropped orders.customer_id"],
    ),
    (
        "critical now",
        [put(f"{COLUMNS}/amount/criticalDataElement", True)],
        "minor",
        ["compatible critical-set orders.amount"],
    ),
    (
        "masked now",
        [put(f"{COLUMNS}/amount/customProperties", [{"property": "protection", "value": "mask"}])],
        "minor",
        ["risky protection-added orders.amount.protection"],
    ),
    (
        "an identity of its own",
        [add("customProperties", {"property": "entity", "value": "order"})],
        "minor",
        ["compatible entity-added entity"],
    ),
    (
        "another encrypted name",
        [put(f"{COLUMNS}/customer_id/encryptedName", "cid_enc")],
        "major",
        ["breaking encrypted-name-changed orders.customer_id"],
    ),
]

QUALITY: list[Case] = [
    ("a rule less", [drop("schema/orders/quality/some_orders")], "minor", ["risky rule-removed orders: some_orders"]),
    ("a rule that stands for required less", [drop(f"{COLUMNS}/customer_id/quality/customers_known")], "major",
     ["breaking rule-removed orders.customer_id: customers_known"]),
    ("a warning less", [drop("schema/orders/quality/few_odd")], "minor", ["compatible rule-removed orders: few_odd"]),
    ("a rule more", [add("schema/orders/quality", {"name": "x", "metric": "rowCount", "mustBe": 1})], "minor",
     ["compatible rule-added orders: x"]),
    ("a lower bound", [put("schema/orders/quality/some_orders/mustBeGreaterThan", 10)], "minor",
     ["risky rule-weakened orders: some_orders"]),
    ("a higher bound", [put("schema/orders/quality/some_orders/mustBeGreaterThan", 1000)], "minor",
     ["compatible rule-strengthened orders: some_orders"]),
    ("a wider span of a warning", [put("schema/orders/quality/few_odd/mustBeBetween", [5, 30])], "minor",
     ["compatible rule-weakened orders: few_odd"]),
    ("a span beside the old one", [put("schema/orders/quality/few_odd/mustBeBetween", [15, 30]),
                                   put("schema/orders/quality/few_odd/severity", "error")], "minor",
     ["compatible rule-changed orders: few_odd", "compatible rule-strengthened orders: few_odd"]),
    ("only a warning", [put("schema/orders/quality/modest/severity", "warning")], "minor",
     ["risky rule-weakened orders: modest"]),
    ("a warning that blocks", [put("schema/orders/quality/few_odd/severity", "error")], "minor",
     ["compatible rule-strengthened orders: few_odd"]),
    ("another query", [put("schema/orders/quality/modest/query", "SELECT 0")], "minor",
     ["risky rule-changed orders: modest"]),
    ("the same query in two lines",
     [put("schema/orders/quality/modest/query", "SELECT count(*)\nFROM ${object} WHERE amount > 1000")], "patch",
     ["documentation rule-restated orders: modest"]),
    ("more valid values", [add(f"{COLUMNS}/customer_id/quality/codes/arguments/validValues", "C3")], "minor",
     ["risky rule-changed orders.customer_id: codes"]),
    ("fewer valid values", [drop(f"{COLUMNS}/customer_id/quality/codes/arguments/validValues/C2")], "minor",
     ["compatible rule-strengthened orders.customer_id: codes"]),
    ("another name", [put("schema/orders/quality/modest/name", "humble")], "patch",
     ["documentation rule-name-changed orders: modest"]),
    ("another dimension", [put("schema/orders/quality/modest/dimension", "accuracy")], "patch",
     ["documentation dimension-added orders: modest"]),
    ("in another order", [shift("schema/orders/quality/modest", 0)], "none", []),
]  # fmt: skip

LEVEL: list[Case] = [
    ("latency: 1 d to 2 d", [put(f"{SLA}/latency/value", 2)], "major",
     ["breaking sla-worsened latency of orders.ordered_at"]),
    ("latency: 1 d to 24 h", [put(f"{SLA}/latency/value", 24), put(f"{SLA}/latency/unit", "h")], "patch",
     ["documentation sla-restated latency of orders.ordered_at"]),
    ("latency: 1 d to 12 h", [put(f"{SLA}/latency/value", 12), put(f"{SLA}/latency/unit", "hours")], "minor",
     ["compatible sla-improved latency of orders.ordered_at"]),
    ("latency of another element", [put(f"{SLA}/latency/element", "orders.amount")], "minor",
     ["risky sla-moved latency of orders.ordered_at"]),
    ("frequency: daily to weekly", [put(f"{SLA}/frequency/value", 7)], "major", ["breaking sla-worsened frequency"]),
    ("frequency: daily to P1D", [put(f"{SLA}/frequency/value", "P1D"), drop(f"{SLA}/frequency/unit")], "patch",
     ["documentation sla-restated frequency"]),
    ("frequency: daily to hourly", [put(f"{SLA}/frequency/unit", "h")], "minor", ["compatible sla-improved frequency"]),
    ("frequency on another schedule", [put(f"{SLA}/frequency/schedule", "0 6 * * *")], "minor",
     ["compatible schedule-added frequency"]),
    ("retention: 3 y to 12 months", [put(f"{SLA}/retention/value", 12), put(f"{SLA}/retention/unit", "months")],
     "major", ["breaking sla-worsened retention"]),
    ("retention: 3 y to 36 months", [put(f"{SLA}/retention/value", 36), put(f"{SLA}/retention/unit", "months")],
     "patch", ["documentation sla-restated retention"]),
    ("retention without end", [put(f"{SLA}/retention/value", "unlimited"), drop(f"{SLA}/retention/unit")], "minor",
     ["compatible sla-improved retention"]),
    ("availability: 99.9 to 99", [put(f"{SLA}/availability/value", 99)], "major",
     ["breaking sla-worsened availability"]),
    ("availability: 99.9 to 0.999", [put(f"{SLA}/availability/value", 0.999), put(f"{SLA}/availability/unit", "ratio")],
     "patch", ["documentation sla-restated availability"]),
    ("throughput halved", [put(f"{SLA}/throughput/value", 5)], "minor", ["risky sla-worsened throughput"]),
    ("throughput in other units", [put(f"{SLA}/throughput/unit", "rows/s")], "minor", ["risky sla-changed throughput"]),
    ("more errors", [put(f"{SLA}/errorRate/value", 2)], "major", ["breaking sla-worsened errorRate"]),
    ("fewer errors", [put(f"{SLA}/errorRate/value", 0.5)], "minor", ["compatible sla-improved errorRate"]),
    ("available later in the year", [put(f"{SLA}/generalAvailability/value", "2026-06-01")], "minor",
     ["risky sla-worsened generalAvailability"]),
    ("the end comes sooner", [put(f"{SLA}/endOfSupport/value", "2027-01-01")], "major",
     ["breaking end-brought-forward endOfSupport"]),
    ("the end comes later", [put(f"{SLA}/endOfSupport/value", "2029-01-01")], "minor",
     ["compatible end-postponed endOfSupport"]),
    ("no end", [drop(f"{SLA}/endOfSupport")], "minor", ["compatible end-withdrawn endOfSupport"]),
    ("an end of life", [add(SLA, {"property": "endOfLife", "value": "2029-01-01"})], "minor",
     ["risky end-announced endOfLife"]),
    ("found later", [put(f"{SLA}/timeToDetect/value", 2)], "minor", ["risky sla-worsened timeToDetect"]),
    ("told sooner", [put(f"{SLA}/timeToNotify/value", 30), put(f"{SLA}/timeToNotify/unit", "min")], "minor",
     ["compatible sla-improved timeToNotify"]),
    ("repaired later", [put(f"{SLA}/timeToRepair/value", 1), put(f"{SLA}/timeToRepair/unit", "w")], "minor",
     ["risky sla-worsened timeToRepair"]),
    ("later in the day", [put(f"{SLA}/timeOfAvailability/value", "09:30")], "major",
     ["breaking sla-worsened timeOfAvailability"]),
    ("a level that nobody knows", [put(f"{SLA}/bravery/value", 2)], "minor", ["risky sla-changed bravery"]),
    ("a level less", [drop(f"{SLA}/retention")], "major", ["breaking sla-removed retention"]),
    ("a level more", [add(SLA, {"property": "responseTime", "value": 1, "unit": "s"})], "minor",
     ["compatible sla-added responseTime"]),
    ("described", [put(f"{SLA}/retention/description", "By law.")], "patch",
     ["documentation description-added retention"]),
    ("another default element", [put("slaDefaultElement", "orders.amount")], "minor",
     ["risky sla-element-changed slaDefaultElement"]),
]  # fmt: skip

SERVER: list[Case] = [
    (
        "another format",
        [put("servers/lake/format", "parquet")],
        "major",
        ["breaking server-format-changed servers.lake"],
    ),
    (
        "another path",
        [put("servers/lake/path", "shop/new")],
        "major",
        ["breaking server-location-changed servers.lake"],
    ),
    (
        "another host",
        [put("servers/warehouse/host", "db2.mesh.example")],
        "major",
        ["breaking server-location-changed servers.warehouse"],
    ),
    (
        "another type",
        [put("servers/warehouse/type", "mysql")],
        "major",
        ["breaking server-type-changed servers.warehouse"],
    ),
    (
        "another environment",
        [put("servers/lake/environment", "test")],
        "major",
        ["breaking server-environment-changed servers.lake"],
    ),
    ("another name", [put("servers/lake/server", "files")], "major", ["breaking server-name-changed servers.lake"]),
    ("an endpoint less", [drop("servers/warehouse")], "major", ["breaking server-removed servers.warehouse"]),
    (
        "an endpoint more",
        [add("servers", {"server": "s", "type": "local", "path": "x", "format": "csv"})],
        "minor",
        ["compatible server-added servers.s"],
    ),
    (
        "described",
        [put("servers/lake/description", "Files.")],
        "patch",
        ["documentation description-added servers.lake"],
    ),
    (
        "a role of the endpoint less",
        [drop("servers/warehouse/roles/reader")],
        "major",
        ["breaking role-removed servers.warehouse.roles.reader"],
    ),
    ("in another order", [shift("servers/warehouse", 0)], "none", []),
]

PEOPLE: list[Case] = [
    ("a role less", [drop("roles/analyst")], "major", ["breaking role-removed roles.analyst"]),
    (
        "a role more",
        [add("roles", {"role": "auditor", "access": "read"})],
        "minor",
        ["compatible role-added roles.auditor"],
    ),
    ("access narrowed", [put("roles/analyst/access", "read")], "major", ["breaking access-narrowed roles.analyst"]),
    ("access widened", [put("roles/analyst/access", "admin")], "minor", ["compatible access-widened roles.analyst"]),
    ("access in words", [put("roles/analyst/access", "on Mondays")], "minor", ["risky access-changed roles.analyst"]),
    (
        "another approver",
        [put("roles/analyst/firstLevelApprovers", "Bob")],
        "patch",
        ["documentation approvers-changed roles.analyst"],
    ),
    ("another team", [put("team/name", "Sales team")], "patch", ["documentation team-changed team"]),
    ("no team", [drop("team")], "minor", ["risky team-removed team"]),
    ("a member less", [drop("team/members/bob")], "patch", ["documentation member-removed team.bob"]),
    ("a channel less", [drop("support/help")], "minor", ["risky channel-removed support.help"]),
    (
        "a channel elsewhere",
        [put("support/help/url", "https://chat.mesh.example/new")],
        "patch",
        ["documentation channel-changed support.help"],
    ),
]

TERM: list[Case] = [
    (
        "another limit",
        [put("description/limitations", "No refunds.")],
        "minor",
        ["risky limitations-changed description"],
    ),
    ("no limits", [drop("description/limitations")], "minor", ["compatible limitations-removed description"]),
    ("other usage", [put("description/usage", "For planning only.")], "minor", ["risky usage-changed description"]),
    (
        "another purpose",
        [put("description/purpose", "Orders.")],
        "patch",
        ["documentation purpose-changed description"],
    ),
    (
        "another link",
        [put("authoritativeDefinitions/0/url", "https://mesh.example/new")],
        "patch",
        ["documentation links-changed authoritativeDefinitions"],
    ),
    (
        "something forbidden",
        [add("context/constraints", {"constraint": "Never sum amounts."})],
        "minor",
        ["risky constraint-added context.constraints"],
    ),
    (
        "other instructions",
        [put("context/instructions", "Amounts are net.")],
        "patch",
        ["documentation context-changed context"],
    ),
    ("dearer", [put("price/priceAmount", 20)], "minor", ["risky price-raised price"]),
    ("cheaper", [put("price/priceAmount", 5)], "minor", ["compatible price-lowered price"]),
    ("another currency", [put("price/priceCurrency", "USD")], "minor", ["risky price-changed price"]),
    ("free", [drop("price")], "minor", ["compatible price-removed price"]),
    (
        "a custom value",
        [put("customProperties/costCentre/value", 43)],
        "patch",
        ["documentation custom-changed costCentre"],
    ),
    (
        "a custom property of the description",
        [put("description/customProperties/reviewed/value", "2026-02-02")],
        "patch",
        ["documentation custom-changed description.reviewed"],
    ),
    ("a section of one's own", [put("galaxy", {"planet": 3})], "patch", ["documentation galaxy-added galaxy"]),
]

SECTIONS = {
    "identity": IDENTITY, "status": STATUS, "column": COLUMN, "type": TYPE, "option": OPTION, "enum": ENUM,
    "nested": NESTED, "key": KEY, "object": OBJECT, "protection": PROTECTION, "quality": QUALITY, "sla": LEVEL,
    "server": SERVER, "people": PEOPLE, "terms": TERM,
}  # fmt: skip
CASES = [pytest.param(*case[1:], id=f"{name}: {case[0]}") for name, cases in SECTIONS.items() for case in cases]


@pytest.mark.parametrize(("edits", "bump", "expected"), CASES)
def test_a_mutation_gets_its_verdict(edits: list[Edit], bump: str, expected: list[str]) -> None:
    comparison = differing(*edits)
    assert told(comparison) == sorted(expected)
    assert comparison.bump == bump


@pytest.mark.parametrize(("edits", "bump", "expected"), CASES)
def test_every_change_gives_its_reason_in_one_sentence(edits: list[Edit], bump: str, expected: list[str]) -> None:
    for change in differing(*edits).changes:
        assert change.reason.endswith(".")
        assert change.reason.count(". ") == 0


@pytest.mark.parametrize(("edits", "bump", "expected"), CASES)
def test_the_way_back_is_a_difference_too(edits: list[Edit], bump: str, expected: list[str]) -> None:
    assert bool(compare(changed(*edits), full()).changes) is bool(expected)
