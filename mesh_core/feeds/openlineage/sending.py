"""Events from the outbox to a server that speaks OpenLineage over HTTP, beside the work and never in its way.

One thread a process sends, one process a mesh at a time. What the server does not take stays in the outbox and is
tried again with the next event, by the next process, or by ``mesh feed openlineage --send``. An event that the server
calls wrong is put aside, because it would be wrong every time and hold up all others.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from mesh_core.feeds.openlineage.outbox import Outbox
from mesh_core.settings import OpenLineage

TIMEOUT = 5.0
"""Seconds for one request."""

PARTING = 3.0
"""Seconds for which a process that ends waits for what is still being sent."""

_PATH = "/api/v1/lineage"
_LOCK = "sending.lock"
_REJECTED = "rejected.jsonl"
_OK, _CLIENT_ERROR, _SERVER_ERROR = 200, 400, 500
_RETRY = frozenset({401, 403, 404, 407, 408, 425, 429})
"""Answers below 500 that blame the settings or the moment, not the event."""

_log = logging.getLogger(__name__)
_senders: dict[tuple[Path, str], Sender] = {}
_guard = threading.Lock()

os.register_at_fork(after_in_child=_senders.clear)  # a thread does not follow into a fork


class SendReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one go of sending did."""

    sent: int = 0
    rejected: int = 0
    error: str = ""
    """Why it stopped; '' if nothing is left, or if another process sends."""


def wake(settings: OpenLineage) -> None:
    """Send what is in the outbox in the background, if there is a server; returns at once."""
    if not settings.url or settings.folder is None:
        return
    key = (settings.folder, settings.url)
    with _guard:
        if key not in _senders:
            _senders[key] = Sender(settings)
        sender = _senders[key]
    sender.wake()


class Sender:
    """The thread that sends; started with the first event."""

    def __init__(self, settings: OpenLineage) -> None:
        self._settings = settings
        self._due, self._idle = threading.Event(), threading.Event()
        self._told = False
        self._thread = threading.Thread(target=self._work, name="openlineage", daemon=True)
        self._thread.start()
        atexit.register(self.part)

    def wake(self) -> None:
        self._idle.clear()
        self._due.set()

    def part(self) -> None:
        """Give the thread a moment to finish; what is left is sent another time."""
        self._idle.wait(PARTING)

    def _work(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            report = send(self._settings)
            if report.error and not self._told:
                self._told = True
                _log.warning(
                    "OpenLineage events were not sent: %s. They are kept in %s and sent later.",
                    report.error,
                    self._settings.folder,
                )
            if not self._due.is_set():
                self._idle.set()


def send(settings: OpenLineage) -> SendReport:
    """Send all that is in the outbox, the oldest first; stops at the first event that the server does not answer.

    Never raises for what a server or the network does: the report says it.
    """
    folder = settings.folder
    if folder is None:
        return SendReport(error="MESH_OPENLINEAGE is off")
    outbox = Outbox(folder)
    with _alone(folder) as alone:
        if not alone:
            return SendReport()
        sent = rejected = 0
        connection = _Connection(settings)
        try:
            for line, position in outbox.pending():
                told = connection.post(line)
                if told:
                    rejected += 1
                    _put_aside(folder, line, told)
                else:
                    sent += 1
                outbox.sent(position)
        except OSError as error:
            return SendReport(sent=sent, rejected=rejected, error=str(error) or type(error).__name__)
        finally:
            connection.close()
    return SendReport(sent=sent, rejected=rejected)


class _Connection:
    """One connection, kept open from event to event."""

    def __init__(self, settings: OpenLineage) -> None:
        import http.client

        parts = urlsplit(settings.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._http = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        self._path = (parts.path if parts.path not in {"", "/"} else _PATH) + (f"?{parts.query}" if parts.query else "")
        self._headers = {"Content-Type": "application/json"}
        if settings.token:
            self._headers["Authorization"] = f"Bearer {settings.token.reveal()}"

    def post(self, line: bytes) -> str:
        """'' if the server took the event, else why it calls it wrong; OSError if it should be tried again."""
        import http.client

        try:
            self._http.request("POST", self._path, line, self._headers)
            response = self._http.getresponse()
            body = response.read()
        except http.client.HTTPException as error:
            message = f"the server's answer is not HTTP: {type(error).__name__}"
            raise OSError(message) from error
        if _OK <= response.status < _OK + 100:
            return ""
        told = f"the server answered {response.status} {response.reason}"
        if _CLIENT_ERROR <= response.status < _SERVER_ERROR and response.status not in _RETRY:
            return f"{told}: {body[:500].decode(errors='replace')}"
        raise OSError(told)

    def close(self) -> None:
        self._http.close()


def _put_aside(folder: Path, line: bytes, told: str) -> None:
    _log.warning("An OpenLineage event was refused and put into %s: %s", folder / _REJECTED, told)
    event = msgspec.Raw(line)
    try:
        entry = msgspec.json.encode({"told": told, "event": event})
        msgspec.json.decode(entry)
    except msgspec.MsgspecError:  # a torn line
        entry = msgspec.json.encode({"told": told, "text": line.decode(errors="replace")})
    with (folder / _REJECTED).open("ab") as file:
        file.write(entry + b"\n")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other process sends from this folder now; it is kept so inside."""
    import fcntl

    try:
        lock = (folder / _LOCK).open("ab")
    except FileNotFoundError:  # nothing was ever emitted
        yield False
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
