"""Reading a mesh: descriptors and files of each domain become a ``Mesh``, and mistakes become findings.

A domain whose files are wrong becomes a finding; the others are not touched by it.
"""

from __future__ import annotations

import contextlib
import gc
import re
from collections.abc import Iterator
from pathlib import Path

from mesh_core.contracts.document import Document, DocumentCache
from mesh_core.contracts.odcs import Contract, contract_from
from mesh_core.contracts.odps import LAYERS, Domain, Product, domain_from, product_from, sources_from
from mesh_core.contracts.tree import DomainTree, Engine, Internal, Mesh, Port
from mesh_core.errors import ConfigurationError, DescriptorError, DescriptorsError, MeshError
from mesh_core.model import Address
from mesh_core.settings import Settings


def load_mesh(settings: Settings, *, only: str | None = None) -> Mesh:
    """Read every domain of ``settings.root`` (or just ``only``); never raises for one domain's mistakes."""
    with uncollected():
        return _load_mesh(settings, only)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Without garbage collection: what a thousand ports are made of is no garbage, and looking takes half the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _load_mesh(settings: Settings, only: str | None) -> Mesh:
    cache = DocumentCache(settings.cache)
    if cache.is_empty and only is None:
        cache.learn(_descriptors(settings.root))
    domains: dict[str, DomainTree] = {}
    broken: dict[str, MeshError] = {}
    for folder in _domain_folders(settings.root):
        if only is not None and folder.name != only:
            continue
        try:
            domains[folder.name] = _load_domain(folder, settings.root, cache)
        except MeshError as error:
            broken[folder.name] = error
    cache.save()
    if only is not None and only not in domains and only not in broken:
        message = f"there is no domain '{only}' under {settings.root / 'domains'}"
        raise ConfigurationError(message, remedy="A domain is a folder with a domain.yaml.")
    return Mesh(root=settings.root, domains=domains, broken=broken)


def _domain_folders(root: Path) -> list[Path]:
    folders = (entry for entry in (root / "domains").iterdir() if entry.is_dir())
    return sorted(entry for entry in folders if not entry.name.startswith(("_", ".")))


def _descriptors(root: Path) -> list[tuple[Path, str | None]]:
    """Every YAML file that describes a part of the mesh, with the schema that it follows."""
    kinds = (("domain.yaml", None), ("*/product.yaml", "odps"), ("*/*.contract.yaml", "odcs"), ("*/sources.yaml", None))
    return [(path, schema) for folder in _domain_folders(root) for kind, schema in kinds for path in folder.glob(kind)]


def _load_domain(folder: Path, root: Path, cache: DocumentCache) -> DomainTree:
    domain = domain_from(cache.read(folder / "domain.yaml", None))
    if domain.name != folder.name:
        message = f"name '{domain.name}' is not the folder's name '{folder.name}'"
        raise DescriptorError(message, path=folder / "domain.yaml", line=1, remedy="Make them equal.")
    dbt = root / "dbt_projects" / folder.name
    dbt_project = dbt if (dbt / "dbt_project.yml").is_file() else None
    errors: list[MeshError] = []
    products: list[Product] = []
    ports: list[Port] = []
    internals: list[Internal] = []
    for descriptor in sorted(folder.glob("*/product.yaml")):
        try:
            product = product_from(cache.read(descriptor, "odps"))
            _check_home(product, folder)
            products.append(product)
            own = _ports_of(product, domain, dbt_project, cache)
            ports += own
            internals += _internals_of(product, folder.name, own, cache)
        except DescriptorsError as several:
            errors += several.errors
        except MeshError as error:
            errors.append(error)
    errors += _clashes(ports, internals)
    if errors:
        raise errors[0] if len(errors) == 1 else DescriptorsError(errors)
    return DomainTree(
        domain=domain,
        folder=folder,
        products=tuple(products),
        ports=tuple(ports),
        internals=tuple(internals),
        dbt_project=dbt_project,
    )


def _check_home(product: Product, folder: Path) -> None:
    if product.domain != folder.name:
        message = f"domain '{product.domain}' is not the folder's '{folder.name}'"
        raise product.document.error(message, ["domain"], remedy="Make them equal.")
    if product.id != f"{folder.name}.{product.folder.name}":
        message = f"id '{product.id}' is not '{folder.name}.{product.folder.name}'"
        raise product.document.error(message, ["id"], remedy="The id is '<domain>.<product folder>'.")


def _ports_of(product: Product, domain: Domain, dbt_project: Path | None, cache: DocumentCache) -> list[Port]:
    contracts = [contract_from(cache.read(path, "odcs")) for path in sorted(product.folder.glob("*.contract.yaml"))]
    files: dict[Address, tuple[Engine, Path]] = {}
    for contract in contracts:
        _check_contract(contract, product)
        files[contract.address] = _transformation(contract, product, dbt_project)
    ports = []
    for contract in contracts:
        engine, path = files[contract.address]
        siblings = tuple(other for other in contracts if other is not contract and files[other.address][1] == path)
        ports.append(
            Port(contract=contract, product=product, domain=domain, engine=engine, path=path, siblings=siblings)
        )
    promised = {(contract.id, contract.version) for contract in contracts}
    for output in product.outputs:
        if (output.contract_id, output.version) not in promised:
            message = f"output port '{output.name}' has no contract {output.contract_id} {output.version} here"
            remedy = f"Add {output.name}.contract.yaml with that id and version, or mend the port."
            raise product.document.error(message, output.at, remedy=remedy)
    _check_discovery(contracts, product)
    return ports


