"""The rows of one table: a pool of values for each column, or group of columns, and keys that never repeat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.generation.coerce import identity
from mesh_core.generation.fields import Field, unsatisfiable
from mesh_core.generation.keeps import keeps
from mesh_core.generation.pools import pool

if TYPE_CHECKING:
    from mesh_core.contracts.document import Document
    from mesh_core.generation.references import Reference

_UNRESOLVED = 0.05
"""Share of an entity's ids that no table holds, where the contract does not promise that they resolve."""
_TRIES = 50
_BUSY = 0.8
"""So many references go to a tenth of the keys, as in real tables; joins over few rows find partners, too."""
_FEW = 5
_SPARE_KEYS = 4
"""How many more values each column of a compound key has than its rows need."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides one table's rows."""

    name: str
    fields: tuple[Field, ...]
    keys: tuple[tuple[str, ...], ...] = ()
    """Groups of columns whose values together occur once."""
    references: tuple[Reference, ...] = ()
    document: Document | None = None


class Draw(msgspec.Struct, kw_only=True):
    """Columns that are drawn together, and the combinations there are."""

    columns: tuple[str, ...]
    values: list[tuple[Any, ...]]
    extra: list[tuple[Any, ...]] = []
    """Drawn rarely: ids that do not resolve."""
    unique: bool
    nullable: bool
    skewed: bool = False
    random: Random

    def one(self) -> tuple[Any, ...]:
        if self.extra and (not self.values or self.random.random() < _UNRESOLVED):
            return self.random.choice(self.extra)
        if self.skewed and self.random.random() < _BUSY:
            return self.random.choice(self.values[: max(_FEW, len(self.values) // 10)])
        return self.random.choice(self.values)

    def several(self, count: int, nulls: float) -> list[tuple[Any, ...]]:
        """``count`` combinations; unique ones each once, and nulls where they may be."""
        empty = (None,) * len(self.columns)
        null_rows = self._null_rows(count, nulls if self.values or self.extra else 1.0)
        chosen = self._chosen(count - len(null_rows))
        return [empty if row in null_rows or not chosen else chosen.pop() for row in range(count)]

    def _chosen(self, count: int) -> list[tuple[Any, ...]]:
        """Combinations in any order, the first of the pool surely among them: examples, and the ends of ranges."""
        if self.unique:
            found = [*self.values, *self.extra]
        elif self.skewed:
            found = [self.one() for _ in range(count if self.values or self.extra else 0)]
        else:
            found = self.values[:count]
            found += [self.one() for _ in range(count - len(found) if found else 0)]
        self.random.shuffle(found)
        return found

    def _null_rows(self, count: int, share: float) -> set[int]:
        if not self.nullable or share <= 0:
            return set()
        wanted = max(round(share * count), 1 if count >= _FEW else 0)
        return set(self.random.sample(range(count), wanted))


class Parent(msgspec.Struct, frozen=True):
    """The keys that a reference leads to, and what is said about the first of their columns."""

    keys: Sequence[tuple[Any, ...]]
    field: Field


def draws_of(plan: Plan, parents: Mapping[Reference, Parent], rows: int, seed: str) -> list[Draw]:
    """How each column, or group that refers to a compound key, gets its values.

    Raises UnsatisfiableError for a required column that can have no value.
    """
    by_name = {field.name: field for field in plan.fields}
    draws: list[Draw] = []
    taken: set[str] = set()
    for reference in plan.references:
        if reference in parents and not taken & set(reference.columns):
            draws.append(_referring(reference, parents[reference], by_name, plan, seed))
            taken |= set(reference.columns)
    draws += [_free(field, plan, rows, seed) for field in plan.fields if field.name not in taken]
    return draws


def _random(plan: Plan, columns: Sequence[str], seed: str) -> Random:
    return Random(f"{seed}\0{plan.name}\0{','.join(columns)}")  # noqa: S311 - to be repeated, not to be secret


def _is_unique(plan: Plan, fields: Sequence[Field]) -> bool:
    names = {field.name for field in fields}
    return any(field.unique for field in fields) or any(set(key) <= names for key in plan.keys)


def _free(field: Field, plan: Plan, rows: int, seed: str) -> Draw:
    random = _random(plan, [field.name], seed)
    unique = _is_unique(plan, [field])
    values = pool(field, rows if unique else _variety(field, plan, rows), random) if rows else []
    if rows and not values and not field.nullable:
        raise unsatisfiable(field, plan.document)
    return Draw(
        columns=(field.name,),
        values=[(value,) for value in values],
        unique=unique,
        nullable=field.nullable,
        random=random,
    )


def _variety(field: Field, plan: Plan, rows: int) -> int:
    """How many values a column shall have: enough for its keys, otherwise few, so that values meet."""
    sizes = [len(key) for key in plan.keys if field.name in key]
    if sizes:
        return min(rows, _SPARE_KEYS * math.ceil(math.exp(math.log(rows) / min(sizes))))
    return rows if field.type.kind in {"integer", "decimal", "float"} else max(_FEW, rows // 4)


def _referring(reference: Reference, parent: Parent, by_name: Mapping[str, Field], plan: Plan, seed: str) -> Draw:
    """Keys of the other table that the own columns admit; some unknown ones where they need not resolve."""
    fields = [by_name[name] for name in reference.columns]
    random = _random(plan, reference.columns, seed)
    return Draw(
        columns=reference.columns,
        values=[key for key in parent.keys if all(map(keeps, fields, key))],
        extra=[] if reference.resolves else _unknown(fields[0], parent, random),
        unique=_is_unique(plan, fields),
        nullable=all(field.nullable for field in fields),
        skewed=True,
        random=random,
    )


def _unknown(field: Field, parent: Parent, random: Random) -> list[tuple[Any, ...]]:
    """Ids that look like the entity's and are none of them."""
    known = {identity(key) for key in parent.keys}
    wanted = max(_FEW, len(known) // 10)
    alike = (value for value in pool(parent.field, len(known) + wanted, random) if keeps(field, value))
    unknown = [(value,) for value in alike if identity((value,)) not in known]
    return (unknown or [(value,) for value in pool(field, wanted, random)])[:wanted]


def rows_of(plan: Plan, draws: Sequence[Draw], rows: int, nulls: float) -> list[dict[str, Any]]:
    """At most ``rows`` rows: fewer where a key has no more values, or a required reference nothing to refer to."""
    count = _capacity(draws, rows)
    drawn = [draw.several(count, nulls) for draw in draws]
    compound = [key for key in plan.keys if not any(d.unique and set(key) & set(d.columns) for d in draws)]
    seen: list[set[str]] = [set() for _ in compound]
    made = []
    for number in range(count):
        row = {
            name: part
            for draw, values in zip(draws, drawn, strict=True)
            for name, part in zip(draw.columns, values[number], strict=True)
        }
        if _found_new_keys(row, compound, seen, draws):
            made.append({field.name: row[field.name] for field in plan.fields})
    return made


def _capacity(draws: Sequence[Draw], rows: int) -> int:
    for draw in draws:
        available = len(draw.values) + len(draw.extra)
        if not draw.nullable and (draw.unique or not available):
            rows = min(rows, available)
    return rows


def _found_new_keys(
    row: dict[str, Any], keys: Sequence[tuple[str, ...]], seen: Sequence[set[str]], draws: Sequence[Draw]
) -> bool:
    """Whether the row's compound keys are new, its key columns drawn again until they are; then they are seen."""
    wanted = {name for key in keys for name in key}
    again = [draw for draw in draws if not draw.unique and wanted & set(draw.columns) and draw.values]
    for _ in range(_TRIES):
        current = [identity([row[name] for name in key]) for key in keys]
        if not any(key in known for key, known in zip(current, seen, strict=True)):
            for key, known in zip(current, seen, strict=True):
                known.add(key)
            return True
        for draw in again:
            row.update(zip(draw.columns, draw.one(), strict=True))
    return False
