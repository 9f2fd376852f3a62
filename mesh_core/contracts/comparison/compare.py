"""From two ODCS documents to the changes between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mesh_core.contracts.comparison.canonical import UNSAID, canonical_contract, equal
from mesh_core.contracts.comparison.change import IMPACTS, Change, Comparison
from mesh_core.contracts.comparison.identity import compare_status, compare_tenant
from mesh_core.contracts.comparison.people import compare_roles, compare_support, compare_team
from mesh_core.contracts.comparison.place import Judge, Place, judged, kebab, noted
from mesh_core.contracts.comparison.protection import compare_tags
from mesh_core.contracts.comparison.schema import compare_schema
from mesh_core.contracts.comparison.servers import compare_servers
from mesh_core.contracts.comparison.sla import compare_sla
from mesh_core.contracts.comparison.terms import compare_context, compare_description, compare_price
from mesh_core.contracts.comparison.walk import compare_custom


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Every change from ``old`` to ``new``, both plain ODCS documents (``Document.raw``); the version is no change."""
    changes: list[Change] = [] if _alike(old, new) else list(_changes(old, new))
    return Comparison(
        old_version=str(old.get("version") or ""),
        new_version=str(new.get("version") or ""),
        changes=tuple(sorted(changes, key=lambda change: IMPACTS.index(change.impact), reverse=True)),
    )


def _alike(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Equal but for the version, as almost all contracts of a mesh are: told without looking inside."""
    before, after = ({**raw, "version": ""} for raw in (old, new))
    return before == after and _bytes(before) == _bytes(after)


def _bytes(raw: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(raw, order="deterministic", enc_hook=str)


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = canonical_contract(old), canonical_contract(new)
    for key in [*new, *(key for key in old if key not in new)]:
        if key in UNSAID or equal(before.get(key), after.get(key)):
            continue
        section, judge = _SECTIONS.get(key) or ("custom", noted(kebab(key)))
        place = Place(section=section, element=key if key not in _PLAIN else "").into(key)
        found = list(judge(place, old.get(key), new.get(key)))
        yield from found or [_unexplained(place)]


def _unexplained(place: Place) -> Change:
    """A difference that no rule speaks of says the same in other words; it is never lost."""
    return place.change("rewritten", "documentation", "It says the same in other words.")


_PLAIN = frozenset({"customProperties"})
_ADDRESS = "Readers find it under no address that they know."
_SECTIONS: dict[str, tuple[str, Judge]] = {
    "id": ("identity", judged("id", ("breaking", _ADDRESS))),
    "domain": ("identity", judged("domain", ("breaking", _ADDRESS))),
    "kind": ("identity", judged("kind", ("breaking", "It is another kind of document."))),
    "apiVersion": ("identity", noted("api-version", "The same promise by another edition of the standard.")),
    "name": ("identity", noted("name", "Programs know it by its id.")),
    "dataProduct": ("identity", judged("product", ("risky", "Who asks for it by its product finds another one."))),
    "tenant": ("identity", compare_tenant),
    "tags": ("identity", compare_tags),
    "status": ("status", compare_status),
    "schema": ("schema", compare_schema),
    "slaProperties": ("sla", compare_sla),
    "slaDefaultElement": (
        "sla",
        judged("sla-element", ("risky", "Service levels without an element are about another one.")),
    ),
    "servers": ("servers", compare_servers),
    "roles": ("roles", compare_roles),
    "team": ("team", compare_team),
    "support": ("support", compare_support),
    "description": ("terms", compare_description),
    "context": ("terms", compare_context),
    "authoritativeDefinitions": ("terms", noted("links")),
    "price": ("price", compare_price),
    "customProperties": ("custom", compare_custom),
}
