"""A compatible version upgrades its table at the next publication; the old version is read as it was."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from orchestration.workbench import CONTRACT, ORDERS, SQL, Workbench

from mesh_core.publishing.admission import AdmissionRefusedError
from mesh_core.publishing.services import Services
from mesh_core.storage.places import read, write

FIRST = [
    (1, "ada@example.com", 10.5, date(2026, 1, 1)),
    (2, "bob@example.com", 4.0, date(2026, 1, 1)),
    (3, "ada@example.com", 20.0, date(2026, 1, 2)),
]
NARROW = "        physicalType: FLOAT\n"


def _delta(bench: Workbench, version: int) -> list[tuple[str, str, str]]:
    table = bench.delta("shop.orders", version)
    return [(field.name, field.type.type, field.metadata["comment"]) for field in table.schema().fields]


def _described(bench: Workbench, version: int) -> dict[str, str]:
    pinned = bench.lake.pin(bench.lake.table("shop/orders"), version)
    assert pinned is not None
    with Services(bench.settings).connect() as connection:
        return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {pinned.relation}").fetchall()}


def _column(bench: Workbench, line: str) -> None:
    bench.tiny.edit(
        CONTRACT, "    quality:\n      - name: some_orders", f"{line}    quality:\n      - name: some_orders"
    )


def test_an_added_column(published: Workbench) -> None:
    _column(published, "      - {name: paid, logicalType: boolean, description: Paid., classification: internal}\n")
    published.tiny.edit(SQL, "amount, ", "amount, order_id = 1 AS paid, ")
    published.tiny.renumber(ORDERS, "1.1.0")
    assert published.step(ORDERS).table_version == 1
    assert published.rows(ORDERS) == [(*row, row[0] == 1) for row in FIRST]
    assert published.rows(ORDERS, version=0) == FIRST
    assert _delta(published, 1) == [*_delta(published, 0), ("paid", "boolean", "Paid.")]
    assert list(_described(published, 0)) == ["order_id", "customer", "amount", "ordered_on"]
    assert list(_described(published, 1)) == ["order_id", "customer", "amount", "ordered_on", "paid"]


def test_a_widened_type(bench: Workbench) -> None:
    bench.tiny.edit(CONTRACT, "- name: amount\n", f"- name: amount\n{NARROW}")
    bench.tiny.edit(SQL, "amount,", "amount::FLOAT AS amount,")
    bench.run()
    bench.tiny.edit(CONTRACT, NARROW, "        physicalType: DOUBLE\n")
    bench.tiny.renumber(ORDERS, "1.1.0")
    assert bench.step(ORDERS).table_version == 1
    assert [_described(bench, version)["amount"] for version in (0, 1)] == ["FLOAT", "DOUBLE"]
    assert [_delta(bench, version)[2][1] for version in (0, 1)] == ["float", "double"]
    assert bench.rows(ORDERS) == bench.rows(ORDERS, version=0) == FIRST


def test_a_new_description_is_the_column_s_comment(published: Workbench) -> None:
    published.tiny.edit(CONTRACT, "Sum of the order in euros.", "Sum in euros, tax included.")
    published.tiny.renumber(ORDERS, "1.0.1")
    assert published.step(ORDERS).table_version == 1
    assert [_delta(published, version)[2][2] for version in (0, 1)] == [
        "Sum of the order in euros.",
        "Sum in euros, tax included.",
    ]


@pytest.mark.parametrize("promise", ["logicalTypeOptions: {minimum: 1}", "logicalTypeOptions: {minimum: -100}"])
def test_a_constraint_needs_nothing_of_the_table(published: Workbench, promise: str) -> None:
    published.tiny.edit(CONTRACT, "logicalTypeOptions: {minimum: 0}", promise)
    published.tiny.renumber(ORDERS, "1.1.0")
    assert published.step(ORDERS).table_version == 1
    assert _delta(published, 1) == _delta(published, 0)


class TestWithoutMemory:
    """The catalog is gone, and the commit is one of before contracts stood in commits: the table still knows."""

    @pytest.fixture
    def forgotten(self, published: Workbench) -> Workbench:
        (published.settings.home / "catalog.db").unlink()
        log = published.lake.table("shop/orders") / "_delta_log" / f"{0:020}.json"
        actions: list[dict[str, Any]] = [json.loads(line) for line in read(log).splitlines()]
        del actions[0]["commitInfo"]["mesh.contractDocument"]
        write(log, "".join(json.dumps(action, separators=(",", ":")) + "\n" for action in actions).encode())
        return published

    @pytest.mark.parametrize(
        ("promised", "made", "told"),
        [
            (
                "      - {name: sum, logicalType: number, description: Sum., classification: internal}\n",
                "amount AS sum, ",
                "column 'amount' is gone",
            ),
            (
                "      - {name: amount, logicalType: string, description: Sum., classification: internal}\n",
                "amount::VARCHAR AS amount, ",
                "column 'amount' turns from double into string",
            ),
        ],
    )
    def test_what_cannot_be_upgraded_is_refused(
        self, forgotten: Workbench, promised: str, made: str, told: str
    ) -> None:
        text = forgotten.tiny.file(CONTRACT).read_text()
        start, end = text.index("      - name: amount"), text.index("      - {name: ordered_on")
        forgotten.tiny.file(CONTRACT).write_text(text[:start] + promised + text[end:])
        forgotten.tiny.edit(SQL, "amount, ", made)
        forgotten.tiny.renumber(ORDERS, "1.1.0")
        with pytest.raises(AdmissionRefusedError) as caught:
            forgotten.step(ORDERS)
        assert caught.value.code == "table-not-upgradable"
        assert caught.value.what == f"the table of shop.orders cannot become what 1.1.0 asks for: {told}"
        assert caught.value.path == forgotten.tiny.file(CONTRACT)
        assert (forgotten.version(ORDERS), forgotten.rows(ORDERS)) == (0, FIRST)
        assert len(forgotten.parquet_files(ORDERS)) == 1

    def test_what_can_is_published(self, forgotten: Workbench) -> None:
        _column(forgotten, "      - {name: paid, logicalType: boolean, description: Paid., classification: internal}\n")
        forgotten.tiny.edit(SQL, "amount, ", "amount, true AS paid, ")
        forgotten.tiny.renumber(ORDERS, "1.1.0")
        assert forgotten.step(ORDERS).table_version == 1
        with forgotten.catalog() as catalog:
            assert [c.version for c in catalog.contract_versions(ORDERS)] == ["1.1.0"]
