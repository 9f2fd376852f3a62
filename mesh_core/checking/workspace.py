"""workspace.yaml and the folders under ``domains/`` must name the same domains, each once.

Dagster loads what the workspace lists and never misses what it doesn't: a forgotten domain is simply not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mesh_core.contracts.loading import document_of
from mesh_core.errors import ConfigurationError, MeshError

_CODE = "workspace"
_REMEDY = (
    "Under `load_from`: - python_module: {{module_name: domains.{0}.definitions, location_name: {0}, "
    "working_directory: .}}"
)


def workspace_findings(root: Path, domains: set[str]) -> list[MeshError]:
    """Domains that workspace.yaml lacks or lists twice, entries without a domain, domains without definitions.py."""
    path = root / "workspace.yaml"
    try:
        document = document_of(path, None)
    except MeshError as error:
        return [error]
    findings: list[MeshError] = []
    seen: set[str] = set()
    for number, name in _listed(document.raw):
        if name in seen:
            remedy = "Keep one: two locations would both own its assets."
            findings.append(
                document.error(f"domain '{name}' is listed twice", ["load_from", number], remedy=remedy, code=_CODE)
            )
        elif name not in domains:
            message = f"lists domain '{name}', which has no folder under domains/"
            findings.append(document.error(message, ["load_from", number], remedy="Remove the entry.", code=_CODE))
        seen.add(name)
    for name in sorted(domains - seen):
        message = f"does not list domain '{name}': Dagster will not load it"
        findings.append(document.error(message, ["load_from"], remedy=_REMEDY.format(name), code=_CODE))
    return findings + [
        _no_definitions(root, name) for name in sorted(domains) if not _definitions(root, name).is_file()
    ]


def _listed(raw: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """The domains that the workspace loads as modules, with the number of the entry."""
    for number, entry in enumerate(raw.get("load_from") or ()):
        module = entry.get("python_module") if isinstance(entry, dict) else None
        name = module.get("module_name", "") if isinstance(module, dict) else module or ""
        package, _, rest = str(name).partition(".")
        if package == "domains" and rest:
            yield number, rest.partition(".")[0]


def _definitions(root: Path, domain: str) -> Path:
    return root / "domains" / domain / "definitions.py"


def _no_definitions(root: Path, domain: str) -> MeshError:
    message = f"domain '{domain}' has no definitions.py: it is no code location"
    remedy = "Write: from mesh_core.orchestration import domain_definitions; defs = domain_definitions(__file__)"
    return ConfigurationError(message, path=_definitions(root, domain), remedy=remedy, code=_CODE)
