"""A catalog that another machine's service keeps, as a domain's CI reaches it: over HTTP, with a token."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from mesh_core.catalog.storable import json_bytes
from mesh_core.errors import ConfigurationError, MeshError
from mesh_core.settings import LOOPBACK, Secret

if TYPE_CHECKING:
    from mesh_core.catalog.declarations import DomainDeclaration

TIMEOUT = 60.0
"""Seconds for one request."""
PAUSES = (1.0, 3.0)
"""Seconds before trying again what a service that restarts did not answer; declaring twice is declaring once."""

_DOWN = frozenset({502, 503, 504})
_REFUSED = frozenset({401, 403})
_REJECTED = frozenset({400, 413, 422})


class UnreachableError(MeshError):
    """The service did not answer, or not as a catalog service does."""

    code = "service-unreachable"


class RefusedError(MeshError):
    """The service may not be told: the token is missing or wrong, or registration is off."""

    code = "registration-refused"


class RejectedError(MeshError):
    """The service found the declaration wrong."""

    code = "declaration-rejected"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the service holds of the domain now."""

    domain: str
    changed: bool
    products: int
    ports: int


class _Finding(msgspec.Struct, frozen=True):
    message: str = ""
    key: str = ""
    remedy: str = ""


class _Problem(msgspec.Struct, frozen=True):
    """The service's words for what went wrong (RFC 9457)."""

    detail: str = ""
    remedy: str = ""
    errors: tuple[_Finding, ...] = ()


class RemoteCatalog:
    """The catalog behind ``url``, e.g. ``https://catalog.example``; ConfigurationError for what is no such address."""

    def __init__(self, url: str, token: Secret) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
            message = "the service's address is no http or https URL"
            raise ConfigurationError(message, remedy="Write https://HOST, or http://127.0.0.1:PORT.")
        self._local = parts.hostname in LOOPBACK
        if parts.scheme == "http" and not self._local:
            message = f"the token would go to {parts.hostname} unencrypted"
            raise ConfigurationError(message, remedy="Use https; plain http is for a service on this machine.")
        if not token:
            message = "registering with a service needs its token"
            raise ConfigurationError(message, remedy="Set MESH_REGISTRATION_TOKEN to what the service has.")
        self.url, self._token = url.rstrip("/"), token

    def declare(self, declaration: DomainDeclaration) -> Receipt:
        """Tell the service of the domain; RejectedError, RefusedError or UnreachableError if it did not take it."""
        name = quote(declaration.domain.name, safe="")
        return self._receipt(self._put(f"{self.url}/api/v1/domains/{name}", json_bytes(declaration)))

    def _receipt(self, answer: bytes) -> Receipt:
        try:
            return msgspec.json.decode(answer, type=Receipt)
        except msgspec.DecodeError as error:
            message = f"{self.url} answered, but not as a catalog service does"
            raise UnreachableError(message, remedy="Is the address right? `mesh serve` tells its own.") from error

    def _put(self, url: str, body: bytes) -> bytes:
        for pause in PAUSES:
            status, answer = self._once(url, body)
            if status and status not in _DOWN:
                break
            time.sleep(pause)
        else:
            status, answer = self._once(url, body)
        if status in {200, 201}:
            return answer
        raise self._trouble(status, answer)

    def _once(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; status 0 with the reason if there was none."""
        from urllib.error import HTTPError, URLError
        from urllib.request import ProxyHandler, Request, build_opener

        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token.reveal()}"}
        request = Request(url, data=body, headers=headers, method="PUT")  # noqa: S310 - http and https alone
        opener = build_opener(*([ProxyHandler({})] if self._local else []))
        try:
            with opener.open(request, timeout=TIMEOUT) as answer:
                return answer.status, answer.read()
        except HTTPError as error:  # redirects are among them: a token is not carried elsewhere
            return error.code, error.read()
        except URLError as error:
            return 0, str(error.reason).encode()
        except OSError as error:  # the service went away while it answered
            return 0, str(error).encode()

    def _trouble(self, status: int, answer: bytes) -> MeshError:
        if status == 0 or status in _DOWN:
            reason = answer.decode(errors="replace") if status == 0 else _problem(answer).detail or f"status {status}"
            message = f"the catalog service at {self.url} can't be reached: {reason}"
            return UnreachableError(message, remedy="Is it running? `mesh serve` starts one.")
        problem = _problem(answer)
        if status in _REFUSED:
            message = f"{self.url} refuses the registration: {problem.detail or f'status {status}'}"
            return RefusedError(message, remedy=problem.remedy or "Set MESH_REGISTRATION_TOKEN.")
        if status not in _REJECTED:
            message = f"{self.url} answered with status {status}"
            return UnreachableError(message, remedy="Is the address right? `mesh serve` tells its own.")
        findings = [f"{each.key}: {each.message}" if each.key else each.message for each in problem.errors]
        message = "\n  ".join([f"{self.url} rejects the declaration: {problem.detail}", *findings[:20]])
        return RejectedError(message, remedy=problem.remedy)


def _problem(answer: bytes) -> _Problem:
    try:
        return msgspec.json.decode(answer, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Problem()
