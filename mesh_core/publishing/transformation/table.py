"""What a Python transformation is given for each of its inputs."""

from mesh_core.storage.table import Table

__all__ = ["Table"]
