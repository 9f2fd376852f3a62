"""The catalog as DCAT 3 and DPROD in JSON-LD: products with their ports, and what is known of each dataset.

A port is three things to DCAT: the dataset, whose IRI is the port's ``mesh://`` address; the distribution, the table
where its rows are; and the service that serves it, which is what DPROD calls an output port. No IRI depends on who
tells it: a document that is fetched again, or from another service of the same mesh, speaks of the same things.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

import msgspec

from mesh_core.catalog import Card, Catalog, DomainDeclaration
from mesh_core.errors import UnknownAddressError
from mesh_core.feeds.dcat_context import CONTEXT
from mesh_core.feeds.dcat_facts import Node, classes, filled, measurements, metrics, table_schema
from mesh_core.feeds.dcat_names import (
    classification_iri,
    domain_iri,
    is_mail,
    is_web,
    place_iri,
    product_iri,
    rights_iri,
    service_iri,
    status_iri,
    table_iri,
    team_iri,
)
from mesh_core.feeds.dcat_reading import Facts, of_all, of_one

BASE = "urn:mesh:catalog"
"""The catalog's own IRI, and what links begin with if no service answers for them."""

MEDIA_TYPE = "application/ld+json"

_PARQUET = "https://www.iana.org/assignments/media-types/application/vnd.apache.parquet"


def catalog(known: Catalog, base: str, *, title: str = "Data mesh") -> Node:
    """All domains, products and ports; ``base`` is the address of the service that tells it.

    The columns of a port are told by ``dataset`` alone: they are most of what there is.
    """
    cards = known.cards()
    described = _Description(of_all(known, cards), base)
    products = described.products(cards)
    whole = {
        "@id": BASE,
        "@type": "dcat:Catalog",
        "dct:title": title,
        "dct:description": "The data products of this mesh: what each promises, where it is, and how good it is.",
        "dcat:dataset": [card.uri for card in cards],
        "dcat:service": [service_iri(card) for card in cards],
        "dcat:resource": [product["@id"] for product in products],
        **described.page(""),
    }
    ports = [node for card in cards for node in described.port(card)]
    return _document([whole, *described.domains(cards), *products, *ports, *metrics(), *classes(cards)])


def dataset(known: Catalog, address: str, base: str) -> Node:
    """One port and its product; UnknownAddressError if the catalog has no such port."""
    cards = known.cards([address])
    if not cards:
        message = f"the catalog knows no port '{address}'"
        raise UnknownAddressError(message, remedy="See `mesh list`, or search.")
    facts, siblings = of_one(known, cards[0])
    described = _Description(facts, base)
    ports = list(described.port(cards[0]))
    ports[0]["csvw:tableSchema"] = table_schema(cards[0])
    return _document([*ports, *described.products(siblings), *described.domains(cards), *metrics(), *classes(siblings)])


def _document(nodes: Iterable[Node]) -> Node:
    return {"@context": CONTEXT, "@graph": [filled(node) for node in nodes]}


