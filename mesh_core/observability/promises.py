"""What a contract promises, as far as it is measured: read once for each version, small enough to keep thousands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts import Server
from mesh_core.contracts.comparison.lengths import measured
from mesh_core.contracts.service_levels import known_as
from mesh_core.observability.budgets import OBJECTIVE, WINDOW_DAYS, Terms
from mesh_core.observability.due import Rhythm, UnreadableError, daily_at, rhythm_of
from mesh_core.observability.objectives import told

if TYPE_CHECKING:
    from mesh_core.contracts import Column, Contract, Sla

STANDARD = {
    known_as(name): name
    for name in (
        *("latency", "freshness", "frequency", "timeOfAvailability", "generalAvailability", "retention"),
        *("endOfSupport", "endOfLife", "availability", "throughput", "errorRate", "completeness", "accuracy"),
        *("timeToDetect", "timeToNotify", "timeToRepair", "responseTime"),
    )
}
"""The standard's spelling by ``known_as``; what is not here keeps the contract's."""

LENGTHS = frozenset({"latency", "freshness", "frequency", "retention", "timetorepair"})
SHARES = frozenset({"completeness", "errorrate", "availability"})
_TIMES = frozenset({"date", "timestamp"})


class Promised(msgspec.Struct, frozen=True, kw_only=True):
    """One service level, its numbers in minutes or percent."""

    kind: str
    """As ``known_as`` says it."""
    name: str
    """As the standard spells it."""
    element: str = ""
    columns: tuple[str, ...] = ()
    """Of this port, that ``element`` names."""
    description: str = ""
    written: str
    """Value and unit as the contract has them."""
    unit: str = ""
    target: float | None = None
    rhythm: Rhythm | None = None
    """When it is due, of a frequency with a schedule and of a time of the day."""
    terms: Terms = Terms()
    problem: str = ""
    """Why it can't be measured as it is written."""
    objective: str = ""
    """In words."""

    @property
    def indicator(self) -> str:
        return f"{self.name}:{self.element}" if self.element else self.name


class PromisedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """What service levels and trust need of a column."""

    name: str
    logical_type: str
    required: bool = False
    described: bool = False
    examples: bool = False
    ruled: bool = False
    """Whether any rule looks at its values, a written one or one that follows from its description."""


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one contract."""

    version: str
    status: str
    owner: str = ""
    """The team."""
    steward: str = ""
    """A person: who has the role of a steward, else of an owner."""
    channels: int = 0
    """Ways to reach who answers for it."""
    links: int = 0
    granularity: bool = False
    columns: tuple[PromisedColumn, ...] = ()
    rules: int = 0
    """Written ones."""
    levels: tuple[Promised, ...] = ()
    servers: tuple[Server, ...] = ()
    """Of a port that promises to be available: what is probed."""
    time_column: str = ""
    """The column that tells how old a row is: what it is partitioned by, what its latency is about, or the only one."""

    def is_day(self, column: str) -> bool:
        """Whether the column holds days: an event of that day is over at its end."""
        return any(one.name == column and one.logical_type == "date" for one in self.columns)


def promise_of(contract: Contract) -> Promise:
    """What is measured of the contract."""
    ruled = {rule.column for rule in contract.rules}
    levels = tuple(_promised(sla, contract) for sla in contract.slas)
    return Promise(
        version=contract.version,
        status=contract.status,
        owner=contract.owner,
        steward=_steward(contract),
        channels=sum(bool(entry.get("url") or entry.get("channel")) for entry in contract.support),
        links=len(contract.links),
        granularity=bool(contract.granularity),
        columns=tuple(_column(column, written=column.name in ruled) for column in contract.columns),
        rules=len(contract.rules),
        levels=levels,
        servers=contract.servers if any(promised.kind == "availability" for promised in levels) else (),
        time_column=_time_column(contract),
    )


def _steward(contract: Contract) -> str:
    team = contract.document.raw.get("team") or {}
    members = (team.get("members") or ()) if isinstance(team, dict) else team
    for role in ("steward", "owner"):
        for member in members:
            if role in str(member.get("role", "")).lower():
                return str(member.get("username") or "")
    return ""


def _column(column: Column, *, written: bool) -> PromisedColumn:
    implied = column.required or column.unique or column.enum or column.options
    return PromisedColumn(
        name=column.name,
        logical_type=column.logical_type,
        required=column.required,
        described=bool(column.description),
        examples=bool(column.examples or column.enum),
        ruled=bool(written or implied),
    )


def _time_column(contract: Contract) -> str:
    times = [column for column in contract.columns if column.logical_type in _TIMES]
    parts = [column for column in times if column.partition_key_position >= 0]
    late = contract.sla("latency")
    events = [column for column in times if late and late.element.rpartition(".")[2] == column.name]
    chosen = parts or events or times
    return chosen[0].name if len(chosen) == 1 else ""


def _promised(sla: Sla, contract: Contract) -> Promised:
    kind = known_as(sla.property)
    named = tuple(part.strip().rpartition(".")[2] for part in sla.element.split(",") if part.strip())
    written = " ".join(str(part) for part in (sla.value, sla.unit) if part not in (None, "")).strip()
    promised = Promised(
        kind=kind,
        name=STANDARD.get(kind, sla.property),
        element=sla.element,
        columns=tuple(column.name for column in contract.columns if column.name in named),
        description=sla.description,
        written=written or sla.schedule,
        unit=sla.unit,
    )
    try:
        _check_named(named, contract)
        promised = _measurable(promised, sla)
    except UnreadableError as error:
        promised = msgspec.structs.replace(promised, problem=str(error))
    return msgspec.structs.replace(promised, objective=told(promised))


def _check_named(names: Iterable[str], contract: Contract) -> None:
    known = {contract.table, *(column.name for column in contract.columns)}
    lost = next((name for name in names if name not in known), None)
    if lost is not None:
        message = f"it is about '{lost}', which is no column of the port"
        raise UnreadableError(message)


def _measurable(promised: Promised, sla: Sla) -> Promised:
    """With its numbers; UnreadableError for what is no number of the kind that the property takes."""
    terms = _terms(sla)
    zone = str(sla.custom("timezone") or "")
    if promised.kind == "frequency" and sla.schedule and sla.scheduler in {"", "cron"}:
        return msgspec.structs.replace(promised, rhythm=rhythm_of(sla.schedule, zone), unit="minutes", terms=terms)
    if promised.kind == "timeofavailability":
        rhythm = rhythm_of(sla.schedule, zone) if sla.schedule else daily_at(str(sla.value), zone)
        rhythm = msgspec.structs.replace(rhythm, by_day=True)
        return msgspec.structs.replace(promised, rhythm=rhythm, unit="minutes", terms=terms)
    if promised.kind in LENGTHS:
        return msgspec.structs.replace(promised, target=_length(sla), unit="minutes", terms=terms)
    if promised.kind in SHARES:
        share = _share(sla)
        if promised.kind == "availability":  # the promise is itself the share of time
            terms = msgspec.structs.replace(terms, objective=share)
        return msgspec.structs.replace(promised, target=share, unit="percent", terms=terms)
    return promised


def _length(sla: Sla) -> float:
    """In minutes."""
    found = measured(sla.value, sla.unit)
    if found is None or found[0] != "time" or found[1] <= 0:
        message = f"'{sla.value} {sla.unit}'".replace(" '", "'") + " is no length of time"
        raise UnreadableError(message)
    return round(found[1] / 60, 6)


def _share(sla: Sla) -> float:
    """In percent."""
    found = measured(sla.value, sla.unit)
    share = None
    if found is not None and found[0] == "share":
        share = found[1] * 100
    if found is not None and found[0] == "count:":
        share = found[1]
    if share is None or not 0 <= share <= 100:
        message = f"'{sla.value} {sla.unit}'".replace(" '", "'") + " is no share between 0 and 100 percent"
        raise UnreadableError(message)
    return round(share, 9)


def _terms(sla: Sla) -> Terms:
    objective, days = sla.custom("objective"), sla.custom("windowDays")
    try:
        wanted = float(OBJECTIVE if objective is None else objective)
        window = int(WINDOW_DAYS if days is None else days)
    except (TypeError, ValueError):
        wanted, window = -1.0, 0
    if not 0 <= wanted <= 100 or not 1 <= window <= WINDOW_DAYS:
        message = f"its objective is to be between 0 and 100 percent, of 1 to {WINDOW_DAYS} days"
        raise UnreadableError(message)
    return Terms(objective=wanted, window_days=window)
