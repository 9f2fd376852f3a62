"""Text that every database takes: PostgreSQL refuses NUL characters, and nobody can encode lone surrogates."""

from __future__ import annotations

from typing import Any

import msgspec

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """``text`` with U+FFFD in place of NUL characters and lone surrogates, whatever the database."""
    if "\0" in text:
        text = text.replace("\0", REPLACEMENT)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "".join(REPLACEMENT if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return text


def to_json(value: Any) -> str:
    """``value`` as JSON of storable texts."""
    return json_bytes(value).decode()


def json_bytes(value: Any) -> bytes:
    """``value`` as JSON of storable texts, encoded."""
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_storable_parts(msgspec.to_builtins(value)))
    if b"\\u0000" in encoded:  # or an escaped backslash before it: looking closer is rarely needed
        encoded = msgspec.json.encode(_storable_parts(msgspec.json.decode(encoded)))
    return encoded


def _storable_parts(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {_storable_parts(key): _storable_parts(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_parts(part) for part in value]
    return value
