"""The governance folder, read as one value; a mesh without the folder has an empty one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from mesh_core.contracts.document import Document, DocumentCache
from mesh_core.errors import MeshError
from mesh_core.governance.records import Entity, Office, Override, Term, Waiver

Record = TypeVar("Record")


class Charter(msgspec.Struct, frozen=True, kw_only=True):
    """All that governance has written down, policies apart."""

    folder: Path
    entities: tuple[Entity, ...] = ()
    terms: tuple[Term, ...] = ()
    offices: dict[str, Office] = {}
    """By domain."""
    council: tuple[str, ...] = ()
    """The members of the governance group (``roles.yaml`` under ``governance``)."""
    waivers: tuple[Waiver, ...] = ()
    overrides: tuple[Override, ...] = ()
    documents: dict[str, Document] = {}
    """By file name: for the lines of findings."""

    def entity(self, name: str) -> Entity | None:
        return next((entity for entity in self.entities if entity.name == name), None)

    def waiver(self, policy: str, domain: str, port: str, today: date) -> Waiver | None:
        """The waiver that holds today for the policy at the port, if there is one."""
        return next(
            (
                waiver
                for waiver in self.waivers
                if (waiver.policy, waiver.domain) == (policy, domain)
                and waiver.holds(today)
                and (not waiver.ports or port in waiver.ports)
            ),
            None,
        )

    def override(self, rule: str, contract: str, version: str) -> Override | None:
        """The override that sets the rule aside for the contract version, if its author may decide that."""
        return next(
            (
                override
                for override in self.overrides
                if (override.rule, override.contract, override.version) == (rule, contract, version)
                and self.may(override)
            ),
            None,
        )

    def may(self, override: Override) -> bool:
        """Whether the author holds the role that the override names."""
        if override.role == "governance":
            return override.by in self.council
        office = self.offices.get(override.contract.partition(".")[0])
        holders = {"owner": office.owner, "steward": office.steward} if office else {}
        return bool(override.by) and holders.get(override.role) == override.by


def load_charter(root: Path, cache: DocumentCache | None = None) -> Charter:
    """The charter of the mesh at ``root``; MeshError with file and line for an entry that is wrong."""
    folder = root / "governance"
    reader = cache or DocumentCache(None)
    names = ("entities.yaml", "glossary.yaml", "roles.yaml", "waivers.yaml", "overrides.yaml")
    documents = {name: reader.read(folder / name, None) for name in names if (folder / name).is_file()}
    return Charter(
        folder=folder,
        entities=_listed(documents.get("entities.yaml"), "entities", Entity),
        terms=_listed(documents.get("glossary.yaml"), "terms", Term),
        offices=_offices(documents.get("roles.yaml")),
        council=_council(documents.get("roles.yaml")),
        waivers=_listed(documents.get("waivers.yaml"), "waivers", Waiver),
        overrides=_listed(documents.get("overrides.yaml"), "overrides", Override),
        documents=documents,
    )


def _listed(document: Document | None, key: str, kind: type[Record]) -> tuple[Record, ...]:
    if document is None:
        return ()
    return tuple(
        _converted(document, raw, kind, (key, number)) for number, raw in enumerate(document.raw.get(key) or ())
    )


def _offices(document: Document | None) -> dict[str, Office]:
    raw = (document.raw.get("domains") or {}) if document else {}
    return {name: _converted(document, office, Office, ("domains", name)) for name, office in raw.items()}


def _council(document: Document | None) -> tuple[str, ...]:
    return tuple((document.raw.get("governance") or {}).get("members") or ()) if document else ()


def _converted(document: Document | None, raw: Any, kind: type[Record], at: tuple[str | int, ...]) -> Record:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        if document is None:
            raise
        message = f"{'.'.join(str(part) for part in at)}: {error}"
        known = ", ".join(getattr(kind, "__struct_fields__", ()))
        finding: MeshError = document.error(message, at, remedy=f"Known keys: {known}.")
        raise finding from error
