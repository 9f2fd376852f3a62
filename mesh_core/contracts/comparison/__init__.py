"""Two versions of one contract, compared in every section, each change judged for its consumers."""

from mesh_core.contracts.comparison.change import Bump, Change, Comparison, Impact
from mesh_core.contracts.comparison.compare import compare

__all__ = ["Bump", "Change", "Comparison", "Impact", "compare"]
