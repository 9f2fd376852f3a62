"""What `mesh list` tells of a port: its contract from the tree, its newest version from the table's log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from mesh_core.publishing.outcomes import check_counts, quarantined_rows
from mesh_core.publishing.planning.plan import place_of

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Port
    from mesh_core.publishing.services import Services
    from mesh_core.storage import Commit


class PortLine(msgspec.Struct, frozen=True, kw_only=True):
    """One port; table version, rows and time are None before the first publication."""

    address: str
    uri: str
    domain: str
    product: str
    kind: str
    """Of the domain: source-aligned, consumer-aligned, shared."""
    engine: str
    status: str
    version: str
    owner: str
    table_version: int | None
    rows: int | None
    published_at: str | None
    checks_passed: int
    checks_failed: int
    quarantined: int = 0
    """Rows that the newest version put aside."""


def port_lines(ports: Iterable[Port], services: Services) -> list[PortLine]:
    """The ports by address; reads one small file a port, opens neither tables nor the catalog."""
    return sorted((port_line(port, services) for port in ports), key=lambda line: line.address)


def port_line(port: Port, services: Services) -> PortLine:
    """One port as it is now."""
    newest: Commit | None = services.lake.newest(place_of(port, services))
    passed, failed = check_counts(newest)
    return PortLine(
        address=port.address.sql,
        uri=port.address.uri,
        domain=port.domain.name,
        product=port.product.id,
        kind=port.domain.kind,
        engine=port.engine,
        status=port.contract.status,
        version=port.contract.version,
        owner=port.owner,
        table_version=newest.version if newest else None,
        rows=newest.rows if newest else None,
        published_at=newest.facts.get("publishedAt") if newest else None,
        checks_passed=passed,
        checks_failed=failed,
        quarantined=quarantined_rows(newest),
    )
