"""Descriptors and contracts in their standards, as registered and with what only the catalog knows."""

from __future__ import annotations

from typing import Any

from mesh_core.catalog import Catalog
from mesh_core.errors import UnknownAddressError


def product(known: Catalog, product_id: str, base: str = "") -> dict[str, Any]:
    """The product as ODPS 1.1; UnknownAddressError if the catalog has no such product.

    ``base`` is the address of the service that tells it; without one no port of its own is named.
    """
    del base
    found = known.product(product_id)
    if found is None:
        message = f"the catalog knows no product '{product_id}'"
        raise UnknownAddressError(message, remedy="See `mesh list`, or search.")
    return found.document


def contract(known: Catalog, address: str, base: str = "") -> dict[str, Any]:
    """The port's contract as ODCS; UnknownAddressError if the catalog has no such port."""
    del base
    found = known.document(address)
    if found is None:
        message = f"the catalog knows no port '{address}'"
        raise UnknownAddressError(message, remedy="See `mesh list`, or search.")
    return found
