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


def budget_of(spans: Sequence[Span], terms: Terms, now: datetime) -> ErrorBudget:
    """The budget at ``now``."""
    used = _percent_used(spans, terms, terms.window, now)
    return ErrorBudget(
        window_days=terms.window_days,
        allowed_percent=round(100 - terms.objective, 6),
        used_percent=round(used, 2),
        left_percent=round(max(0.0, 100 - used), 2),
    )


def status_of(spans: Sequence[Span], terms: Terms, now: datetime) -> Status:
    """``unknown`` without any measured time; ``breached`` when more is used than there is, or it was never kept.

    At risk is what is not kept right now, what has used three quarters of its budget, and what burns it too fast.
    What is neither is met.
    """
    since = now - terms.window
    good, bad = (spent(spans, since, now, good=kept) for kept in (True, False))
    if not good and not bad:
        return "unknown"
    used = _percent_used(spans, terms, terms.window, now)
    if used > 100 or not good:  # a young port has the whole budget, but a promise that never held is broken
        return "breached"
    burnt = _percent_used(spans, terms, min(_A_DAY, terms.window), now)
    if used >= NEARLY_USED or burnt >= BURNING or is_kept(spans, now) is False:
        return "at risk"
    return "met"


def _percent_used(spans: Sequence[Span], terms: Terms, length: timedelta, now: datetime) -> float:
    """Percent of the whole budget that was used within ``length`` before ``now``."""
    broken = spent(spans, now - length, now, good=False)
    if not terms.allowed:
        return 1000.0 if broken else 0.0
    return broken / terms.allowed * 100
