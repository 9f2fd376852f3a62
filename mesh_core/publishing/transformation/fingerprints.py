"""Whether a table would come out the same: one digest over all that decides its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from mesh_core import __version__
from mesh_core.contracts.graph import Node, product_of, statement_of
from mesh_core.contracts.tree import DomainTree, Internal, Port
from mesh_core.ingestion import source_fingerprint
from mesh_core.settings import Settings

_DBT_IGNORED = {"target", "logs", "dbt_packages"}


def code_digest(node: Node, tree: DomainTree) -> str:
    """The transformation's text, with every module and descriptor that can change its result."""
    digest = digest_of(_code_files(node, tree))
    if isinstance(node, Internal) and node.engine == "sql" and node.variables:
        # Of its product's contracts a step knows the values that it takes, and nothing else of them makes it anew.
        return hashlib.sha256(f"{digest}{statement_of(node)}".encode()).hexdigest()[:16]
    return digest


def digest_of(files: Iterable[Path]) -> str:
    """One digest over the names and bytes of files."""
    seen = hashlib.sha256(__version__.encode())
    for file in sorted(set(files)):
        seen.update(f"\0{file.name}\0".encode())
        seen.update(file.read_bytes())
    return seen.hexdigest()[:16]


def _code_files(node: Node, tree: DomainTree) -> list[Path]:
    files = [node.path, tree.folder / "domain.yaml"]
    if isinstance(node, Port):
        files += [node.contract.path, product_of(node, tree).document.path]
    if node.engine == "python":
        files += [file for file in node.path.parent.glob("*.py") if not file.name.startswith("test_")]
    if node.engine == "dbt" and tree.dbt_project is not None:
        files += dbt_files(tree.dbt_project)
    return files


def dbt_files(project: Path) -> list[Path]:
    """The files of a dbt project that are written by people."""
    return [
        file
        for file in project.rglob("*")
        if file.is_file() and not _DBT_IGNORED & set(file.relative_to(project).parts)
    ]


def fingerprint(node: Node, tree: DomainTree, versions: Mapping[str, int], settings: Settings) -> str:
    """Equal for equal code, contract, input versions and source files."""
    seen = hashlib.sha256(code_digest(node, tree).encode())
    for name, version in sorted(versions.items()):
        seen.update(f"\0{name}={version}".encode())
    source = getattr(node, "source", None)
    if source is not None:
        seen.update(source_fingerprint(source, settings).encode())
    return seen.hexdigest()[:16]
