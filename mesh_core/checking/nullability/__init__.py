"""Which columns of a query can be null, told from its text and from what its tables promise.

Three answers: never, maybe (with the reason), unknown. *Never* is proven; *maybe* has a reason that a person can
follow; whatever the inference does not know is *unknown* and accuses nobody.
"""

from mesh_core.checking.nullability.nullness import NEVER, UNKNOWN, Nullness, maybe
from mesh_core.checking.nullability.queries import Columns, infer

__all__ = ["NEVER", "UNKNOWN", "Columns", "Nullness", "infer", "maybe"]
