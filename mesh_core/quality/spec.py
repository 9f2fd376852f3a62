"""What is to be checked, independent of the engine that checks it."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import msgspec

from mesh_core.contracts.document import line_of
from mesh_core.errors import CheckCouldNotRunError

Severity = Literal["error", "warning", "info"]
Kind = Literal["schema", "library", "sql", "custom"]
Operator = Literal["==", "!=", ">", ">=", "<", "<=", "between", "not between"]


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "between": lambda measured, ends: ends[0] <= measured <= ends[1],
    "not between": lambda measured, ends: not ends[0] <= measured <= ends[1],
}
_WORDS = {
    "==": "is",
    "!=": "is not",
    ">": "is more than",
    ">=": "is at least",
    "<": "is less than",
    "<=": "is at most",
    "between": "is between",
    "not between": "is not between",
}


class Comparison(msgspec.Struct, frozen=True):
    """``measured <operator> limit``; the limit of a between is a pair and both ends belong to it."""

    operator: Operator
    limit: Any
    unit: Literal["rows", "percent"] = "rows"

    def holds(self, measured: Any) -> bool:
        """Whether the value keeps the promise; no number (NULL, NaN) never does."""
        value = float(measured) if isinstance(measured, Decimal) else measured
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return False
        return bool(_TESTS[self.operator](value, self.limit))

    @property
    def admits_none(self) -> bool:
        """Whether 0 alone keeps the promise: as strict as a rule without comparison."""
        match self.operator:
            case "==":
                return bool(self.limit == 0)
            case "<=":
                return self._is_no_row(self.limit)
            case "<":
                return self.unit == "rows" and bool(0 < self.limit <= 1)
            case "between":
                return bool(self.limit[0] <= 0) and self._is_no_row(self.limit[1])
            case _:
                return False

    def _is_no_row(self, most: Any) -> bool:
        """Rows are counted in whole ones."""
        return bool(0 <= most < 1) if self.unit == "rows" else bool(most == 0)

    def __str__(self) -> str:
        """In words: ``is at most 5 %``."""
        ends = self.limit if isinstance(self.limit, tuple | list) else [self.limit]
        shown = " and ".join(f"{end:g}" if isinstance(end, float) else str(end) for end in ends)
        return f"{_WORDS[self.operator]} {shown}" + (" %" if self.unit == "percent" else "")


class CheckSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a contract, ready for an engine.

    An expectation (``expectation`` and ``kwargs``, in Great Expectations' words) judges by itself, or by
    ``comparison`` on its number of unexpected rows. A rule with ``query`` compares the query's one value.
    """

    name: str
    description: str
    severity: Severity = "error"
    column: str = ""
    dimension: str = ""
    kind: Kind
    expectation: str = ""
    kwargs: dict[str, Any] = {}
    query: str = ""
    comparison: Comparison | None = None
    path: Path
    at: tuple[str | int, ...] = ()

    @property
    def blocking(self) -> bool:
        """Whether rows that fail may not be published."""
        return self.severity == "error"

    def could_not_run(self, why: str, *, remedy: str = "") -> CheckCouldNotRunError:
        """An error that names this check and its line in the contract."""
        return CheckCouldNotRunError(
            f"check '{self.name}' could not run: {why}",
            remedy=remedy,
            path=self.path,
            line=line_of(self.path, self.at),
        )
