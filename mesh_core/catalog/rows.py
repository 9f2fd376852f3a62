"""Rows of the database as records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from sqlalchemy import Row

Record = TypeVar("Record", bound=msgspec.Struct)


def struct(kind: type[Record], row: Row[Any]) -> Record:
    """The record whose fields stand among the row's columns."""
    return msgspec.convert({name: row._mapping[name] for name in kind.__struct_fields__}, kind)
