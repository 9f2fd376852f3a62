"""The catalog's type of text."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect
from sqlalchemy import Text as AnyText
from sqlalchemy.types import TypeDecorator, TypeEngine

from mesh_core.catalog.storable import storable


class Text(TypeDecorator[str]):
    """Storable text that sorts by code point in every database."""

    impl = AnyText
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # A database's own collation would sort addresses and times otherwise than Python and SQLite do.
        if dialect.name != "postgresql":
            return AnyText()
        from sqlalchemy.dialects.postgresql import TEXT  # 40 ms that SQLite needs not

        return TEXT(collation="C")

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return value if value is None else storable(value)
