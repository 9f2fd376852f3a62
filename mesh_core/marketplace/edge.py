"""The outermost layer: who may call, what every answer carries, conditional and compressed answers, and the log."""

from __future__ import annotations

import gzip
import logging
import re
import time
from collections.abc import Collection
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders

from mesh_core.marketplace.conditional import compressed, matched
from mesh_core.marketplace.problems import problem
from mesh_core.marketplace.responses import problem_answer, tag_of
from mesh_core.marketplace.seen import Seen, seen

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Names of this machine. A page of another site can make a browser call us by its own name, not by these."""

_LOG = logging.getLogger("mesh.access")
_CARRIED = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_WORTH_COMPRESSING = 1_000
_WORTH_A_THREAD = 100_000
"""Bytes that take longer to compress than to hand over."""
_TEXTUAL = re.compile(r"text/|image/svg|application/(.*\+)?(json|xml|yaml|javascript|sql)")
_KEPT_ON_304 = frozenset({"etag", "cache-control", "vary", "last-modified", "date", "expires", *_CARRIED})


class Edge:
    """Wraps the application. Answers are collected whole, streams of events apart."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = HERE | {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        seen.set(Seen())
        answer = _Answer(scope, send)
        try:
            await self._answered(scope, receive, answer)
        finally:
            # Also after a mistake of ours: the application has answered it, and lets it go on to the server's log.
            await answer.finish()
            _LOG.info("%s", _line(scope, answer, time.perf_counter() - began))

    async def _answered(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        if not self._knows(Headers(scope=scope).get("host", "")):
            told = problem(
                421, "this service does not go by that name", remedy="Name it in MESH_SERVICE_HOSTS.", code="host"
            )
            await problem_answer(told)(scope, receive, answer.take)
            return
        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        await self._app(inner, receive, answer.take)

    def _knows(self, host: str) -> bool:
        name = re.sub(r":\d+$", "", host.lower())
        return name in self._hosts or "*" in self._hosts


class _Answer:
    """One answer between the application and the server."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self._streams = False
        self.status = 0
        self.sent = 0

    async def take(self, message: Message) -> None:
        """What the application sends."""
        if message["type"] == "http.response.start":
            self._start, self.status = message, message["status"]
            headers = MutableHeaders(scope=message)
            _carry(headers, self._scope["path"], self.status)
            self._streams = headers.get("content-type", "").startswith("text/event-stream")
            if self._streams:
                await self._send(message)
        elif self._streams:
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))

    async def finish(self) -> None:
        """Send what was collected."""
        if self._start is None or self._streams:
            return
        body = b"".join(self._parts)
        headers = MutableHeaders(scope=self._start)
        asked = Headers(scope=self._scope)
        if self.status == 200 and self._scope["method"] in {"GET", "HEAD"}:
            headers.setdefault("etag", tag_of(body))
            if _unchanged(asked, headers):
                body = self._not_modified(headers)
        if self.status != 304:
            if _compressible(asked, headers, body):
                body = await _compress(headers, body)
            headers["content-length"] = str(len(body))
        body = b"" if self._scope["method"] == "HEAD" else body
        self.sent = len(body)
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})

    def _not_modified(self, headers: MutableHeaders) -> bytes:
        assert self._start is not None  # noqa: S101 - asked by the caller
        self.status = self._start["status"] = 304
        for name in set(headers) - _KEPT_ON_304:
            del headers[name]
        return b""


def _carry(headers: MutableHeaders, path: str, status: int) -> None:
    for name, value in _CARRIED.items():
        headers.setdefault(name, value)
    if path.startswith("/api/"):
        headers.add_vary_header("Accept")
    if "cache-control" not in headers:
        static = path.startswith("/static/") and status == 200
        headers["cache-control"] = "max-age=3600" if static else "no-cache" if status < 400 else "no-store"


def _unchanged(asked: Headers, headers: MutableHeaders) -> bool:
    """Whether the client has this answer: by its tag, else by its time."""
    if "if-none-match" in asked:
        held = matched(asked["if-none-match"], headers["etag"])
        headers["etag"] = held or headers["etag"]
        return bool(held)
    try:
        return parsedate_to_datetime(headers["last-modified"]) <= parsedate_to_datetime(asked["if-modified-since"])
    except (KeyError, TypeError, ValueError):
        return False


def _compressible(asked: Headers, headers: MutableHeaders, body: bytes) -> bool:
    accepted = [each.partition(";") for each in asked.get("accept-encoding", "").replace(" ", "").split(",")]
    return (
        len(body) >= _WORTH_COMPRESSING
        and "content-encoding" not in headers
        and any(name in {"gzip", "*"} and not re.fullmatch(r"q=0(\.0*)?", weight) for name, _, weight in accepted)
        and _TEXTUAL.match(headers.get("content-type", "")) is not None
    )


async def _compress(headers: MutableHeaders, body: bytes) -> bytes:
    headers["content-encoding"] = "gzip"
    headers.add_vary_header("Accept-Encoding")
    if "etag" in headers:
        headers["etag"] = compressed(headers["etag"])
    if len(body) < _WORTH_A_THREAD:
        return gzip.compress(body, 5, mtime=0)
    return await to_thread.run_sync(gzip.compress, body, 5)


def _line(scope: Scope, answer: _Answer, seconds: float) -> str:
    """One line of the access log; what a client chose is escaped, and its credentials are not in it."""
    client = (scope.get("client") or ("-",))[0]
    path = scope.get("raw_path", b"") + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    target = path[:1000].decode("latin-1").encode("unicode_escape").decode()
    return f'{client} "{scope["method"]} {target}" {answer.status} {answer.sent} {seconds * 1000:.1f}ms'
