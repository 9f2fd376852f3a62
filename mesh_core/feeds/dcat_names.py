"""The IRIs of what a DCAT document speaks of: the same whoever tells it."""

from __future__ import annotations

import re
from urllib.parse import quote

from mesh_core.catalog import Card
from mesh_core.feeds.openlineage.datasets import dataset_uri

_ACCESS = "http://publications.europa.eu/resource/authority/access-right/"
_RIGHTS = {"public": "PUBLIC", "internal": "NON_PUBLIC", "confidential": "RESTRICTED", "restricted": "RESTRICTED"}
_WEB = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_MAIL = re.compile(r"mailto:[^\s<>\"{}|\\^`]+")


def product_iri(product_id: str) -> str:
    return f"urn:mesh:product:{quote(product_id, safe='.')}"


def domain_iri(name: str) -> str:
    return f"urn:mesh:domain:{quote(name)}"


def service_iri(card: Card) -> str:
    """Of the port as a service: DPROD's output port."""
    return f"{card.uri}#port"


def table_iri(card: Card) -> str:
    """Of the distribution."""
    return f"{card.uri}#table"


def team_iri(name: str) -> str:
    return f"urn:mesh:team:{quote(name)}"


def rights_iri(classification: str) -> str | None:
    """Of the European vocabulary of access rights, which harvesters know."""
    return f"{_ACCESS}{_RIGHTS[classification]}" if classification in _RIGHTS else None


def classification_iri(name: str) -> str | None:
    return f"urn:mesh:classification:{quote(name)}" if name else None


def status_iri(status: str | None) -> str | None:
    return f"urn:mesh:status:{quote(status)}" if status else None


def metric_iri(name: str) -> str:
    return f"urn:mesh:metric:{name}"


def place_iri(card: Card) -> str | None:
    """Where the table is, as a URI; None if nobody knows."""
    if not card.endpoint:
        return None
    return card.endpoint if "://" in card.endpoint else dataset_uri(card.endpoint)


def is_web(link: str) -> bool:
    """Whether a link that somebody wrote is the address of a page, and nothing that only looks like one."""
    return _WEB.fullmatch(link) is not None


def is_mail(link: str) -> bool:
    return _MAIL.fullmatch(link) is not None
