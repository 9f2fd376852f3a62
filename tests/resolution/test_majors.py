"""Several major versions of one port: two transformations or one, in SQL, Python and dbt."""

from __future__ import annotations

import json

import pytest

from mesh_core.checking import check_mesh
from mesh_core.contracts.tree import Mesh
from mesh_core.errors import MeshError, SchemaMismatchError
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh

from .conftest import Bench
from .majors import BOTH, CENTS, CONTRACT_2, FOLDER, NEEDS, add_version_2, share_one_sql

EUROS_ROWS = [(1, 10.5), (2, 4.0), (3, 20.0)]
CENTS_ROWS = [(1, 1050), (2, 400), (3, 2000)]

PYTHON = '''\
"""Orders, for both versions."""


def orders(orders_feed):
    """One row for each order."""
    return orders_feed.relation().select(
        "order_id, customer, amount, CAST(round(amount * 100) AS BIGINT) AS amount_cents, ordered_on"
    )
'''


def _findings(bench: Bench) -> list[tuple[str, str]]:
    mesh: Mesh = bench.mesh()
    found = check_mesh(mesh, load_settings(bench.tiny.root)).findings
    return [(error.code, error.what) for error in found if error.severity == "error"]


def _published(bench: Bench) -> None:
    """Both versions hold the same orders, each with its own amounts."""
    assert bench.run() == {"shop.orders": "published", "shop.orders_v2": "published", "insight.revenue": "published"}
    assert [(row[0], row[2]) for row in bench.rows("shop/orders")] == EUROS_ROWS
    assert [(row[0], row[2]) for row in bench.rows("shop/orders_v2")] == CENTS_ROWS
    assert bench.run() == dict.fromkeys(("shop.orders", "shop.orders_v2", "insight.revenue"), "unchanged")


def test_two_majors_from_two_transformations(bench: Bench) -> None:
    add_version_2(bench.tiny)
    bench.tiny.file(f"{FOLDER}/orders_v2.sql").write_text(CENTS)
    assert _findings(bench) == []
    mesh = bench.mesh()
    first, second = mesh.port("shop.orders"), mesh.port("shop.orders_v2")
    assert (first.path.name, second.path.name) == ("orders.sql", "orders_v2.sql")
    assert (first.siblings, second.siblings, first.spare) == ((), (), frozenset())
    assert second.address.asset_key == ("shop", "orders_v2")
    _published(bench)


def test_two_majors_from_one_transformation(bench: Bench) -> None:
    add_version_2(bench.tiny)
    share_one_sql(bench.tiny)
    assert _findings(bench) == []
    mesh = bench.mesh()
    second = mesh.port("shop.orders_v2")
    assert second.path.name == "orders.sql"
    assert [contract.version for contract in second.siblings] == ["1.0.0"]
    _published(bench)


def test_two_majors_from_one_python_function(bench: Bench) -> None:
    add_version_2(bench.tiny)
    bench.tiny.file(f"{FOLDER}/orders.sql").unlink()
    bench.tiny.file(f"{FOLDER}/orders.py").write_text(PYTHON)
    assert _findings(bench) == []
    assert {port.engine for port in bench.mesh().versions("shop.orders")} == {"python"}
    _published(bench)


def test_lineage_of_each_version_is_that_of_its_own_columns(bench: Bench) -> None:
    add_version_2(bench.tiny)
    share_one_sql(bench.tiny)
    bench.run()
    services = bench.services()
    first, second = (services.catalog.publication(name) for name in ("shop.orders", "shop.orders_v2"))
    services.close()
    assert first is not None
    assert second is not None
    assert {(edge.column, edge.input_column) for edge in first.lineage} == {
        ("order_id", "order_id"),
        ("customer", "customer"),
        ("amount", "amount"),
        ("ordered_on", "ordered_on"),
    }
    assert ("amount_cents", "amount") in {(edge.column, edge.input_column) for edge in second.lineage}


