"""Great Expectations itself, on its pandas engine, for what has no translation.

Importing the library costs seven seconds and 280 MB, so this module is imported only when a check needs it.
Pandas is the one GX engine that has all these expectations; over SQLAlchemy, DuckDB's dialect has a tenth.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from mesh_core.quality import vocabulary
from mesh_core.quality.result import CheckResult
from mesh_core.quality.sampling import jsonable, observation
from mesh_core.quality.sql import quote

if TYPE_CHECKING:
    from mesh_core.quality.spec import CheckSpec
    from mesh_core.quality.table import Staged, Table

_MEASURES = ("element_count", "unexpected_count", "unexpected_percent")
_LISTS = ("partial_unexpected_list", "partial_unexpected_counts", "partial_unexpected_index_list")


def run(checks: Sequence[CheckSpec], staged: Staged) -> list[CheckResult]:
    """A result for each check, from one data frame that holds just the columns they need."""
    for check in checks:
        if check.expectation not in vocabulary.EXPECTATIONS:
            reason = f"neither DuckDB nor Great Expectations can run {check.expectation} with {check.kwargs}"
            raise check.could_not_run(reason, remedy="Write the rule as SQL.")
    columns = ", ".join(quote(name) for name in _columns(checks, staged.table))
    with warnings.catch_warnings():
        # DuckDB 1.5 and GX 1.24 call what pandas 3.1 deprecates.
        warnings.simplefilter("ignore")
        frame = staged.connection.execute(f"SELECT {columns} FROM {staged.table.name}").df()
        return [_result(check, _batch(_comparable(frame, check)), staged.sample_rows) for check in checks]


def _comparable(frame: Any, check: CheckSpec) -> Any:
    """The frame with NaN for NA where columns are compared with each other: GX can't negate NA.

    DuckDB hands integers with nulls over as pandas' nullable ones, which alone keep 10 from being 10.0.
    """
    if "column" in check.kwargs:
        return frame
    masked = [name for name, kind in frame.dtypes.items() if str(kind).startswith(("Int", "UInt"))]
    return frame.astype(dict.fromkeys(masked, "float64"))


def _columns(checks: Sequence[CheckSpec], table: Table) -> list[str]:
    """The columns that the checks need in the table's order; all, if one does not say which."""
    needed = [vocabulary.columns_of(check.expectation, check.kwargs) for check in checks]
    if not all(needed) or any(isinstance(check.kwargs.get("row_condition"), str) for check in checks):
        return list(table.columns)
    named = set().union(*needed)
    return [name for name in table.columns if name in named]


@cache
def _library() -> Any:
    """The library, imported without its warnings about others' deprecations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations
    return great_expectations


def _batch(frame: Any) -> Any:
    """A batch in a context of its own: in memory, no configuration file, no progress bars, no network."""
    gx = _library()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.variables.analytics_enabled = False
    asset = context.data_sources.add_pandas("staged").add_dataframe_asset("rows")
    definition = asset.add_batch_definition_whole_dataframe("all")
    return definition.get_batch(batch_parameters={"dataframe": frame})


def _result(check: CheckSpec, batch: Any, sample_rows: int) -> CheckResult:
    from great_expectations.exceptions.exceptions import GreatExpectationsError
    from great_expectations.expectations.registry import get_expectation_impl

    try:
        expectation = get_expectation_impl(check.expectation)(**check.kwargs)
        outcome = batch.validate(
            expectation,
            result_format={
                "result_format": "SUMMARY",
                "partial_unexpected_count": sample_rows,
                "include_unexpected_rows": True,
            },
        )
    except (GreatExpectationsError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = f"Great Expectations: {error}"
        raise check.could_not_run(reason) from error
    if outcome.exception_info and outcome.exception_info.get("raised_exception") is not False:
        reason = f"Great Expectations: {_reason(outcome.exception_info)}"
        raise check.could_not_run(reason)
    return _converted(check, outcome, sample_rows)


def _reason(information: dict[str, Any]) -> str:
    """GX gives one exception's facts, or several by metric."""
    if "exception_message" in information:
        return str(information["exception_message"])
    return "; ".join(str(part.get("exception_message", part)) for part in information.values())


def _converted(check: CheckSpec, outcome: Any, sample_rows: int) -> CheckResult:
    found = dict(outcome.result)
    rows = found.pop("unexpected_rows", None)
    success = bool(outcome.success)
    sample: tuple[dict[str, Any], ...] = ()
    if rows is not None and not success:
        shown = rows.head(sample_rows).astype(object)
        sample = tuple(jsonable(row) for row in shown.where(shown.notna(), None).to_dict("records"))
    percent = found.get("unexpected_percent")
    return CheckResult(
        check=check,
        success=success,
        observed=observation(found.get("observed_value", found.get("unexpected_count"))),
        element_count=found.get("element_count"),
        unexpected_count=found.get("unexpected_count"),
        unexpected_percent=None if percent is None else float(percent),
        sample=sample,
        engine="great_expectations",
        details={name: jsonable(value) for name, value in found.items() if name not in {*_MEASURES, *_LISTS}},
    )
