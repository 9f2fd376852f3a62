"""Who reads whom: the inputs of every port and internal asset, declared or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from mesh_core.contracts.odps import LAYERS, InputPort, Product
from mesh_core.contracts.ranges import range_of
from mesh_core.contracts.references import function_parameters, line_of_table, table_references
from mesh_core.contracts.tree import DomainTree, Internal, Mesh, Port
from mesh_core.contracts.variables import filled
from mesh_core.errors import DescriptorError, DescriptorsError, MeshError
from mesh_core.model import Address

Node = Port | Internal


class PortInput(msgspec.Struct, frozen=True, kw_only=True):
    """A declared input port as a transformation reads it."""

    name: str
    """How the code calls it: ``domain.port`` in SQL, the parameter's name in Python."""
    contract_id: str
    version: str
    address: Address

    @property
    def view(self) -> str:
        """Its name in SQL."""
        return self.address.sql


class InternalInput(msgspec.Struct, frozen=True, kw_only=True):
    """A bronze or silver table of the same domain."""

    name: str
    layer: str
    table: str
    key: tuple[str, str, str]

    @property
    def view(self) -> str:
        """Its name in SQL."""
        return f"{self.layer}.{self.table}"


Input = PortInput | InternalInput


def product_of(node: Node, tree: DomainTree) -> Product:
    """The product that a port or internal asset belongs to."""
    if isinstance(node, Port):
        return node.product
    return tree.product(node.product)


def inputs_of(node: Node, tree: DomainTree) -> tuple[Input, ...]:
    """What the node reads; DescriptorError, with the line, for a table that the product has not declared.

    A dbt port reads what its product declares: dbt's own graph refines that inside the project. A retired port
    reads nothing. Several undeclared tables are one DescriptorsError.
    """
    if isinstance(node, Port) and node.retired:
        return ()
    product = product_of(node, tree)
    if node.engine == "source":
        return ()
    declared = _declared(product)
    if node.engine == "dbt":
        return tuple(declared.values())
    if node.engine == "python":
        names = function_parameters(node.path, node.path.stem)
        return _each(names, lambda name: _python_input(name, node.path, declared, product, tree))
    sql = statement_of(node)  # the same text that is bound, so that it is parsed once
    names = table_references(node.path, sql)
    return _each(names, lambda name: _sql_input(name, declared, node, product, tree))


def _each(names: Iterable[str], make: Callable[[str], Input]) -> tuple[Input, ...]:
    """An input for each name; what is wrong with any of them is raised together."""
    inputs: list[Input] = []
    errors: list[MeshError] = []
    for name in names:
        try:
            inputs.append(make(name))
        except DescriptorError as error:
            errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else DescriptorsError(errors)
    return tuple(inputs)


def _declared(product: Product) -> dict[str, PortInput]:
    """Declared needs by their SQL name, which says the major version: DescriptorError for a range of several."""
    found = {}
    for need in product.inputs:
        domain, _, port = need.contract_id.rpartition(".")
        address = Address(domain, port, _major(need, product))
        found[address.sql] = PortInput(
            name=need.name, contract_id=need.contract_id, version=need.version, address=address
        )
    return found


def _major(need: InputPort, product: Product) -> int:
    """The one major version that the range admits; SQL names its table, so there can't be two."""
    majors = range_of(need.version).majors
    if len(majors) == 1:
        return majors[0]
    at = (*need.at, "version")
    if majors:
        message = f"input port '{need.name}' wants {need.contract_id} {need.version}, which spans several majors"
        remedy = f"End it with <{majors[0] + 1}, or begin it at the major version that is meant: SQL reads one."
        code = "range-spans-majors"
    else:
        message = f"input port '{need.name}' wants {need.contract_id} {need.version}, which no version can be"
        remedy, code = "Write a range like >=1.0.0,<2.", "range-empty"
    error = product.document.error(message, at, remedy=remedy)
    error.code = code
    raise error


