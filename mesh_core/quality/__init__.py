"""Quality: a contract becomes check specs, engines turn them into results. No heavy imports."""

from mesh_core.quality.derive import checks_for
from mesh_core.quality.engine import RowRule, bind, evaluate, failing_rows, row_rules
from mesh_core.quality.reconciling import Report, reconcile
from mesh_core.quality.result import CheckResult
from mesh_core.quality.spec import CheckSpec, Comparison

__all__ = [
    "CheckResult",
    "CheckSpec",
    "Comparison",
    "Report",
    "RowRule",
    "bind",
    "checks_for",
    "evaluate",
    "failing_rows",
    "reconcile",
    "row_rules",
]
