"""The shapes of measurement that checks are compiled to: aggregates for one scan, and how they are judged.

Each has ``aggregates`` (SQL aggregate by label), ``verdict`` (of their values) and ``failing`` (the predicate
of the rows to show, '' if none can be shown).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

import msgspec

from mesh_core.quality.sql import moment

Values = dict[str, Any]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The engine-neutral part of a CheckResult."""

    success: bool
    observed: Any = None
    element_count: int | None = None
    unexpected_count: int | None = None
    unexpected_percent: float | None = None
    details: dict[str, Any] = {}


def both(*predicates: str) -> str:
    """The conjunction of the predicates that are not empty, each in parentheses."""
    return " AND ".join(f"({predicate})" for predicate in predicates if predicate)


def counted(predicate: str) -> str:
    return f"count(*) FILTER (WHERE {predicate})" if predicate else "count(*)"


def map_verdict(n: int, considered: int, unexpected: int, mostly: float, *, skips: bool = True) -> Verdict:
    """GX's arithmetic for rules on rows: shares are of the rows considered, and no rows are no failure.

    A rule that ``skips`` no rows (about nulls themselves) has no word for missing ones.
    """
    success = considered == 0 or (considered - unexpected) / considered >= mostly
    details: dict[str, Any] = {"missing_count": n - considered} if skips else {}
    if n and skips:
        details["missing_percent"] = (n - considered) / n * 100
        details["unexpected_percent_total"] = unexpected / n * 100
    return Verdict(
        success=success,
        observed=unexpected,
        element_count=n,
        unexpected_count=unexpected,
        unexpected_percent=unexpected / considered * 100 if considered else None,
        details=details,
    )


class RowTest(msgspec.Struct, frozen=True, kw_only=True):
    """A predicate on each row; ``considered`` selects the rows it speaks about."""

    fails: str
    considered: str = ""
    condition: str = ""
    mostly: float = 1.0
    skips: bool = True

    @property
    def failing(self) -> str:
        return both(self.condition, self.considered, self.fails)

    def aggregates(self) -> dict[str, str]:
        return {
            "n": counted(self.condition),
            "considered": counted(both(self.condition, self.considered)),
            "unexpected": counted(self.failing),
        }

    def verdict(self, values: Values) -> Verdict:
        n, considered, unexpected = values["n"], values["considered"], values["unexpected"]
        return map_verdict(n, considered, unexpected, self.mostly, skips=self.skips)


class KeyTest(msgspec.Struct, frozen=True, kw_only=True):
    """Uniqueness of one or several columns together.

    The scan counts distinct hashes: as many as rows proves the key unique, and is a third cheaper than
    distinct strings. Only when fewer are found does ``exact`` look for the duplicates themselves.
    Rows found to ascend strictly by the key need neither (``is_ordered``).
    """

    keys: tuple[str, ...]
    is_ordered: bool = False
    considered: str = ""
    condition: str = ""
    mostly: float = 1.0

    @property
    def failing(self) -> str:
        return ""

    @property
    def _where(self) -> str:
        return both(self.condition, self.considered) or "TRUE"

    def aggregates(self) -> dict[str, str]:
        calls = {
            "n": counted(self.condition),
            "considered": counted(both(self.condition, self.considered)),
        }
        if not self.is_ordered:
            distinct = f"count(DISTINCT hash({', '.join(self.keys)}))"
            calls["distinct"] = f"{distinct} FILTER (WHERE {self._where})"
        return calls

    def is_proven(self, values: Values) -> bool:
        """Whether the scan alone shows that no key occurs twice."""
        return self.is_ordered or bool(values["distinct"] == values["considered"])

    def ascends(self, table: str) -> str:
        """The query that tells whether each row's key is greater than the one before it.

        True proves uniqueness in whatever order the rows come. A null is never greater, so nothing is
        proven of a table that has one.
        """
        key = self.keys[0] if len(self.keys) == 1 else f"row({', '.join(self.keys)})"
        pairs = f"SELECT {key} AS key_, lag({key}) OVER () AS before_ FROM {table}"
        return f"SELECT count(*) FILTER (WHERE (key_ > before_) IS NOT TRUE) <= 1 FROM ({pairs})"

    def exact(self, table: str) -> str:
        """The query that counts the rows whose key occurs more than once."""
        return f"SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM ({self._repeated(table, 'count(*) AS n')})"

    def duplicates(self, table: str, limit: int) -> str:
        """The query that shows such rows, equal keys beside each other."""
        names = [f"__key_{number}" for number in range(len(self.keys))]
        keys = ", ".join(f"{key} AS {name}" for key, name in zip(self.keys, names, strict=True))
        pairs = zip(self.keys, names, strict=True)
        matches = " AND ".join(f"{key} IS NOT DISTINCT FROM {name}" for key, name in pairs)
        return (
            f"SELECT * FROM {table} SEMI JOIN ({self._repeated(table, keys)} LIMIT {limit}) ON {matches} "
            f"WHERE {self._where} ORDER BY {', '.join(self.keys)} LIMIT {limit}"
        )

    def _repeated(self, table: str, select: str) -> str:
        return f"SELECT {select} FROM {table} WHERE {self._where} GROUP BY {', '.join(self.keys)} HAVING count(*) > 1"

    def verdict(self, values: Values) -> Verdict:
        unexpected = 0 if self.is_proven(values) else values["unexpected"]
        return map_verdict(values["n"], values["considered"], unexpected, self.mostly)