def test_an_edit_of_the_one_file_renews_both(bench: Bench) -> None:
    add_version_2(bench.tiny)
    share_one_sql(bench.tiny)
    bench.run()
    bench.tiny.file(f"{FOLDER}/orders.sql").write_text(f"{BOTH}WHERE order_id > 1\n")
    assert bench.run() == dict.fromkeys(("shop.orders", "shop.orders_v2", "insight.revenue"), "published")
    assert len(bench.rows("shop/orders")) == len(bench.rows("shop/orders_v2")) == 2


def test_a_column_that_no_version_promises_is_extra(bench: Bench) -> None:
    add_version_2(bench.tiny)
    bench.tiny.file(f"{FOLDER}/orders.sql").write_text(BOTH.replace("SELECT", "SELECT 1 AS more,"))
    codes = [code for code, what in _findings(bench) if "more" in what]
    assert set(codes) == {"column-extra"}
    with pytest.raises(SchemaMismatchError, match="column 'more' is not in the contract"):
        bench.run()


def test_a_column_of_another_version_is_extra_where_the_file_is_not_shared(bench: Bench) -> None:
    add_version_2(bench.tiny)
    bench.tiny.file(f"{FOLDER}/orders.sql").write_text(BOTH)
    bench.tiny.file(f"{FOLDER}/orders_v2.sql").write_text(CENTS)
    found = _findings(bench)
    assert [code for code, what in found if "amount_cents" in what] == ["column-extra"]


def test_a_column_that_the_shared_file_lacks(bench: Bench) -> None:
    add_version_2(bench.tiny)
    found = _findings(bench)  # orders.sql makes no cents
    assert [code for code, what in found if "amount_cents" in what] == ["column-missing"]
    assert bench.mesh().port("shop.orders").spare == frozenset({"order_id", "customer", "amount_cents", "ordered_on"})


@pytest.mark.parametrize(
    ("files", "made_by"),
    [
        (("orders.sql", "orders_v2.sql", "orders_v5.sql"), "orders_v2.sql"),
        (("orders_v2.sql", "orders_v5.sql"), "orders_v2.sql"),
        (("orders_v2.sql", "orders_v4.sql"), "orders_v4.sql"),  # as near as version 2, and newer
        (("orders.sql",), "orders.sql"),
        (("orders.sql", "orders_v10.sql", "orders_vat.sql", "orders_v1.sql"), "orders.sql"),
    ],
)
def test_the_nearest_file_serves(bench: Bench, files: tuple[str, ...], made_by: str) -> None:
    add_version_2(bench.tiny, version="3.0.0")
    folder = bench.tiny.file(FOLDER)
    (folder / "orders_v2.contract.yaml").rename(folder / "orders_v3.contract.yaml")
    bench.tiny.edit(f"{FOLDER}/orders_v3.contract.yaml", "- name: orders_v2", "- name: orders_v3")
    (folder / "orders.sql").unlink()
    (folder / "orders.contract.yaml").unlink()
    bench.tiny.edit(f"{FOLDER}/product.yaml", '  - {name: orders, version: "1.0.0", contractId: shop.orders}\n', "")
    for name in files:
        (folder / name).write_text(CENTS)
    mesh = bench.mesh()
    assert mesh.broken == {}
    assert mesh.port("shop.orders_v3").path.name == made_by


def test_the_nearest_has_to_be_one_file(bench: Bench) -> None:
    add_version_2(bench.tiny)
    bench.tiny.file(f"{FOLDER}/orders.py").write_text(PYTHON)
    error = bench.mesh().broken["shop"]
    assert "port shop.orders needs one transformation and has orders.sql and orders.py" in str(error)


