"""What happened to a port: its lineage, its checks, its rows, its versions."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from mesh_core.catalog import (
    Attempt,
    CheckOutcome,
    ColumnEdge,
    ColumnRecord,
    LineageGraph,
    LineageNode,
    PublicationRecord,
    TableEdge,
)
from mesh_core.marketplace.api.documented import PortAddress, TheCall, answers
from mesh_core.marketplace.conditional import conditional
from mesh_core.marketplace.market import Market
from mesh_core.marketplace.problems import NotFoundError
from mesh_core.marketplace.responses import http_date, json_answer
from mesh_core.model import Address

router = APIRouter(tags=["facts"])

Attempts = Annotated[int, Query(ge=1, le=1000, description="The newest so many attempts to publish.")]


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """One graph, whose edges point from what is read to what reads it."""

    address: str
    source: Literal["recorded", "declared"]
    """``recorded``: what the last publications read; ``declared``: before the first one, what the product says."""
    nodes: tuple[LineageNode, ...]
    edges: tuple[TableEdge, ...]
    columns: tuple[ColumnEdge, ...]


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules found, newest first."""

    address: str
    attempts: tuple[Attempt, ...]
    outcomes: tuple[CheckOutcome, ...]
    """Of those attempts, rule by rule."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A few rows of the newest version; values of restricted and confidential columns are hidden."""

    address: str
    table_version: int
    published_at: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What the columns of the newest version hold; bounds of restricted and confidential ones are hidden."""

    address: str
    table_version: int
    published_at: str
    rows: int
    bytes: int
    columns: tuple[ColumnRecord, ...]


class ContractVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a contract as it was published."""

    version: str
    status: str
    digest: str
    first_published_at: str


class MajorVersion(msgspec.Struct, frozen=True, kw_only=True):
    """The same port in one of its major versions."""

    address: str
    uri: str
    version: str
    status: str
    end_of_support: str


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """Contract versions, other major versions and publications, each the newest first."""

    address: str
    version: str
    """Of the contract as declared now."""
    contracts: tuple[ContractVersion, ...]
    majors: tuple[MajorVersion, ...]
    attempts: tuple[Attempt, ...]


@router.get(
    "/ports/{address}/lineage", operation_id="getLineage", responses=answers(Lineage, "The graph.", errors=(404,))
)
@conditional
def lineage(
    call: TheCall,
    address: PortAddress,
    *,
    direction: Annotated[Literal["upstream", "downstream", "both"], Query(description="Seen from the port.")] = "both",
    depth: Annotated[int | None, Query(ge=1, le=100, description="So many steps; all of them by default.")] = None,
    column: Annotated[str, Query(max_length=200, description="Follow this column alone.")] = "",
) -> Response:
    """Tables and columns before and after a port, internal steps among them, across domains."""
    card = call.market.card(address)
    if column and column not in {each.name for each in card.columns}:
        message = f"{card.address} has no column '{column}'"
        raise NotFoundError(message, remedy=f"Its columns are {', '.join(each.name for each in card.columns)}.")
    ways: tuple[Literal["upstream", "downstream"], ...] = ("upstream", "downstream")
    graphs = [
        call.market.lineage(card.address, way, column=column or None, depth=depth)
        for way in ways
        if direction in {way, "both"}
    ]
    return json_answer(_merged(card.address, graphs, recorded=card.table_version is not None))


def _merged(address: str, graphs: list[LineageGraph], *, recorded: bool) -> Lineage:
    edges = {edge for graph in graphs for edge in graph.edges}
    return Lineage(
        address=address,
        source="recorded" if recorded else "declared",
        nodes=tuple(sorted({node for graph in graphs for node in graph.nodes})),
        edges=tuple(sorted(edges, key=lambda edge: (edge.upstream, edge.downstream, edge.version or 0))),
        columns=tuple(sorted({edge for graph in graphs for edge in graph.columns})),
    )


@router.get(
    "/ports/{address}/quality", operation_id="getQuality", responses=answers(Quality, "The checks.", errors=(404,))
)
@conditional
def quality(
    call: TheCall,
    address: PortAddress,
    *,
    limit: Attempts = 20,
    check: Annotated[str, Query(max_length=300, description="Only of the rule of this name.")] = "",
) -> Response:
    """The history of a port's checks; rows that failed are masked like samples."""
    card = call.market.card(address)
    catalog = call.market.catalog
    return json_answer(
        Quality(
            address=card.address,
            attempts=catalog.publications(card.address, limit),
            outcomes=catalog.check_results(card.address, limit, check=check or None),
        )
    )


@router.get("/ports/{address}/sample", operation_id="getSample", responses=answers(Sample, "The rows.", errors=(404,)))
@conditional
def sample(call: TheCall, address: PortAddress) -> Response:
    """Rows of the newest version, as they were kept when it was published."""
    found = _published(call.market, address)
    call.market.record("sample", found.address, via="api", rows=len(found.sample))
    return json_answer(
        Sample(
            address=found.address,
            table_version=found.table_version,
            published_at=found.published_at,
            columns=tuple(column.name for column in found.columns),
            rows=found.sample,
        ),
        headers=http_date(found.published_at),
    )


@router.get(
    "/ports/{address}/profile", operation_id="getProfile", responses=answers(Profile, "The profile.", errors=(404,))
)
@conditional
def profile(call: TheCall, address: PortAddress) -> Response:
    """Nulls, bounds and distinct values of every column of the newest version."""
    found = _published(call.market, address)
    return json_answer(
        Profile(
            address=found.address,
            table_version=found.table_version,
            published_at=found.published_at,
            rows=found.rows,
            bytes=found.bytes,
            columns=found.columns,
        ),
        headers=http_date(found.published_at),
    )


@router.get(
    "/ports/{address}/versions", operation_id="getVersions", responses=answers(Versions, "The versions.", errors=(404,))
)
@conditional
def versions(call: TheCall, address: PortAddress, *, limit: Attempts = 20) -> Response:
    """Versions of the contract, other majors of the port, and the newest publications, failed ones included."""
    card = call.market.card(address)
    wanted = Address.parse(card.address)
    found = call.market.catalog.contract_versions(card.contract_id)
    beside = (each for each in call.market.cards.values() if each.contract_id == card.contract_id)
    majors = sorted(beside, key=lambda each: Address.parse(each.address).major, reverse=True)
    return json_answer(
        Versions(
            address=card.address,
            version=card.version,
            contracts=tuple(
                ContractVersion(
                    version=each.version,
                    status=each.status,
                    digest=each.digest,
                    first_published_at=each.first_published_at,
                )
                for each in found
                if each.version.partition(".")[0] == str(wanted.major)
            ),
            majors=tuple(
                MajorVersion(
                    address=each.address,
                    uri=each.uri,
                    version=each.version,
                    status=each.status,
                    end_of_support=each.end_of_support,
                )
                for each in majors
                if each.address != card.address
            ),
            attempts=call.market.catalog.publications(card.address, limit),
        )
    )


def _published(market: Market, address: str) -> PublicationRecord:
    card = market.card(address)
    found = market.publication(card.address)
    if found is None:
        message = f"{card.address} has never been published"
        raise NotFoundError(message, remedy=f"Its domain publishes it with `mesh run {card.address}`.")
    return found
