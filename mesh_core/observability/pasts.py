"""The catalog's rows as histories: times parsed, and what other ports did that a port depends on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mesh_core.observability.budgets import WINDOW_DAYS
from mesh_core.observability.contents import completeness_columns, retention_column
from mesh_core.observability.history import Arrival, ColumnFacts, Failure, History, Outcomes, Version
from mesh_core.observability.promises import Promise

if TYPE_CHECKING:
    from mesh_core.catalog import Catalog
    from mesh_core.catalog.pasts import PastAttempt, PortPast

PROBED = "availability"


def histories(
    catalog: Catalog, promises: Mapping[str, Promise], now: datetime, *, everything: bool = False
) -> dict[str, History]:
    """The history of every port that ``promises`` names, in a handful of queries.

    ``everything`` reads the whole catalog's past instead of asking for each port: quicker for more than a few.
    """
    since = (now - timedelta(days=WINDOW_DAYS)).isoformat()
    columns = {name for promise in promises.values() for name in _columns(promise)}
    indicators = (PROBED,) if any(one.kind == PROBED for p in promises.values() for one in p.levels) else ()
    named = None if everything else tuple(promises)
    pasts = catalog.pasts(since, named, columns=columns, indicators=indicators)
    upstream = {name for past in pasts.values() for attempt in past.attempts for name in attempt.inputs}
    missing = upstream - set(pasts)
    others = catalog.pasts(since, missing) if missing and not everything else {}
    arrivals = _arrivals({**others, **pasts}, upstream)
    return {
        address: _history(pasts[address], promise, arrivals)
        for address, promise in promises.items()
        if address in pasts
    }


def _columns(promise: Promise) -> Iterable[str]:
    """The columns whose ranges and nulls some service level is measured by."""
    for promised in promise.levels:
        if promised.kind == "latency":
            yield from promised.columns
        elif promised.kind == "retention":
            yield from filter(None, (retention_column(promised, promise),))
        elif promised.kind == "completeness":
            yield from completeness_columns(promised, promise)


def _arrivals(pasts: Mapping[str, PortPast], upstream: Collection[str]) -> dict[str, tuple[Arrival, ...]]:
    """The publications of every port that another one reads."""
    return {
        address: tuple(
            Arrival(upstream=address, table_version=attempt.table_version, at=moment(attempt.at))
            for attempt in pasts[address].attempts
            if attempt.table_version is not None
        )
        for address in upstream
        if address in pasts
    }


def _history(past: PortPast, promise: Promise, arrivals: Mapping[str, tuple[Arrival, ...]]) -> History:
    published = [attempt for attempt in past.attempts if attempt.table_version is not None]
    read = published[-1].inputs if published else {}
    waits = any(promised.kind == "latency" for promised in promise.levels)
    return History(
        versions=tuple(_version(attempt) for attempt in published),
        failures=tuple(
            Failure(at=moment(attempt.at), checked=attempt.checked, failing=attempt.failing)
            for attempt in past.attempts
            if attempt.table_version is None
        ),
        confirmations=tuple(moment(at) for at in past.confirmations),
        arrivals=tuple(one for name in read for one in arrivals.get(name, ())) if waits else (),
        measurements=past.measurements,
        outcomes=tuple(Outcomes(severity=one.severity, passed=one.passed, checks=one.checks) for one in past.checks),
    )


def _version(attempt: PastAttempt) -> Version:
    return Version(
        at=moment(attempt.at),
        table_version=attempt.table_version or 0,
        rows=attempt.rows,
        clock=moment(attempt.clock) if attempt.clock else None,
        inputs=attempt.inputs,
        columns={
            name: ColumnFacts(nulls=found.nulls, minimum=_moment(found.minimum), maximum=_moment(found.maximum))
            for name, found in attempt.columns.items()
        },
        checked=attempt.checked,
        failing=attempt.failing,
    )


def moment(text: str) -> datetime:
    """An ISO time; UTC where it names no zone."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _moment(value: Any) -> datetime | None:
    """A bound of a column of days or moments; None for anything else."""
    if not isinstance(value, str) or not value[:4].isdigit():
        return None
    try:
        return moment(value)
    except ValueError:
        return None
