"""Contracts drafted from other formats: what is known arrives, what is not is told, and the mesh takes the draft."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mesh_core.contracts.document import parse_yaml, read_document
from mesh_core.contracts.odcs import Contract, contract_from
from mesh_core.errors import MeshError
from mesh_core.exchange import Draft, import_file
from mesh_core.exchange.formats import _WRITERS, SOURCES, TARGETS
from mesh_core.exchange.table import Field, table_of
from mesh_core.exchange.types import parse_type

WAYS = [("sql", "sql"), ("json-schema", "json-schema"), ("avro", "avro"), ("dbt-model", "dbt")]
FACTS = ("name", "type", "required", "key", "description")


def facts(field: Field, *more: str) -> list[Any]:
    return [getattr(field, fact) for fact in (*FACTS, *more)]


def there_and_back(contract: Contract, target: str, source: str, folder: Path) -> tuple[Draft, Contract]:
    file = folder / "exported"
    file.write_text(_WRITERS[target](table_of(contract)))
    draft = import_file(file, source)
    assert draft.findings == ()
    again = folder / "again.contract.yaml"
    again.write_text(draft.text)
    return draft, contract_from(read_document(again, "odcs"))


@pytest.mark.parametrize(("target", "source"), WAYS)
def test_every_contract_comes_back_from_every_format(
    contract: Contract, target: str, source: str, tmp_path: Path
) -> None:
    draft, back = there_and_back(contract, target, source, tmp_path)
    assert (back.id, back.table, back.address, back.purpose) == (
        contract.id, contract.table, contract.address, contract.purpose,
    )  # fmt: skip
    assert draft.address == contract.address
    assert back.status == "draft"
    before, after = table_of(contract).fields, table_of(back).fields
    assert [facts(field, "unique") for field in after] == [facts(field, "unique") for field in before]
    if target != "sql":
        assert back.version == contract.version
    if target != "avro":
        assert [field.enum for field in after] == [field.enum for field in before]
    if target == "json-schema":
        whole = ("options", "title", "classification", "examples")
        assert [facts(field, *whole) for field in after] == [facts(field, *whole) for field in before]


@pytest.mark.parametrize(("target", "source"), WAYS)
def test_every_kind_of_column_comes_back_from_every_format(
    sample: Contract, target: str, source: str, tmp_path: Path
) -> None:
    _, back = there_and_back(sample, target, source, tmp_path)
    before, after = table_of(sample), table_of(back)
    assert [facts(field) for field in after.fields] == [facts(field) for field in before.fields]
    assert after.primary_key == ("region", "thing_id")
    if target in {"json-schema", "avro"}:
        assert [nested(field) for field in after.fields] == [nested(field) for field in before.fields]


def nested(field: Field) -> list[Any]:
    return [(part.name, part.type, part.required, part.description, nested(part)) for part in field.parts]


def drafted(tmp_path: Path, text: str, source: str, **words: str) -> Draft:
    file = tmp_path / "given"
    file.write_text(text)
    return import_file(file, source, **words)


def properties(draft: Draft) -> dict[str, dict[str, Any]]:
    schema = parse_yaml(draft.text.encode(), Path("draft"))["schema"][0]
    return {prop.pop("name"): prop for prop in schema["properties"]}


POSTGRES = """\
-- What the shop sells.
CREATE TABLE public.order_items (
    id          serial PRIMARY KEY,
    order_id    int4 NOT NULL REFERENCES orders (id),
    sku         varchar(18) NOT NULL,            -- stock keeping unit
    price       numeric(10, 2) CHECK (price >= 0 AND price < 10000),
    state       text DEFAULT 'new' CHECK (state IN ('new', 'sent')),
    tags        text[],
    payload     jsonb,
    place       geography,
    ordered_at  timestamptz NOT NULL,
    UNIQUE (sku)
);
CREATE INDEX by_order ON public.order_items (order_id);
COMMENT ON TABLE public.order_items IS 'Items of orders.';
COMMENT ON COLUMN public.order_items.price IS 'In euros.';
"""


def test_ddl_of_another_database_becomes_a_contract(tmp_path: Path) -> None:
    draft = drafted(tmp_path, POSTGRES, "sql", domain="shop", dialect="postgres")
    assert properties(draft) == {
        "id": {"logicalType": "integer", "physicalType": "INTEGER", "primaryKey": True, "primaryKeyPosition": 1,
               "required": True},
        "order_id": {"logicalType": "integer", "physicalType": "INTEGER", "required": True},
        "sku": {"logicalType": "string", "description": "stock keeping unit", "required": True, "unique": True},
        "price": {"logicalType": "number", "physicalType": "DECIMAL(10,2)", "description": "In euros.",
                  "logicalTypeOptions": {"minimum": 0, "exclusiveMaximum": 10000}},
        "state": {"logicalType": "string", "enum": [{"value": "new"}, {"value": "sent"}]},
        "tags": {"logicalType": "array", "items": {"logicalType": "string"}},
        "payload": {"logicalType": "string", "physicalType": "JSON"},
        "place": {"logicalType": "string"},
        "ordered_at": {"logicalType": "timestamp", "required": True},
    }  # fmt: skip
    assert (draft.address.sql, draft.findings) == ("shop.order_items", ())
    assert draft.guesses == (
        "place is of type GEOGRAPHY, which DuckDB has not: taken as text",
        "version 1.0.0",
        "product 'order_items'",
    )
    assert draft.unknown == (
        "the description of id, order_id, state, tags, payload, place, ordered_at",
        "the classification of every column",
    )


SNOWFLAKE = """\
create or replace table RETAIL.CUSTOMERS_V3 (
  CUSTOMER_ID NUMBER(38,0) NOT NULL COMMENT 'Who bought.',
  NAME STRING, BORN DATE, SEEN TIMESTAMP_NTZ, SCORE FLOAT, RAW VARIANT,
  CONSTRAINT pk PRIMARY KEY (CUSTOMER_ID)
) COMMENT = 'Buyers.';
"""


def test_the_version_in_a_name_is_the_major_version(tmp_path: Path) -> None:
    draft = drafted(tmp_path, SNOWFLAKE, "sql", dialect="snowflake")
    raw = parse_yaml(draft.text.encode(), Path("draft"))
    assert (raw["id"], raw["version"], raw["schema"][0]["name"]) == ("retail.customers", "3.0.0", "customers_v3")
    assert raw["schema"][0]["physicalName"] == "CUSTOMERS_V3"
    assert raw["description"] == {"purpose": "Buyers."}
    assert properties(draft)["CUSTOMER_ID"] == {
        "logicalType": "number", "physicalType": "DECIMAL(38,0)", "description": "Who bought.", "primaryKey": True,
        "primaryKeyPosition": 1, "required": True,
    }  # fmt: skip
    assert properties(draft)["SEEN"] == {"logicalType": "timestamp", "physicalType": "TIMESTAMP"}
    assert "domain 'retail' is the source's own word" in draft.guesses


JSON_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "$id": "https://shop.example/schemas/OrderPlaced.json",
    "description": "An order.",
    "type": "object",
    "required": ["id", "lines", "state"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "description": "Its number."},
        "lines": {"type": "array", "items": {"$ref": "#/definitions/line"}, "minItems": 1},
        "state": {"enum": ["new", "sent"]},
        "note": {"oneOf": [{"type": "null"}, {"type": "string", "maxLength": 80}]},
        "placed": {"type": "string", "format": "date-time"},
        "total": {"type": ["number", "null"], "minimum": 0},
        "extra": {"type": "object", "additionalProperties": {"type": "integer"}},
        "either": {"type": ["string", "integer"]},
    },
    "definitions": {"line": {"type": "object", "properties": {"sku": {"type": "string"}, "count": {"type": "integer"}},
                             "required": ["sku"]}},
}  # fmt: skip


def test_json_schema_with_references_and_unions_becomes_a_contract(tmp_path: Path) -> None:
    draft = drafted(tmp_path, json.dumps(JSON_SCHEMA), "json-schema", domain="shop")
    assert draft.address.sql == "shop.order_placed"
    assert properties(draft) == {
        "id": {"logicalType": "string", "physicalType": "UUID", "description": "Its number.", "required": True},
        "lines": {"logicalType": "array", "required": True, "logicalTypeOptions": {"minItems": 1}, "items": {
            "logicalType": "object", "properties": [{"name": "sku", "logicalType": "string", "required": True},
                                                    {"name": "count", "logicalType": "integer"}]}},
        "state": {"logicalType": "string", "required": True, "enum": [{"value": "new"}, {"value": "sent"}]},
        "note": {"logicalType": "string", "logicalTypeOptions": {"maxLength": 80}},
        "placed": {"logicalType": "timestamp"},
        "total": {"logicalType": "number", "logicalTypeOptions": {"minimum": 0}},
        "extra": {"logicalType": "map", "physicalType": "MAP(VARCHAR, BIGINT)",
                  "map": {"key": {"logicalType": "string"}, "value": {"logicalType": "integer"}}},
        "either": {"logicalType": "string"},
    }  # fmt: skip
    assert draft.guesses[0] == "either is of string or integer: taken as text"
    assert draft.findings == ()


AVRO = {
    "type": "record", "name": "Click", "namespace": "com.example.web", "doc": "One click.",
    "fields": [
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "user", "type": ["null", "string"], "default": None, "doc": "Who."},
        {"name": "device", "type": {"type": "enum", "name": "Device", "symbols": ["PHONE", "DESK"]}},
        {"name": "before", "type": ["null", "Device"]},
        {"name": "page", "type": {"type": "record", "name": "Page", "fields": [{"name": "url", "type": "string"}]}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "counts", "type": {"type": "map", "values": "int"}},
        {"name": "size", "type": ["int", "long"]},
    ],
}  # fmt: skip


def test_avro_with_named_types_becomes_a_contract(tmp_path: Path) -> None:
    draft = drafted(tmp_path, json.dumps(AVRO), "avro")
    assert draft.address.uri == "mesh://web/click/v1"
    found = properties(draft)
    assert found["at"] == {"logicalType": "timestamp", "required": True}
    assert found["user"] == {"logicalType": "string", "description": "Who."}
    assert found["device"]["enum"] == found["before"]["enum"] == [{"value": "PHONE"}, {"value": "DESK"}]
    assert found["page"] == {
        "logicalType": "object", "required": True,
        "properties": [{"name": "url", "logicalType": "string", "required": True}],
    }  # fmt: skip
    assert found["price"]["physicalType"] == "DECIMAL(9,2)"
    assert found["counts"]["physicalType"] == "MAP(VARCHAR, INTEGER)"
    assert found["size"] == {"logicalType": "integer", "required": True}
    assert draft.guesses[0] == "size is of int or long: taken as long"


DBT = """\
version: 2
models:
  - name: customers
    description: "Everyone who bought."
    columns:
      - name: customer_id
        data_type: int64
        data_tests: [unique, not_null]
      - name: country
        tests:
          - accepted_values: {values: [DE, FR]}
  - name: orders
    columns: [{name: id}]
