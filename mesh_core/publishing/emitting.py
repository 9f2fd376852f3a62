"""OpenLineage events of publications and internal steps, as they happen.

An event says what a commit says, so none is worth a publication: what can't be told is left out, what can't be kept
is warned of. The costs of one publication are a few small JSON lines in one write.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import InternalInput, inputs_of
from mesh_core.contracts.tree import Port
from mesh_core.errors import MeshError
from mesh_core.model import Address
from mesh_core.publishing.inputs import table_of
from mesh_core.publishing.telling import told

if TYPE_CHECKING:
    from mesh_core.catalog import CheckRecord, ColumnRecord
    from mesh_core.contracts.graph import Node
    from mesh_core.contracts.tree import DomainTree
    from mesh_core.feeds.openlineage import Event, Run, Table, Work, Writer
    from mesh_core.publishing.attempt import Attempt
    from mesh_core.publishing.inputs import PinnedInput
    from mesh_core.publishing.services import Services
    from mesh_core.publishing.transformation.lineage import Lineage
    from mesh_core.storage import Commit, Place

_PORT_KEY = 2


class Emission:
    """The events of one go of a step: START, then COMPLETE, FAIL or ABORT; none if it turns out to be unchanged."""

    def __init__(self, node: Node, tree: DomainTree, services: Services, run_id: str) -> None:
        self._node, self._tree, self._services, self._run_id = node, tree, services, run_id
        self._at = _now()
        self._run: Run | None = None
        self._told = False
        """Whether the go's end is told."""

    @property
    def wanted(self) -> bool:
        return self._services.settings.openlineage.folder is not None

    def started(self, attempt: Attempt) -> None:
        """A publication has something to do, over these inputs."""
        if self.wanted and self._run is None:  # not again when it is redone after a conflict
            self._run = self._begun(attempt.table, [_pinned(given) for given in attempt.inputs])
            self._emit(self._writer.started(self._run))

    def published(self, attempt: Attempt, commit: Commit) -> None:
        """A publication is registered, as its commit says."""
        if not self.wanted or not isinstance(self._node, Port):
            return
        from mesh_core.feeds.openlineage.registered import made_of
        from mesh_core.publishing.register import publication_record

        record = publication_record(self._node, attempt.table, commit, self._services, sample=(), keys=())
        written = commit.facts.get("rowsWritten")
        made = made_of(record, written=int(written) if written else None, before=_columns_before(attempt))
        read = msgspec.json.decode(commit.facts.get("inputs") or "{}", type=dict[str, int | None])
        run = self._begun(attempt.table, [_read(given, read) for given in attempt.inputs], version=commit.version)
        self._told = True
        self._emit(self._writer.completed(run, made))

    def refreshed(self, table: Place, commit: Commit, columns: dict[str, str], lineage: Lineage) -> None:
        """An internal step has made a version: its whole run at once, because it takes no audit's time."""
        if not self.wanted:
            return
        from mesh_core.catalog import ColumnRecord, LineageRecord
        from mesh_core.feeds.openlineage import Made

        versions = msgspec.json.decode(commit.facts.get("inputs") or "{}", type=dict[str, int])
        inputs = list(self._inputs(versions))
        made = Made(
            at=commit.facts["publishedAt"],
            rows=commit.rows,
            written=int(commit.facts["rowsWritten"]),
            columns=tuple(ColumnRecord(name=name, logical_type="", physical_type=columns[name]) for name in columns),
            lineage=tuple(LineageRecord(each.column, each.input, each.input_column) for each in lineage.origins),
            lineage_kind=lineage.kind,
            state_change="CREATE" if commit.version == 0 else "",
            owner=self._tree.domain.owner.team,
        )
        start = self._begun(table, inputs)
        done = self._begun(table, inputs, version=commit.version)
        self._emit([*self._writer.started(start), *self._writer.completed(done, made)])

    def failed(self, error: MeshError, table: Place | None = None) -> None:
        """The step ended without a version; the error is told as the catalog tells it."""
        table = table or self._table()
        if not self.wanted or table is None:
            return
        from mesh_core.feeds.openlineage import Failed

        self._told = True
        run, events = self._run, []
        if run is None:  # it failed before it began to work
            run = self._begun(table, list(self._inputs({})))
            events = self._writer.started(run)
        checks = self._checks(error)
        self._emit([*events, *self._writer.failed(run, Failed(at=_now(), error=told(error), checks=checks))])

    def ended(self) -> None:
        """Nothing more will be told: a publication that began and has neither succeeded nor failed was interrupted."""
        if self._run is not None and not self._told:
            self._emit(self._writer.aborted(self._run, _now()))

    def _checks(self, error: MeshError) -> tuple[CheckRecord, ...]:
        from mesh_core.publishing.register import check_record

        if not isinstance(self._node, Port):
            return ()
        contract = self._node.contract
        return tuple(check_record(result, contract) for result in getattr(error, "checks", ()))

    def _table(self) -> Place | None:
        """Where the step writes; None if its contract does not say."""
        if not isinstance(self._node, Port):
            return self._services.lake.internal(self._node.key)
        try:
            return self._services.table(self._node.contract)
        except MeshError:
            return None

    def _begun(self, table: Place, inputs: list[Table], *, version: int | None = None) -> Run:
        from mesh_core.feeds.openlineage import Run, Table

        work = _work(self._node, self._tree)
        uri = self._node.address.uri if isinstance(self._node, Port) else ""
        output = Table(name=work.name, place=str(table), uri=uri, version=version)
        return Run(work=work, run_id=self._run_id, at=self._at, inputs=tuple(inputs), output=output)

    def _inputs(self, versions: dict[str, int]) -> Iterator[Table]:
        """What the step reads, by its code; what can't be found is left out."""
        from mesh_core.feeds.openlineage import Table

        source = None if isinstance(self._node, Port) else self._node.source
        with contextlib.suppress(MeshError):
            if source is not None:
                from mesh_core.ingestion.files import source_place

                yield Table(name="source", place=str(source_place(source, self._services.settings)), delta=False)
            for given in inputs_of(self._node, self._tree):
                version = versions.get(given.view)
                if isinstance(given, InternalInput):
                    place: Place = self._services.lake.internal(given.key)
                    yield Table(name=given.view, place=str(place), version=version)
                else:
                    place = table_of(given, self._services)
                    yield Table(name=given.view, place=str(place), uri=given.address.uri, version=version)

    @property
    def _writer(self) -> Writer:
        import duckdb

        from mesh_core.feeds.openlineage import Writer

        return Writer(self._services.settings.openlineage.namespace, duckdb.__version__)

    def _emit(self, events: Iterable[Event]) -> None:
        from mesh_core.feeds.openlineage import Outbox
        from mesh_core.feeds.openlineage.sending import wake

        settings = self._services.settings.openlineage
        if settings.folder is not None and Outbox(settings.folder).put(events):
            wake(settings)


