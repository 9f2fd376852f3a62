"""Each kind of finding, provoked by one edit of the tiny mesh: code, file, line and sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mesh_core.testing import TinyMesh

from .conftest import Findings

SHOP, INSIGHT = "domains/shop/orders", "domains/insight/revenue"
CONTRACT, PRODUCT, SQL = f"{INSIGHT}/revenue.contract.yaml", f"{INSIGHT}/product.yaml", f"{INSIGHT}/revenue.sql"
ORDERS, FEED, SOURCES = f"{SHOP}/orders.contract.yaml", f"{SHOP}/orders.sql", f"{SHOP}/sources.yaml"
NEED = '  - {name: orders, contractId: shop.orders, version: ">=1.0.0,<2"}'

Place = tuple[str, str, int | None, str]
"""Code, file below the root, line, message."""


def _edit(path: str, old: str, new: str) -> Callable[[TinyMesh], object]:
    return lambda tiny: tiny.edit(path, old, new)


def _write(path: str, text: str) -> Callable[[TinyMesh], object]:
    def write(tiny: TinyMesh) -> None:
        tiny.file(path).parent.mkdir(parents=True, exist_ok=True)
        tiny.file(path).write_text(text)

    return write


def _python(text: str) -> Callable[[TinyMesh], object]:
    def write(tiny: TinyMesh) -> None:
        tiny.file(SQL).unlink()
        tiny.file(f"{INSIGHT}/revenue.py").write_text(text)

    return write


_NULLS = "column 'revenue' is required by revenue.contract.yaml and can be null: "
_ENTITY = "entities:\n  - name: order\n    port: mesh://shop/{}/v1\n    id_column: {}\n    tag: entity:order\n"

CASES: dict[str, tuple[Callable[[TinyMesh], object], list[Place]]] = {
    "a missing bracket": (
        _edit(ORDERS, "tags: [sales]", "tags: [sales"),
        [("yaml", ORDERS, 10, "is not valid YAML: did not find expected ',' or ']'")],
    ),
    "a key that the standard lacks": (
        _edit(CONTRACT, "dataProduct: revenue", "dataProduct: revenue\ncolour: red"),
        [("descriptor", CONTRACT, 9, "unknown key 'colour'")],
    ),
    "a domain that the workspace forgot": (
        lambda tiny: tiny.file("workspace.yaml").write_text(
            "load_from:\n  - python_module: {module_name: domains.shop.definitions, location_name: shop}\n"
        ),
        [("workspace", "workspace.yaml", 1, "does not list domain 'insight': Dagster will not load it")],
    ),
    "a column under another name": (
        _edit(SQL, "count(*) AS orders", "count(*) AS number"),
        [
            ("column-missing", CONTRACT, 19, "revenue.sql does not make column 'orders'"),
            ("column-extra", SQL, 1, "column 'number' is not in revenue.contract.yaml"),
        ],
    ),
    "a column of another type": (
        _edit(SQL, "SELECT ordered_on AS day, count(*) AS orders,", "SELECT\n  ordered_on AS day,\n  3.5 AS orders,"),
        [("type-mismatch", SQL, 3, "column 'orders' is DECIMAL(2,1), the contract says BIGINT")],
    ),
    "a column of another type behind a star": (
        _write(
            SQL, "SELECT * FROM (SELECT ordered_on AS day, '1' AS orders, 1.0::DOUBLE AS revenue FROM shop.orders)\n"
        ),
        [("type-mismatch", CONTRACT, 19, "column 'orders' is VARCHAR, the contract says BIGINT")],
    ),
    "an input that need not be there": (
        _edit(
            ORDERS, "description: Sum of the order in euros.\n        required: true", "description: Sum of the order."
        ),
        [
            (
                "nullability",
                SQL,
                1,
                f"{_NULLS}shop.orders.amount is not required by its contract",
            )
        ],
    ),
    "a join that may find nothing": (
        _write(
            SQL,
            "SELECT a.ordered_on AS day, count(*) AS orders,\n  any_value(b.amount) AS revenue\nFROM shop.orders a\n"
            "LEFT JOIN shop.orders b ON b.order_id = a.order_id + 1\nGROUP BY 1\n",
        ),
        [
            (
                "nullability",
                SQL,
                2,
                f"{_NULLS}the LEFT JOIN in line 4 may find no row of shop.orders",
            )
        ],
    ),
    "a column that the input does not have": (
        _edit(SQL, "sum(amount)", "sum(price)"),
        [("sql-invalid", SQL, 1, 'Binder Error: Referenced column "price" not found in FROM clause!')],
    ),
    "a statement that does not parse": (
        _edit(SQL, "GROUP BY ordered_on", "GROUP ordered_on"),
        [("sql-invalid", SQL, 3, 'syntax error at or near "ordered_on"')],
    ),
    "two statements": (
        _edit(SQL, "GROUP BY ordered_on", "GROUP BY ordered_on;\nSELECT 1"),
        [("sql-invalid", SQL, 1, "holds 2 statements")],
    ),
    "a file that no port declares": (
        _edit(SQL, "FROM shop.orders", "FROM shop.orders, read_csv('x.csv')"),
        [
            (
                "table-function",
                SQL,
                2,
                "calls the table function read_csv(), which can read data that no input port declares",
            )
        ],
    ),
    "Python that does not parse": (
        _python("def revenue(orders):\n    return (\n"),
        [("python-invalid", f"{INSIGHT}/revenue.py", 2, "is not valid Python: '(' was never closed")],
    ),
    "Python without its function": (
        _python("def income(orders):\n    return orders.arrow()\n"),
        [("python-invalid", f"{INSIGHT}/revenue.py", 1, "has no function 'revenue'")],
    ),
    "two inputs that nobody declared": (
        _write(SQL, "SELECT *\nFROM shop.orders\nJOIN fleet.cars USING (x)\nJOIN fleet.bikes USING (x)\n"),
        [
            ("input-undeclared", SQL, 3, "reads 'fleet.cars', which is no declared input of product insight.revenue"),
            ("input-undeclared", SQL, 4, "reads 'fleet.bikes', which is no declared input of product insight.revenue"),
        ],
    ),
    "a version that there is not": (
        _edit(PRODUCT, ">=1.0.0,<2", ">=1.5.0,<2"),
        [
            (
                "input-unknown",
                PRODUCT,
                12,
                "input port 'orders' wants shop.orders >=1.5.0,<2: its versions are 1.0.0",
            )
        ],
    ),
    "a port that there is not, read by nobody": (
        _edit(PRODUCT, NEED, f"{NEED}\n  - {{name: cars, contractId: fleet.cars, version: 1.0.0}}"),
        [("input-unknown", PRODUCT, 13, "input port 'cars' wants fleet.cars 1.0.0: no contract has that id")],
    ),
    "a range of all versions": (
        _edit(PRODUCT, ">=1.0.0,<2", ">=1.0.0"),
        [
            (
                "range-spans-majors",
                PRODUCT,
                12,
                "input port 'orders' wants shop.orders >=1.0.0, which spans several majors",
            )
        ],
    ),
    "a range of no version": (
        _edit(PRODUCT, ">=1.0.0,<2", ">=2.0.0,<2"),
        [("range-empty", PRODUCT, 12, "input port 'orders' wants shop.orders >=2.0.0,<2, which no version can be")],
    ),
    "a source that is not there": (
        _edit(FEED, "bronze.orders_feed", "bronze.orders_fed"),
        [("internal-unknown", FEED, 2, "reads 'bronze.orders_fed', which domain shop does not make")],
    ),
    "a type that DuckDB does not have": (
        _edit(SOURCES, "amount: DOUBLE", "amount: MONEY"),
        [
            (
                "type-unknown",
                SOURCES,
                4,
                "columns of bronze.orders_feed: Catalog Error: Type with name MONEY does not exist!",
            )
        ],
    ),
    "no server for this environment": (
        _edit(CONTRACT, "environment: local", "environment: production"),
        [("server-missing", CONTRACT, 21, "names no server for environment 'local'")],
    ),
    "a rule that is none": (
        _edit(ORDERS, "metric: rowCount", "metric: duplicateValues"),
        [("rule-invalid", ORDERS, 41, "duplicateValues needs columns of the table and is given none")],
    ),
    "a rule on a column that is not there": (
        _edit(ORDERS, "WHERE amount > 1000", "WHERE sum > 1000"),
        [("rule-invalid", ORDERS, 46, "check 'modest_orders' could not run: its query failed: Binder Error")],
    ),
    "a rule that reads another's table": (
        _edit(ORDERS, "FROM ${object} WHERE amount > 1000", "FROM insight.revenue"),
        [("rule-invalid", ORDERS, 46, "check 'modest_orders' could not run: its query reads 'insight.revenue'")],
    ),
    "an entity whose port is not there": (
        _write(
            "governance/entities.yaml",
            _ENTITY.format("baskets", "order_id"),
        ),
        [("entity-unknown", "governance/entities.yaml", 3, "entity 'order': the mesh has no port shop.baskets")],
    ),
    "an entity whose column is not there": (
        _write(
            "governance/entities.yaml",
            _ENTITY.format("orders", "order_no"),
        ),
        [("entity-unknown", "governance/entities.yaml", 4, "entity 'order': shop.orders has no column 'order_no'")],
    ),
    "roles for a domain that is not there": (
        _write("governance/roles.yaml", "domains:\n  fleet: {team: Fleet, owner: ada@mesh.example}\n"),
        [("office-unknown", "governance/roles.yaml", 2, "gives roles for 'fleet', which is no domain of this mesh")],
    ),
    "governance that says what it cannot": (
        _write("governance/roles.yaml", "domains:\n  shop: {team: Shop, boss: ada@mesh.example}\n"),
        [("descriptor", "governance/roles.yaml", 2, "domains.shop: Object contains unknown field `boss`")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_finding_has_a_code_a_place_and_a_sentence(
    tiny: TinyMesh, findings: Callable[..., Findings], name: str
) -> None:
    edit, expected = CASES[name]
    edit(tiny)
    found = [(each["code"], _below(each["file"], tiny), each["line"], each["message"]) for each in findings()]
    mine = [each for each in found if each[0] in {place[0] for place in expected}]
    assert [each[:3] for each in mine] == [each[:3] for each in sorted(expected, key=lambda each: (each[1], each[2]))]
    for told, (_, _, _, message) in zip(mine, sorted(expected, key=lambda each: (each[1], each[2])), strict=True):
        assert told[3].startswith(message)


def _below(file: str | None, tiny: TinyMesh) -> str:
    return Path(file).relative_to(tiny.root).as_posix() if file else ""


def test_the_edits_cause_nothing_else(tiny: TinyMesh, findings: Callable[..., Findings]) -> None:
    assert findings() == []


def test_assets_in_a_circle(tiny: TinyMesh, findings: Callable[..., Findings]) -> None:
    file = tiny.file(f"{SHOP}/product.yaml")
    file.write_text(f'{file.read_text()}inputPorts:\n  - {{name: r, contractId: insight.revenue, version: "1.0.0"}}\n')
    tiny.edit(FEED, "feed\n", "feed\nWHERE ordered_on NOT IN (SELECT day FROM insight.revenue)\n")
    (finding,) = findings()
    assert (finding["code"], finding["file"], finding["line"]) == ("cycle", str(tiny.file(SQL)), 2)
    assert finding["message"] == (
        "the products depend on each other in a circle: insight.revenue → shop.orders → insight.revenue"
    )


def test_products_in_a_circle_whose_assets_make_none(tiny: TinyMesh, findings: Callable[..., Findings]) -> None:
    """``shop.orders`` declares that it reads what is made from it, and so far reads nothing."""
    file = tiny.file(f"{SHOP}/product.yaml")
    file.write_text(f'{file.read_text()}inputPorts:\n  - {{name: r, contractId: insight.revenue, version: "1.0.0"}}\n')
    (finding,) = findings()
    assert (finding["code"], finding["file"], finding["line"]) == ("cycle", str(tiny.file(PRODUCT)), 12)
    assert finding["message"] == (
        "the products need each other in a circle: insight.revenue → shop.orders → insight.revenue"
    )


def test_steps_in_a_circle(tiny: TinyMesh, findings: Callable[..., Findings]) -> None:
    folder = tiny.file(f"{SHOP}/silver")
    folder.mkdir()
    (folder / "one.sql").write_text("SELECT *\nFROM silver.two\n")
    (folder / "two.sql").write_text("SELECT *\nFROM silver.one\n")
    (finding,) = findings()
    assert (finding["code"], finding["file"], finding["line"]) == ("cycle", str(folder / "one.sql"), 2)
    assert finding["message"].endswith("shop.silver.one → shop.silver.two → shop.silver.one")


def test_a_contract_that_changes_shows_who_breaks(tiny: TinyMesh, findings: Callable[..., Findings]) -> None:
    tiny.edit(ORDERS, "- name: amount", "- name: total")
    tiny.edit(ORDERS, "WHERE amount", "WHERE total")
    tiny.edit(FEED, "amount", "amount AS total")
    (finding,) = findings()
    assert (finding["code"], finding["file"], finding["line"]) == ("sql-invalid", str(tiny.file(SQL)), 1)
    assert '"amount"' in finding["message"]


def test_nulls_of_a_step_are_followed(tiny: TinyMesh, findings: Callable[..., Findings]) -> None:
    folder = tiny.file(f"{INSIGHT}/silver")
    folder.mkdir()
    (folder / "paid.sql").write_text("SELECT ordered_on, nullif(amount, 0) AS amount\nFROM shop.orders\n")
    tiny.edit(SQL, "FROM shop.orders", "FROM silver.paid")
    (finding,) = findings()
    assert finding["message"] == (
        "column 'revenue' is required by revenue.contract.yaml and can be null: nullif in line 1 gives NULL "
        "(in silver.paid)"
    )
