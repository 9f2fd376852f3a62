"""`mesh export` and `mesh import` from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from mesh_core.testing import TinyMesh

from .calling import Mesh

LIGHT = ("sql", "json-schema", "avro", "dbt-sources", "dbt-model", "odcs", "odps")
HEAVY = {"dagster", "dbt", "deltalake", "duckdb", "jsonschema_rs", "numpy", "pandas", "pyarrow", "ruamel", "sqlalchemy",
         "sqlglot"}  # fmt: skip


def test_a_port_as_ddl_runs_in_duckdb(mesh: Mesh, tiny: TinyMesh) -> None:
    answer = mesh("export", "shop.orders", "--to", "sql", "--root", tiny.root)
    assert (answer.code, answer.err) == (0, "")
    connection = duckdb.connect()
    connection.execute(answer.out)
    assert connection.execute("DESCRIBE shop.orders").fetchall() == [
        ("order_id", "BIGINT", "NO", "PRI", None, None),
        ("customer", "VARCHAR", "NO", None, None, None),
        ("amount", "DOUBLE", "NO", None, None, None),
        ("ordered_on", "DATE", "NO", None, None, None),
    ]


def test_an_export_goes_to_a_file_and_says_so(mesh: Mesh, tiny: TinyMesh, tmp_path: Path) -> None:
    file = tmp_path / "new" / "orders.avsc"
    answer = mesh("export", "mesh://shop/orders/v1", "--to", "avro", "--output", file, "--root", tiny.root)
    assert (answer.code, answer.out, answer.err) == (0, "", f"wrote {file}\n")
    schema = json.loads(file.read_text())
    assert (schema["namespace"], schema["name"]) == ("shop", "orders")
    assert schema["fields"][0]["type"] == "long"


@pytest.mark.parametrize(
    ("target", "path"),
    [("odcs", "domains/shop/orders/orders.contract.yaml"), ("odps", "domains/shop/orders/product.yaml")],
)
def test_the_standards_own_files_come_as_they_stand(mesh: Mesh, tiny: TinyMesh, target: str, path: str) -> None:
    answer = mesh("export", "shop.orders", "--to", target, "--root", tiny.root)
    assert answer.out == tiny.file(path).read_text()


def test_an_export_for_programs_is_one_object(mesh: Mesh, tiny: TinyMesh) -> None:
    told = mesh("export", "shop.orders", "--to", "dbt-sources", "--json", "--root", tiny.root).json
    assert (told["address"], told["format"], told["file"]) == ("shop.orders", "dbt-sources", None)
    assert yaml.safe_load(told["text"])["sources"][0]["name"] == "shop"


def test_an_unknown_port_is_named_with_near_ones(mesh: Mesh, tiny: TinyMesh) -> None:
    answer = mesh("export", "shop.order", "--to", "sql", "--root", tiny.root)
    assert answer.code == 2
    assert "no port shop.order" in answer.err
    assert "shop.orders" in answer.err


def test_a_draft_is_loaded_by_the_mesh_once_it_stands_in_its_place(mesh: Mesh, tiny: TinyMesh, tmp_path: Path) -> None:
    """From DDL to a port that `mesh list` knows: the draft needs a product and a transformation, no more."""
    ddl = tmp_path / "returns.sql"
    ddl.write_text("CREATE TABLE shop.returns (return_id BIGINT PRIMARY KEY, why VARCHAR NOT NULL);")
    draft = tiny.file("domains/shop/returns/returns.contract.yaml")
    answer = mesh("import", ddl, "--from", "sql", "--output", draft)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.splitlines() == [
        f"drafted mesh://shop/returns/v1 in {draft}",
        "  assumed  domain 'shop' is the source's own word",
        "  assumed  version 1.0.0",
        "  assumed  product 'returns'",
        "  unknown  what the port is for (`description.purpose`)",
        "  unknown  the description of every column",
        "  unknown  the classification of every column",
        "  → It belongs in domains/shop/<product>/returns.contract.yaml, beside its product.yaml.",
    ]
    product = tiny.file("domains/shop/orders/product.yaml").read_text()
    tiny.file("domains/shop/returns/product.yaml").write_text(product.replace("orders", "returns"))
    tiny.file("domains/shop/returns/returns.sql").write_text(
        "SELECT order_id AS return_id, customer AS why FROM shop.orders"
    )
    listed = mesh("list", "--json", "--root", tiny.root).json
    assert "shop.returns" in [port["address"] for port in listed["ports"]]


def test_a_draft_goes_to_stdout_and_the_rest_to_stderr(mesh: Mesh, tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text('{"title": "Clicks", "properties": {"at": {"type": "string", "format": "date-time"}}}')
    answer = mesh("import", file, "--from", "json-schema", "--domain", "web")
    assert answer.code == 0
    assert yaml.safe_load(answer.out) == {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": "web.clicks",
        "name": "Clicks",
        "version": "1.0.0",
        "status": "draft",
        "domain": "web",
        "dataProduct": "clicks",
        "schema": [
            {
                "name": "clicks",
                "logicalType": "object",
                "physicalType": "table",
                "physicalName": "Clicks",
                "properties": [{"name": "at", "logicalType": "timestamp"}],
            }
        ],
        "servers": [
            {"server": "local", "type": "local", "environment": "local", "path": "web/clicks", "format": "delta"}
        ],
    }
    assert "  unknown  the primary key\n" in answer.err


def test_what_keeps_the_mesh_from_taking_a_draft_ends_with_1(mesh: Mesh, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(
        "apiVersion: v3.2.0\nkind: DataContract\nid: web.clicks\nversion: 1.0.0\ndomain: web\nschema:\n"
        "  - {name: clicks, properties: [{name: at, logicalType: moment}]}\n"
    )
    answer = mesh("import", file, "--from", "odcs", "--json")
    assert answer.code == 1
    assert answer.json["address"] == "mesh://web/clicks/v1"
    assert "moment" in answer.json["findings"][0]["message"]


def test_nothing_is_overwritten_by_a_draft(mesh: Mesh, tmp_path: Path) -> None:
    file, there = tmp_path / "t.sql", tmp_path / "there.yaml"
    file.write_text("CREATE TABLE a.t (b INT)")
    there.write_text("mine\n")
    answer = mesh("import", file, "--from", "sql", "--output", there)
    assert answer.code == 2
    assert f"{there} exists" in answer.err
    assert there.read_text() == "mine\n"


def test_what_is_missing_is_asked_for(mesh: Mesh, tmp_path: Path) -> None:
    file = tmp_path / "t.sql"
    file.write_text("CREATE TABLE t (b INT); CREATE TABLE u (b INT)")
    several = mesh("import", file, "--from", "sql")
    assert several.code == 2
    assert "Choose one: --table NAME." in several.err
    homeless = mesh("import", file, "--from", "sql", "--table", "u")
    assert homeless.code == 2
    assert "Name it: --domain DOMAIN." in homeless.err


@pytest.mark.parametrize("target", LIGHT)
def test_an_export_imports_nothing_heavy(tiny: TinyMesh, target: str) -> None:
    script = (
        "import sys; from mesh_core.cli import main; code = main(sys.argv[1:]); print(*sys.modules); sys.exit(code)"
    )
    words = ["export", "shop.orders", "--to", target, "--root", str(tiny.root), "--json"]
    for _ in range(2):  # the first call reads and validates the files, and remembers them
        done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()} & HEAVY == set()
