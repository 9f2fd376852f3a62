"""The audit's one pass over a table against Great Expectations' pandas engine and against SQL by hand."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orders
from measure import Sample, interleaved, timed, worker
from report import Report, main

ABOUT = (
    "Twelve rules over eight columns of Parquet; no rule fails. The baseline is one aggregate query written by hand, "
    "which gives verdicts alone and counts distinct keys, ordered or not; "
    "the audit also gives the counts, percentages and failing rows of Great "
    "Expectations' results. GX runs the same rules as one suite over a pandas frame, the reading of which counts. "
    "Imports are not counted; GX's own stands apart."
)
HAND, AUDIT, GX, IMPORT = "one query by hand", "mesh audit", "GX suite on pandas", "import great_expectations"
WARM = "1000 rows"
SHUFFLED = "1000000 rows, keys in no order"
ORDERED = "rows"
"""Data is named after its size and whether its keys come in order, as the generated ones do."""


def bench(quick: bool) -> Report:
    sizes = ("100000 rows",) if quick else ("100000 rows", "1000000 rows", SHUFFLED)
    report = Report("Quality", ABOUT, 3 if quick else 5)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for data in (WARM, *sizes):
            worker(__file__, "prepare", folder, data)
        for data in sizes:
            cases = {case: partial(worker, __file__, case, folder, data) for case in (HAND, AUDIT, GX)}
            report.add(data, interleaved(cases, rounds=report.rounds))
        cases = {case: partial(worker, __file__, case, folder, WARM) for case in (HAND, IMPORT)}
        report.add(WARM, interleaved(cases, rounds=report.rounds))
    return report


def work(case: str, folder: str, data: str) -> Sample | None:
    """One run of a case, in a process of its own."""
    if case == "prepare":
        return _prepare(orders.place(folder, data))
    if case == IMPORT:
        return timed(lambda: __import__("great_expectations"))
    make = {HAND: _by_hand, AUDIT: _audit, GX: _gx}[case]
    make(orders.place(folder, WARM))()
    return timed(make(orders.place(folder, data)))


def _prepare(root: Path) -> None:
    """The contract and the rows that a publication would have staged."""
    orders.write_mesh(root, orders.size(root.name), ordered=root.name.endswith(ORDERED))
    [till] = (root / ".mesh/lake/shop/_internal/silver/till").glob("*.parquet")
    select = orders.SELECT.format(table=f"read_parquet('{till}')")
    with _connection() as connection:
        connection.execute(f"COPY ({select}) TO '{root}/orders.parquet' (FORMAT parquet, ROW_GROUP_SIZE 122880)")


def _connection() -> Any:
    import duckdb

    connection = duckdb.connect(config={"memory_limit": "1GB"})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _opened(root: Path) -> Any:
    connection = _connection()
    connection.execute(f"CREATE VIEW staged AS SELECT * FROM read_parquet('{root}/orders.parquet')")
    return connection


def _checks(root: Path) -> tuple[Any, ...]:
    from mesh_core.contracts import contract_from
    from mesh_core.contracts.document import read_document
    from mesh_core.quality import checks_for

    return checks_for(contract_from(read_document(root / "domains/shop/orders/orders.contract.yaml", "odcs")))


def _expect(verdicts: list[bool]) -> None:
    if verdicts != [True] * orders.RULES:
        raise AssertionError(f"twelve rules hold, but these came out: {verdicts}")


def _by_hand(root: Path) -> Callable[[], object]:
    connection = _opened(root)
    return lambda: _expect(list(connection.execute(orders.AUDIT.format(table="staged")).fetchone()))


def _audit(root: Path) -> Callable[[], object]:
    from mesh_core.quality import evaluate

    connection, checks = _opened(root), _checks(root)
    return lambda: _expect([result.success for result in evaluate(checks, connection, "staged")])


def _gx(root: Path) -> Callable[[], object]:
    import warnings

    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.registry import get_expectation_impl

    warnings.simplefilter("ignore")
    connection = _opened(root)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.variables.analytics_enabled = False
    definition = context.data_sources.add_pandas("s").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b")
    suite = gx.ExpectationSuite(name="orders")
    for check in _checks(root):
        least = {"min_value": 1} if check.expectation == "expect_table_row_count_to_be_between" else {}
        suite.add_expectation(get_expectation_impl(check.expectation)(**check.kwargs, **least))

    def run() -> None:
        batch = definition.get_batch(batch_parameters={"dataframe": connection.execute("FROM staged").df()})
        _expect([bool(result.success) for result in batch.validate(suite, result_format="SUMMARY").results])

    return run


if __name__ == "__main__":
    main(bench, work)