def _check_discovery(contracts: list[Contract], product: Product) -> None:
    """A management port that says where contracts are found must name a port of the product."""
    known = sorted(contract.address.discovery for contract in contracts)
    for number, declared in enumerate(product.document.raw.get("managementPorts") or ()):
        url = str(declared.get("url") or "")
        if declared["content"] == "discoverability" and url.startswith("mesh://") and url not in known:
            message = f"management port '{declared['name']}' names {url}, which is no discovery port of the product"
            remedy = f"Name {' or '.join(known)}." if known else "The product has no output port."
            raise product.document.error(message, ["managementPorts", number, "url"], remedy=remedy)


def _check_contract(contract: Contract, product: Product) -> None:
    document, address = contract.document, contract.address
    declared = {(output.contract_id, output.version) for output in product.outputs}
    if (contract.id, contract.version) not in declared:
        message = f"product.yaml declares no output port for {contract.id} {contract.version}"
        raise document.error(message, ["version"], remedy="Add it to `outputPorts`, same id and version.")
    if contract.path.name != f"{address.table}.contract.yaml":
        message = f"the contract of {address.sql} belongs in {address.table}.contract.yaml"
        raise document.error(message, ["id"], remedy="Rename the file.")
    for key, given, wanted in (
        ("domain", contract.domain, product.domain),
        ("dataProduct", contract.product, product.id.rpartition(".")[2]),
        ("schema", contract.table, address.table),
    ):
        if given != wanted:
            message = f"{key} is '{given}', expected '{wanted}'"
            raise document.error(message, [key], remedy="Make it agree with product.yaml and the file name.")


def _transformation(contract: Contract, product: Product, dbt_project: Path | None) -> tuple[Engine, Path]:
    """The file that makes the port: of its own name, else that of the nearest other major version of it."""
    folders: list[tuple[Engine, Path, str]] = [("sql", product.folder, ".sql"), ("python", product.folder, ".py")]
    if dbt_project is not None:
        folders.append(("dbt", dbt_project / "models" / product.folder.name, ".sql"))
    table = contract.address.table
    own = [(engine, folder / f"{table}{suffix}") for engine, folder, suffix in folders]
    found = [(engine, path) for engine, path in own if path.is_file()] or _nearest(contract.address, folders)
    if len(found) != 1:
        has = " and ".join(path.name for _, path in found) or "none"
        message = f"port {contract.address.sql} needs one transformation and has {has}"
        remedy = f"Write {table}.sql, {table}.py or a dbt model of that name, one of them."
        raise contract.document.error(message, ["id"], remedy=remedy)
    return found[0]


def _nearest(address: Address, folders: list[tuple[Engine, Path, str]]) -> list[tuple[Engine, Path]]:
    """The transformations of the other major version that is nearest, the newer of two; none if there is no other."""
    named = re.compile(rf"{address.port}(?:_v([2-9]|[1-9]\d+))?")
    found: dict[int, list[tuple[Engine, Path]]] = {}
    for engine, folder, suffix in folders:
        for path in sorted(folder.glob(f"{address.port}*{suffix}")):
            if match := named.fullmatch(path.stem):
                found.setdefault(int(match[1] or 1), []).append((engine, path))
    return found[min(found, key=lambda major: (abs(major - address.major), -major))] if found else []


def _internals_of(product: Product, domain: str, ports: list[Port], cache: DocumentCache) -> list[Internal]:
    internals: list[Internal] = []
    variables = {name: value for port in reversed(ports) for name, value in port.variables.items()}
    listing = product.folder / "sources.yaml"
    if listing.is_file():
        sources = sources_from(cache.read(listing, None))
        internals += [
            Internal(
                domain=domain,
                product=product.folder.name,
                layer="bronze",
                name=name,
                engine="source",
                path=listing,
                source=source,
            )
            for name, source in sources.items()
        ]
    for layer in LAYERS:
        files = sorted((*product.folder.glob(f"{layer}/*.sql"), *product.folder.glob(f"{layer}/*.py")))
        internals += [
            Internal(
                domain=domain,
                product=product.folder.name,
                layer=layer,
                name=path.stem,
                engine="sql" if path.suffix == ".sql" else "python",
                path=path,
                variables=variables,
            )
            for path in files
            if not path.stem.startswith("_")
        ]
    return internals


def _clashes(ports: list[Port], internals: list[Internal]) -> list[MeshError]:
    errors: list[MeshError] = []
    seen: dict[object, Path] = {}
    places: list[tuple[object, str, Path]] = [
        *((port.address, port.address.sql, port.contract.path) for port in ports),
        *((internal.key, ".".join(internal.key), internal.path) for internal in internals),
    ]
    for key, name, path in places:
        if key in seen:
            message = f"{name} is made twice, here and in {seen[key]}"
            errors.append(DescriptorError(message, path=path, remedy="Rename one of them."))
        seen[key] = path
    return errors + _shared_places(ports)


def _shared_places(ports: list[Port]) -> list[MeshError]:
    """Two ports of one table would replace each other's rows: a new major is easily copied with its old server."""
    errors: list[MeshError] = []
    seen: dict[tuple[str, str, str], Port] = {}
    for port in ports:
        for number, server in enumerate(port.contract.servers):
            place = (server.environment, server.path, server.location)
            first = seen.setdefault(place, port)
            if first is not port:
                message = f"{port.address.sql} is kept where {first.address.sql} is ({server.path or server.location})"
                remedy = f"Give it a place of its own: {port.domain.name}/{port.address.table}."
                errors.append(port.contract.document.error(message, ["servers", number], remedy=remedy))
    return errors


def document_of(path: Path, schema: str | None) -> Document:
    """One validated file without a cache, for callers that hold a single path."""
    return DocumentCache(None).read(path, schema)
