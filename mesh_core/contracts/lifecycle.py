"""The life of a major version: draft, active, deprecated, retired, and the notice that its consumers are given.

Everything here is computed from the contract, from what the catalog saw and when, and from the day that is given.
The contract says when support ends; only the catalog says since when consumers could know.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.ranges import release_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mesh_core.contracts.odcs import Contract
    from mesh_core.errors import MeshError

NOTICE = timedelta(days=180)
"""How long before the end of support consumers must have been able to know of it."""
DRAFTS = frozenset({"draft", "proposed"})
"""Statuses in which a contract promises nothing yet and may change freely."""
ENDING = frozenset({"deprecated", "retired"})
"""Statuses in which consumers have to move, or should have."""
END = "endOfSupport"


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    """One published version of a contract, as the catalog first saw it."""

    version: str
    status: str
    seen_at: str
    """ISO 8601, in UTC."""
    end_of_support: str = ""
    """As the contract of that version wrote it."""

    @property
    def seen_on(self) -> date:
        return datetime.fromisoformat(self.seen_at).astimezone(UTC).date()

    @property
    def end(self) -> date | None:
        return day_in(self.end_of_support)


History = Sequence[Milestone]
"""All milestones of one contract id, oldest first."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a contract stands in its life today, as its consumers need to know it."""

    status: str
    announced_at: str = ""
    """When the catalog first saw the deprecation; '' if there is none, or nobody knows."""
    end_of_support: date | None = None
    """The last day on which the port is kept as promised."""
    days_left: int | None = None
    """Until ``end_of_support``; negative when it has passed."""
    successor: str = ""
    """The address to move to, as URI; '' if none is named or live."""

    @property
    def ending(self) -> bool:
        """Whether consumers have to move: deprecated, or gone."""
        return self.status in ENDING


def today() -> date:
    """The day by which notice is counted and waivers hold: UTC's, wherever the process runs."""
    return datetime.now(UTC).date()


def standing(contract: Contract, history: History, today: date, *, others: Iterable[Contract] = ()) -> Standing:
    """Where ``contract`` stands; ``others`` are the contracts that may succeed it: those of its id are looked at."""
    if contract.status not in ENDING:
        return Standing(status=contract.status)
    streak = _streak(contract.major, history)
    end = end_of_support(contract) or next((past.end for past in reversed(streak) if past.end), None)
    return Standing(
        status=contract.status,
        announced_at=streak[0].seen_at if streak else "",
        end_of_support=end,
        days_left=(end - today).days if end else None,
        successor=successor(contract, others),
    )


def ending_told(standing: Standing) -> str:
    """What consumers have to know, after the port's name: ``is deprecated: support ends on …; move to …``."""
    move = f"move to {standing.successor}" if standing.successor else ""
    told = "; ".join(part for part in (end_told(standing), move) if part)
    return f"is {standing.status}" + (f": {told}" if told else "")


def end_told(standing: Standing) -> str:
    """The end of support in a few words: ``support ends on 2027-06-30 (221 days left)``; '' if no day is named."""
    if standing.end_of_support is None or standing.days_left is None:
        return ""
    if standing.days_left < 0:
        return f"support ended on {standing.end_of_support}"
    days = "1 day" if standing.days_left == 1 else f"{standing.days_left:,} days"
    return f"support ends on {standing.end_of_support} ({days} left)"


def end_of_support(contract: Contract) -> date | None:
    """The day that the contract names as the last of its support; None if it names none that is a date."""
    return day_in(end_written(contract.document.raw))


def end_written(raw: Mapping[str, Any]) -> str:
    """The ``endOfSupport`` of an ODCS document as it stands there; '' if it has none."""
    found = (sla.get("value") for sla in raw.get("slaProperties") or () if sla.get("property") == END)
    return str(next(found, None) or "")


def day_in(text: str) -> date | None:
    """The day of an ISO date or time; None for anything else."""
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        return None


def successor(contract: Contract, others: Iterable[Contract]) -> str:
    """What the contract names as ``successor`` in its customProperties, else the next live major of its id."""
    for custom in contract.document.raw.get("customProperties") or ():
        if custom.get("property") == "successor" and custom.get("value"):
            return str(custom["value"])
    later = [
        other
        for other in others
        if other.id == contract.id and other.major > contract.major and other.status == "active"
    ]
    return min(later, key=lambda other: other.major).address.uri if later else ""


