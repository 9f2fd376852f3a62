"""What resolving answers: one port as a reader needs it, typed, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from mesh_core.contracts import Column, Contract, Sla
from mesh_core.contracts.lifecycle import Standing
from mesh_core.model import Address
from mesh_core.storage import Lake, Place

Source = Literal["tree", "catalog"]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where the table physically is, from the contract's server for the environment."""

    environment: str
    type: str
    """``local``, ``s3``, ``azure`` …, as ODCS calls servers."""
    format: str
    path: str
    """As the contract says it; for a local server below the lake."""
    location: str
    """What a reader opens: the folder of the table, or the server's own location."""


class ResolvedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column as promised."""

    name: str
    logical_type: str
    physical_type: str
    """DuckDB's name of the type."""
    required: bool
    unique: bool
    primary_key: bool
    classification: str
    description: str


class PromisedLevel(msgspec.Struct, frozen=True, kw_only=True):
    """One promise about the service: property, value, unit."""

    property: str
    value: Any
    unit: str
    element: str
    schedule: str
    description: str


class OtherVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Another major version of the same port."""

    address: str
    uri: str
    version: str
    status: str


class TableState(msgspec.Struct, frozen=True, kw_only=True):
    """The newest publication."""

    version: int
    rows: int
    published_at: str
    contract_version: str
    """The contract version that the rows were audited by; a newer contract takes effect with its publication."""


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """Where a port is, what it promises and how it stands: all that a reader needs."""

    address: str
    """In SQL: ``domain.port``, from major version 2 on ``domain.port_v2``."""
    uri: str
    discovery: str
    """The address of the port's discovery port, whose content is ``document``."""
    contract_id: str
    version: str
    status: str
    """draft, active, deprecated or retired."""
    name: str
    purpose: str
    owner: str
    announced_at: str
    """When the catalog first saw the deprecation; '' if there is none, or nobody knows."""
    end_of_support: str
    """The last day on which the port is kept as promised; '' if none is announced."""
    successor: str
    """The address to move to, as URI; '' if none is named or live."""
    endpoint: Endpoint
    columns: tuple[ResolvedColumn, ...]
    service_levels: tuple[PromisedLevel, ...]
    table: TableState | None
    """None before the first publication."""
    others: tuple[OtherVersion, ...]
    """The other major versions of the port, the newest first."""
    source: Source
    """``tree``: the contract file; ``catalog``: the contract as last published, where there is no such file now."""
    document: dict[str, Any]
    """The whole contract, as ODCS."""

    def as_dict(self) -> dict[str, Any]:
        """The same in JSON's types."""
        plain: dict[str, Any] = msgspec.to_builtins(self, enc_hook=str)
        return plain


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A contract, who answers for it, and where it was found."""

    contract: Contract
    owner: str
    source: Source


def resolution_of(
    found: Found, others: Iterable[Contract], *, stands: Standing, endpoint: Endpoint, table: TableState | None
) -> Resolution:
    """What resolving answers for the chosen contract beside the ``others`` of its id."""
    contract = found.contract
    address = contract.address
    return Resolution(
        address=address.sql,
        uri=address.uri,
        discovery=address.discovery,
        contract_id=contract.id,
        version=contract.version,
        status=contract.status,
        name=contract.name,
        purpose=contract.purpose,
        owner=found.owner,
        announced_at=stands.announced_at,
        end_of_support=stands.end_of_support.isoformat() if stands.end_of_support else "",
        successor=stands.successor,
        endpoint=endpoint,
        columns=tuple(column_of(column) for column in contract.columns),
        service_levels=tuple(service_level_of(sla) for sla in contract.slas),
        table=table,
        others=tuple(version_of(each) for each in others),
        source=found.source,
        document=contract.document.raw,
    )


def endpoint_of(contract: Contract, environment: str, lake: Lake) -> Endpoint:
    """The contract's server for ``environment`` with the place that it means in this lake."""
    server = contract.server(environment)
    return Endpoint(
        environment=server.environment,
        type=server.type,
        format=server.format,
        path=server.path,
        location=server.location or str(lake.place_of(server)),
    )


def table_state(table: Place, lake: Lake) -> TableState | None:
    """What the newest commit of ``table`` says; None before the first."""
    newest = lake.newest(table)
    if newest is None:
        return None
    return TableState(
        version=newest.version,
        rows=newest.rows,
        published_at=newest.facts.get("publishedAt", ""),
        contract_version=newest.facts.get("contractVersion", ""),
    )


def column_of(column: Column) -> ResolvedColumn:
    return ResolvedColumn(
        name=column.name,
        logical_type=column.logical_type,
        physical_type=column.physical_type,
        required=column.required,
        unique=column.unique,
        primary_key=column.primary_key,
        classification=column.classification,
        description=column.description,
    )


def service_level_of(sla: Sla) -> PromisedLevel:
    return PromisedLevel(
        property=sla.property,
        value=sla.value,
        unit=sla.unit,
        element=sla.element,
        schedule=sla.schedule,
        description=sla.description,
    )


def version_of(contract: Contract) -> OtherVersion:
    address: Address = contract.address
    return OtherVersion(address=address.sql, uri=address.uri, version=contract.version, status=contract.status)
