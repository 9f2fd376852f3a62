"""What Python steps were found to be, kept between calls: pandas alone costs more than the rest of a check."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mesh_core import __version__
from mesh_core.checking.python_worker import Finding, Step
from mesh_core.checking.python_world import ports_of
from mesh_core.contracts import Contract
from mesh_core.contracts.graph import Input, InternalInput, Node, PortInput, inputs_of, key_of
from mesh_core.contracts.replacing import replace_file
from mesh_core.contracts.tree import Port
from mesh_core.generation import Directory

if TYPE_CHECKING:
    from mesh_core.contracts.tree import DomainTree, Mesh
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
            replace_file(self._file, msgspec.msgpack.encode((_FORMAT, self._known)))
        self._is_changed = False


class Digests:
    """Digests over all that decides what a step is found to be."""

    def __init__(self, mesh: Mesh, charter: Charter) -> None:
        self._mesh = mesh
        self._directory = Directory((port.contract for port in mesh.ports.values()), charter)
        self._everywhere = f"{_platform()} {mesh.root} {msgspec.json.encode(charter.entities).decode()}"
        self._modules: dict[Path, str] = {}

    def of(self, node: Node, tree: DomainTree) -> str | None:
        """Equal for equal code, contracts, entities and versions of the mesh and its libraries.

        None if an input can't be known, which other checks report. MeshError if the node reads what is not declared.
        """
        read, contracts, files = _with_steps(node, tree), dict[str, Contract](), set[Path]()
        parts = [self._everywhere, self._modules_of(tree), *key_of(node)]
        for step, inputs in read:
            files |= {step.path} if not isinstance(step, Port) else set()
            parts += [f"{given.name}={given.view}" for given in inputs]
            ports = ports_of([given for given in inputs if isinstance(given, PortInput)], self._mesh)
            if ports is None:
                return None
            contracts |= {contract.address.uri: contract for contract in ports.values()}
        parts += [_spelt(c) for c in ([node.contract, *node.siblings] if isinstance(node, Port) else [])]
        parts += sorted(_spelt(contract) for contract in self._directory.with_targets(contracts.values()))
        parts += [_content(file) for file in sorted(files)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def _modules_of(self, tree: DomainTree) -> str:
        """The Python of the domain: what a function may import."""
        if tree.folder not in self._modules:
            files = sorted(file for file in tree.folder.rglob("*.py") if not file.name.startswith("test_"))
            self._modules[tree.folder] = " ".join(_content(file) for file in files)
        return self._modules[tree.folder]


def _spelt(contract: Contract) -> str:
    return f"{contract.address.uri} {contract.document.digest}"


def _content(file: Path) -> str:
    return f"{file} {hashlib.sha256(file.read_bytes()).hexdigest()}"


def _with_steps(node: Node, tree: DomainTree) -> list[tuple[Node, tuple[Input, ...]]]:
    """The node and the steps of its domain that it depends on, each with what it reads."""
    found: dict[tuple[str, ...], tuple[Node, tuple[Input, ...]]] = {}
    waiting = [node]
    while waiting:
        step = waiting.pop()
        found[key_of(step)] = (step, inputs_of(step, tree))
        for given in found[key_of(step)][1]:
            other = tree.internal(given.layer, given.table) if isinstance(given, InternalInput) else None
            if other is not None and other.key not in found:
                waiting.append(other)
    return list(found.values())


@cache
def _platform() -> str:
    """The code that judges, and the libraries that functions work with."""
    seen = hashlib.sha256(f"{__version__} {sys.version}".encode())
    for folder in ("generation", "checking", "quality", "publishing", "storage"):
        for file in sorted((_PACKAGE / folder).rglob("*.py")):
            seen.update(file.read_bytes())
    for library in _LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            seen.update(f"{library} {version(library)}".encode())
    return seen.hexdigest()
