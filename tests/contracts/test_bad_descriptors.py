"""Everything that a descriptor can get wrong: told with file, line and remedy, and the other domain loads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mesh_core.contracts.tree import Mesh
from mesh_core.testing import TinyMesh

from .conftest import Findings

CONTRACT = "domains/shop/orders/orders.contract.yaml"
PRODUCT = "domains/shop/orders/product.yaml"
SOURCES = "domains/shop/orders/sources.yaml"
SQL = "domains/shop/orders/orders.sql"
DOMAIN = "domains/shop/domain.yaml"
NEEDS = "domains/insight/revenue/product.yaml"
READS = "domains/insight/revenue/revenue.sql"

ODCS = "ODCS 3.2.0 has no such key there; keys of your own go under customProperties."
VERSION = '\nversion: "1.0.0"\n'
UNDECLARED = (
    "Declare it under `inputPorts` in {}/product.yaml (contractId and version), "
    "or read bronze.<source> or silver.<step> of the own domain."
)

Case = tuple[str, str, str, int, str, str]

CONTRACTS: list[Case] = [
    (
        CONTRACT,
        "kind: DataContract",
        "kind: [DataContract",
        3,
        "is not valid YAML: did not find expected ',' or ']'",
        "Mend the syntax there.",
    ),
    (
        CONTRACT,
        "status: active",
        "status: active\nstatus: draft",
        7,
        "is not valid YAML: key 'status' stands here twice",
        "Mend the syntax there.",
    ),
    (CONTRACT, "dataProduct: orders", "dataProduct: orders\ncolour: red", 9, "unknown key 'colour'", ODCS),
    (
        CONTRACT,
        "        required: true\n        classification: restricted",
        "        requird: true\n        classification: restricted",
        30,
        "schema.0.properties.1: unknown key 'requird'",
        ODCS,
    ),
    (
        CONTRACT,
        "        classification: restricted",
        "        classification: restricted\n        logicalTypeOptions: {minLenght: 3}",
        32,
        "schema.0.properties.1.logicalTypeOptions: unknown key 'minLenght'",
        ODCS,
    ),
    (
        CONTRACT,
        "name: some_orders",
        "name: some_orders\n        nmae: x",
        42,
        "schema.0.quality.0: unknown key 'nmae'",
        ODCS,
    ),
    (
        CONTRACT,
        "apiVersion: v3.2.0",
        "apiVersion: v9.9.9",
        1,
        "apiVersion is 'v9.9.9', known are v3.0.x, v3.1.x, v3.2.x",
        "Set a known apiVersion.",
    ),
    (
        CONTRACT,
        "apiVersion: v3.2.0\n",
        "",
        1,
        "apiVersion is '', known are v3.0.x, v3.1.x, v3.2.x",
        "Set a known apiVersion.",
    ),
    (
        CONTRACT,
        "\nid: shop.orders",
        "\nid: shop.order",
        5,
        "product.yaml declares no output port for shop.order 1.0.0",
        "Add it to `outputPorts`, same id and version.",
    ),
    (
        CONTRACT,
        "domain: shop\n",
        "domain: shops\n",
        3,
        "id 'shop.orders' is not '<domain>.<port>' of domain 'shops'",
        "The contract id is the port's global name.",
    ),
    (
        CONTRACT,
        "dataProduct: orders\n",
        "",
        1,
        "has no `dataProduct`",
        "Add `dataProduct:`; the mesh addresses ports by it.",
    ),
    (
        CONTRACT,
        "dataProduct: orders",
        "dataProduct: order",
        8,
        "dataProduct is 'order', expected 'orders'",
        "Make it agree with product.yaml and the file name.",
    ),
    (
        CONTRACT,
        "  - name: orders\n    logicalType",
        "  - name: order\n    logicalType",
        15,
        "schema is 'order', expected 'orders'",
        "Make it agree with product.yaml and the file name.",
    ),
    (
        CONTRACT,
        VERSION,
        '\nversion: "2.0.0"\n',
        5,
        "product.yaml declares no output port for shop.orders 2.0.0",
        "Add it to `outputPorts`, same id and version.",
    ),
    (CONTRACT, VERSION, "\nversion: 1.0\n", 5, 'version: 1.0 is not of type "string"', "See ODCS 3.2.0."),
    (
        CONTRACT,
        VERSION,
        '\nversion: "0.9.0"\n',
        5,
        "version '0.9.0' is not a semantic version from 1.0.0 on",
        "Write MAJOR.MINOR.PATCH.",
    ),
    (
        CONTRACT,
        "severity: warning",
        "severity: loud",
        50,
        "severity 'loud' is none of error, warning, info",
        "`error` blocks, `warning` reports.",
    ),
    (
        CONTRACT,
        "      - name: amount",
        "      - name: Customer",
        33,
        "column 'Customer' is described twice",
        "Column names are unique, whatever their case.",
    ),
    (
        CONTRACT,
        "environment: local",
        "environment: production",
        52,
        "names no server for environment 'local'",
        "Add one under `servers`.",
    ),
    (
        CONTRACT,
        "servers:",
        "  - name: other\n    properties: [{name: a, logicalType: string}]\nservers:",
        15,
        "describes 2 schema objects; an output port is exactly one",
        "Give every port a contract of its own.",
    ),
    (
        CONTRACT,
        "frequency, value: 1",
        "frequency, value: soon",
        55,
        "service level 'frequency' is 'soon d', not a length of time",
        "Give a positive number and a unit: m, h, d or w.",
    ),
]

OTHERS: list[Case] = [
    (
        PRODUCT,
        "\nid: shop.orders",
        "\nid: shop.ordrs",
        3,
        "id 'shop.ordrs' is not 'shop.orders'",
        "The id is '<domain>.<product folder>'.",
    ),
    (PRODUCT, "domain: shop", "domain: shops", 7, "domain 'shops' is not the folder's 'shop'", "Make them equal."),
    (PRODUCT, ", contractId: shop.orders}", "}", 12, "outputPorts 'orders' has no `contractId`", "Add `contractId:`."),
    (
        PRODUCT,
        "outputPorts:",
        "outputPort:",
        11,
        "unknown key 'outputPort'",
        "ODPS 1.1.0 has no such key there; keys of your own go under customProperties.",
    ),
    (PRODUCT, "name: Orders\n", "", 1, "has no `name`", "Add `name:`."),
    (
        PRODUCT,
        "  - {name: orders, version",
        '  - {name: more, version: "1.0.0", contractId: shop.more}\n  - {name: orders, version',
        12,
        "output port 'more' has no contract shop.more 1.0.0 here",
        "Add more.contract.yaml with that id and version, or mend the port.",
    ),
    (
        NEEDS,
        ">=1.0.0,<2",
        "around one",
        12,
        "inputPorts 'orders': 'around one' is no version or range of versions",
        "Write 1.2.0 or >=1.0.0,<2.",
    ),
    (
        DOMAIN,
        "kind: source-aligned",
        "kind: sourced",
        2,
        "kind 'sourced' is none of source-aligned, consumer-aligned, shared",
        "Name the domain's archetype.",
    ),
    (DOMAIN, "name: shop", "name: shopp", 1, "name 'shopp' is not the folder's name 'shop'", "Make them equal."),
    (
        DOMAIN,
        "kind: source-aligned",
        "colour: red\nkind: source-aligned",
        2,
        "colour: Object contains unknown field `colour`",
        "Known keys: name, kind, description, owner, tags.",
    ),
    (
        SOURCES,
        "  landing: orders/*.csv\n",
        "",
        1,
        "source 'orders_feed' must name either a `package` or a `landing`",
        "A replayed landing names both, and `replay`.",
    ),
    (
        SOURCES,
        "landing: orders",
        "landin: orders",
        3,
        "orders_feed.landin: Object contains unknown field `landin`",
        "Known keys: description, columns, package, path, landing, replay, nulls, url.",
    ),
    (
        SOURCES,
        "columns: {",
        "replay: [year]\n  columns: {",
        4,
        "source 'orders_feed': `replay` names ['year']",
        "Name the year, month and day columns.",
    ),
    (
        SOURCES,
        "amount: DOUBLE",
        "amount: DUOBLE",
        4,
        "columns of bronze.orders_feed: Catalog Error: Type with name DUOBLE does not exist!",
        "Name a type that DuckDB has.",
    ),
    (
        SQL,
        "bronze.orders_feed",
        "bronze.order_feed",
        2,
        "reads 'bronze.order_feed', which domain shop does not make",
        "It makes bronze.orders_feed.",
    ),
    (
        SQL,
        "bronze.orders_feed",
        "silver.orders_feed",
        2,
        "reads 'silver.orders_feed', which domain shop does not make",
        "It has no silver step yet.",
    ),
    (SQL, "FROM", "FORM", 2, 'syntax error at or near "bronze"', "Write one SELECT statement."),
    (SQL, "_feed", "_feed; SELECT 1", 1, "holds 2 statements", "Write one SELECT statement."),
    (
        SQL,
        "SELECT order_id",
        "SELECT\n  (SELECT max(orders) FROM insight.revenue) AS best, order_id",
        2,
        "reads 'insight.revenue', which is no declared input of product shop.orders",
        UNDECLARED.format("orders"),
    ),
    (
        READS,
        "FROM shop.orders",
        "FROM 'orders.csv'",
        2,
        "reads 'orders.csv', which is no declared input of product insight.revenue",
        UNDECLARED.format("revenue"),
    ),
]


@pytest.mark.parametrize("case", [*CONTRACTS, *OTHERS], ids=lambda case: f"{case[0].rpartition('/')[2]}: {case[4]}")
def test_told_with_file_line_and_remedy(tiny: TinyMesh, findings: Findings, case: Case) -> None:
    path, old, new, line, what, remedy = case
    file = tiny.edit(path, old, new)
    told = [(error.path, error.line, error.what, error.remedy) for error in findings()]
    assert told == [(file, line, what, remedy)]


def test_a_domain_with_mistakes_leaves_the_other_alone(tiny: TinyMesh, load: Callable[[], Mesh]) -> None:
    tiny.edit(CONTRACT, "dataProduct: orders", "dataProduct: orders\ncolour: red")
    mesh = load()
    assert sorted(mesh.broken) == ["shop"]
    assert sorted(mesh.domains) == ["insight"]


def test_several_mistakes_are_told_at_once(tiny: TinyMesh, findings: Findings) -> None:
    tiny.edit(CONTRACT, "dataProduct: orders", "dataProduct: orders\ncolour: red")
    tiny.edit(NEEDS, "type: consumerAligned", "typ: consumerAligned")
    assert [(error.path.name, error.line, error.what) for error in findings()] == [
        ("product.yaml", 8, "unknown key 'typ'"),
        ("orders.contract.yaml", 9, "unknown key 'colour'"),
    ]


def test_an_unknown_metric(tiny: TinyMesh, findings: Findings) -> None:
    file = tiny.edit(CONTRACT, "metric: rowCount", "metric: rowCuont")
    first = findings()[0]
    assert (first.path, first.line) == (file, 43)
    assert '"rowCuont" is not one of' in first.what


def test_two_transformations_for_one_port(tiny: TinyMesh, findings: Findings) -> None:
    tiny.file("domains/shop/orders/orders.py").write_text("def orders(orders_feed):\n    return orders_feed.arrow()\n")
    [error] = findings()
    assert error.what == "port shop.orders needs one transformation and has orders.sql and orders.py"
    assert error.remedy == "Write orders.sql, orders.py or a dbt model of that name, one of them."
    assert (error.path, error.line) == (tiny.file(CONTRACT), 3)


def test_no_transformation_for_a_port(tiny: TinyMesh, findings: Findings) -> None:
    tiny.file(SQL).unlink()
    [error] = findings()
    assert error.what == "port shop.orders needs one transformation and has none"


def test_a_contract_in_a_file_of_another_name(tiny: TinyMesh, findings: Findings) -> None:
    tiny.file(CONTRACT).rename(tiny.file("domains/shop/orders/order.contract.yaml"))
    [error] = findings()
    assert error.what == "the contract of shop.orders belongs in orders.contract.yaml"
    assert error.remedy == "Rename the file."


def test_two_steps_of_one_name(tiny: TinyMesh, findings: Findings) -> None:
    copy = tiny.file("domains/shop/returns/silver/cleaned.sql")
    copy.parent.mkdir(parents=True)
    tiny.file("domains/shop/orders/silver").mkdir()
    first = tiny.file("domains/shop/orders/silver/cleaned.sql")
    for file in (first, copy):
        file.write_text("SELECT * FROM bronze.orders_feed\n")
    text = tiny.file(PRODUCT).read_text().replace("shop.orders\nname", "shop.returns\nname")
    tiny.file("domains/shop/returns/product.yaml").write_text(text.partition("outputPorts:")[0])
    [error] = findings()
    assert error.what == f"shop.silver.cleaned is made twice, here and in {first}"
    assert (error.path, error.remedy) == (copy, "Rename one of them.")


def test_products_that_wait_for_each_other(tiny: TinyMesh, findings: Findings) -> None:
    file = tiny.file(PRODUCT)
    need = '  - {name: revenue, contractId: insight.revenue, version: "1.0.0"}'
    file.write_text(f"{file.read_text()}inputPorts:\n{need}\n")
    tiny.edit(SQL, "feed\n", "feed WHERE ordered_on NOT IN (FROM insight.revenue SELECT day)\n")
    [error] = findings()
    assert error.what.startswith("the products depend on each other in a circle: ")
    assert {"shop.orders", "insight.revenue"} <= set(error.what.rpartition(": ")[2].split(" → "))
    assert error.remedy == "Cut one of these input ports."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a list",
        "just words",
        "a: b\n---\nc: d",
        "1: a number as key",
        "? [a]\n: b",
        "circle: &here [*here]",
        "a: *nowhere",
        "a: !!int many",
        "a: !!timestamp someday",
        "a: !!set {b}",
        "a: !!python/object:os.system x",
        "a: .nan",
        "a: |\n\ttab",
        "\x00",
        "a: 'open",
    ],
)
@pytest.mark.parametrize("path", [DOMAIN, PRODUCT, CONTRACT, SOURCES])
def test_whatever_the_file_holds_one_domain_is_broken(
    tiny: TinyMesh, load: Callable[[], Mesh], path: str, text: str
) -> None:
    file = tiny.file(path)
    file.write_text(text)
    mesh = load()
    assert sorted(mesh.domains) == ["insight"]
    assert mesh.broken["shop"].path == file or str(file) in str(mesh.broken["shop"])


def test_bytes_that_are_no_text(tiny: TinyMesh, load: Callable[[], Mesh]) -> None:
    tiny.file(CONTRACT).write_bytes(b"name: \xff\xfe")
    assert str(tiny.file(CONTRACT)) in str(load().broken["shop"])


def test_a_file_that_cannot_be_read(tiny: TinyMesh, load: Callable[[], Mesh]) -> None:
    tiny.file(DOMAIN).unlink()
    error = load().broken["shop"]
    assert (error.path, error.what) == (tiny.file(DOMAIN), "cannot be read: No such file or directory")
