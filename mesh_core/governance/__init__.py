"""What the federated governance group keeps in ``governance/``: entities, roles, waivers, overrides."""

from mesh_core.governance.charter import Charter, load_charter
from mesh_core.governance.records import Entity, Office, Override, Waiver

__all__ = ["Charter", "Entity", "Office", "Override", "Waiver", "load_charter"]