def test_two_majors_in_one_place_would_replace_each_other(bench: Bench) -> None:
    add_version_2(bench.tiny)
    share_one_sql(bench.tiny)
    bench.tiny.edit(CONTRACT_2, "path: shop/orders_v2,", "path: shop/orders,")
    error = bench.mesh().broken["shop"]
    assert isinstance(error, MeshError)
    assert error.what == "shop.orders_v2 is kept where shop.orders is (shop/orders)"
    assert error.remedy == "Give it a place of its own: shop/orders_v2."
    assert error.path == bench.tiny.file(CONTRACT_2)
    assert "path: shop/orders," in error.path.read_text().splitlines()[(error.line or 0) - 1]


def test_a_reader_of_the_second_version(bench: Bench) -> None:
    add_version_2(bench.tiny)
    share_one_sql(bench.tiny)
    bench.tiny.edit(NEEDS, ">=1.0.0,<2", "~=2.0")
    bench.tiny.file("domains/insight/revenue/revenue.sql").write_text(
        "SELECT ordered_on AS day, count(*) AS orders, sum(amount_cents) / 100 AS revenue\n"
        "FROM shop.orders_v2\nGROUP BY ordered_on\n"
    )
    assert _findings(bench) == []
    bench.run()
    assert [row[2] for row in bench.rows("insight/revenue")] == [14.5, 20.0]
    services = bench.services()
    newest = services.lake.newest(services.lake.table("insight/revenue"))
    assert newest is not None
    assert json.loads(newest.facts["inputs"]) == {"shop.orders_v2": 0}


@pytest.mark.parametrize(
    ("span", "code", "told"),
    [
        (">=1.0.0", "range-spans-majors", "which spans several majors"),
        (">1.9", "range-spans-majors", "which spans several majors"),
        (">=3,<2", "range-empty", "which no version can be"),
    ],
)
def test_a_range_means_one_major(bench: Bench, span: str, code: str, told: str) -> None:
    bench.tiny.edit(NEEDS, ">=1.0.0,<2", span)
    mesh = bench.mesh()
    findings = check_mesh(mesh, load_settings(bench.tiny.root)).findings
    assert [(error.code, error.path, error.line) for error in findings] == [(code, bench.tiny.file(NEEDS), 12)]
    assert told in findings[0].what


DBT = {
    "dbt_project.yml": """\
name: shop
version: 1.0.0
config-version: 2
profile: shop
model-paths: [models]
models:
  shop:
    +materialized: table
""",
    "profiles.yml": """\
shop:
  target: mesh
  outputs:
    mesh:
      type: duckdb
      path: "{{ var('database', ':memory:') }}"
      keep_open: false
      threads: 1
""",
    "models/orders/orders.sql": "SELECT * FROM {{ ref('stg_orders') }}\n",
    "models/staging/stg_orders.sql": """\
SELECT
    1::BIGINT AS order_id,
    'ada@example.com' AS customer,
    10.5::DOUBLE AS amount,
    1050::BIGINT AS amount_cents,
    DATE '2026-01-01' AS ordered_on
""",
}


def test_two_majors_from_one_dbt_model(tiny: TinyMesh, bench: Bench) -> None:
    from mesh_core.orchestration.run import load_definitions

    add_version_2(tiny)
    tiny.file(f"{FOLDER}/orders.sql").unlink()
    tiny.file(f"{FOLDER}/sources.yaml").unlink()
    for path, text in DBT.items():
        file = tiny.file(f"dbt_projects/shop/{path}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert _findings(bench) == []
    services = bench.services()
    definitions = load_definitions("shop", services.settings)
    keys = {"/".join(spec.key.path): spec for spec in definitions.resolve_all_asset_specs()}
    assert sorted(keys) == ["shop/orders", "shop/orders_v2", "shop/silver/stg_orders"]
    for name in ("shop/orders", "shop/orders_v2"):
        assert ["/".join(dep.asset_key.path) for dep in keys[name].deps] == ["shop/silver/stg_orders"]
    assert bench.run() == {"shop.orders": "published", "shop.orders_v2": "published", "insight.revenue": "published"}
    assert [row[2] for row in bench.rows("shop/orders")] == [10.5]
    assert [row[2] for row in bench.rows("shop/orders_v2")] == [1050]
