"""Domains and products: who publishes what."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Response

from mesh_core.catalog import Card, DomainDeclaration
from mesh_core.governance import Office
from mesh_core.marketplace.api.documented import Cursor, Limit, TheCall, answers
from mesh_core.marketplace.conditional import conditional
from mesh_core.marketplace.paging import links, only, page_of
from mesh_core.marketplace.responses import JSON, YAML, json_answer, yaml_answer, yaml_wanted

router = APIRouter(tags=["domains and products"])

DomainName = Annotated[str, Path(max_length=100, description="A domain's name.", examples=["fleet"])]
ProductId = Annotated[
    str, Path(max_length=200, description="A product's id: `domain.product`.", examples=["fleet.aircraft"])
]


class DomainSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A domain, who answers for it, and how much it publishes."""

    name: str
    kind: str
    owner: str
    description: str
    office: Office
    products: int
    ports: int
    published: int
    """Ports with at least one publication."""


class Domains(msgspec.Struct, frozen=True, kw_only=True):
    """Every domain, by name."""

    items: tuple[DomainSummary, ...]
    total: int


class ProductSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A product with the addresses of its ports."""

    id: str
    name: str
    domain: str
    ports: tuple[str, ...]
    inputs: tuple[str, ...]
    """Addresses of the ports that it declares to read."""


class Products(msgspec.Struct, frozen=True, kw_only=True):
    """One page of products, by id."""

    items: tuple[ProductSummary, ...]
    total: int
    next: str = ""
    """The cursor of the next page, '' at the end."""


class ProductView(msgspec.Struct, frozen=True, kw_only=True):
    """A product with its ports; ``document`` is its product.yaml as declared (ODPS)."""

    id: str
    name: str
    version: str
    domain: str
    ports: tuple[Card, ...]
    document: dict[str, Any]


@router.get("/domains", operation_id="listDomains", responses=answers(Domains, "The domains."))
@conditional
def domains(call: TheCall) -> Response:
    """All domains; a mesh has dozens, so they come at once."""
    cards = list(call.market.cards.values())
    found = tuple(_summary(each, cards) for each in call.market.domains())
    return json_answer(Domains(items=found, total=len(found)))


def _summary(declared: DomainDeclaration, cards: list[Card]) -> DomainSummary:
    name = declared.domain.name
    own = [card for card in cards if card.domain == name and not card.withdrawn_at]
    return DomainSummary(
        name=name,
        kind=declared.domain.kind,
        owner=declared.domain.owner,
        description=declared.domain.description,
        office=declared.office,
        products=len(declared.products),
        ports=len(own),
        published=sum(card.table_version is not None for card in own),
    )


@router.get(
    "/domains/{domain}",
    operation_id="getDomain",
    responses=answers(DomainDeclaration, "The domain as it was declared.", errors=(404,)),
)
@conditional
def domain(call: TheCall, domain: DomainName) -> Response:
    """A domain with its products, ports and contracts, as it was last declared: what `PUT` takes."""
    return json_answer(call.market.domain(domain))


@router.get(
    "/products", operation_id="listProducts", responses=answers(Products, "The products, by id.", errors=(400,))
)
@conditional
def products(
    call: TheCall,
    *,
    domain: Annotated[str, Query(max_length=100, description="Only of this domain.")] = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Response:
    """Products with their ports."""
    found: dict[str, list[Card]] = {}
    for card in only(list(call.market.cards.values()), domain=domain):
        found.setdefault(card.product_id, []).append(card)
    keys = sorted(found)
    page, following = page_of(keys, keys, limit, cursor)
    items = tuple(_product(each, found[each]) for each in page)
    return json_answer(Products(items=items, total=len(keys), next=following), headers=links(call.request, following))


def _product(product_id: str, cards: list[Card]) -> ProductSummary:
    return ProductSummary(
        id=product_id,
        name=cards[0].product_name,
        domain=cards[0].domain,
        ports=tuple(card.address for card in cards),
        inputs=tuple(sorted({given for card in cards for given in card.inputs})),
    )


@router.get(
    "/products/{product_id}", operation_id="getProduct", responses=answers(ProductView, "The product.", errors=(404,))
)
@conditional
def product(call: TheCall, product_id: ProductId) -> Response:
    """One product with the cards of its ports."""
    found = call.market.product(product_id)
    return json_answer(
        ProductView(
            id=found.id,
            name=found.name,
            version=found.version,
            domain=product_id.partition(".")[0],
            ports=tuple(only(list(call.market.cards.values()), product_id=product_id)),
            document=found.document,
        )
    )


@router.get(
    "/products/{product_id}/odps",
    operation_id="getOdps",
    responses=answers(
        None, "The product as ODPS.", errors=(404,), media={JSON: {"type": "object"}, YAML: {"type": "object"}}
    ),
)
@conditional
def odps(
    call: TheCall,
    product_id: ProductId,
    *,
    format: Annotated[str, Query(pattern="^(json|yaml)?$", description="Goes before `Accept`.")] = "",  # noqa: A002
    registered: Annotated[bool, Query(description="The document as declared, without what only we know.")] = False,
) -> Response:
    """The product as ODPS (Bitol), with this service's own ports where the standard has a place for them."""
    from mesh_core.feeds import odps as feed

    found = call.market.product(product_id)
    base = str(call.request.base_url).rstrip("/")
    document = found.document if registered else feed.product(call.market.catalog, product_id, base)
    return yaml_answer(document) if yaml_wanted(call.request, format) else json_answer(document)