def _sql_input(name: str, declared: Mapping[str, PortInput], node: Node, product: Product, tree: DomainTree) -> Input:
    schema, _, table = name.rpartition(".")
    if schema in LAYERS:
        if not _is_made(schema, table, tree):
            raise _unmade(name, node.path, line_of_table(statement_of(node), name), tree)
        return _internal(name, schema, table, tree)
    given = declared.get(name)
    if given is None:
        raise _undeclared(name, node.path, line_of_table(statement_of(node), name), product)
    return msgspec.structs.replace(given, name=name)


def _python_input(
    name: str, path: Path, declared: Mapping[str, PortInput], product: Product, tree: DomainTree
) -> Input:
    for need in declared.values():
        if need.name == name:
            return need
    for layer in reversed(LAYERS):
        if tree.internal(layer, name):
            return _internal(name, layer, name, tree)
    raise _undeclared(name, path, line_of_table(path.read_text(), name), product)


def _internal(name: str, layer: str, table: str, tree: DomainTree) -> InternalInput:
    return InternalInput(name=name, layer=layer, table=table, key=(tree.domain.name, layer, table))


def _is_made(layer: str, table: str, tree: DomainTree) -> bool:
    """Whether a step makes the table. A plain Dagster asset is known by running only: naming it in Python will do."""
    return tree.internal(layer, table) is not None or any(
        table in file.read_text() for file in tree.folder.glob("*.py")
    )


def _unmade(name: str, path: Path, line: int, tree: DomainTree) -> MeshError:
    layer = name.partition(".")[0]
    known = sorted(internal.sql for internal in tree.internals if internal.layer == layer)
    message = f"reads '{name}', which domain {tree.domain.name} does not make"
    remedy = f"It makes {', '.join(known)}." if known else f"It has no {layer} step yet."
    return DescriptorError(message, path=path, line=line, remedy=remedy, code="internal-unknown")


def _undeclared(name: str, path: Path, line: int, product: Product) -> MeshError:
    message = f"reads '{name}', which is no declared input of product {product.id}"
    remedy = (
        f"Declare it under `inputPorts` in {product.document.path.parent.name}/product.yaml "
        "(contractId and version), or read bronze.<source> or silver.<step> of the own domain."
    )
    return DescriptorError(message, path=path, line=line, remedy=remedy, code="input-undeclared")


def ordered(mesh: Mesh) -> list[tuple[DomainTree, Node]]:
    """Every node after what it reads; DescriptorError on a cycle or an undeclared input."""
    nodes: dict[tuple[str, ...], tuple[DomainTree, Node]] = {}
    edges: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for tree in mesh.domains.values():
        members: list[Node] = [*tree.internals, *tree.ports]
        for node in members:
            key = key_of(node)
            nodes[key] = (tree, node)
            edges[key] = {input_key(given) for given in inputs_of(node, tree)}
    return [nodes[key] for key in in_order(edges)]


def in_order(edges: Mapping[tuple[str, ...], set[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """The keys of ``edges``, each after those it reads; DescriptorError names the assets of a cycle."""
    from graphlib import CycleError, TopologicalSorter

    try:
        # Sets have no order of their own: the same mesh runs in the same order each time.
        ordered = {key: sorted(before) for key, before in edges.items()}
        return [key for key in TopologicalSorter(ordered).static_order() if key in edges]
    except CycleError as error:
        chain = " → ".join(".".join(key) for key in error.args[1])
        message = f"the products depend on each other in a circle: {chain}"
        raise DescriptorError(message, remedy="Cut one of these input ports.", code="cycle") from error


def statement_of(node: Node) -> str:
    """The SQL text of an SQL node, its contract's variables filled in, without a semicolon at its end.

    DescriptorError, with the line, for a variable that the contract does not give.
    """
    text = node.path.read_text().rstrip().rstrip(";")

    def fault(message: str, remedy: str, offset: int) -> MeshError:
        line = text.count("\n", 0, offset) + 1
        return DescriptorError(message, path=node.path, line=line, remedy=remedy, code="variable-unknown")

    return filled(text, node.variables, fault)


def key_of(node: Node) -> tuple[str, ...]:
    """The asset key of a port or internal asset."""
    return node.address.asset_key if isinstance(node, Port) else node.key


def input_key(given: Input) -> tuple[str, ...]:
    """The asset key that an input points at."""
    return given.address.asset_key if isinstance(given, PortInput) else given.key
