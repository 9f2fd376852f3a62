"""The part of the catalog that domains and governance fill with their descriptors, and that readers browse."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import UNSET, UnsetType

if TYPE_CHECKING:
    from mesh_core.catalog.cards import Card
    from mesh_core.catalog.declarations import CharterDeclaration, DomainDeclaration
    from mesh_core.catalog.events import KeyMeasurement
    from mesh_core.catalog.records import ProductRecord

Result = TypeVar("Result")


class Declared:
    """Methods of ``Catalog``; see there."""

    _engine: Any

    def declare(self, declaration: DomainDeclaration, at: str, *, onto: str | UnsetType | None = UNSET) -> bool:
        """Keep what a domain declares as its present state; False when that is what was known.

        Products and ports that it declared before and not now are withdrawn: they stay readable and are marked.
        ``onto`` is the ``declared_digest`` that it is to replace: OvertakenError if that is not the present one.
        """
        from mesh_core.catalog import declaring

        if onto is UNSET and self.is_declared(declaration):  # most often: looking takes no turn of those who write
            return False
        return self._write(lambda connection: declaring.domain(connection, declaration, at, onto=onto))

    def is_declared(self, declaration: DomainDeclaration) -> bool:
        """Whether this is the domain's present state already."""
        from mesh_core.catalog import declaring

        key, digest = ("domain", declaration.domain.name), declaring.digest_of(declaration)
        return self._read(lambda connection: declaring.known_digest(connection, key)) == digest

    def declared_digest(self, domain: str) -> str | None:
        """The digest of what the domain declares (``declaring.digest_of``); None if it declares nothing. Cheap."""
        from mesh_core.catalog import declaring

        return self._read(lambda connection: declaring.known_digest(connection, ("domain", domain)))

    def declared_digests(self) -> dict[str, str]:
        """The same of every domain that stands declared."""
        from mesh_core.catalog import declaring

        return self._read(declaring.known_digests)

    def declared_domain(self, name: str) -> DomainDeclaration | None:
        """What one domain declares; None if it declares nothing."""
        from mesh_core.catalog import browsing

        return self._read(lambda connection: browsing.domain(connection, name))

    def declare_charter(self, charter: CharterDeclaration, at: str) -> bool:
        """Keep glossary, entities and council as they are now; False when that is what was known."""
        from mesh_core.catalog import declaring

        digest = declaring.digest_of(charter)
        if self._read(lambda connection: declaring.known_digest(connection, declaring.CHARTER)) == digest:
            return False
        return self._write(lambda connection: declaring.charter(connection, charter, at))

    def withdraw(self, domain: str, at: str) -> bool:
        """Mark a domain and all that it declared as gone; False when it was not there."""
        from mesh_core.catalog import declaring

        return self._write(lambda connection: declaring.withdraw(connection, domain, at))

    def declared_domains(self, *, bare: bool = False) -> tuple[DomainDeclaration, ...]:
        """Every domain that is not withdrawn, by name, with its products and ports.

        ``bare`` leaves those out, which ten thousand of them take seconds to read: who the domains are, no more.
        """
        from mesh_core.catalog import browsing

        return self._read(lambda connection: browsing.domains(connection, bare=bare))

    def charter(self) -> CharterDeclaration:
        """Glossary, entities and council as last declared; empty before."""
        from mesh_core.catalog import browsing

        return self._read(browsing.charter)

    def product(self, product_id: str) -> ProductRecord | None:
        """The product as declared, else as last published; None if nobody knows it."""
        from mesh_core.catalog import browsing

        return self._read(lambda connection: browsing.product(connection, product_id))

    def document(self, address: str) -> dict[str, Any] | None:
        """The port's ODCS document as declared, else as last published; None if nobody knows the port."""
        from mesh_core.catalog import browsing

        return self._read(lambda connection: browsing.document(connection, address))

    def cards(self, addresses: Collection[str] | None = None) -> tuple[Card, ...]:
        """The cards of all ports, or of those named that there are, by address; in a handful of queries."""
        from mesh_core.catalog import browsing

        return self._read(lambda connection: browsing.cards(connection, addresses))

    def key_measurements(self, addresses: Collection[str] | None = None) -> dict[str, tuple[KeyMeasurement, ...]]:
        """How the ids of each port's newest version meet the registers, by address; ports without are left out."""
        from mesh_core.catalog import browsing

        return self._read(lambda connection: browsing.key_measurements(connection, addresses))

    def _read(self, query: Callable[[Any], Result]) -> Result:
        from mesh_core.catalog.database import reading

        return reading(self._engine, query)

    def _write(self, change: Callable[[Any], Result]) -> Result:
        from mesh_core.catalog.database import writing

        return writing(self._engine, change)
