"""The mesh as a map of domains or ports, and each domain with its people, products, flows and health."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from mesh_core.catalog import DomainDeclaration, DomainRecord
from mesh_core.governance import Office
from mesh_core.marketplace.pages.graphs import draw
from mesh_core.marketplace.pages.happenings import newest, told
from mesh_core.marketplace.pages.lineage import DRAWABLE
from mesh_core.marketplace.pages.mesh_map import domain_graph, domains_of, flows_between, port_graph
from mesh_core.marketplace.pages.people import Channel, People, people_of
from mesh_core.marketplace.pages.rendering import render
from mesh_core.marketplace.pages.wording import amount, segment
from mesh_core.marketplace.problems import NotFoundError
from mesh_core.search import Query

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.marketplace.market import Market

router = APIRouter(include_in_schema=False)

FLOW_DAYS = 30
_LISTED = 100
"""Ports of one domain on its page; the search has all."""
_LATELY = 8
_ROWS = 500
"""Ports in the table of the map: whoever wants more chooses a domain."""


@router.get("/domains", response_class=HTMLResponse)
def domains(request: Request, view: str = "domains", domain: str = "", draw_all: str = "") -> HTMLResponse:
    """The map: by ``view`` of domains, or of the ports of all of them or of one."""
    market: Market = request.app.state.market
    if view == "ports":
        return _ports(request, market, domain, bool(draw_all))
    facts, flows = domains_of(market.cards.values()), _flows(market)
    drawable = len(facts) <= DRAWABLE or bool(draw_all)
    return render(
        request,
        "domains.html",
        view="domains",
        domains=facts,
        descriptions={each.domain.name: each.domain.description for each in market.catalog.declared_domains(bare=True)},
        flows=flows,
        days=FLOW_DAYS,
        drawing=draw(*domain_graph(facts, flows), spread=150) if drawable else None,
        choices=[("domains", "/domains", True), ("ports", "/domains?view=ports", False)],
    )


@router.get("/domains/{name}", response_class=HTMLResponse)
def domain(request: Request, name: str) -> HTMLResponse:
    """One domain: who it is, what it offers, what it reads, how it is."""
    market: Market = request.app.state.market
    cards = [card for card in market.cards.values() if card.domain == name]
    declared, standing = _declared(market, name, cards)
    found = market.search(Query(domain=(name,), size=_LISTED))
    flows = _flows(market)
    facts = domains_of(market.cards.values())
    standings = {hit.address: hit for hit in found.hits}
    return render(
        request,
        "domain.html",
        declared=declared,
        stands=standing,
        people=_people(declared),
        products=_products(declared, cards),
        hits=standings,
        listed=_LISTED,
        facts=next((each for each in facts if each.name == name), None),
        health=_health(cards, [hit.slo for hit in found.hits]),
        incoming=[flow for flow in flows if flow.downstream == name],
        outgoing=[flow for flow in flows if flow.upstream == name],
        days=FLOW_DAYS,
        drawing=draw(*domain_graph(facts, flows, start=name), spread=150),
        lately=[told(change) for change in _lately(market, name)],
    )


def _declared(market: Market, name: str, cards: list[Card]) -> tuple[DomainDeclaration, bool]:
    """What the domain says of itself, and whether it does: of one that is gone, or only published, the cards tell."""
    try:
        return market.domain(name), True
    except NotFoundError:
        if not cards:
            raise
    owner = next((card.owner for card in cards if card.owner), "")
    record = DomainRecord(name=name, kind=cards[0].domain_kind, owner=owner)
    return DomainDeclaration(domain=record, office=Office(team=owner, owner="")), False


def _ports(request: Request, market: Market, domain: str, draw_all: bool) -> HTMLResponse:
    cards = [card for card in market.cards.values() if not card.withdrawn_at]
    names = sorted({card.domain for card in cards})
    shown = _around(cards, domain) if domain in names else cards
    everything = [("all", "/domains?view=ports", domain not in names)]
    return render(
        request,
        "domains.html",
        view="ports",
        ports=shown[:_ROWS],
        count=len(shown),
        only=domain if domain in names else "",
        drawing=draw(*port_graph(shown)) if len(shown) <= DRAWABLE or draw_all else None,
        choices=[("domains", "/domains", False), ("ports", "/domains?view=ports", True)],
        of_domain=everything
        + [(name, f"/domains?view=ports&domain={segment(name)}", name == domain) for name in names],
        draw_url="/domains?view=ports&draw_all=1" + (f"&domain={segment(domain)}" if domain in names else ""),
    )


def _around(cards: list[Card], domain: str) -> list[Card]:
    """The ports of a domain with those that they read and those that read them."""
    own = {card.address for card in cards if card.domain == domain}
    read = {address for card in cards if card.address in own for address in card.inputs}
    return [card for card in cards if card.address in own | read or own.intersection(card.inputs)]


def _flows(market: Market) -> Any:
    since = (market.now() - timedelta(days=FLOW_DAYS)).isoformat()
    return flows_between(market.cards, market.catalog.flows(since))


def _people(declared: DomainDeclaration) -> People:
    """Whoever answers for the domain, and all ways to reach the team that its products name, each once."""
    channels: dict[tuple[str, str], Channel] = {}
    for product in declared.products:
        for channel in people_of({}, product.document, None).channels:
            channels.setdefault((channel.url, channel.name), channel)
    people = people_of({}, {}, declared.office, declared.office.team)
    return msgspec.structs.replace(people, channels=tuple(channels.values()))


def _products(declared: DomainDeclaration, cards: list[Card]) -> list[tuple[str, str, list[Card]]]:
    """Id, name and ports of each product; those that are only known by their cards come last."""
    names = {product.id: product.name for product in declared.products}
    names |= {card.product_id: card.product_name for card in cards if card.product_id not in names}
    ports = {name: [card for card in cards if card.product_id == name] for name in names}
    return [(name, title or name, ports[name]) for name, title in names.items()]


def _health(cards: list[Card], levels: list[str]) -> list[tuple[str, str, str]]:
    """Tone, heading and sentence of what is well and what is not, the worst first."""
    present = [card for card in cards if not card.withdrawn_at]
    found = [
        ("bad", "Failing", [card.address for card in present if card.failed_at]),
        ("warn", "Never published", [card.address for card in present if card.table_version is None]),
        ("warn", "Ending", [card.address for card in present if card.status in {"deprecated", "retired"}]),
        (
            "warn",
            "Published with warnings",
            [card.address for card in present if card.checks_failed and not card.failed_at],
        ),
    ]
    sentences = [(tone, heading, ", ".join(names)) for tone, heading, names in found if names]
    for level, tone in (("breached", "bad"), ("at risk", "warn")):
        count = levels.count(level)
        if count:
            sentences.append((tone, f"Service levels {level}", f"{count} of {amount(len(levels), 'port')}"))
    return sorted(sentences, key=lambda entry: entry[0] != "bad")


def _lately(market: Market, name: str) -> Any:
    return newest(market.catalog, domain=name, size=_LATELY).changes