class Bounds(msgspec.Struct, frozen=True):
    """An interval for one observed value; an absent end is open."""

    low: Any = None
    high: Any = None
    strict_low: bool = False
    strict_high: bool = False

    def hold(self, observed: Any) -> bool:
        """Whether the value lies inside; no value never does."""
        if observed is None:
            return False
        low, high = self._like(self.low, observed), self._like(self.high, observed)
        observed = self._like(observed, observed)
        above = low is None or (observed > low if self.strict_low else observed >= low)
        below = high is None or (observed < high if self.strict_high else observed <= high)
        return bool(above and below)

    @staticmethod
    def _like(end: Any, observed: Any) -> Any:
        """The end as the observed value's kind: dates and times are written as ISO strings.

        A decimal end is meant as it is written: 13.34 is not the binary fraction nearest to it.
        """
        if isinstance(observed, Decimal) and isinstance(end, float):
            return Decimal(str(end))
        if isinstance(observed, time):
            return time.fromisoformat(end) if isinstance(end, str) else end
        return moment(end) or end if isinstance(observed, date) else end


class Statistic(msgspec.Struct, frozen=True, kw_only=True):
    """One number (or date, or text) about a column or the table, held against bounds."""

    parts: dict[str, str]
    """Aggregate calls by label, without FILTER: the row condition is added to each."""
    bounds: Bounds
    combine: Callable[[Values], Any] = lambda values: values["value"]
    condition: str = ""

    @property
    def failing(self) -> str:
        return ""

    def aggregates(self) -> dict[str, str]:
        suffix = f" FILTER (WHERE {self.condition})" if self.condition else ""
        return {label: call + suffix for label, call in self.parts.items()}

    def verdict(self, values: Values) -> Verdict:
        observed = self.combine(values)
        return Verdict(success=self.bounds.hold(observed), observed=observed)


class DistinctSet(msgspec.Struct, frozen=True, kw_only=True):
    """The column's distinct values against a set: none outside it, none of it missing, or both."""

    value: str
    members: dict[str, Any]
    """The set: the value as it was written, by its SQL literal."""
    absent: tuple[Any, ...] = ()
    """Values that a column of this type can never hold."""
    forbids_others: bool
    requires_all: bool
    condition: str = ""

    @property
    def _outside(self) -> str:
        inside = f"{self.value} IN ({', '.join(self.members)})" if self.members else "FALSE"
        return f"{self.value} IS NOT NULL AND NOT ({inside})"

    @property
    def failing(self) -> str:
        return both(self.condition, self._outside) if self.forbids_others else ""

    def aggregates(self) -> dict[str, str]:
        outside = both(self.condition, self._outside)
        calls = {"outside": f"count(DISTINCT {self.value}) FILTER (WHERE {outside})"}
        for number, member in enumerate(self.members):
            calls[f"member_{number}"] = counted(both(self.condition, f"{self.value} = {member}"))
        return calls

    def verdict(self, values: Values) -> Verdict:
        found = [values[f"member_{number}"] > 0 for number in range(len(self.members))]
        pairs = zip(self.members.values(), found, strict=True)
        missing = [*(member for member, present in pairs if not present), *self.absent]
        details: dict[str, Any] = {}
        if self.requires_all:
            details = {"missing_count": len(missing), "partial_missing_list": missing[:20]}
        outside = values["outside"] if self.forbids_others else None
        return Verdict(
            success=not outside and not (self.requires_all and missing),
            observed=outside if self.forbids_others else len(missing),
            unexpected_count=outside,
            details=details,
        )


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the table's schema alone tells."""

    success: bool
    observed: Any
    failing: str = ""

    def aggregates(self) -> dict[str, str]:
        return {}

    def verdict(self, values: Values) -> Verdict:  # noqa: ARG002 (the shape's signature)
        return Verdict(success=self.success, observed=self.observed)


Measurement = RowTest | KeyTest | Statistic | DistinctSet | Fact
