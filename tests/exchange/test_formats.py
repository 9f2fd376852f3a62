"""Contracts written in other formats, judged by the programs that those formats are for."""

from __future__ import annotations

import base64
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import fastavro
import jsonschema
import jsonschema_rs
import pytest
from fastavro.validation import ValidationError

from mesh_core.contracts.document import parse_yaml
from mesh_core.contracts.odcs import Contract
from mesh_core.exchange.avro import to_avro
from mesh_core.exchange.dbt import to_dbt_model, to_dbt_sources
from mesh_core.exchange.ddl import to_sql
from mesh_core.exchange.json_schema import to_json_schema
from mesh_core.exchange.table import Table, table_of

from .samples import EMPTIEST_ROW, FULL_ROW, REQUIRED, TYPES


def described(contract: Contract) -> list[tuple[str, str, str, str]]:
    connection = duckdb.connect()
    connection.execute(to_sql(table_of(contract)))
    rows = connection.execute(f"DESCRIBE {contract.domain}.{contract.table}").fetchall()
    return [(name, kind, null, key or "") for name, kind, null, key, *_ in rows]


def test_duckdb_takes_the_ddl_of_every_kind_of_column(sample: Contract) -> None:
    keys = {"thing_id": "PRI", "region": "PRI", "code": "UNI"}
    assert described(sample) == [
        (name, TYPES[name], "NO" if name in REQUIRED else "YES", keys.get(name, "")) for name in FULL_ROW
    ]


def test_duckdb_describes_what_the_contract_promises(contract: Contract) -> None:
    unique = {column.name for column in contract.columns if column.unique}
    assert described(contract) == [
        (
            column.name,
            column.physical_type,
            "NO" if column.required else "YES",
            "PRI" if column.primary_key else "UNI" if column.name in unique else "",
        )
        for column in contract.columns
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "'huge'"),
        ("level", "3"),
        ("small", "10"),
        ("medium", "0"),
        ("medium", "9"),
        ("region", "'eur'"),
        ("paid", "NULL"),
        ("sold_on", "DATE '2019-12-31'"),
    ],
)
def test_the_ddl_holds_what_the_contract_says_of_values(sample: Contract, column: str, value: str) -> None:
    connection = duckdb.connect()
    connection.execute(to_sql(table_of(sample)))
    row = {"thing_id": "1", "region": "'eu'", "code": "'ABC'", "tiny": "1", "price": "1", "paid": "true",
           "sold_at": "now()", "labels": "['a']", "address": "{street: 'x', geo: {lat: 1, lon: 2}}"}  # fmt: skip
    insert = "INSERT INTO shop.everything_v2 ({}) VALUES ({})"
    connection.execute(insert.format(", ".join(row), ", ".join(row.values())))
    wrong = {**row, "thing_id": "2", "code": "'DEF'", column: value}
    with pytest.raises(duckdb.ConstraintException):
        connection.execute(insert.format(", ".join(wrong), ", ".join(wrong.values())))


def test_comments_arrive_in_the_database(sample: Contract) -> None:
    connection = duckdb.connect()
    connection.execute(to_sql(table_of(sample)))
    told = connection.execute("SELECT column_name, comment FROM duckdb_columns() WHERE comment IS NOT NULL").fetchall()
    assert ("thing_id", "Number of the thing.") in told
    assert connection.execute("SELECT comment FROM duckdb_tables()").fetchall() == [
        ("Every kind of column; it's a test, with {{ braces }}.",)
    ]


def test_avro_carries_rows_there_and_back(sample: Contract) -> None:
    schema = fastavro.parse_schema(json.loads(to_avro(table_of(sample))))
    file = io.BytesIO()
    fastavro.writer(file, schema, [FULL_ROW, EMPTIEST_ROW], strict=True)
    file.seek(0)
    back = list(fastavro.reader(file))
    for row in back:
        row["token"] = str(row["token"]) if row["token"] else None
    assert back == [FULL_ROW, EMPTIEST_ROW]


@pytest.mark.parametrize("column", REQUIRED)
def test_avro_has_no_null_for_a_required_column(sample: Contract, column: str) -> None:
    schema = fastavro.parse_schema(json.loads(to_avro(table_of(sample))))
    with pytest.raises(ValidationError):
        fastavro.writer(io.BytesIO(), schema, [{**FULL_ROW, column: None}], validator=True)


def test_every_contract_is_an_avro_schema(contract: Contract) -> None:
    schema = fastavro.parse_schema(json.loads(to_avro(table_of(contract))))
    assert [field["name"] for field in schema["fields"]] == [column.name for column in contract.columns]
    row = {column.name: avro_value(column.logical_type, column.enum) for column in contract.columns}
    nulls = {column.name: None for column in contract.columns if not column.required}
    file = io.BytesIO()
    fastavro.writer(file, schema, [row, {**row, **nulls}], strict=True)
    file.seek(0)
    assert list(fastavro.reader(file)) == [row, {**row, **nulls}]


def avro_value(logical: str, enum: tuple[Any, ...]) -> Any:
    values = {"string": "x", "integer": 2**40, "number": 1.5, "boolean": True}
    row_value = {"date": FULL_ROW["sold_on"], "timestamp": FULL_ROW["sold_at"]}
    return enum[0] if enum else {**values, **row_value}[logical]


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: as_json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def accepts(schema: dict[str, Any], row: dict[str, Any]) -> bool:
    """Both validators, which must agree."""
    assert jsonschema.Draft202012Validator(schema).is_valid(row) is jsonschema_rs.validator_for(schema).is_valid(row)
    return bool(jsonschema_rs.validator_for(schema, validate_formats=True).is_valid(row))


