"""Nouns of the mesh: small frozen values without I/O."""

from mesh_core.model.address import Address

__all__ = ["Address"]
