"""Conditional requests: who has the state of now is told so, before any work where the catalog's changes tell."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from fastapi import Request, Response

from mesh_core.marketplace.kept import Kept
from mesh_core.marketplace.responses import tag_of

if TYPE_CHECKING:
    from mesh_core.marketplace.market import Market

_REMEMBERED = 5_000
"""Answers whose tags are kept."""
_LONGEST = 500
"""Characters of a question that is worth remembering: nobody asks a longer one twice."""
COMPRESSED = "-gz"
"""What the tag of a compressed answer ends with: its bytes are others, and its tag is as strong."""


class Remembered(msgspec.Struct, frozen=True):
    """The tag of an answer, as long as the state is the one that it was made from."""

    moment: tuple[int, int]
    tag: str


class Tags:
    """The newest answers' tags by what was asked."""

    def __init__(self) -> None:
        self._known: Kept[tuple[str, str], Remembered] = Kept(_REMEMBERED)

    def of(self, asked: tuple[str, str], moment: tuple[int, int]) -> str:
        """The tag that the answer would have; '' if nobody knows without making it."""
        known = self._known.get(asked)
        return known.tag if known and known.moment == moment else ""

    def keep(self, asked: tuple[str, str], moment: tuple[int, int], tag: str) -> None:
        if len(asked[0]) + len(asked[1]) <= _LONGEST:
            self._known.put(asked, Remembered(moment, tag))


class Call(NamedTuple):
    """What a handler is called with beside its parameters."""

    request: Request
    market: Market


def conditional(handler: Callable[..., Response]) -> Callable[..., Response]:
    """For a handler whose answer depends on its parameters and the market's moment alone."""

    @functools.wraps(handler)
    def answer(*, call: Call, **values: Any) -> Response:
        request, market = call
        asked = (str(request.url), request.headers.get("accept", ""))
        moment = market.moment
        known = market.tags.of(asked, moment)
        held = matched(request.headers.get("if-none-match", ""), known)
        if held:
            return Response(status_code=304, headers={"ETag": held})
        made = handler(call=call, **values)
        if made.status_code == 200:
            made.headers["ETag"] = tag = tag_of(bytes(made.body))
            market.tags.keep(asked, moment, tag)
        return made

    return answer


def matched(header: str, tag: str) -> str:
    """Which tag of a list means this answer: its own, or that of its compressed form; '' if none does."""
    if not tag:
        return ""
    given = [each.strip().removeprefix("W/") for each in header.split(",")]
    if "*" in given:
        return tag
    return next((each for each in (tag, compressed(tag)) if each in given), "")


def compressed(tag: str) -> str:
    """The tag of the same answer, compressed."""
    return f'{tag[:-1]}{COMPRESSED}"'
