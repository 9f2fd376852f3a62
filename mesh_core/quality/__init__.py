"""Quality: a contract becomes check specs, an engine turns them into results. Nothing heavy is imported here."""

from mesh_core.quality.derive import checks_for
from mesh_core.quality.engine import evaluate
from mesh_core.quality.result import CheckResult
from mesh_core.quality.spec import CheckSpec, Comparison

__all__ = ["CheckResult", "CheckSpec", "Comparison", "checks_for", "evaluate"]
