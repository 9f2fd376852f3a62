"""Generation: rows from contracts, for checks and for scenarios before any real data is there."""

from mesh_core.generation.fields import UnsatisfiableError
from mesh_core.generation.generate import generate, generate_plain
from mesh_core.generation.references import Directory
from mesh_core.generation.table import GeneratedTable

__all__ = ["Directory", "GeneratedTable", "UnsatisfiableError", "generate", "generate_plain"]
