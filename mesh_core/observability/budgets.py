"""Error budgets: how much of a window may be worse than promised, how much was, and what that makes of the status.

The window is the last 30 days and the objective 99 % of it, unless the service level says otherwise in its
``customProperties`` (``objective`` in percent, ``windowDays``): 7.2 hours a month are not worth waking anybody, and a
promise that is never broken is never tested either. A port that is younger than the window has the whole budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from mesh_core.observability.level import ErrorBudget, Status
from mesh_core.observability.windows import Span, is_kept, spent

WINDOW_DAYS = 30
OBJECTIVE = 99.0

NEARLY_USED = 75.0
"""Percent of the budget from which on a level is at risk: what is left lasts no longer than a bad day."""
BURNING = 10.0
"""Percent of the budget that, used within the last day, put a level at risk: at that rate it lasts ten days, not 30."""
_A_DAY = timedelta(days=1)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a service level is judged."""

    objective: float = OBJECTIVE
    """Percent of the window in which the promise is to be kept."""
    window_days: int = WINDOW_DAYS

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.window_days)

    @property
    def allowed(self) -> timedelta:
        """How long the promise may be broken in the window."""
        return self.window * (100 - self.objective) / 100


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """The window of one service level, added up once."""

    terms: Terms
    good: timedelta
    bad: timedelta
    lately: timedelta
    """Bad time of the last day."""
    kept: bool | None
    """Whether the promise is kept now; None if nobody knows."""

    @property
    def used(self) -> float:
        """Percent of the budget."""
        return _share(self.bad, self.terms.allowed)

    @property
    def burnt(self) -> float:
        """Percent of the budget that was used within the last day."""
        return _share(self.lately, self.terms.allowed)


def tally(spans: Sequence[Span], terms: Terms, now: datetime, *, last: bool | None = None) -> Tally:
    """What the spans come to; ``last`` is what was found at ``now`` itself, where somebody looked.

    No time has passed since then, so that no span tells it.
    """
    since = now - terms.window
    good, bad = spent(spans, since, now)
    return Tally(
        terms=terms,
        good=good,
        bad=bad,
        lately=spent(spans, now - _A_DAY if terms.window > _A_DAY else since, now)[1] if bad else bad,
        kept=is_kept(spans, now) if last is None else last,
    )


def budget_of(found: Tally) -> ErrorBudget:
    """What is left of the budget."""
    return ErrorBudget(
        window_days=found.terms.window_days,
        allowed_percent=round(100 - found.terms.objective, 6),
        used_percent=round(found.used, 2),
        left_percent=round(max(0.0, 100 - found.used), 2),
    )


def status_of(found: Tally) -> Status:
    """``unknown`` without any measured time; ``breached`` when more is used than there is, or it was never kept.

    At risk is what is not kept right now, what has used three quarters of its budget, and what burns it too fast.
    What is neither is met.
    """
    if not found.good and not found.bad:
        return "unknown" if found.kept is None else "met" if found.kept else "at risk"
    if found.used > 100 or not (found.good or found.kept):
        return "breached"  # a young port has the whole budget, but a promise that never held is broken
    if found.used >= NEARLY_USED or found.burnt >= BURNING or found.kept is False:
        return "at risk"
    return "met"


def _share(broken: timedelta, allowed: timedelta) -> float:
    """In percent; ten times all of it where nothing is allowed."""
    if not allowed:
        return 1000.0 if broken else 0.0
    return broken / allowed * 100