def rule_breaks(
    contract: Contract, history: History | None, *, consumers: Sequence[str], today: date
) -> list[MeshError]:
    """What the contract's status asks for and does not get; without a ``history`` nothing is said of notice."""
    if contract.status == "deprecated":
        return _deprecation_breaks(contract, history, today)
    if contract.status == "retired" and history is not None and consumers:
        return _retirement_breaks(contract, history, consumers, today)
    return []


def _deprecation_breaks(contract: Contract, history: History | None, today: date) -> list[MeshError]:
    end = end_of_support(contract)
    if end is None:
        written = end_written(contract.document.raw)
        told = f"says that support ends '{written}', which is no date" if written else "does not say when support ends"
        remedy = f"Add `- {{property: {END}, value: <date>}}` under slaProperties, {NOTICE.days} days ahead or more."
        return [_finding(contract, f"is deprecated and {told}", "end-of-support-missing", remedy)]
    if history is None:
        return []
    start = _told_on(contract.major, end, history, today)
    if start is None or end >= start + NOTICE:
        return []
    since = "if announced today" if start == today else f"announced on {start}"
    message = f"ends its support on {end}, {(end - start).days} days after the announcement ({since})"
    remedy = f"Consumers get {NOTICE.days} days: write {start + NOTICE} or later, or have it overridden by governance."
    return [_finding(contract, message, "notice-period", remedy)]


def _told_on(major: int, end: date, history: History, today: date) -> date | None:
    """Since when consumers knew that support ends on ``end`` or earlier: ``today`` if they don't know yet.

    None if nobody ever could rely on more: the end was told with the very first publication of the major.
    """
    lived = _of_major(major, history)
    if not lived:
        return None
    told = _first_told(_streak(major, history), end)
    if told is None:
        return today
    return None if told is lived[0] else told.seen_on


def _retirement_breaks(contract: Contract, history: History, consumers: Sequence[str], today: date) -> list[MeshError]:
    lived = _of_major(contract.major, history)
    if lived and lived[-1].status == "retired":
        return []  # accepted then; who starts to read it since is told at the reader
    deprecated = [past for past in _streak(contract.major, history) if past.status == "deprecated"]
    lacks = _lacking(deprecated, today)
    if not lacks:
        return []
    read = "reads" if len(consumers) == 1 else "read"
    message = f"is retired while {_listed(consumers)} still {read} it, and {lacks}"
    remedy = (
        f"Deprecate it with an end of support, retire it {NOTICE.days} days later or when nobody reads it any more, "
        "or have it overridden by governance."
    )
    return [_finding(contract, message, "retired-without-notice", remedy)]


def _lacking(deprecated: Sequence[Milestone], today: date) -> str:
    """What the notice lacks; '' if it was given in full."""
    if not deprecated:
        return "its deprecation was never announced"
    end = deprecated[-1].end
    if end is None:
        return "its deprecation named no end of support"
    if today <= end:
        return f"its support ends on {end} only"
    told = _first_told(deprecated, end)
    if told is not None and today < told.seen_on + NOTICE:
        return f"that was announced on {told.seen_on}, {(today - told.seen_on).days} days ago"
    return ""


def _first_told(streak: Sequence[Milestone], end: date) -> Milestone | None:
    """Where it was first said that support ends by ``end``, and was not put off since."""
    first = None
    for past in reversed(streak):
        if past.status == "retired":
            continue
        if past.end is None or past.end > end:
            break
        first = past
    return first


def _of_major(major: int, history: History) -> list[Milestone]:
    """The promises made for a major, drafts left out."""
    return [past for past in history if release_of(past.version)[0] == major and past.status not in DRAFTS]


def _streak(major: int, history: History) -> list[Milestone]:
    """The last unbroken run of deprecated and retired versions: what consumers were told, and when."""
    found: list[Milestone] = []
    for past in reversed(_of_major(major, history)):
        if past.status not in ENDING:
            break
        found.insert(0, past)
    return found


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _finding(contract: Contract, what: str, code: str, remedy: str) -> MeshError:
    """A finding at the contract's end of support, or at its status where there is none."""
    sla = contract.sla(END)
    at: Sequence[str | int] = ["status"] if sla is None or code == "retired-without-notice" else [*sla.at, "value"]
    message = f"{contract.address.sql} {contract.version} {what}"
    return contract.document.error(message, at, remedy=remedy, code=code)
