"""`mesh check`: the mesh as a typed program, with findings for people and for machines."""

from mesh_core.checking.check import Checkup, check_mesh

__all__ = ["Checkup", "check_mesh"]
