"""What is to be checked, independent of the engine that checks it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import msgspec

from mesh_core.contracts.document import line_of
from mesh_core.errors import CheckCouldNotRunError

Severity = Literal["error", "warning", "info"]
Kind = Literal["schema", "library", "sql", "custom"]
Operator = Literal["==", "!=", ">", ">=", "<", "<=", "between", "not between"]


class Comparison(msgspec.Struct, frozen=True):
    """``measured <operator> limit``; the limit of a between is a pair and both ends belong to it."""

    operator: Operator
    limit: Any
    unit: Literal["rows", "percent"] = "rows"

    def holds(self, measured: Any) -> bool:
        """Whether the number keeps the promise; no number (NULL) never does."""
        if measured is None:
            return False
        value = float(measured) if isinstance(measured, Decimal) else measured
        match self.operator:
            case "==":
                return bool(value == self.limit)
            case "!=":
                return bool(value != self.limit)
            case "between":
                return bool(self.limit[0] <= value <= self.limit[1])
            case "not between":
                return not self.limit[0] <= value <= self.limit[1]
            case ">":
                return bool(value > self.limit)
            case ">=":
                return bool(value >= self.limit)
            case "<":
                return bool(value < self.limit)
            case "<=":
                return bool(value <= self.limit)

    def __str__(self) -> str:
        limit = " and ".join(str(end) for end in self.limit) if "between" in self.operator else self.limit
        return f"{self.operator} {limit}" + (" %" if self.unit == "percent" else "")


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
