"""What a transformation reads, told from its text; and which version of an input answers a range."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mesh_core.contracts.graph import inputs_of
from mesh_core.contracts.references import function_parameters, table_references
from mesh_core.contracts.tree import Mesh
from mesh_core.errors import DescriptorError, UnknownAddressError
from mesh_core.testing import TinyMesh

FILE = Path("a.sql")


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1", ()),
        ("SELECT * FROM a.b", ("a.b",)),
        ("FROM a.b", ("a.b",)),
        ("SELECT * FROM a.b, c.d JOIN a.b USING (x)", ("a.b", "c.d")),
        ("WITH b AS (SELECT * FROM a.b) SELECT * FROM b", ("a.b",)),
        ("WITH x AS (FROM a.b), y AS (FROM x JOIN c.d USING (k)) FROM y", ("a.b", "c.d")),
        ("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) FROM n", ()),
        ("WITH X AS (FROM a.b) FROM x", ("a.b",)),
        ("WITH b AS (SELECT 1) SELECT * FROM a.b", ("a.b",)),
        ("SELECT * FROM (WITH x AS (FROM a.b) FROM x) JOIN x USING (k)", ("a.b", "x")),
        ("SELECT * FROM a.b WHERE k IN (SELECT k FROM c.d)", ("a.b", "c.d")),
        ("SELECT (SELECT max(v) FROM c.d) FROM a.b", ("c.d", "a.b")),
        ("FROM a.b UNION ALL BY NAME FROM c.d", ("a.b", "c.d")),
        ("-- FROM x.y\nSELECT 'FROM p.q' FROM a.b /* c.d */", ("a.b",)),
        ('SELECT * FROM "a"."b"', ("a.b",)),
        ("SELECT 'it''s' FROM a.b", ("a.b",)),
        ("SELECT unnest([1, 2]), range FROM range(3)", ()),
    ],
)
def test_tables_of_sql(sql: str, tables: tuple[str, ...]) -> None:
    assert set(table_references(FILE, sql)) == set(tables)


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("SELECT 1;\nSELECT 2", 1),
        ("SELECT a\nFROM\nWHERE", 3),
        ("CREATE TABLE t AS SELECT 1", 1),
        ("", 1),
    ],
)
def test_anything_but_one_select(sql: str, line: int) -> None:
    with pytest.raises(DescriptorError) as caught:
        table_references(FILE, sql)
    assert (caught.value.path, caught.value.line) == (FILE, line)
    assert caught.value.remedy == "Write one SELECT statement."


def test_parameters_of_python(tmp_path: Path) -> None:
    file = tmp_path / "f.py"
    file.write_text("import nowhere\n\ndef helper(x):\n    pass\n\ndef f(a, /, b, *, c):\n    pass\n")
    assert function_parameters(file, "f") == ("a", "b", "c")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("def g(a):\n    pass\n", 1, "has no function 'f'"),
        ("x = 1\ndef f(a:\n    pass\n", 2, "is not valid Python: '(' was never closed"),
    ],
)
def test_python_without_the_function(tmp_path: Path, text: str, line: int, what: str) -> None:
    file = tmp_path / "f.py"
    file.write_text(text)
    with pytest.raises(DescriptorError) as caught:
        function_parameters(file, "f")
    assert (caught.value.line, caught.value.what) == (line, what)


def test_python_reads_ports_by_the_input_s_name_and_steps_by_theirs(tiny: TinyMesh, load: Callable[[], Mesh]) -> None:
    tiny.file("domains/shop/orders/orders.sql").unlink()
    tiny.file("domains/shop/orders/orders.py").write_text("def orders(orders_feed):\n    return orders_feed.arrow()\n")
    tiny.file("domains/insight/revenue/revenue.sql").unlink()
    tiny.file("domains/insight/revenue/revenue.py").write_text("def revenue(orders):\n    return orders.arrow()\n")
    mesh = load()
    for name, view in (("shop.orders", "bronze.orders_feed"), ("insight.revenue", "shop.orders")):
        port = mesh.port(name)
        assert [given.view for given in inputs_of(port, mesh.domains[port.domain.name])] == [view]


def test_python_that_reads_what_nobody_declared(tiny: TinyMesh, load: Callable[[], Mesh]) -> None:
    tiny.file("domains/insight/revenue/revenue.sql").unlink()
    file = tiny.file("domains/insight/revenue/revenue.py")
    file.write_text("def revenue(\n    orders,\n    secrets,\n):\n    return orders.arrow()\n")
    mesh = load()
    with pytest.raises(DescriptorError) as caught:
        inputs_of(mesh.port("insight.revenue"), mesh.domains["insight"])
    assert (caught.value.path, caught.value.line) == (file, 3)
    assert caught.value.what == "reads 'secrets', which is no declared input of product insight.revenue"


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ("1.0.0", True),
        ("1", True),
        (">=1.0.0,<2", True),
        (">=1.0.0, <2", True),
        (">=1.0.0 <2", True),
        ("==1.*", True),
        ("~=1.0", True),
        ("1.0.1", False),
        (">1.0.0", False),
        ("!=1.0.0", False),
        ("2.0.0", False),
    ],
)
def test_a_version_range(load: Callable[[], Mesh], span: str, found: bool) -> None:
    port = load().resolve("shop.orders", span)
    assert (port is not None) is found


def test_an_unknown_port_names_near_ones(load: Callable[[], Mesh]) -> None:
    with pytest.raises(UnknownAddressError) as caught:
        load().port("shop.ordrs")
    assert caught.value.remedy == "Did you mean shop.orders?"


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ((), ["insight.revenue", "shop.orders"]),
        (("shop",), ["shop.orders"]),
        (("*.rev*",), ["insight.revenue"]),
        (("mesh://shop/orders/v1",), ["shop.orders"]),
        (("shop.orders", "shop"), ["shop.orders"]),
    ],
)
def test_selections(load: Callable[[], Mesh], pattern: tuple[str, ...], names: list[str]) -> None:
    assert sorted(port.address.sql for port in load().select(pattern)) == names


def test_two_majors_of_one_port_live_beside_each_other(tiny: TinyMesh, load: Callable[[], Mesh]) -> None:
    folder = tiny.file("domains/shop/orders")
    contract = (folder / "orders.contract.yaml").read_text().replace('version: "1.0.0"', 'version: "2.1.0"')
    contract = contract.replace("  - name: orders\n    logical", "  - name: orders_v2\n    logical")
    (folder / "orders_v2.contract.yaml").write_text(contract.replace("shop/orders,", "shop/orders_v2,"))
    (folder / "orders_v2.sql").write_text((folder / "orders.sql").read_text())
    product = folder / "product.yaml"
    product.write_text(product.read_text() + '  - {name: orders_v2, version: "2.1.0", contractId: shop.orders}\n')
    mesh = load()
    assert mesh.broken == {}
    assert sorted(address.sql for address in mesh.ports) == ["insight.revenue", "shop.orders", "shop.orders_v2"]
    newest = mesh.resolve("shop.orders", ">=1")
    assert newest is not None
    assert (newest.address.uri, newest.address.asset_key) == ("mesh://shop/orders/v2", ("shop", "orders_v2"))


@pytest.mark.parametrize(
    "call",
    [
        "read_csv('/etc/passwd')",
        "read_parquet('other/*.parquet')",
        "read_text('x')",
        "glob('*')",
        "duckdb_settings()",
        "delta_scan('lake/fleet/aircraft')",
    ],
)
def test_a_table_function_that_reads_what_no_port_declares(call: str) -> None:
    with pytest.raises(DescriptorError) as caught:
        table_references(FILE, f"SELECT *\nFROM a.b\nJOIN {call} ON true")
    assert f"calls the table function {call.partition('(')[0]}()" in caught.value.what
    assert caught.value.line == 3


def test_table_functions_that_only_compute() -> None:
    sql = "SELECT * FROM a.b, range(3), generate_series(1, 2), unnest([1, 2])"
    assert table_references(FILE, sql) == ("a.b",)
