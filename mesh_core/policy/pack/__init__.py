"""The built-in policies: always on, deliberately few; each can be replaced by one of the mesh's own."""

from mesh_core.policy.pack.documentation import description_required
from mesh_core.policy.pack.events import event_attributes
from mesh_core.policy.pack.identities import entity_keys
from mesh_core.policy.pack.names import addresses, names, time_names
from mesh_core.policy.pack.ownership import owner_required
from mesh_core.policy.pack.privacy import classification_required, protection_required, retention_required
from mesh_core.policy.pack.promises import semantic_versions, service_level_required
from mesh_core.policy.pack.types import standard_types, utc_timestamps
from mesh_core.policy.policy import Policy

PACK: tuple[Policy, ...] = (
    owner_required,
    description_required,
    classification_required,
    protection_required,
    retention_required,
    service_level_required,
    semantic_versions,
    names,
    time_names,
    addresses,
    standard_types,
    utc_timestamps,
    entity_keys,
    event_attributes,
)
