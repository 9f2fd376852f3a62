"""Events told again from the catalog alone: of every registered publication and refusal, and of internal steps.

The ids of runs and the names of tables are those of the events that were emitted at the time. The catalog keeps
neither when a run began nor its code, so a START has the time of its end, and a job has no source. Of internal steps
it keeps what they read, not when they ran: they are told as jobs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from mesh_core.catalog import Attempt, Card, Catalog, CheckRecord, ColumnRecord, PublicationRecord
from mesh_core.contracts import Document, contract_from
from mesh_core.errors import MeshError
from mesh_core.feeds.openlineage.events import Event, Writer
from mesh_core.feeds.openlineage.facts import Failed, Made, Run, Table, Tag, Work
from mesh_core.storage import Lake

_INTERNAL_PARTS = 3
_SNAPSHOT = "snapshot"


class Told:
    """The catalog's history as events, port by port."""

    def __init__(self, catalog: Catalog, lake: Lake, *, environment: str = "local", writer: Writer) -> None:
        self._catalog, self._lake, self._environment, self._writer = catalog, lake, environment, writer
        self._cards = {card.address: card for card in catalog.cards()}
        self._places: dict[str, str] = {}

    def events(self, addresses: Collection[str] | None = None, *, newest_only: bool = False) -> Iterator[Event]:
        """The events of these ports, or of all, each port's oldest first; with ``newest_only`` of its last attempt."""
        for address, card in self._cards.items():
            if addresses is None or address in addresses:
                yield from self._of_port(card, newest_only=newest_only)

    def jobs(self, addresses: Collection[str] | None = None) -> Iterator[Event]:
        """The internal steps before these ports, or before all, as jobs."""
        seen: set[str] = set()
        for address, card in self._cards.items():
            if card.table_version is None or (addresses is not None and address not in addresses):
                continue
            graph = self._catalog.lineage(address)
            steps = [node.address for node in graph.nodes if node.kind == "internal" and node.address not in seen]
            for step in steps:
                seen.add(step)
                inputs = [self._table(edge.upstream) for edge in graph.edges if edge.downstream == step]
                work = Work(domain=step.partition(".")[0], name=step)
                known = [table for table in inputs if table is not None]
                output = self._table(step)
                if output is not None:
                    yield self._writer.described(work, card.published_at, known, output)

    def _of_port(self, card: Card, *, newest_only: bool) -> Iterator[Event]:
        attempts = self._catalog.publications(card.address, 1 if newest_only else None)
        before: tuple[ColumnRecord, ...] = ()
        refused = _checks_by_run(self._catalog, card.address, len(attempts))
        for attempt in reversed(attempts):
            if attempt.table_version is None:
                yield from self._failed(card, attempt, refused.get(attempt.run_id, ()))
                continue
            record = self._catalog.publication(card.address, attempt.table_version)
            if record is not None:
                yield from self._published(card, record, before)
                before = record.columns

    def _published(self, card: Card, record: PublicationRecord, before: Sequence[ColumnRecord]) -> Iterator[Event]:
        made = made_of(record, before=before)
        run = Run(
            work=Work(domain=card.domain, name=card.address, description=made.description, owner=record.owner),
            run_id=record.run_id,
            at=record.published_at,
            inputs=tuple(self._inputs(card, record)),
            output=self._output(card, record.table_version),
        )
        yield from self._writer.started(_without_version(run))
        yield from self._writer.completed(run, made)

    def _failed(self, card: Card, attempt: Attempt, checks: tuple[CheckRecord, ...]) -> Iterator[Event]:
        run = Run(
            work=Work(domain=card.domain, name=card.address, description=card.purpose, owner=card.owner),
            run_id=attempt.run_id,
            at=attempt.at,
            output=self._output(card, None),
        )
        yield from self._writer.started(run)
        yield from self._writer.failed(run, Failed(at=attempt.at, error=attempt.error, checks=checks))

    def _inputs(self, card: Card, record: PublicationRecord) -> Iterator[Table]:
        for name, version in record.inputs.items():
            internal = name.partition(".")[0] in {"bronze", "silver"}
            table = self._table(f"{card.domain}.{name}" if internal else name, name, version)
            if table is not None:
                yield table

    def _output(self, card: Card, version: int | None) -> Table:
        return Table(name=card.address, place=self._place(card), uri=card.uri, version=version)

    def _table(self, address: str, name: str = "", version: int | None = None) -> Table | None:
        """The table of a port or an internal asset; None for one that nobody knows."""
        card = self._cards.get(address)
        if card is not None:
            return Table(name=name or address, place=self._place(card), uri=card.uri, version=version)
        key = tuple(address.split("."))
        if len(key) != _INTERNAL_PARTS:
            return None
        return Table(name=name or address, place=str(self._lake.internal(key)), version=version)

    def _place(self, card: Card) -> str:
        """Where the port is by its contract for this environment, else what the catalog was told."""
        if card.address not in self._places:
            self._places[card.address] = self._found(card)
        return self._places[card.address]

    def _found(self, card: Card) -> str:
        raw = self._catalog.document(card.address)
        if raw is not None:
            try:
                contract = contract_from(Document(Path(), raw, ""))
                return str(self._lake.place_of(contract.server(self._environment)))
            except MeshError:
                pass  # a contract of another environment, or one that a newer mesh wrote
        return card.endpoint or card.uri


