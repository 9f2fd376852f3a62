"""What the catalog is told about a publication, and what it answers: plain, JSON-able values."""

from __future__ import annotations

from typing import Any

import msgspec

from mesh_core.catalog.events import KeyMeasurement


class DomainRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The domain as its domain.yaml describes it."""

    name: str
    kind: str = ""
    owner: str = ""
    description: str = ""


class ProductRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The data product; ``document`` is its product.yaml as read."""

    id: str
    name: str
    version: str = ""
    document: dict[str, Any] = {}


class ContractRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as published; ``digest`` tells two documents of one version apart."""

    id: str
    version: str
    status: str
    digest: str
    document: dict[str, Any] = {}
    first_published_at: str = ""
    """When the catalog first saw this version with this content; told by ``Catalog.contract_versions``."""


class DecisionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A person's decision against a rule, as a publication relied on it."""

    gate: str
    """Where it was used: ``publish``."""
    kind: str
    """``override`` of a lifecycle rule, ``waiver`` of a policy, or ``restore`` of the version that ``rule`` names."""
    rule: str
    subject: str
    """The contract's id."""
    version: str
    """The contract's version."""
    by: str
    role: str = ""
    reason: str
    at: str = ""
    """When it was used; set by the catalog, as is ``run_id``."""
    run_id: str = ""


class ColumnRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One published column; ``minimum`` and ``maximum`` are JSON values, ``distinct`` an estimate or None."""

    name: str
    logical_type: str
    physical_type: str
    description: str = ""
    classification: str = ""
    required: bool = False
    nulls: int | None = None
    minimum: Any = None
    maximum: Any = None
    distinct: int | None = None


class LineageRecord(msgspec.Struct, frozen=True, order=True):
    """``column`` is computed from ``input_column`` of ``input`` (a SQL name: ``domain.port``, ``silver.name``)."""

    column: str
    input: str
    input_column: str


class CheckRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One rule and what it found; ``sample`` holds failing rows.

    Rows that broke the rule and were put aside are ``quarantined``: it holds of those that were published.
    """

    name: str
    description: str = ""
    severity: str = "error"
    column: str = ""
    dimension: str = ""
    success: bool
    observed: Any = None
    element_count: int | None = None
    unexpected_count: int | None = None
    unexpected_percent: float | None = None
    engine: str = ""
    sample: tuple[dict[str, Any], ...] = ()
    quarantined: int = 0


class PublicationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One audited commit of one output port, complete: a caller can rebuild it from the table's commit."""

    address: str
    """As in SQL: ``domain.port``, from major 2 on ``domain.port_v2``."""
    uri: str
    domain: DomainRecord
    product: ProductRecord
    contract: ContractRecord
    owner: str
    table_version: int
    published_at: str
    """ISO 8601 with an offset; the catalog answers in UTC with microseconds."""
    run_id: str
    rows: int
    bytes: int
    code_digest: str
    clock: str = ""
    """The simulated clock by which its data arrived, '' if they were not replayed."""
    inputs: dict[str, int | None] = {}
    """Table version read, by the input's SQL name; None where the input has no version."""
    columns: tuple[ColumnRecord, ...] = ()
    sample: tuple[dict[str, Any], ...] = ()
    lineage: tuple[LineageRecord, ...] = ()
    lineage_kind: str = ""
    """``sql`` or ``dbt`` when derived by parsing, ``declared`` by the contract, '' when absent."""
    checks: tuple[CheckRecord, ...] = ()
    keys: tuple[KeyMeasurement, ...] = ()
    """How its ids meet the registers of their entities."""
    decisions: tuple[DecisionRecord, ...] = ()
    """What people decided for this publication; read with ``Catalog.decisions``, not with the publication."""

    @property
    def status(self) -> str:
        return "published"


class FailedPublication(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that committed nothing: the checks that ran, and why it stopped."""

    address: str
    run_id: str
    failed_at: str
    error: str
    contract_version: str = ""
    checks: tuple[CheckRecord, ...] = ()

    @property
    def status(self) -> str:
        return "failed"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a port's history; ``table_version``, ``rows`` and ``bytes`` are None for a failed attempt."""

    address: str
    status: str
    at: str
    run_id: str
    contract_version: str
    table_version: int | None = None
    rows: int | None = None
    bytes: int | None = None
    checks_passed: int = 0
    checks_failed: int = 0
    error: str = ""


class PortEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A port as a list shows it: who owns it and its newest publication."""

    address: str
    uri: str
    domain: str
    product_id: str
    product_name: str
    contract_id: str
    contract_version: str
    contract_status: str
    owner: str
    table_version: int
    published_at: str
    run_id: str
    rows: int
    bytes: int
    checks_passed: int
    checks_failed: int


class CheckOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule found in one attempt; ``table_version`` is None when the attempt published nothing."""

    at: str
    run_id: str
    table_version: int | None
    check: CheckRecord


class LineageNode(msgspec.Struct, frozen=True, order=True):
    """A port (``domain.port``), an internal asset (``domain.silver.name``), or a table that is neither."""

    address: str
    kind: str
    """``port``, ``internal`` or ``unregistered``."""


class TableEdge(msgspec.Struct, frozen=True, order=True):
    """``downstream`` reads ``upstream``, at ``version`` when it pins one."""

    upstream: str
    downstream: str
    version: int | None = None


class ColumnEdge(msgspec.Struct, frozen=True, order=True):
    """One column computed from another; ``kind`` tells how that is known."""

    upstream: str
    upstream_column: str
    downstream: str
    downstream_column: str
    kind: str


class LineageGraph(msgspec.Struct, frozen=True, kw_only=True):
    """What lies before or after ``address``, sorted; the start is one of the nodes."""

    address: str
    nodes: tuple[LineageNode, ...]
    edges: tuple[TableEdge, ...]
    columns: tuple[ColumnEdge, ...]
