"""The built-in policies: always on, deliberately few; each can be replaced by one of the mesh's own."""

from mesh_core.policy.pack.ownership import owner_required
from mesh_core.policy.policy import Policy

PACK: tuple[Policy, ...] = (owner_required,)
