"""What the federated governance group keeps in ``governance/``: entities, terms, roles, waivers, overrides."""

from mesh_core.governance.bound import BoundColumn, bound_columns
from mesh_core.governance.charter import Charter, load_charter
from mesh_core.governance.records import Entity, Office, Override, Term, Waiver

__all__ = [
    "BoundColumn",
    "Charter",
    "Entity",
    "Office",
    "Override",
    "Term",
    "Waiver",
    "bound_columns",
    "load_charter",
]