"""


def test_dbt_properties_become_a_contract_with_what_they_leave_open_told(tmp_path: Path) -> None:
    draft = drafted(tmp_path, DBT, "dbt", domain="shop", product="sales", table="customers", dialect="bigquery")
    assert properties(draft) == {
        "customer_id": {"logicalType": "integer", "required": True, "unique": True},
        "country": {"logicalType": "string", "enum": [{"value": "DE"}, {"value": "FR"}]},
    }
    assert draft.guesses == ("country: no data_type is given: taken as text", "version 1.0.0")
    assert parse_yaml(draft.text.encode(), Path("draft"))["dataProduct"] == "sales"


FOREIGN = """\
# What's this contract about?
kind: DataContract
apiVersion: v3.1.0
id: 53581432-6c55-4ba2-a65f-72344a91553a   # from the registry
version: 1.1.0
status: active
domain: Seller
dataProduct: my quantum
rating: 5
servers:
  - {server: wh, type: snowflake, environment: prod, account: a, database: d, schema: s, host: h}
  - {server: files, type: local, environment: test, path: files}   # without its format
schema:
- name: tbl   # the table
  physicalName: tbl_1
  properties:
  - name: txn_dt
    logicalType: date
    physicalType: DATE
    acme: {steward: ada}
  - name: rcvr_id
    primaryKey: true
    primaryKeyPosition: 1
    logicalType: string
    physicalType: varchar(18)
  - name: amount
    physicalType: NUMBER(12,2)
  - name: shape
    logicalType: string
    physicalType: geography_3d
