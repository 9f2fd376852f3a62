"""Findings on the life of contracts: notice that was not given, inputs that end, overrides that nobody may give."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from mesh_core.checking.overrides import decided, override_findings
from mesh_core.contracts.lifecycle import DRAFTS, ENDING, History, Standing, end_told, rule_breaks
from mesh_core.contracts.needs import ending_inputs, readers_of
from mesh_core.errors import MeshError

if TYPE_CHECKING:
    from datetime import date

    from mesh_core.contracts.odps import InputPort, Product
    from mesh_core.contracts.tree import DomainTree, Mesh
    from mesh_core.governance import Charter
    from mesh_core.settings import Settings

Histories = Mapping[str, History]
"""By contract id."""


def published_history(settings: Settings) -> Histories | None:
    """When the catalog saw which version of each contract; None, and no database, where there is no catalog."""
    from mesh_core.catalog import Catalog

    catalog = Catalog.existing(settings.catalog_url)
    if catalog is None:
        return None
    with catalog:
        return catalog.milestones()


def lifecycle_findings(
    mesh: Mesh,
    charter: Charter,
    history: Histories | None,
    today: date,
    *,
    domains: Collection[str] | None = None,
) -> list[MeshError]:
    """What the contracts' statuses ask for and do not get, and which inputs end.

    Without a ``history`` nothing is said of notice: no file can date an announcement. ``domains`` limits it to
    some; overrides belong to all and are looked at when all are.
    """
    findings = override_findings(charter, mesh) if domains is None else []
    for name, tree in mesh.domains.items():
        if domains is None or name in domains:
            findings += _notice(tree, mesh, charter, history, today)
            findings += _inputs(tree, mesh, history, today)
    return findings


def _notice(
    tree: DomainTree, mesh: Mesh, charter: Charter, history: Histories | None, today: date
) -> Iterator[MeshError]:
    for port in tree.ports:
        contract = port.contract
        if contract.status in ENDING:
            past = None if history is None else history.get(contract.id, ())
            for finding in rule_breaks(contract, past, consumers=readers_of(contract, mesh), today=today):
                yield decided(finding, charter, contract.id, contract.version)


def _inputs(tree: DomainTree, mesh: Mesh, history: Histories | None, today: date) -> Iterator[MeshError]:
    """A warning at each input port that ends or is a draft, for products that promise something themselves."""
    for product in tree.products:
        ports = [port for port in tree.ports if port.product is product]
        if all(port.contract.status in {*DRAFTS, "retired"} for port in ports):
            continue
        for given in ending_inputs(product.inputs, mesh, today, history):
            if given.standing.status == "deprecated":  # one that is retired is an error, told where inputs are bound
                yield _input(product, given.need, given.standing)
        yield from _drafts(product, mesh)


def _drafts(product: Product, mesh: Mesh) -> Iterator[MeshError]:
    """A warning at each input port that another domain may change from day to day."""
    for need in product.inputs:
        port = mesh.resolve(need.contract_id, need.version)
        if port is None or port.contract.status not in DRAFTS or port.domain.name == product.domain:
            continue
        reads = f"input port '{need.name}' reads {need.contract_id} {need.version}"
        message = f"{reads}, which is {port.contract.status}: it promises nothing yet"
        remedy = f"Ask its owner, {port.owner}, to make it active, or be ready for any change."
        finding = product.document.error(message, need.at, remedy=remedy, code="input-draft")
        finding.severity = "warning"
        yield finding


def _input(product: Product, need: InputPort, standing: Standing) -> MeshError:
    over = standing.days_left is not None and standing.days_left < 0
    end = end_told(standing) or "it does not say when its support ends"
    message = f"input port '{need.name}' reads {need.contract_id} {need.version}, which is deprecated: {end}"
    remedy = f"Move to {standing.successor}." if standing.successor else "It names no successor: ask its owner."
    code = "input-ended" if over else "input-deprecated"
    finding = product.document.error(message, need.at, remedy=remedy, code=code)
    finding.severity = "warning"
    return finding