class _Description:
    """What the catalog knows, put into nodes."""

    def __init__(self, facts: Facts, base: str) -> None:
        self._facts = facts
        self._base = base.rstrip("/") if "://" in base else ""
        self._known_uris = frozenset(facts.uris.values())

    def page(self, path: str) -> Node:
        """A link to the page of the service, if one tells the document."""
        return {"dcat:landingPage": f"{self._base}/{path}"} if self._base else {}

    def domains(self, cards: Iterable[Card]) -> list[Node]:
        return [_domain(name, self._facts.domains.get(name)) for name in sorted({card.domain for card in cards})]

    def products(self, cards: Iterable[Card]) -> list[Node]:
        """The products of these ports."""
        found: dict[str, list[Card]] = {}
        for card in cards:
            found.setdefault(card.product_id, []).append(card)
        return [self._product(product_id, ports) for product_id, ports in sorted(found.items())]

    def _product(self, product_id: str, ports: list[Card]) -> Node:
        first, document = ports[0], self._facts.products.get(product_id, {})
        description = document.get("description") or {}
        inputs = self._uris(first.inputs)
        return {
            "@id": product_iri(product_id),
            "@type": "dprod:DataProduct",
            "dct:identifier": product_id,
            "dct:title": first.product_name,
            "dct:description": description.get("purpose"),
            "dprod:purpose": description.get("purpose"),
            "dcat:version": document.get("version"),
            "dcat:keyword": document.get("tags"),
            "dprod:domain": domain_iri(first.domain),
            "dprod:dataProductOwner": _team(first.owner),
            "dprod:lifecycleStatus": status_iri(document.get("status")),
            "dprod:outputPort": [service_iri(card) for card in ports],
            "dprod:outputDataset": [card.uri for card in ports],
            "dprod:inputPort": [f"{uri}#port" for uri in inputs],
            "dprod:inputDataset": inputs,
            "dcat:contactPoint": self._contact(first, document),
            **self.page(f"products/{quote(product_id)}"),
        }

    def port(self, card: Card) -> Iterator[Node]:
        """The dataset, its distribution and the service."""
        yield self._dataset(card, self._facts.contracts.get(card.address, {}))
        yield _distribution(card)
        yield self._service(card)

    def _dataset(self, card: Card, document: Node) -> Node:
        return {
            "@id": card.uri,
            "@type": "dcat:Dataset",
            "dct:identifier": card.address,
            "dct:title": card.name,
            "dct:description": card.purpose,
            "skos:scopeNote": card.limitations,
            "skos:example": card.usage,
            "dcat:version": card.version,
            "dcat:keyword": list(card.tags),
            "dct:issued": card.declared_at,
            "dct:modified": card.published_at,
            "dct:publisher": domain_iri(card.domain),
            "dct:creator": _team(card.owner),
            "dct:accessRights": rights_iri(card.classification),
            "dprod:informationSensitivityClassification": classification_iri(card.classification),
            "dct:conformsTo": self._contract(card),
            "dcat:contactPoint": self._contact(card, document),
            "dcat:distribution": table_iri(card),
            "dcat:previousVersion": self._previous(card),
            "adms:status": status_iri("retired" if card.withdrawn_at else card.status),
            "prov:wasDerivedFrom": self._uris(self._facts.read.get(card.address) or card.inputs),
            "dqv:hasQualityMeasurement": list(measurements(card)),
            **self.page(f"ports/{quote(card.address)}"),
        }

    def _contract(self, card: Card) -> Node:
        """The contract's version as a standard of its own."""
        contract: Node = {
            "@id": f"urn:mesh:contract:{quote(card.contract_id, safe='.')}:{card.version}",
            "@type": "dct:Standard",
            "dct:title": f"{card.contract_id} {card.version}",
            "dct:type": "urn:mesh:format:odcs",
        }
        if self._base:
            contract["rdfs:seeAlso"] = {"@id": f"{self._base}/api/v1/ports/{quote(card.address)}/contract"}
        return contract

    def _contact(self, card: Card, document: Node) -> Node | None:
        """The support channels; where there is none, whoever owns the domain."""
        declared = self._facts.domains.get(card.domain)
        owner = [_mailbox(declared.office.owner)] if declared else []
        return _contact(card.owner, document.get("support") or owner)

    def _previous(self, card: Card) -> str | None:
        """The port of the major version before, if it is still known."""
        stem, _, major = card.uri.rpartition("/v")
        if not major.isdigit():
            return None
        before = f"{stem}/v{int(major) - 1}"
        return before if before in self._known_uris else None

    def _uris(self, addresses: Iterable[str]) -> list[str]:
        return sorted(self._facts.uris[address] for address in addresses if address in self._facts.uris)

    def _service(self, card: Card) -> Node:
        described = f"{self._base}/api/v1/ports/{quote(card.address)}/contract" if self._base else None
        return {
            "@id": service_iri(card),
            "@type": "dcat:DataService",
            "dct:title": card.name,
            "dct:identifier": card.uri,
            "dcat:endpointURL": place_iri(card),
            "dcat:endpointDescription": described,
            "dcat:servesDataset": card.uri,
            "dprod:isAccessServiceOf": table_iri(card),
        }


def _distribution(card: Card) -> Node:
    return {
        "@id": table_iri(card),
        "@type": "dcat:Distribution",
        "dct:title": f"{card.name}, table",
        "dct:format": {"@type": "dct:MediaTypeOrExtent", "rdfs:label": card.format} if card.format else None,
        "dcat:mediaType": _PARQUET if card.format in {"delta", "parquet"} else None,
        "dcat:accessURL": place_iri(card),
        "dcat:byteSize": card.bytes,
        "dct:modified": card.published_at,
        "dcat:version": None if card.table_version is None else str(card.table_version),
        "dcat:accessService": service_iri(card),
        "dprod:isDistributionOf": card.uri,
    }


def _domain(name: str, declared: DomainDeclaration | None) -> Node:
    """The domain, which is whom its ports are published by."""
    node: Node = {"@id": domain_iri(name), "@type": ["foaf:Organization", "prov:Agent"], "foaf:name": name}
    if declared is None:
        return node
    return node | {
        "dct:description": declared.domain.description,
        "dct:type": f"urn:mesh:domain-kind:{declared.domain.kind}" if declared.domain.kind else None,
        "dcat:contactPoint": _contact(declared.office.team, [_mailbox(declared.office.owner)]),
    }


def _contact(name: str, support: Iterable[Node]) -> Node | None:
    """How the owner is reached: mail and pages of the support channels."""
    links = [str(channel["url"]) for channel in support if channel.get("url")]
    if not (name or links):
        return None
    return filled(
        {
            "@type": "vcard:Organization",
            "vcard:fn": name,
            "vcard:hasEmail": [link for link in links if is_mail(link)],
            "vcard:hasURL": [link for link in links if is_web(link)],
        }
    )


def _mailbox(address: str) -> Node:
    return {"url": f"mailto:{address}" if "@" in address else ""}


def _team(name: str) -> Node | None:
    """The team as an agent."""
    if not name:
        return None
    return {"@id": team_iri(name), "@type": ["foaf:Organization", "prov:Agent"], "foaf:name": name}


def encoded(document: Node) -> bytes:
    """The document as bytes, readable."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2)
