"""The mesh of the marketplace's tests: shop and insight, customers as master data, and what governance says."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from orchestration.workbench import Workbench

from mesh_core.catalog import (
    Catalog,
    CharterDeclaration,
    ContractRecord,
    DomainDeclaration,
    DomainRecord,
    PortDeclaration,
    ProductRecord,
)
from mesh_core.contracts.loading import load_mesh
from mesh_core.contracts.tree import DomainTree
from mesh_core.governance import Charter, load_charter
from mesh_core.settings import Settings, load_settings
from mesh_core.storage import open_lake
from mesh_core.testing import TinyMesh, write_tiny_mesh

FILES = {
    "governance/entities.yaml": """\
entities:
  - name: customer
    port: mesh://clients/customers/v1
    id_column: email
    tag: entity:customer
    owner: clients
    description: Somebody who buys, by the address that they gave.
""",
    "governance/glossary.yaml": """\
terms:
  - term: revenue
    definition: The sum of all orders of a day in euros, before returns.
    owner: insight
    defined_by: mesh://insight/revenue/v1
    synonyms: [turnover, sales]
  - term: order
    definition: What a customer asked for and the shop agreed to deliver.
    owner: shop
    defined_by: mesh://shop/orders/v1
""",
    "governance/roles.yaml": """\
domains:
  shop: {team: Shop team, owner: olga@mesh.example, steward: stig@mesh.example, curator: cara@mesh.example}
  insight: {team: Insight team, owner: ines@mesh.example, steward: sam@mesh.example}
  clients: {team: Client team, owner: karl@mesh.example, steward: kim@mesh.example}
governance:
  members: [greta@mesh.example]
""",
    "domains/clients/__init__.py": "",
    "domains/clients/definitions.py": """\
from mesh_core.orchestration import domain_definitions

defs = domain_definitions(__file__)
""",
    "domains/clients/domain.yaml": """\
name: clients
kind: source-aligned
description: Knows who buys.
owner: {team: Client team, email: clients@mesh.example}
""",
    "domains/clients/customers/product.yaml": """\
apiVersion: v1.1.0
kind: DataProduct
id: clients.customers
name: Customers
version: "1.0.0"
status: active
domain: clients
type: sourceAligned
description:
  purpose: Everybody who ever bought.
outputPorts:
  - {name: customers, version: "1.0.0", contractId: clients.customers}
support:
  - {channel: "#clients", url: "https://chat.mesh.example/clients", tool: slack}
""",
    "domains/clients/customers/customers.contract.yaml": """\
apiVersion: v3.2.0
kind: DataContract
id: clients.customers
name: Customers
version: "1.0.0"
status: active
domain: clients
dataProduct: customers
tags: [master data]
description:
  purpose: One row for each customer, the register of who they are.
  limitations: People who left are kept.
  usage: Join by the address.
schema:
  - name: customers
    logicalType: object
    physicalType: table
    dataGranularityDescription: One row for each customer.
    properties:
      - {name: email, logicalType: string, description: Address of the customer., primaryKey: true,
         primaryKeyPosition: 1, classification: restricted, tags: ["entity:customer"],
         customProperties: [{property: protection, value: mask}]}
      - {name: segment, logicalType: string, description: Kind of customer., required: true, classification: internal}
servers:
  - {server: local, type: local, environment: local, path: clients/customers, format: delta}
slaProperties:
  - {property: frequency, value: 1, unit: d}
  - {property: retention, value: 5, unit: "y"}
  - {property: generalAvailability, value: "2026-01-01"}
team:
  name: Client team
support:
  - {channel: "#clients", url: "https://chat.mesh.example/clients", tool: slack}
""",
    "domains/clients/customers/customers.sql": """\
SELECT email, segment
FROM (VALUES ('ada@example.com', 'private'), ('carl@example.com', 'business')) AS known (email, segment)
""",
}
"""``bob@example.com`` ordered and is in no register; ``carl@example.com`` is registered and never ordered."""


class SmallMesh:
    """A published and declared mesh, with the settings that a service over it has."""

    def __init__(self, tiny: TinyMesh, settings: Settings) -> None:
        self.tiny, self.settings = tiny, settings

    def copy(self, folder: Path) -> SmallMesh:
        """The same mesh with a home of its own, for a test that changes it."""
        shutil.copytree(self.tiny.root, folder, ignore=shutil.ignore_patterns("journal"))
        with no_settings():
            return SmallMesh(TinyMesh(folder, folder / ".mesh"), load_settings(folder))

    def catalog(self) -> Catalog:
        return Catalog(self.settings.catalog_url)

    def publish(self, address: str) -> None:
        """Publish a port again, changed or not."""
        with no_settings():
            Workbench(self.tiny).step(address, run_id="again", force=True)


@contextlib.contextmanager
def no_settings() -> Iterator[None]:
    """Nothing of the environment reaches a fixture that outlives a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("MESH_", "DAGSTER_")):
                patch.delenv(name)
        yield


def build(folder: Path) -> SmallMesh:
    """Write, publish and declare it."""
    tiny = write_tiny_mesh(folder)
    for path, text in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    tiny.edit(
        "domains/shop/orders/orders.contract.yaml",
        "        required: true\n        classification: restricted\n",
        '        required: true\n        tags: ["entity:customer"]\n        classification: restricted\n',
    )
    entry = (
        "  - python_module: {module_name: domains.clients.definitions, location_name: clients, working_directory: .}\n"
    )
    with (folder / "workspace.yaml").open("a") as workspace:
        workspace.write(entry)
    with no_settings():
        bench = Workbench(tiny)
        bench.run()
        declare(bench.settings)
    return SmallMesh(tiny, bench.settings)


def declare(settings: Settings) -> None:
    """Tell the catalog what the tree holds."""
    mesh = load_mesh(settings)
    charter = load_charter(settings.root)
    at = datetime.now(UTC).isoformat()
    with Catalog(settings.catalog_url) as catalog:
        for tree in mesh.domains.values():
            catalog.declare(declaration_of(tree, charter, settings), at)
        catalog.declare_charter(
            CharterDeclaration(terms=charter.terms, entities=charter.entities, council=charter.council), at
        )


def declaration_of(tree: DomainTree, charter: Charter, settings: Settings) -> DomainDeclaration:
    domain = tree.domain
    return DomainDeclaration(
        domain=DomainRecord(
            name=domain.name, kind=domain.kind, owner=domain.owner.team, description=domain.description
        ),
        office=charter.offices[domain.name],
        products=tuple(
            ProductRecord(id=each.id, name=each.name, version=each.version, document=each.document.raw)
            for each in tree.products
        ),
        ports=tuple(
            PortDeclaration(
                address=port.address.sql,
                uri=port.address.uri,
                product_id=port.product.id,
                contract=ContractRecord(
                    id=port.contract.id,
                    version=port.contract.version,
                    status=port.contract.status,
                    digest=port.contract.document.digest,
                    document=port.contract.document.raw,
                ),
                engine=port.engine,
                contract_file=str(port.contract.path.relative_to(settings.root)),
                endpoint=str(open_lake(settings).place_of(port.contract.server("local"))),
                format="delta",
            )
            for port in tree.ports
        ),
        declared_by="tests",
    )
