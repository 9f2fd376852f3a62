"""A whole mesh with its tables in an object store: published, listed, queried and read from outside."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest
from checking.test_dbt_findings import PROJECT
from cli.calling import mesh_process
from orchestration.workbench import ORDERS, REVENUE, Workbench

from mesh_core.errors import ConfigurationError, MeshError
from mesh_core.serving import open_port
from mesh_core.serving.engine import create_views, engine
from mesh_core.settings import StoreAccess, load_settings
from mesh_core.storage import ObjectPath, open_lake
from mesh_core.storage.places import files_below, read, write

DAYS = [(date(2026, 1, 1), 2, 14.5), (date(2026, 1, 2), 1, 20.0)]
PYTHON = """
def revenue(orders):
    return orders.query(
        "SELECT ordered_on AS day, count(*) AS orders, sum(amount)::DOUBLE AS revenue FROM shop.orders GROUP BY ALL"
    )
"""
MODEL = (
    "{{ config(materialized='table') }}\n"
    "SELECT ordered_on AS day, count(*) AS orders, sum(amount)::DOUBLE AS revenue FROM {{ ref('large') }} GROUP BY 1"
)


def files(bench: Workbench) -> set[str]:
    """The folders in the lake that have files."""
    return {found.name.rpartition("/")[0] for found in files_below(bench.lake.root)}


def test_the_commands(bench: Workbench, settings: Mapping[str, str]) -> None:
    """In processes of their own, through Dagster."""
    root, settings = bench.tiny.root, {**settings, "MESH_LAKE": bench.settings.lake_url}
    ran = mesh_process("run", "--root", root, "--json", **settings)
    assert ran.code == 0, ran.err
    assert [(port["address"], port["status"], port["rows"]) for port in ran.json["ports"]] == [
        (ORDERS, "published", 3),
        (REVENUE, "published", 2),
    ]
    again = mesh_process("run", "--root", root, "--json", **settings)
    assert [port["status"] for port in again.json["ports"]] == ["unchanged"] * 2
    asked = mesh_process("query", f"FROM {REVENUE} ORDER BY day", "--root", root, "--json", **settings)
    assert asked.json["rows"] == [
        {"day": "2026-01-01", "orders": 2, "revenue": 14.5},
        {"day": "2026-01-02", "orders": 1, "revenue": 20.0},
    ]
    place = f"{settings['MESH_LAKE']}/insight/revenue"
    assert mesh_process("resolve", REVENUE, "--root", root, "--json", **settings).json["endpoint"]["location"] == place
    assert place in mesh_process("show", REVENUE, "--root", root, "--json", **settings).out
    listed = mesh_process("list", "--root", root, "--json", **settings)
    assert [port["table_version"] for port in listed.json["ports"]] == [0, 0]
    assert not list(bench.tiny.home.rglob("*.parquet")), "something lies beside the object store"
    assert {"shop/orders/_delta_log", "insight/revenue/_delta_log"} <= files(bench)


def test_the_discovery_document(bench: Workbench) -> None:
    bench.run()
    told = json.loads(read(bench.lake.table("shop/orders") / "_discovery.json"))
    assert (told["address"], told["endpoint"]["location"]) == (ORDERS, f"{bench.settings.lake_url}/shop/orders")


def test_in_python(bench: Workbench) -> None:
    bench.run()
    with open_port(REVENUE, root=bench.tiny.root) as port:
        assert port.relation().order("day").fetchall() == DAYS


def test_a_python_transformation(bench: Workbench) -> None:
    bench.tiny.file("domains/insight/revenue/revenue.sql").unlink()
    bench.tiny.file("domains/insight/revenue/revenue.py").write_text(PYTHON)
    bench.run()
    assert bench.rows(REVENUE) == DAYS


def test_a_dbt_model(bench: Workbench) -> None:
    bench.tiny.file("domains/insight/revenue/revenue.sql").unlink()
    closing = PROJECT["profiles.yml"] + "      keep_open: false\n"  # the platform reads the file when dbt is done
    for path, text in {**PROJECT, "profiles.yml": closing, "models/revenue/revenue.sql": MODEL}.items():
        file = bench.tiny.file(f"dbt_projects/insight/{path}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    bench.run()
    assert bench.rows(REVENUE) == DAYS


class TestAContractsOwnPlace:
    """The lake is a folder; one contract's server is in an object store."""

    @pytest.fixture
    def place(self, bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.delenv("MESH_LAKE")
        bench.settings = load_settings(bench.tiny.root)
        bench.lake = open_lake(bench.settings)
        place = f"s3://lake/{uuid.uuid4()}/shop/orders"
        text = bench.tiny.file("domains/shop/orders/orders.contract.yaml").read_text()
        [line] = [line for line in text.splitlines() if "path: shop/orders" in line]
        server = f"  - {{server: store, type: s3, environment: local, location: {place}, format: delta}}"
        bench.tiny.edit("domains/shop/orders/orders.contract.yaml", line, server)
        return place

    def test_it_is_published_there_and_read_from_there(self, bench: Workbench, place: str) -> None:
        bench.run()
        assert bench.rows(REVENUE) == DAYS
        there = ObjectPath.parse(place, bench.settings.store_access)
        assert {"_discovery.json", f"_delta_log/{0:020}.json"} < {found.name for found in files_below(there)}
        assert not (bench.settings.lake / "shop" / "orders").exists()
        assert (bench.settings.lake / "insight" / "revenue").is_dir()

    def test_a_query_over_both(self, bench: Workbench, settings: Mapping[str, str], place: str) -> None:
        bench.run()
        sql = f"SELECT count(*) AS n FROM {ORDERS} JOIN {REVENUE} ON day = ordered_on"
        known = {name: value for name, value in settings.items() if name != "MESH_LAKE"}
        assert mesh_process("query", sql, "--root", bench.tiny.root, "--json", **known).json["rows"] == [{"n": 3}]

    def test_a_lake_on_this_machine_loads_nothing_for_object_stores(self, tmp_path: Path) -> None:
        from orchestration.workbench import Services

        from mesh_core.testing import write_tiny_mesh

        services = Services(load_settings(write_tiny_mesh(tmp_path / "other").root))
        with services.connect() as connection:
            loaded = "SELECT count(*) FROM duckdb_extensions() WHERE extension_name = 'httpfs' AND loaded"
            assert connection.execute(loaded).fetchone() == (0,)


CLOSED = [
    "FROM read_parquet('{lake}/insight/revenue/*.parquet')",
    "FROM glob('{lake}/**')",
    "FROM read_text('{lake}/shop/orders/_discovery.json')",
    "FROM read_text('{lake}/shop/orders/_mesh/beside.txt')",
    "FROM read_text('{endpoint}/lake/x')",
    "FROM read_text('/etc/hostname')",
    "COPY (SELECT 1) TO '{lake}/shop/orders/more.parquet'",
    "ATTACH '{lake}/shop/orders/x.db'",
    "SET enable_external_access = true",
    "SET allowed_directories = ['{lake}']",
    "FROM duckdb_secrets(redact = false)",
    "LOAD delta",
]


def test_the_locked_engine_opens_the_ports_files_and_nothing_else(bench: Workbench) -> None:
    """Nothing else there, here or anywhere: even if a statement came past the first lock."""
    bench.run()
    pinned = bench.lake.pin(bench.lake.table("shop/orders"))
    assert pinned is not None
    write(bench.lake.table("shop/orders") / "_mesh" / "beside.txt", b"beside")
    given = {"lake": bench.settings.lake_url, "endpoint": bench.settings.store_access.endpoint}
    with engine("256MB", None) as connection:
        create_views(connection, {ORDERS: pinned.relation}, bench.settings.store_access)
        assert connection.execute(f"SELECT count(*) FROM {ORDERS}").fetchone() == (3,)
        assert connection.execute("SELECT current_setting('enable_external_access')").fetchone() == (False,)
        for sql in CLOSED:
            with pytest.raises(duckdb.Error, match=r"disabled|[Cc]annot|locked|not allowed"):
                connection.execute(sql.format(**given)).fetchall()
    with engine("256MB", None) as connection, pytest.raises(ConfigurationError, match="no credentials"):
        create_views(connection, {ORDERS: pinned.relation}, StoreAccess())


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("AWS_ACCESS_KEY_ID", "", "no credentials"),
        ("AWS_ENDPOINT_URL", "http://store.example", "unencrypted"),
        ("MESH_LAKE", "gs://lake", "tables can't be kept at gs://"),
        ("MESH_LAKE", "s3://", "no place for tables"),
    ],
)
def test_settings_that_make_no_sense(
    bench: Workbench, settings: Mapping[str, str], name: str, value: str, told: str
) -> None:
    answer = mesh_process("list", "--root", bench.tiny.root, **{**settings, name: value})
    assert (answer.code, told in answer.err) == (2, True), answer
    assert "Traceback" not in answer.err


def test_a_store_that_is_gone(bench: Workbench, settings: Mapping[str, str]) -> None:
    gone = {**settings, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    for words in (["list"], ["run"], ["query", f"FROM {ORDERS}"], ["show", ORDERS]):
        answer = mesh_process(*words, "--root", bench.tiny.root, **gone)
        assert answer.code in {1, 2}, answer
        assert "the object store does not answer for s3://" in answer.err + answer.out
        assert "AWS_ENDPOINT_URL" in answer.err + answer.out
        assert "Traceback" not in answer.err


def test_an_input_that_cannot_be_read(bench: Workbench) -> None:
    bench.run()
    pinned = bench.lake.pin(bench.lake.table("shop/orders"))
    assert pinned is not None
    for file in pinned.files:
        bench.remove_file(file)
    with pytest.raises(MeshError) as caught:
        bench.step(REVENUE, force=True)
    assert pinned.files[0] in str(caught.value)
