"""What a check found, and the same in Great Expectations' result format."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from mesh_core.quality.spec import CheckSpec


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one check; every value is JSON-able.

    ``element_count`` counts the rows looked at, nulls included; ``unexpected_percent`` is of the rows that
    the rule tests (nulls excluded where the expectation ignores them), None where there are none.
    """

    check: CheckSpec
    success: bool
    observed: int | float | str | bool | None = None
    element_count: int | None = None
    unexpected_count: int | None = None
    unexpected_percent: float | None = None
    sample: tuple[dict[str, Any], ...] = ()
    engine: Literal["duckdb", "great_expectations"] = "duckdb"
    details: dict[str, Any] = {}
    """Further entries of GX's ``result``: missing_count, partial_missing_list …"""
    quarantined: int = 0
    """Rows that broke the rule and were put aside: it holds of what is published, ``sample`` shows some of them."""

    def gx(self) -> dict[str, Any]:
        """The result as the JSON of GX's ExpectationValidationResult."""
        check = self.check
        kwargs = {**check.kwargs, "query": check.query} if check.query else dict(check.kwargs)
        meta = {"name": check.name, "severity": check.severity, "dimension": check.dimension}
        if check.comparison is not None:
            meta["comparison"] = str(check.comparison)
        return {
            "success": self.success,
            "expectation_config": {"type": check.expectation or "odcs_sql", "kwargs": kwargs, "meta": meta},
            "result": self._measured(),
            "exception_info": {
                "raised_exception": False,
                "exception_traceback": None,
                "exception_message": None,
            },
            "meta": {"engine": self.engine},
        }

    def _measured(self) -> dict[str, Any]:
        measured: dict[str, Any] = {}
        if self.element_count is not None:
            measured["element_count"] = self.element_count
            measured["unexpected_count"] = self.unexpected_count
            measured["unexpected_percent"] = self.unexpected_percent
            measured["partial_unexpected_list"] = self._unexpected_values()
        if self.unexpected_count is None or self.check.comparison is not None:
            measured["observed_value"] = self.observed
        return {**measured, **self.details}

    def _unexpected_values(self) -> list[Any]:
        """As GX lists them: values of one column, pairs as lists, of several columns as mappings."""
        kwargs = self.check.kwargs
        if "column" in kwargs:
            return [row.get(kwargs["column"]) for row in self.sample]
        if "column_A" in kwargs:
            return [[row.get(kwargs["column_A"]), row.get(kwargs["column_B"])] for row in self.sample]
        names = kwargs.get("column_list") or ()
        return [{name: row.get(name) for name in names} for row in self.sample] if names else list(self.sample)
