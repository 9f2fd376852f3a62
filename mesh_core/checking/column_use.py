"""Which columns of a port its declared consumers use: told by the engine for SQL and dbt, by the text for Python."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.consumers import ColumnUse, Consumer, Reader, readers_of
from mesh_core.contracts.document import Document
from mesh_core.contracts.graph import Node
from mesh_core.contracts.odcs import Column, contract_from
from mesh_core.contracts.tree import DomainTree, Mesh, Port
from mesh_core.errors import MeshError

if TYPE_CHECKING:
    from mesh_core.settings import Settings

Finding = tuple[str, str, str]
"""What tells two findings of the type checker apart: code, file and sentence."""


class DeclaredConsumers:
    """The products of the tree that declare an input port on a contract.

    The consumer's domain is type-checked once with every column that the contract has or had, and once without the
    column that is asked for: whatever is found the second time only uses it.
    """

    def __init__(self, mesh: Mesh, settings: Settings) -> None:
        self._mesh, self._settings = mesh, settings

    def consumers(self, contract: Mapping[str, Any], columns: Collection[str]) -> Iterator[Consumer]:
        """The products that accept the contract's version, with their uses of ``columns``."""
        port = self._port(contract)
        versions = [str(contract["version"]), *([port.contract.version] if port else [])]
        for reader in readers_of(str(contract["id"]), versions, self._mesh):
            uses = [*self._textual(reader, columns)]
            if port is not None:
                uses += self._bound(reader, port, _columns(contract, port), columns)
            yield Consumer(
                name=reader.product.id,
                source="declared",
                version=reader.need.version,
                uses=tuple(uses) or _whole(reader, port, columns),
            )

    def _port(self, contract: Mapping[str, Any]) -> Port | None:
        """The port of the same id and major version in the tree."""
        major = str(contract["version"]).partition(".")[0]
        ports = self._mesh.versions(str(contract["id"]))
        return next((port for port in ports if str(port.contract.major) == major), None)

    def _textual(self, reader: Reader, columns: Collection[str]) -> Iterator[ColumnUse]:
        """Names of columns in Python: as an attribute, as a string, or in the SQL of one."""
        for node in reader.nodes:
            if node.engine == "python":
                code = _code(node.path)
                for column in columns:
                    line = _line_of_word(code, column)
                    if line is not None:
                        yield ColumnUse(column=column, evidence="mentions", path=node.path, line=line)

    def _bound(
        self, reader: Reader, port: Port, promised: tuple[Column, ...], columns: Collection[str]
    ) -> Iterator[ColumnUse]:
        """What the type checker misses when a column is gone."""
        if not any(node.engine in {"sql", "dbt"} for node in reader.nodes):
            return
        tree = _concerned(reader)
        before = {_told_apart(error) for error in self._findings(tree, port, promised)}
        for column in columns:
            left = tuple(other for other in promised if other.name != column)
            new = [error for error in self._findings(tree, port, left) if _told_apart(error) not in before]
            yield from _uses(new, column, reader)

    def _findings(self, tree: DomainTree, port: Port, columns: tuple[Column, ...]) -> list[MeshError]:
        from mesh_core.publishing.transformation.binding import Binder

        with Binder(_with(self._mesh, port, columns), self._settings) as binder:
            return binder.bind(tree)


def _whole(reader: Reader, port: Port | None, columns: Collection[str]) -> tuple[ColumnUse, ...]:
    """The port as a whole, for a consumer of whom no more is known, or of whom no more was asked."""
    path = reader.nodes[0].path if reader.nodes else reader.product.document.path
    known = port is not None and reader.nodes and columns
    return () if known else (ColumnUse(column="", evidence="reads the port", path=path),)


def _columns(contract: Mapping[str, Any], port: Port) -> tuple[Column, ...]:
    """Every column that the contract has, at its version or in the tree: consumers may have moved already."""
    now = {column.name: column for column in port.contract.columns}
    try:
        then = contract_from(Document(port.contract.path, dict(contract), "")).columns
    except MeshError:  # an older contract need not be one that the mesh still loads
        return port.contract.columns
    return tuple({**now, **{column.name: column for column in then}}.values())


def _with(mesh: Mesh, port: Port, columns: tuple[Column, ...]) -> Mesh:
    """The mesh as it would be if the port's contract had these columns."""
    contract = msgspec.structs.replace(port.contract, columns=columns)
    changed = msgspec.structs.replace(port, contract=contract)
    name = port.domain.name
    tree = mesh.domains[name]
    ports = tuple(changed if other is port else other for other in tree.ports)
    domains = {**mesh.domains, name: msgspec.structs.replace(tree, ports=ports)}
    return Mesh(root=mesh.root, domains=domains, broken=mesh.broken)


def _concerned(reader: Reader) -> DomainTree:
    """The consumer's domain with the product's own ports only: internal assets may stand between."""
    ports = tuple(port for port in reader.tree.ports if port.product.id == reader.product.id)
    return msgspec.structs.replace(reader.tree, ports=ports)


def _uses(findings: Sequence[MeshError], column: str, reader: Reader) -> Iterator[ColumnUse]:
    """One use for each file that no longer binds, with the first line that names the column."""
    files = {node.path for node in reader.nodes}
    paths = dict.fromkeys(_file(error, reader) for error in findings)
    direct = [path for path in paths if path in files]
    for path in direct or paths:
        line = _line_of_word(path.read_text(), column) if path.is_file() else None
        yield ColumnUse(column=column, evidence="binds", path=path, line=line)


def _file(error: MeshError, reader: Reader) -> Path:
    """The transformation that a finding is about: one about a contract's column stands in the contract."""
    nodes: Iterable[Node] = (*reader.tree.internals, *reader.tree.ports)
    for node in nodes:
        if isinstance(node, Port) and error.path == node.contract.path:
            return node.path
    return error.path or reader.product.document.path


def _told_apart(error: MeshError) -> Finding:
    return error.code, str(error.path), error.what


def _code(path: Path) -> str:
    """The text of a Python file without its comments, line by line as it was."""
    import io
    import tokenize

    text = path.read_text()
    lines = text.splitlines()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                row, start = token.start
                lines[row - 1] = lines[row - 1][:start]
    except (tokenize.TokenError, SyntaxError):
        return text  # broken code is a finding of its own
    return "\n".join(lines)


def _line_of_word(text: str, word: str) -> int | None:
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)), None)
