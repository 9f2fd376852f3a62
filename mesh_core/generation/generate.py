"""Tables made from contracts: the same for the same seed, valid by construction, with keys that join."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.generation.fields import fields_of, plain_field
from mesh_core.generation.filtering import keeping
from mesh_core.generation.references import Directory, Reference
from mesh_core.generation.rows import Draw, Parent, Plan, draws_of, rows_of
from mesh_core.generation.rules import RowRule, with_rules
from mesh_core.generation.table import GeneratedTable

if TYPE_CHECKING:
    import duckdb

    from mesh_core.contracts import Contract
    from mesh_core.governance import Charter
    from mesh_core.model import Address

_SPARE = 4
_LEAST_SPARE = 40
"""How many times the rows wanted are made where authored rules throw some away, and how many more at least."""


class _Order(msgspec.Struct, frozen=True):
    """Tables after those that they refer to, and the references that were cut because they close a circle."""

    addresses: tuple[Address, ...]
    cut: frozenset[tuple[Address, Reference]]


def generate(
    contracts: Iterable[Contract],
    charter: Charter,
    *,
    rows: int | Mapping[Address, int] = 100,
    seed: int = 0,
    nulls: float = 0.1,
) -> dict[Address, GeneratedTable]:
    """A table for each contract, of up to ``rows`` rows; every value keeps what its contract's schema says.

    Respected are types (nested ones, too), required, unique, primary keys, enum, logicalTypeOptions, foreign keys
    (``relationships``) and entities: a column tagged ``entity:<name>`` holds ids of the owning port. A declared
    foreign key always resolves; an entity's id does with a few exceptions, since the tag does not promise it.
    Examples occur among the values. Authored rules of severity ``error`` are kept where they speak of values or of
    single rows; see ``unsolved`` of a table for those that are not. Rules about whole tables are not looked at.

    ``nulls`` is the share of nulls in nullable columns: 1 leaves nothing else. There are fewer rows than asked for
    where a key has no more values. Only contracts that are given are referred to: add the targets with
    ``Directory.with_targets``. Raises UnsatisfiableError for a required column that no value fits.
    """
    return _Generation(tuple(contracts), charter, rows, seed, nulls).run()


def generate_plain(
    name: str, columns: Mapping[str, str], *, rows: int = 100, seed: int = 0, nulls: float = 0.1
) -> GeneratedTable:
    """A table of which nothing but DuckDB types is known, such as a source's."""
    plan = Plan(name=name, fields=tuple(plain_field(column, kind) for column, kind in columns.items()))
    return _table(plan, draws_of(plan, {}, rows, str(seed)), rows, nulls)


class _Generation:
    """One call of ``generate``."""

    def __init__(
        self,
        contracts: tuple[Contract, ...],
        charter: Charter,
        rows: int | Mapping[Address, int],
        seed: int,
        nulls: float,
    ) -> None:
        self._rows = rows if isinstance(rows, Mapping) else {contract.address: rows for contract in contracts}
        self._seed, self._nulls = str(seed), nulls
        self._plans: dict[Address, Plan] = {}
        self._rules: dict[Address, list[RowRule]] = {}
        self._unsolvable: dict[Address, tuple[str, ...]] = {}
        self._made: dict[Address, GeneratedTable] = {}
        self._engine: duckdb.DuckDBPyConnection | None = None
        directory = Directory(contracts, charter)
        for contract in contracts:
            fields, extras = with_rules(fields_of(contract), contract)
            keys = [contract.primary_key] if contract.primary_key else []
            self._plans[contract.address] = Plan(
                name=contract.address.uri,
                fields=fields,
                keys=(*keys, *extras.keys),
                references=directory.references(contract),
                document=contract.document,
            )
            self._rules[contract.address] = extras.rows
            self._unsolvable[contract.address] = tuple(extras.unsolvable)

    def run(self) -> dict[Address, GeneratedTable]:
        order = _ordered(self._plans)
        try:
            for address in order.addresses:
                self._made[address] = self._one(address)
        finally:
            if self._engine is not None:
                self._engine.close()
        for address, reference in sorted(order.cut, key=lambda cut: (cut[0], cut[1].columns)):
            self._close(address, reference)
        return {address: self._made[address] for address in self._plans}

    def _one(self, address: Address) -> GeneratedTable:
        plan, rules = self._plans[address], self._rules[address]
        parents = {ref: self._parent(ref) for ref in plan.references if ref.to in self._made}
        rows = self._rows[address]
        wanted = rows + (max(rows * (_SPARE - 1), _LEAST_SPARE) if rules and rows else 0)
        table = _table(plan, draws_of(plan, parents, wanted, self._seed), wanted, self._nulls)
        if rules:
            table = keeping(table, rules, rows, self._connection())
        return msgspec.structs.replace(table, unsolved=(*table.unsolved, *self._unsolvable[address]))

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._engine is None:
            import duckdb

            self._engine = duckdb.connect()
            self._engine.execute("SET TimeZone = 'UTC'")
        return self._engine

    def _parent(self, reference: Reference) -> Parent:
        fields = {field.name: field for field in self._plans[reference.to].fields}
        return Parent(self._made[reference.to].distinct(reference.keys), fields[reference.keys[0]])

    def _close(self, address: Address, reference: Reference) -> None:
        """Put keys into a column whose table had to be made first; one that is part of a key keeps its values."""
        plan, table = self._plans[address], self._made[address]
        in_key = any(set(key) & set(reference.columns) for key in plan.keys)
        if in_key or any(field.unique for field in plan.fields if field.name in reference.columns):
            return
        fields = tuple(field for field in plan.fields if field.name in reference.columns)
        part = msgspec.structs.replace(plan, fields=fields, keys=(), references=(reference,))
        draws = draws_of(part, {reference: self._parent(reference)}, table.rows, self._seed)
        made = _table(part, draws, table.rows, self._nulls)
        if made.rows == table.rows:
            self._made[address] = msgspec.structs.replace(table, columns={**table.columns, **made.columns})


def _table(plan: Plan, draws: Sequence[Draw], rows: int, nulls: float) -> GeneratedTable:
    made = rows_of(plan, draws, rows, nulls)
    return GeneratedTable(
        types={field.name: field.sql_type for field in plan.fields},
        columns={field.name: [row[field.name] for row in made] for field in plan.fields},
    )


def _ordered(plans: Mapping[Address, Plan]) -> _Order:
    """Depth first in the order given; a reference to a table that is still waiting for its own is cut."""
    done: dict[Address, None] = {}
    waiting: set[Address] = set()
    cut: set[tuple[Address, Reference]] = set()

    def visit(address: Address) -> None:
        waiting.add(address)
        for reference in plans[address].references:
            if reference.to in waiting:
                cut.add((address, reference))
            elif reference.to in plans and reference.to not in done:
                visit(reference.to)
        waiting.discard(address)
        done[address] = None

    for address in plans:
        if address not in done:
            visit(address)
    return _Order(tuple(done), frozenset(cut))
