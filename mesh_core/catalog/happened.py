"""The part of the catalog that keeps what happened: changes, uses, confirmations and measurements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from mesh_core.catalog.observed import Observed

if TYPE_CHECKING:
    from datetime import datetime

    from mesh_core.catalog.absorbing import Absorbed
    from mesh_core.catalog.events import Change, Confirmation, Flow, Measurement, Use, UseCount, UseKind
    from mesh_core.catalog.journal import Journal
    from mesh_core.catalog.spans import UseSpan


class Happened(Observed):
    """Methods of ``Catalog``; see there. ``since`` is an ISO time, '' for all time."""

    def changes(self, after: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        """Changes with a ``seq`` above ``after``, oldest first."""
        from mesh_core.catalog import happening

        return self._read(lambda connection: happening.changes(connection, after, limit))

    def last_change(self) -> int:
        """The ``seq`` of the newest change; 0 before the first. Cheap: what conditional requests compare."""
        from mesh_core.catalog import happening

        return self._read(happening.last_change)

    def record_uses(self, uses: Sequence[Use]) -> int:
        """Keep uses; those whose id is known are left out. Returns how many were new."""
        from mesh_core.catalog import happening

        return self._write(lambda connection: happening.record_uses(connection, uses))

    def uses(
        self, address: str | None = None, *, kinds: Collection[UseKind] = (), since: str = "", limit: int | None = None
    ) -> tuple[Use, ...]:
        """Recorded uses, newest first; of one port or of all, of all kinds unless some are named."""
        from mesh_core.catalog import happening

        return self._read(lambda connection: happening.uses(connection, address, tuple(kinds), since, limit))

    def use_counts(self, since: str = "") -> dict[str, UseCount]:
        """Views, reads and readers by port's address; ports without any are left out."""
        from mesh_core.catalog import happening

        return self._read(lambda connection: happening.use_counts(connection, since))

    def confirm(self, confirmations: Sequence[Confirmation]) -> int:
        """Keep that versions were found still right; returns how many were new."""
        from mesh_core.catalog import happening

        return self._write(lambda connection: happening.confirm(connection, confirmations))

    def absorb(self, journal: Journal) -> Absorbed:
        """Take over what was noted in the journal, each line once whatever crashes; old uses are forgotten daily."""
        from mesh_core.catalog import absorbing

        return absorbing.absorb(self._write, journal)

    def forget(self, now: datetime) -> int:
        """Drop uses, confirmations and measurements that are past their time; returns how many rows went."""
        from mesh_core.catalog import retention

        return self._write(lambda connection: retention.forget(connection, now))

    def forget_changes(self, before: str) -> int:
        """Drop changes from before an ISO time; nobody calls this unasked, for who follows changes may need them."""
        from mesh_core.catalog import retention

        return self._write(lambda connection: retention.forget_changes(connection, before))

    def confirmations(self, address: str, since: str = "") -> tuple[Confirmation, ...]:
        """When the port was found still right, newest first; publications are not among them."""
        from mesh_core.catalog import happening

        return self._read(lambda connection: happening.confirmations(connection, address, since))

    def record_measurements(self, measurements: Sequence[Measurement]) -> int:
        """Keep measured service levels; returns how many were new."""
        from mesh_core.catalog import happening

        return self._write(lambda connection: happening.record_measurements(connection, measurements))

    def measurements(
        self, address: str, indicator: str | None = None, *, since: str = "", limit: int | None = None
    ) -> tuple[Measurement, ...]:
        """Measured values of the port's indicators (or the one named), newest first."""
        from mesh_core.catalog import happening

        return self._read(lambda connection: happening.measurements(connection, address, indicator, since, limit))

    def newest_measurements(self) -> dict[str, tuple[Measurement, ...]]:
        """The newest value of every indicator of every port, by address."""
        from mesh_core.catalog import happening

        return self._read(happening.newest_measurements)

    def note_change(self, type_: str, subject: str, *, domain: str, at: str, data: dict[str, object]) -> int:
        """Tell of a change that no registration makes, e.g. ``slo.changed``; returns its ``seq``."""
        from mesh_core.catalog import happening

        return self._write(lambda connection: happening.change(connection, type_, subject, (domain, at, data)))

    def flows(self, since: str = "") -> tuple[Flow, ...]:
        """What ports took from ports, by publication: within domains and between them."""
        from mesh_core.catalog import flowing

        return self._read(lambda connection: flowing.flows(connection, since))

    def use_spans(self, since: str = "") -> tuple[UseSpan, ...]:
        """What each consumer did with each port: the first time of all, and how often since ``since``."""
        from mesh_core.catalog import spanning

        return self._read(lambda connection: spanning.use_spans(connection, since))

    def first_publications(self) -> dict[str, str]:
        """When each port was first published, by address."""
        from mesh_core.catalog import spanning

        return self._read(spanning.first_publications)

    def creation_dates(self) -> dict[str, str]:
        """The ``productCreatedTs`` of products whose descriptors have one, by id, as it is written there."""
        from mesh_core.catalog import spanning

        return self._read(spanning.creation_dates)