- name: receivers
  properties: [{name: id}]
price: {priceAmount: 9.95, priceCurrency: USD, acmeDiscount: 3}
"""

ADOPTED = """\
# What's this contract about?
kind: DataContract
apiVersion: v3.1.0
id: seller.tbl   # from the registry
version: 1.1.0
status: draft
domain: seller
dataProduct: my_quantum
servers:
  - {server: wh, type: snowflake, environment: prod, account: a, database: d, schema: s, host: h}
  - {server: files, type: local, environment: test, path: files}   # without its format
  - {server: local, type: local, environment: local, path: seller/tbl, format: delta}
schema:
- name: tbl   # the table
  physicalName: tbl_1
  properties:
  - name: txn_dt
    logicalType: date
    physicalType: DATE
    customProperties:
      - property: acme
        value: {steward: ada}
  - name: rcvr_id
    primaryKey: true
    primaryKeyPosition: 1
    logicalType: string
    physicalType: varchar(18)
  - name: amount
    physicalType: DECIMAL(12,2)
    customProperties:
      - {property: originalPhysicalType, value: "NUMBER(12,2)"}
  - name: shape
    logicalType: string
    customProperties:
      - {property: originalPhysicalType, value: geography_3d}
price: {priceAmount: 9.95, priceCurrency: USD, acmeDiscount: 3}
customProperties:
  - {property: originalId, value: "53581432-6c55-4ba2-a65f-72344a91553a"}
  - {property: originalDomain, value: Seller}
  - {property: originalDataProduct, value: my quantum}
  - {property: originalStatus, value: active}
  - {property: rating, value: 5}
