"""Overrides: which findings they turn into warnings, and which of them are worth nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mesh_core.errors import MeshError

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Mesh
    from mesh_core.governance import Charter, Override

FILE = "overrides.yaml"
RULES = frozenset(
    {
        "breaking-change",
        "contract-removed",
        "end-of-support-missing",
        "immutable-version",
        "notice-period",
        "retired-without-notice",
        "table-not-upgradable",
        "version-not-raised",
    }
)
"""The rules that a person may set aside; all else is true or false whatever anybody decides."""


def decided(error: MeshError, charter: Charter, contract: str, version: str, *, known: str = "") -> MeshError:
    """The finding as a warning that tells who decided it and why, if somebody who may has set the rule aside.

    ``known`` is the version that stands: where that is to change in place, its being immutable is what is decided.
    """
    override = charter.override(error.code, contract, version)
    if override is None and known == version:
        override = charter.override("immutable-version", contract, version)
    if override is not None:
        error.severity = "warning"
        error.what = f"{error.what.rstrip('.')}. Overridden by {override.by} as {override.role}: {override.reason}"
    return error


def override_findings(charter: Charter, mesh: Mesh) -> list[MeshError]:
    """What is wrong with the overrides, each with its line."""
    ids = {port.contract.id for port in mesh.ports.values()}
    return [
        charter.documents[FILE].error(what, ("overrides", number, key), remedy=remedy, code="override-invalid")
        for number, override in enumerate(charter.overrides)
        for key, what, remedy in _faults(override, charter, ids, mesh)
    ]


def _faults(override: Override, charter: Charter, ids: set[str], mesh: Mesh) -> Iterator[tuple[str, str, str]]:
    """The key that is wrong, how, and what to do."""
    named = f"the override of '{override.rule}' for {override.contract} {override.version}"
    domain = override.contract.partition(".")[0]
    if override.rule not in RULES:
        yield "rule", f"{named} names no rule that can be set aside", f"Rules: {', '.join(sorted(RULES))}."
    gone = override.rule == "contract-removed"
    if override.contract not in ids and not gone and domain not in mesh.broken:
        yield "contract", f"{named} names no contract of this mesh", "`mesh list` shows all ports."
    if not override.reason.strip():
        yield "reason", f"{named} has no reason", "Say why, for those who audit it."
    if not charter.may(override):
        told = f"{named} is by '{override.by}', who does not hold the role '{override.role}'"
        remedy = "Roles: `governance`, `owner` or `steward` of the contract's domain; roles.yaml names the people."
        yield "by", told, remedy
