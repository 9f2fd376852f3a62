"""Long lists in pages: a cursor says after which entry the next page begins, so it is stable while things change."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from mesh_core.errors import MeshError

if TYPE_CHECKING:
    from fastapi import Request

Item = TypeVar("Item")


class CursorError(MeshError):
    """A cursor that is none of ours."""

    code = "cursor"


def page_of(items: Sequence[Item], keys: Sequence[str], limit: int, cursor: str) -> tuple[tuple[Item, ...], str]:
    """The next ``limit`` items after the cursor, and the cursor of the page after them, '' at the end.

    ``keys`` are those of the items, ascending.
    """
    start = bisect_right(keys, position(cursor, str)) if cursor else 0
    end = start + limit
    return tuple(items[start:end]), cursor_at(keys[end - 1]) if end < len(items) else ""


def cursor_at(place: str | int) -> str:
    """An opaque text for a place in a list."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def position(cursor: str, kind: type[Item]) -> Item:
    """The place that a cursor means; CursorError unless ``cursor_at`` made it."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        message = "the cursor is none that this service gave"
        raise CursorError(message, remedy="Begin without a cursor, and follow `next` or the Link header.") from error


def links(request: Request, following: str, name: str = "cursor") -> dict[str, str]:
    """The Link header to the next page; none at the end."""
    if not following:
        return {}
    given = [(key, value) for key, value in request.query_params.multi_items() if key != name]
    target = f"{quote(request.url.path)}?{urlencode([*given, (name, following)])}"
    return {"Link": f'<{target}>; rel="next"'}


def only(items: Sequence[Any], **wanted: str) -> list[Any]:
    """Those items whose attributes have the wanted values; an empty value wants nothing."""
    asked = {name: value for name, value in wanted.items() if value}
    return [item for item in items if all(getattr(item, name) == value for name, value in asked.items())]