def _checks_by_run(catalog: Catalog, address: str, attempts: int) -> dict[str, tuple[CheckRecord, ...]]:
    found: dict[str, list[CheckRecord]] = {}
    for outcome in catalog.check_results(address, max(attempts, 1)):
        if outcome.table_version is None:
            found.setdefault(outcome.run_id, []).append(outcome.check)
    return {run_id: tuple(checks) for run_id, checks in found.items()}


def _without_version(run: Run) -> Run:
    """Before a run, its table has no version that it made."""
    return msgspec.structs.replace(run, output=msgspec.structs.replace(run.output, version=None))


def made_of(
    record: PublicationRecord, *, written: int | None = None, before: Iterable[ColumnRecord] | None = None
) -> Made:
    """What a publication made; ``written`` are the rows that it wrote, where that is known.

    ``before`` are the columns that the table had: a change of them is an alteration.
    """
    raw = record.contract.document
    mode = _write_mode(record)
    whole = mode == _SNAPSHOT or record.table_version == 0
    return Made(
        at=record.published_at,
        rows=record.rows,
        written=record.rows if written is None and whole else written,
        bytes=record.bytes or None,
        columns=record.columns,
        lineage=record.lineage,
        lineage_kind=record.lineage_kind,
        checks=record.checks,
        state_change=_state_change(record, mode, before),
        owner=record.owner,
        description=str((raw.get("description") or {}).get("purpose") or ""),
        tags=_tags(record),
    )


def _write_mode(record: PublicationRecord) -> str:
    try:
        return contract_from(Document(Path(), record.contract.document, "")).publishing.mode
    except (MeshError, KeyError):
        return ""  # nobody can say


def _state_change(record: PublicationRecord, mode: str, before: Iterable[ColumnRecord] | None) -> str:
    if record.table_version == 0:
        return "CREATE"
    if mode == _SNAPSHOT:
        return "OVERWRITE"
    shape = [(column.name, column.physical_type) for column in before or ()]
    altered = shape and shape != [(column.name, column.physical_type) for column in record.columns]
    return "ALTER" if altered else ""


def _tags(record: PublicationRecord) -> tuple[Tag, ...]:
    """The contract's own tags, and of each column its classification and tags."""
    raw = record.contract.document
    found = [_tag(text) for text in raw.get("tags") or ()]
    found += [
        Tag(key="classification", value=column.classification, column=column.name)
        for column in record.columns
        if column.classification
    ]
    for schema in raw.get("schema") or ():
        for prop in schema.get("properties") or ():
            found += [_tag(text, prop["name"]) for text in prop.get("tags") or ()]
    return tuple(found)


def _tag(text: str, column: str = "") -> Tag:
    key, _, value = str(text).partition(":")
    return Tag(key=key, value=value or "true", column=column)
