"""One contract in which every section of ODCS is filled, and ways to change it in one place."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from mesh_core.contracts.comparison import Comparison, compare
from mesh_core.contracts.document import read_document

FULL = Path(__file__).with_name("full.contract.yaml")
Edit = Callable[[dict[str, Any]], None]
_NAMES = ("name", "server", "property", "role", "channel", "username", "value", "to", "id", "synonym", "url")


@cache
def _loaded() -> dict[str, Any]:
    return read_document(FULL, "odcs").raw


def full() -> dict[str, Any]:
    """A fresh copy of the contract."""
    return copy.deepcopy(_loaded())


def changed(*edits: Edit) -> dict[str, Any]:
    """The contract after the edits."""
    document = full()
    for edit in edits:
        edit(document)
    return document


def differing(*edits: Edit) -> Comparison:
    """The contract compared with itself after the edits."""
    return compare(full(), changed(*edits))


def told(comparison: Comparison) -> list[str]:
    """``impact kind element`` of every change, sorted."""
    return sorted(f"{change.impact} {change.kind} {change.element}" for change in comparison.changes)


def put(path: str, value: Any) -> Edit:
    """Set the value at ``a/b/c``, in which entries of lists go by their names."""

    def edit(document: dict[str, Any]) -> None:
        holder, last = _holder(document, path)
        holder[_index(holder, last)] = value

    return edit


def drop(path: str) -> Edit:
    """Take out the value at the path."""

    def edit(document: dict[str, Any]) -> None:
        holder, last = _holder(document, path)
        del holder[_index(holder, last)]

    return edit


def add(path: str, value: Any) -> Edit:
    """Append to the list at the path."""

    def edit(document: dict[str, Any]) -> None:
        holder, last = _holder(document, path)
        holder[_index(holder, last)].append(value)

    return edit


def shift(path: str, to: int) -> Edit:
    """Move the entry at the path to another place in its list."""

    def edit(document: dict[str, Any]) -> None:
        holder, last = _holder(document, path)
        holder.insert(to, holder.pop(_index(holder, last)))

    return edit


def _holder(document: Any, path: str) -> tuple[Any, str]:
    *steps, last = path.split("/")
    for step in steps:
        document = document[_index(document, step)]
    return document, last


def _index(holder: Any, step: str) -> Any:
    if isinstance(holder, dict):
        return step
    for number, entry in enumerate(holder):
        if entry == step or (isinstance(entry, dict) and step in {str(entry.get(name)) for name in _NAMES}):
            return number
    return int(step)