def _pinned(given: PinnedInput) -> Table:
    """The input as it was pinned; its rows are counted where all of them are read."""
    from mesh_core.feeds.openlineage import Table

    return Table(
        name=given.name,
        place=str(given.pinned.path),
        uri=Address.parse(".".join(given.key)).uri if len(given.key) == _PORT_KEY else "",
        version=given.pinned.version,
        rows=None if given.part else given.pinned.rows,
    )


def _read(given: PinnedInput, versions: dict[str, int | None]) -> Table:
    """The input at the version that the commit names: a restored version read others than today's."""
    table, version = _pinned(given), versions.get(given.name, given.pinned.version)
    return table if version == table.version else msgspec.structs.replace(table, version=version, rows=None)


def _columns_before(attempt: Attempt) -> list[ColumnRecord]:
    """The columns that the table had, by the contract that its last version was published under."""
    from mesh_core.catalog import ColumnRecord
    from mesh_core.publishing.register import contract_in

    contract = contract_in(attempt.before, attempt.port) if attempt.before else None
    columns = contract.columns if contract else ()
    return [ColumnRecord(name=c.name, logical_type=c.logical_type, physical_type=c.physical_type) for c in columns]


def _work(node: Node, tree: DomainTree) -> Work:
    """The job: the step, whoever runs it."""
    from mesh_core.feeds.openlineage import Work

    code = ""
    if node.engine != "source":
        with contextlib.suppress(OSError, UnicodeDecodeError):
            code = node.path.read_text(encoding="utf-8")
    if isinstance(node, Port):
        return Work(
            domain=tree.domain.name,
            name=node.address.sql,
            engine=node.engine,
            code=code,
            description=node.contract.purpose,
            owner=node.owner,
        )
    return Work(
        domain=tree.domain.name,
        name=".".join(node.key),
        engine=node.engine,
        code=code,
        description=node.source.description if node.source else "",
        owner=tree.domain.owner.team,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
