"""Version 2 of shop.orders: amounts in cents, beside version 1 with amounts in euros."""

from __future__ import annotations

from mesh_core.testing import TinyMesh

FOLDER = "domains/shop/orders"
CONTRACT = f"{FOLDER}/orders.contract.yaml"
CONTRACT_2 = f"{FOLDER}/orders_v2.contract.yaml"
PRODUCT = f"{FOLDER}/product.yaml"
NEEDS = "domains/insight/revenue/product.yaml"

BOTH = """\
SELECT order_id, customer, amount, CAST(round(amount * 100) AS BIGINT) AS amount_cents, ordered_on
FROM bronze.orders_feed
"""
CENTS = """\
SELECT order_id, customer, CAST(round(amount * 100) AS BIGINT) AS amount_cents, ordered_on
FROM bronze.orders_feed
"""


def add_version_2(tiny: TinyMesh, *, version: str = "2.0.0", status: str = "active") -> None:
    """The contract and the output port, without a transformation."""
    text = tiny.file(CONTRACT).read_text()
    for old, new in (
        ('version: "1.0.0"', f'version: "{version}"'),
        ("status: active", f"status: {status}"),
        ("  - name: orders\n    logical", "  - name: orders_v2\n    logical"),
        ("path: shop/orders,", "path: shop/orders_v2,"),
        (
            "      - name: amount\n        logicalType: number\n        description: Sum of the order in euros.",
            "      - name: amount_cents\n        logicalType: integer\n        description: Sum in cents.",
        ),
        ("WHERE amount > 1000", "WHERE amount_cents > 100000"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    tiny.file(CONTRACT_2).write_text(text)
    tiny.edit(
        PRODUCT,
        '  - {name: orders, version: "1.0.0", contractId: shop.orders}',
        '  - {name: orders, version: "1.0.0", contractId: shop.orders}\n'
        f'  - {{name: orders_v2, version: "{version}", contractId: shop.orders}}',
    )


def share_one_sql(tiny: TinyMesh) -> None:
    """One file for both majors."""
    tiny.file(f"{FOLDER}/orders.sql").write_text(BOTH)


def deprecate_version_1(tiny: TinyMesh, *, status: str = "deprecated") -> None:
    """Version 1.1.0, with an end far away."""
    tiny.edit(CONTRACT, 'version: "1.0.0"\nstatus: active', f'version: "1.1.0"\nstatus: {status}')
    tiny.edit(
        CONTRACT,
        "  - {property: frequency, value: 1, unit: d}",
        '  - {property: frequency, value: 1, unit: d}\n  - {property: endOfSupport, value: "2099-12-31"}',
    )
    tiny.edit(PRODUCT, '{name: orders, version: "1.0.0"', '{name: orders, version: "1.1.0"')


def let_end(tiny: TinyMesh) -> None:
    """Retire version 1 as the catalog sees it once its consumers had their notice."""
    from mesh_core.catalog import Catalog
    from mesh_core.contracts.loading import load_mesh
    from mesh_core.publishing.register import contract_record
    from mesh_core.settings import load_settings

    text = tiny.file(CONTRACT).read_text()
    for status in ("active", "deprecated"):
        text = text.replace(f"status: {status}", "status: retired")
    tiny.file(CONTRACT).write_text(text)
    settings = load_settings(tiny.root)
    with Catalog(settings.catalog_url) as catalog:
        contract = load_mesh(settings).port("shop.orders").contract
        catalog.register_contract(contract_record(contract), "2026-01-01T00:00:00+00:00")
