"""From the schema that a table has to the one that a contract asks for: what changes, and what stands in the way.

Measured with deltalake 1.6.3. An overwrite by ``create_write_transaction`` takes any schema, also one without half
of the columns: nothing but this module refuses it. The new version then has the new schema and files, and every
older version keeps its own. An append by it ignores the schema that it is given, and the type widening feature is
missing, so files of two types would lie in one version: what adds to a table must first add its columns
(``alter.add_columns``) and can widen none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

Kind = Literal["added", "removed", "widened", "retyped", "commented", "moved"]

_RANKS = {
    "byte": ("short", "integer", "long", "double"),
    "short": ("integer", "long", "double"),
    "integer": ("long", "double"),
    "float": ("double",),
    "date": ("timestamp_ntz",),
}
"""What Delta Lake's type widening allows: each value keeps its meaning in the wider type."""

_INTEGER_DIGITS = {"byte": 10, "short": 10, "integer": 10, "long": 20}
"""Digits before the point that a decimal needs to hold the type, by the same rules."""


class SchemaChange(msgspec.Struct, frozen=True, kw_only=True):
    """One column, or field of a column, that is not as it was; types as Delta Lake spells them."""

    kind: Kind
    column: str
    old: str = ""
    new: str = ""

    def possible(self, *, rewriting: bool) -> bool:
        """Whether the table can take it: ``rewriting`` replaces all rows, else older files stay beside the new."""
        if self.kind in {"removed", "retyped"}:
            return False
        return rewriting or self.kind != "widened"

    def __str__(self) -> str:
        told = {
            "added": f"column '{self.column}' is new",
            "removed": f"column '{self.column}' is gone",
            "widened": f"column '{self.column}' widens from {self.old} to {self.new}",
            "retyped": f"column '{self.column}' turns from {self.old} into {self.new}",
            "commented": f"column '{self.column}' is described anew",
            "moved": "the columns stand in another order",
        }
        return told[self.kind]


def schema_changes(old: str, new: str) -> tuple[SchemaChange, ...]:
    """What differs between two Delta schemas, both as their JSON text."""
    before, after = json.loads(old)["fields"], json.loads(new)["fields"]
    return tuple(_fields(before, after, ""))


def _fields(old: list[dict[str, Any]], new: list[dict[str, Any]], within: str) -> Iterator[SchemaChange]:
    """To Delta Lake, names that differ in case only are one column."""
    before = {field["name"].lower(): field for field in old}
    after = {field["name"].lower(): field for field in new}
    for key, field in before.items():
        if key not in after:
            yield SchemaChange(kind="removed", column=within + field["name"], old=_told(field["type"]))
    for key, field in after.items():
        name = within + field["name"]
        if key not in before:
            yield SchemaChange(kind="added", column=name, new=_told(field["type"]))
            continue
        yield from _types(before[key]["type"], field["type"], name)
        if _comment(before[key]) != _comment(field):
            yield SchemaChange(kind="commented", column=name, old=_comment(before[key]), new=_comment(field))
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield SchemaChange(kind="moved", column=within.rstrip("."))


def _types(old: Any, new: Any, name: str) -> Iterator[SchemaChange]:
    kind = old.get("type") if isinstance(old, Mapping) else None
    if kind is not None and isinstance(new, Mapping) and new.get("type") == kind:
        if kind == "struct":
            yield from _fields(old["fields"], new["fields"], f"{name}.")
        for part in ("elementType", "keyType", "valueType"):
            if part in old:
                yield from _types(old[part], new[part], name)
    elif old != new:
        wider = isinstance(old, str) and isinstance(new, str) and _is_wider(old, new)
        yield SchemaChange(kind="widened" if wider else "retyped", column=name, old=_told(old), new=_told(new))


def _is_wider(old: str, new: str) -> bool:
    if new.startswith("decimal("):
        precision, scale = _decimal(new)
        if old in _INTEGER_DIGITS:
            return precision - scale >= _INTEGER_DIGITS[old]
        if old.startswith("decimal("):
            old_precision, old_scale = _decimal(old)
            return scale >= old_scale and precision - scale >= old_precision - old_scale
    return new in _RANKS.get(old, ())


def _decimal(kind: str) -> tuple[int, int]:
    precision, _, scale = kind.removeprefix("decimal(").removesuffix(")").partition(",")
    return int(precision), int(scale)


def _told(kind: Any) -> str:
    """A type in one word; nested ones by their outer kind."""
    return kind if isinstance(kind, str) else str(kind.get("type"))


def _comment(field: Mapping[str, Any]) -> str:
    return str(field.get("metadata", {}).get("comment") or "")
