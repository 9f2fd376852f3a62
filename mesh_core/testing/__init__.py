"""A small valid mesh for tests and for documentation."""

from mesh_core.testing.tiny import TinyMesh, write_tiny_mesh

__all__ = ["TinyMesh", "write_tiny_mesh"]
