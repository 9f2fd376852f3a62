"""The part of the catalog that tells of many ports' past in a handful of queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from mesh_core.catalog.declared import Declared

if TYPE_CHECKING:
    from mesh_core.catalog.events import Measurement
    from mesh_core.catalog.pasts import PortPast
    from mesh_core.governance import Office


class Observed(Declared):
    """Methods of ``Catalog``; see there."""

    def pasts(
        self,
        since: str,
        addresses: Collection[str] | None = None,
        *,
        columns: Collection[str] = (),
        indicators: Collection[str] = (),
    ) -> dict[str, PortPast]:
        """Attempts, confirmations and measurements since an ISO time, by address; of all ports or of those named.

        Of every port's attempts before it the newest publication is there too. Ranges are told of the columns named,
        measurements of the indicators whose names begin with one of those named.
        """
        from mesh_core.catalog import observing

        wanted = (tuple(sorted(set(columns))), tuple(sorted(set(indicators))))
        return self._read(lambda connection: observing.pasts(connection, since, addresses, wanted))

    def record_observation(
        self, points: Sequence[Measurement], flips: Sequence[tuple[str, str, dict[str, Any]]], at: str
    ) -> frozenset[tuple[str, str]]:
        """Keep measurements and tell of service levels whose status flipped, in one transaction.

        A flip is the port's address, its domain, and the change's data with ``indicator`` and ``after``. One that
        another process has told meanwhile is left out. Returns address and indicator of those that were told.
        """
        from mesh_core.catalog import observing

        return self._write(lambda connection: observing.record(connection, points, flips, at))

    def offices(self) -> dict[str, Office]:
        """Who answers for each domain that declared itself, by name."""
        from mesh_core.catalog import observing

        return self._read(observing.offices)

    def promise_digests(self, addresses: Collection[str] | None = None) -> dict[str, str]:
        """A digest of each port's contract as declared, else as last published: whether one has to be read anew."""
        from mesh_core.catalog import observing

        return self._read(lambda connection: observing.digests(connection, addresses))

    def promises(self, addresses: Collection[str]) -> dict[str, dict[str, Any]]:
        """The ODCS document of each port as declared, else as last published."""
        from mesh_core.catalog import observing

        return self._read(lambda connection: observing.documents(connection, addresses))
