"""What the catalog learns of the values of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .workbench import Workbench

CONTRACT = "domains/insight/revenue/revenue.contract.yaml"


def test_the_ends_of_truth_values_are_truth_values(bench: Workbench) -> None:
    bench.tiny.edit(
        "domains/insight/revenue/revenue.sql",
        "sum(amount) AS revenue",
        "sum(amount) AS revenue, sum(amount) > 17 AS good, true AS told",
    )
    column = "      - {{name: {0}, logicalType: boolean, description: A truth., classification: public}}\n"
    contract = bench.tiny.file(CONTRACT)
    added = "    properties:\n" + column.format("good") + column.format("told")
    contract.write_text(contract.read_text().replace("    properties:\n", added, 1))
    bench.run()
    with bench.catalog() as catalog:
        revenue = catalog.publication("insight.revenue")
    assert revenue is not None
    ends = {c.name: (c.minimum, c.maximum) for c in revenue.columns if c.logical_type == "boolean"}
    assert ends == {"good": (False, True), "told": (True, True)}
