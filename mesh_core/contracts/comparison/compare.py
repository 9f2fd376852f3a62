"""From two ODCS documents to the changes between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_core.contracts.comparison.change import Comparison


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Every change from ``old`` to ``new``, both plain ODCS documents (``Document.raw``); the version is no change."""
    raise NotImplementedError
