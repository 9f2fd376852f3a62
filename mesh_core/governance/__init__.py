"""What the federated governance group keeps in ``governance/``: entities, terms, roles, waivers, overrides."""

from mesh_core.governance.charter import Charter, load_charter
from mesh_core.governance.records import Entity, Office, Override, Term, Waiver

__all__ = ["Charter", "Entity", "Office", "Override", "Term", "Waiver", "load_charter"]
