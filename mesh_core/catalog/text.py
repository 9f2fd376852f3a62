"""Text as every database takes it, and JSON in it: one rule for what PostgreSQL refuses and SQLite keeps."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Dialect
from sqlalchemy import Text as AnyText
from sqlalchemy.types import TypeDecorator, TypeEngine

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Text(TypeDecorator[str]):
    """Text without NUL characters and lone surrogates, each shown as U+FFFD; it sorts by code point everywhere."""

    impl = AnyText
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # A database's own collation would sort addresses and times otherwise than Python and SQLite do.
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(AnyText(collation=collation))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return value if value is None else storable(value)


def storable(text: str) -> str:
    """``text`` as a database keeps it."""
    if "\0" in text:
        text = text.replace("\0", REPLACEMENT)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "".join(REPLACEMENT if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return text


def to_json(value: Any) -> str:
    """``value`` as JSON that every database takes."""
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_storable_parts(msgspec.to_builtins(value)))
    if b"\\u0000" in encoded:  # or an escaped backslash before it: looking closer is rarely needed
        encoded = msgspec.json.encode(_storable_parts(msgspec.json.decode(encoded)))
    return encoded.decode()


def _storable_parts(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {_storable_parts(key): _storable_parts(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_parts(part) for part in value]
    return value
