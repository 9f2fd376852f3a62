"""A declaration that came over the network: decoded, and held to the rules that a tree is held to."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.catalog import DomainDeclaration, PortDeclaration, ProductRecord
from mesh_core.contracts import Contract, Document, Product, contract_from
from mesh_core.contracts.document import schema_errors
from mesh_core.contracts.odps import product_from
from mesh_core.errors import MeshError, flattened
from mesh_core.marketplace.problems import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_FINDINGS = 100
"""More are not told: who has that many reads the first ones."""

_NOWHERE = Path("<declaration>")
"""A folder that does not exist: a document of a request has no lines, and none of our files is looked into for it."""
_DIGEST = re.compile(r"[0-9a-f]{8,128}")
_MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What reading a document raises that its standard allows and that the mesh did not think of."""


class BodyError(MeshError):
    """A body that is no JSON."""

    code = "body"


class DeclarationError(MeshError):
    """A declaration that is not as it must be; ``findings`` say where."""

    code = "declaration"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings[:MAX_FINDINGS]
        count = f"{len(findings)} findings" if len(findings) > 1 else findings[0].message
        super().__init__(count, remedy="Mend what `errors` lists, and declare again; nothing was changed.")


def declaration_from(body: bytes, domain: str) -> DomainDeclaration:
    """The declaration of ``domain`` that the body holds; BodyError or DeclarationError with every finding."""
    try:
        declared = msgspec.json.decode(body, type=DomainDeclaration)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise DeclarationError((Finding(code="declaration", message=what, key=where.rstrip("`")),)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = (
            "the body is nested too deeply" if isinstance(error, RecursionError) else f"the body is no JSON: {error}"
        )
        raise BodyError(message, remedy="Send a declaration as JSON; /docs shows its shape.") from error
    findings = tuple(_findings(declared, domain))
    if findings:
        raise DeclarationError(findings)
    return declared


def _findings(declared: DomainDeclaration, domain: str) -> Iterator[Finding]:
    if declared.domain.name != domain or not re.fullmatch(r"[a-z][a-z0-9_]*", domain):
        message = f"the declaration is of domain '{declared.domain.name}', the address of '{domain}'"
        yield _finding("domain.name", message, "Make them equal: lower case letters, digits and _.")
    products: dict[str, Product] = {}
    for number, record in enumerate(declared.products):
        found = yield from _product(record, domain, f"products.{number}")
        if found is not None:
            products[record.id] = found
    seen: set[str] = set()
    for number, port in enumerate(declared.ports):
        if port.address in seen:
            yield _finding(f"ports.{number}.address", f"{port.address} is declared twice", "Declare a port once.")
        seen.add(port.address)
        yield from _port(port, domain, products, f"ports.{number}")


def _product(record: ProductRecord, domain: str, key: str) -> Generator[Finding, None, Product | None]:
    where = _Place(f"{key}.document", f"{record.id}/product.yaml")
    read, findings = _read(record.document, "odps", product_from, where)
    yield from findings
    if read is None:
        return None
    product: Product = read
    for name, given, wanted in (
        ("domain", product.domain, domain),
        ("id", product.id, record.id),
        ("name", product.name, record.name),
        ("version", product.version, record.version),
    ):
        if given != wanted:
            yield where.finding(name, f"{name} is '{given}', expected '{wanted}'", "Make them equal.")
    if product.id.partition(".")[0] != domain:
        yield where.finding("id", f"id '{product.id}' is not '{domain}.<product>'", "Ids begin with the domain.")
    return product


def _port(port: PortDeclaration, domain: str, products: dict[str, Product], key: str) -> Iterator[Finding]:
    where = _Place(f"{key}.contract.document", port.contract_file or f"{port.address}.contract.yaml")
    read, findings = _read(port.contract.document, "odcs", contract_from, where)
    yield from findings
    if read is None:
        return
    contract: Contract = read
    for name, given, wanted in (
        ("address", port.address, contract.address.sql),
        ("uri", port.uri, contract.address.uri),
        ("product_id", port.product_id, f"{contract.domain}.{contract.product}"),
        ("contract.id", port.contract.id, contract.id),
        ("contract.version", port.contract.version, contract.version),
        ("contract.status", port.contract.status, contract.status),
    ):
        if given != wanted:
            yield _finding(f"{key}.{name}", f"{name} is '{given}', the contract says '{wanted}'", "Make them equal.")
    if contract.domain != domain:
        yield where.finding("domain", f"domain is '{contract.domain}', expected '{domain}'", "Make them equal.")
    if not _DIGEST.fullmatch(port.contract.digest):
        remedy = "Send the digest of the contract's file: `mesh register` does."
        yield _finding(f"{key}.contract.digest", f"'{port.contract.digest}' is no digest", remedy)
    product = products.get(port.product_id)
    promised = {(output.contract_id, output.version) for output in product.outputs} if product else set()
    if (contract.id, contract.version) not in promised:
        message = f"product {port.product_id} has no output port for {contract.id} {contract.version}"
        yield where.finding("version", message, "Add it to `outputPorts` of the product, or mend the contract.")


class _Place(msgspec.Struct, frozen=True):
    """Where a document is: in the declaration, and in the tree of whoever sent it."""

    key: str
    file: str

    def finding(self, key: str, message: str, remedy: str = "", code: str = "descriptor") -> Finding:
        at = f"{self.key}.{key}" if key else self.key
        return Finding(code=code, message=message, remedy=remedy, file=self.file, key=at)


def _read(
    raw: dict[str, Any], standard: str, reader: Callable[[Document], Any], where: _Place
) -> tuple[Any, list[Finding]]:
    """The typed value of a document, or what is wrong with it: by its standard, then by what the mesh needs."""
    try:
        wrong = [
            where.finding(".".join(str(part) for part in error.instance_path), str(error.message))
            for error, _ in zip(schema_errors(raw, standard, _NOWHERE), range(MAX_FINDINGS), strict=False)
        ]
        return (None, wrong) if wrong else (reader(Document(_NOWHERE / "document", raw, "")), [])
    except MeshError as error:
        return None, [where.finding("", each.what, each.remedy, each.code) for each in flattened([error])]
    except _MISSHAPEN as error:
        return None, [where.finding("", f"can't be read: {type(error).__name__}: {error}")]


def _finding(key: str, message: str, remedy: str) -> Finding:
    return Finding(code="declaration", message=message, remedy=remedy, key=key)
