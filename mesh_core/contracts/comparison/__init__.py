"""Two versions of one contract, compared in every section, each change judged for its consumers."""

from mesh_core.contracts.comparison.canonical import canonical_contract
from mesh_core.contracts.comparison.change import IMPACTS, Bump, Change, Comparison, Impact
from mesh_core.contracts.comparison.compare import compare
from mesh_core.contracts.comparison.wording import sentence

__all__ = ["IMPACTS", "Bump", "Change", "Comparison", "Impact", "canonical_contract", "compare", "sentence"]
