"""What Python steps were found to be, kept between calls: pandas alone costs more than the rest of a check."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mesh_core import __version__
from mesh_core.checking.python_worker import Finding, Step
from mesh_core.checking.python_world import ports_of
from mesh_core.contracts.graph import InternalInput, Node, PortInput, inputs_of, key_of
from mesh_core.contracts.tree import Port

if TYPE_CHECKING:
    from mesh_core.contracts import Contract
    from mesh_core.contracts.tree import DomainTree, Mesh
    from mesh_core.generation import Directory
    from mesh_core.governance import Charter
    from mesh_core.settings import Settings

_FORMAT = 1
_LIBRARIES = ("duckdb", "pandas", "polars", "pyarrow", "numpy", "rstr")
_PACKAGE = Path(__file__).parents[1]


class Outcomes:
    """The findings of each step by a digest over all that decides them; a stale or torn file is only slower."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.cache / "python_steps.msgpack"
        self._known: dict[str, tuple[str, tuple[Finding, ...]]] = {}
        self._is_changed = False
        with contextlib.suppress(OSError, msgspec.DecodeError):
            known = msgspec.msgpack.decode(
                self._file.read_bytes(), type=tuple[int, dict[str, tuple[str, tuple[Finding, ...]]]]
            )
            self._known = known[1] if known[0] == _FORMAT else {}

    def get(self, step: Step, digest: str) -> tuple[Finding, ...] | None:
        known = self._known.get(".".join(step))
        return known[1] if known is not None and known[0] == digest else None

    def put(self, step: Step, digest: str, findings: tuple[Finding, ...]) -> None:
        self._known[".".join(step)] = (digest, findings)
        self._is_changed = True

    def save(self) -> None:
        """Keep what was learned; a home that cannot be written is not an error here."""
        if not self._is_changed:
            return
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._file.parent)
            with os.fdopen(handle, "wb") as out:
                out.write(msgspec.msgpack.encode((_FORMAT, self._known)))
            Path(temporary).replace(self._file)
        self._is_changed = False


def digest_of(node: Node, tree: DomainTree, mesh: Mesh, directory: Directory, charter: Charter) -> str | None:
    """Equal for equal code, contracts, entities and versions of the mesh and its libraries.

    None if an input can't be known, which other checks report. MeshError if the node reads what is not declared.
    """
    contracts: dict[str, Contract] = {}
    files = set(_modules(tree))
    for read in _with_sources(node, tree):
        if not isinstance(read, Port):
            files.add(read.path)
        ports = ports_of([given for given in inputs_of(read, tree) if isinstance(given, PortInput)], mesh)
        if ports is None:
            return None
        contracts |= {contract.address.uri: contract for contract in ports.values()}
    wanted = {contract.address.uri: contract for contract in directory.with_targets(contracts.values())}
    own = [node.contract, *node.siblings] if isinstance(node, Port) else []
    seen = hashlib.sha256(_platform().encode())
    for part in (
        str(mesh.root),
        *key_of(node),
        *(f"{contract.address.uri} {contract.document.digest}" for contract in own),
        *(f"{uri} {contract.document.digest}" for uri, contract in sorted(wanted.items())),
        msgspec.json.encode(charter.entities).decode(),
    ):
        seen.update(f"\0{part}".encode())
    for file in sorted(files):
        seen.update(f"\0{file}\0".encode() + file.read_bytes())
    return seen.hexdigest()[:16]


def _modules(tree: DomainTree) -> Iterator[Path]:
    """The Python of the domain that a function may import."""
    return (file for file in tree.folder.rglob("*.py") if not file.name.startswith("test_"))


def _with_sources(node: Node, tree: DomainTree) -> list[Node]:
    """The node and the steps of its domain that it depends on."""
    found = {key_of(node): node}
    waiting: list[Node] = [node]
    while waiting:
        for given in inputs_of(waiting.pop(), tree):
            step = tree.internal(given.layer, given.table) if isinstance(given, InternalInput) else None
            if step is not None and step.key not in found:
                found[step.key] = step
                waiting.append(step)
    return list(found.values())


@cache
def _platform() -> str:
    """The code that judges, and the libraries that functions work with."""
    seen = hashlib.sha256(f"{__version__} {sys.version}".encode())
    for folder in ("generation", "checking", "quality", "orchestration", "storage"):
        for file in sorted((_PACKAGE / folder).rglob("*.py")):
            seen.update(file.read_bytes())
    for library in _LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            seen.update(f"{library} {version(library)}".encode())
    return seen.hexdigest()