"""


def test_a_foreign_contract_keeps_its_words_and_comments(tmp_path: Path) -> None:
    draft = drafted(tmp_path, FOREIGN, "odcs", table="tbl")
    assert draft.text == ADOPTED
    assert "left out: receivers; a port is one table" in draft.guesses
    assert "price.acmeDiscount is unknown to the standard, and stays" in draft.guesses
    assert "'5' is kept as custom property rating" in draft.guesses
    assert "servers.1.path is unknown to the standard, and stays" in draft.guesses
    assert [finding.what for finding in draft.findings if finding.what.startswith(("price", "servers"))] == [
        'servers.1: "format" is a required property',
        "servers.1: Unevaluated properties are not allowed ('path' was unexpected)",
        "price: Additional properties are not allowed ('acmeDiscount' was unexpected)",
    ]


def test_our_own_contracts_are_imported_as_they_are_but_for_the_status(contract: Contract) -> None:
    draft = import_file(contract.path, "odcs")
    assert draft.address == contract.address
    assert draft.findings == ()
    text = contract.path.read_text()
    lines = set(draft.text.splitlines()) ^ set(text.splitlines())
    assert {line.strip() for line in lines} <= {
        f"status: {contract.status}",
        "status: draft",
        "customProperties:",
        f"- {{property: originalStatus, value: {contract.status}}}",
    }


D = {"domain": "d"}
TABLE = "CREATE TABLE t (a INT)"
RECURSIVE = '{"properties": {"a": {"$ref": "#/d/a"}}, "d": {"a": {"properties": {"b": {"$ref": "#/d/a"}}}}}'


def record(kind: str) -> str:
    return f'{{"type": "record", "name": "r", "fields": [{{"name": "a", "type": {kind}}}]}}'


@pytest.mark.parametrize(
    ("source", "text", "words", "code", "said"),
    [
        ("sql", TABLE, {}, "import-incomplete", "the domain is not known"),
        ("sql", f"{TABLE}; CREATE TABLE u (a INT)", D, "import-ambiguous", "2 tables: t, u"),
        ("sql", TABLE, {**D, "table": "x"}, "import-ambiguous", "no table 'x'; it has t"),
        ("sql", TABLE, {**D, "dialect": "klingon"}, "import-unreadable", "klingon: Unknown dialect"),
        ("sql", TABLE, {"domain": "My Domain"}, "import-incomplete", "no name for a domain"),
        ("sql", "CREATE TABLE (", D, "import-unreadable", "duckdb: "),
        ("sql", "SELECT 1", D, "import-ambiguous", "describes 0 tables"),
        ("json-schema", "{", D, "import-unreadable", "is not JSON"),
        ("json-schema", '{"type": "string"}', D, "import-unreadable", "no object with `properties`"),
        ("json-schema", RECURSIVE, D, "import-unreadable", "nested in itself"),
        ("json-schema", '{"properties": {"a": {"$ref": "x.json"}}}', D, "import-unreadable", "in another file"),
        ("avro", '"string"', D, "import-unreadable", "no Avro record"),
        ("avro", record('["int", "string"]'), D, "import-unreadable", "'a' is a union of int or string"),
        ("avro", record('["null", "r"]'), D, "import-unreadable", "'a' is nested in itself"),
        ("avro", record('"other.Thing"'), D, "import-unreadable", "'a' has type 'other.Thing', which stands nowhere"),
        ("dbt", "name: project\n", D, "import-unreadable", "neither sources nor models"),
        ("dbt", "models: [{name: m}]\n", D, "import-incomplete", "'m' has no columns"),
        ("odcs", "apiVersion: v2.2.2\nkind: DataContract\n", {}, "import-unreadable", "no ODCS 3 contract"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_refused_with_the_reason(
    tmp_path: Path, source: str, text: str, words: dict[str, str], code: str, said: str
) -> None:
    with pytest.raises(MeshError) as caught:
        drafted(tmp_path, text, source, **words)
    assert caught.value.code == code
    assert said in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("int", "INTEGER"),
        ("DECIMAL(12, 2)", "DECIMAL(12,2)"),
        ("decimal(5)", "DECIMAL(5,0)"),
        ("timestamptz", "TIMESTAMP WITH TIME ZONE"),
        ("varchar(18)[]", "VARCHAR[]"),
        ("INTEGER[3]", "INTEGER[3]"),
        ('STRUCT(a INT, "b c" STRUCT(d DOUBLE[]))', 'STRUCT(a INTEGER, "b c" STRUCT(d DOUBLE[]))'),
        ("MAP(VARCHAR, STRUCT(x BIGINT)[])", "MAP(VARCHAR, STRUCT(x BIGINT)[])"),
        ("ENUM('a', 'b''c')", "ENUM('a', 'b''c')"),
    ],
)
def test_types_are_read_and_spelled_as_duckdb_does(given: str, printed: str) -> None:
    assert str(parse_type(given)) == printed


def test_the_verbs_offer_what_there_is() -> None:
    from mesh_core.cli.verbs import export, import_

    assert export.TARGETS == TARGETS
    assert import_.SOURCES == SOURCES
