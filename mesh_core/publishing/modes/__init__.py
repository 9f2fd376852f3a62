"""Write modes: what a publication's rows do to those that the table has."""

from mesh_core.publishing.modes.choice import write_of
from mesh_core.publishing.modes.write import Outcome, Verdict, Write

__all__ = ["Outcome", "Verdict", "Write", "write_of"]
