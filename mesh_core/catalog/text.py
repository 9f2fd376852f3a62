"""The catalog's type of text."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect
from sqlalchemy import Text as AnyText
from sqlalchemy.dialects.postgresql import TEXT
from sqlalchemy.types import TypeDecorator, TypeEngine

from mesh_core.catalog.storable import storable


class Text(TypeDecorator[str]):
    """Storable text that sorts by code point in every database."""

    impl = AnyText
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # A database's own collation would sort addresses and times otherwise than Python and SQLite do.
        return TEXT(collation="C") if dialect.name == "postgresql" else AnyText()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return value if value is None else storable(value)