def test_json_schema_takes_rows_that_keep_the_contract(sample: Contract) -> None:
    schema = json.loads(to_json_schema(table_of(sample)))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert accepts(schema, as_json(FULL_ROW))
    assert accepts(schema, as_json(EMPTIEST_ROW))
    assert accepts(schema, as_json({name: value for name, value in EMPTIEST_ROW.items() if value is not None}))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("thing_id", "1"),
        ("region", "eur"),
        ("code", "abc"),
        ("mail", "nobody"),
        ("kind", "huge"),
        ("level", 3),
        ("tiny", 128),
        ("small", 10),
        ("medium", 0),
        ("medium", 9),
        ("medium", 2**31),
        ("price", None),
        ("paid", "yes"),
        ("sold_on", "21.11.2026"),
        ("sold_at", "2026-11-21T08:30:00"),
        ("token", "6ba7b810"),
        ("labels", [1]),
        ("parts", [{"weight": 1}]),
        ("parts", [{"part": "lid", "color": "red"}]),
        ("address", {"geo": None}),
        ("stock", {"here": "many"}),
        ("surprise", 1),
    ],
)
def test_json_schema_refuses_rows_that_break_the_contract(sample: Contract, column: str, value: Any) -> None:
    schema = json.loads(to_json_schema(table_of(sample)))
    assert not accepts(schema, {**as_json(FULL_ROW), column: value})


def test_every_contract_is_a_json_schema_that_its_examples_fit(contract: Contract) -> None:
    schema = json.loads(to_json_schema(table_of(contract)))
    jsonschema.Draft202012Validator.check_schema(schema)
    for column in contract.columns:
        validator = jsonschema_rs.validator_for(schema["properties"][column.name], validate_formats=True)
        assert [example for example in column.examples if not validator.is_valid(example)] == []
        assert validator.is_valid(None) is not column.required


def test_a_dbt_source_is_the_port_by_its_asset_key(sample: Contract) -> None:
    source = parse_yaml(to_dbt_sources(table_of(sample)).encode(), Path("sources.yml"))["sources"][0]
    entry = source["tables"][0]
    assert (source["name"], source["schema"], entry["name"]) == ("shop", "shop", "everything_v2")
    assert entry["config"]["meta"] == {
        "dagster": {"asset_key": ["shop", "everything_v2"]},
        "mesh": {"address": "mesh://shop/everything/v2", "version": "2.1.0"},
    }
    assert {column["name"]: column["data_type"] for column in entry["columns"]} == TYPES


def test_a_dbt_model_has_the_contract_as_constraints_and_tests(sample: Contract) -> None:
    model = parse_yaml(to_dbt_model(table_of(sample)).encode(), Path("models.yml"))["models"][0]
    columns = {column["name"]: column for column in model["columns"]}
    assert model["config"]["contract"] == {"enforced": True}
    assert model["constraints"] == [{"type": "primary_key", "columns": ["region", "thing_id"]}]
    assert columns["code"]["constraints"] == [{"type": "not_null"}, {"type": "unique"}]
    assert columns["code"]["data_tests"] == ["not_null", "unique"]
    assert columns["kind"]["data_tests"] == [{"accepted_values": {"arguments": {"values": ["big", "small"]}}}]
    assert columns["level"]["data_tests"] == [{"accepted_values": {"arguments": {"values": [1, 2], "quote": False}}}]
    assert columns["amount"] == {"name": "amount", "data_type": "DOUBLE"}


def test_dbt_runs_a_model_under_the_exported_contract(sample: Contract, tmp_path: Path) -> None:
    """dbt itself: the properties parse, the enforced contract fits a model of these types, every test passes."""
    from dbt.cli.main import dbtRunner

    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    table = table_of(sample)
    (project / "dbt_project.yml").write_text(
        "name: shop\nversion: 1.0.0\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n"
        "models: {shop: {+materialized: table}}\n"
    )
    (project / "profiles.yml").write_text(
        f"shop: {{target: t, outputs: {{t: {{type: duckdb, path: {project}/shop.duckdb, threads: 1}}}}}}\n"
    )
    (project / "models" / "model.yml").write_text(to_dbt_model(table))
    (project / "models" / "sources.yml").write_text(to_dbt_sources(table))
    (project / "models" / "everything_v2.sql").write_text(one_row(table))
    (project / "models" / "reader.sql").write_text("select thing_id from {{ source('shop', 'everything_v2') }} limit 0")
    arguments = ["--project-dir", str(project), "--profiles-dir", str(project), "--quiet", "--no-use-colors"]
    done = dbtRunner().invoke(["build", "--select", "everything_v2", *arguments])
    assert done.success, done.exception or [result.message for result in done.result]
    assert sorted({str(result.status) for result in done.result}) == ["pass", "success"]
    manifest = json.loads((project / "target" / "manifest.json").read_text())
    assert manifest["nodes"]["model.shop.everything_v2"]["description"] == sample.purpose
    source = manifest["sources"]["source.shop.shop.everything_v2"]
    assert source["meta"]["dagster"]["asset_key"] == ["shop", "everything_v2"]


def one_row(table: Table) -> str:
    values = {
        "region": "'eu'",
        "code": "'ABC'",
        "kind": "'big'",
        "size": "'1 m'",
        "labels": "['x']",
        "sold_at": "now()",
        **dict.fromkeys(("thing_id", "tiny", "level", "small", "medium", "price", "paid"), "1"),
        "sold_on": "DATE '2026-01-01'",
        "address": "{street: 'x', geo: {lat: 1, lon: 2}}",
    }
    columns = [f'CAST({values.get(f.name, "NULL")} AS {f.type}) AS "{f.name}"' for f in table.fields]
    return "SELECT " + ", ".join(columns)
