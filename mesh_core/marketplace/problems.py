"""What went wrong, as one JSON object of one shape (RFC 9457), whoever found it."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from mesh_core.errors import MeshError, UnknownAddressError, flattened

PROBLEM_JSON = "application/problem+json"

_STATUSES = {
    "catalog": HTTPStatus.SERVICE_UNAVAILABLE,
    "search_index": HTTPStatus.SERVICE_UNAVAILABLE,
    "unknown-address": HTTPStatus.NOT_FOUND,
    "not-found": HTTPStatus.NOT_FOUND,
    "unresolved": HTTPStatus.NOT_FOUND,
    "input-not-published": HTTPStatus.NOT_FOUND,
    "range": HTTPStatus.BAD_REQUEST,
    "query": HTTPStatus.BAD_REQUEST,
    "cursor": HTTPStatus.BAD_REQUEST,
    "body": HTTPStatus.BAD_REQUEST,
    "token-missing": HTTPStatus.UNAUTHORIZED,
    "token-wrong": HTTPStatus.UNAUTHORIZED,
    "registration-off": HTTPStatus.FORBIDDEN,
    "slow-body": HTTPStatus.REQUEST_TIMEOUT,
    "precondition": HTTPStatus.PRECONDITION_FAILED,
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "media-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "descriptor": HTTPStatus.UNPROCESSABLE_ENTITY,
    "descriptors": HTTPStatus.UNPROCESSABLE_ENTITY,
    "declaration": HTTPStatus.UNPROCESSABLE_ENTITY,
    "yaml": HTTPStatus.UNPROCESSABLE_ENTITY,
}


class NotFoundError(MeshError):
    """Something that the catalog does not know: a domain, a product, a term, an entity."""

    code = "not-found"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One of several things that are wrong, with its own place."""

    code: str
    message: str
    remedy: str = ""
    file: str = ""
    line: int | None = None
    key: str = ""
    """The part of the request: a parameter, or the key inside a document."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong and what to do next."""

    type: str
    """A URN that ends in ``code``."""
    title: str
    status: int
    detail: str
    remedy: str = ""
    code: str
    """Stable: programs may decide by it."""
    errors: tuple[Finding, ...] = ()


def problem_of(error: MeshError) -> Problem:
    """The error for a client; the place of a file on our disk is not among what it is told."""
    status = status_of(error)
    listed: tuple[Finding, ...] | None = getattr(error, "findings", None)
    if listed is not None:
        return problem(status, error.what, remedy=error.remedy, code=error.code, errors=listed)
    found = flattened([error])
    several = len(found) > 1 or status == HTTPStatus.UNPROCESSABLE_ENTITY
    return problem(
        status,
        error.what if len(found) == 1 else f"{len(found)} findings",
        remedy=error.remedy,
        code=error.code,
        errors=tuple(finding_of(each) for each in found) if several else (),
    )


def problem(status: int, detail: str, *, remedy: str = "", code: str = "", errors: tuple[Finding, ...] = ()) -> Problem:
    """A problem by its HTTP status; ``code`` is by default the status in words."""
    title = HTTPStatus(status).phrase
    known = code or title.lower().replace(" ", "-")
    return Problem(
        type=f"urn:mesh:problem:{known}",
        title=title,
        status=status,
        detail=detail,
        remedy=remedy,
        code=known,
        errors=errors,
    )


def status_of(error: MeshError) -> int:
    """The HTTP status for an error: by its code, else by its class, else 500."""
    if error.code in _STATUSES:
        return int(_STATUSES[error.code])
    return 404 if isinstance(error, UnknownAddressError) else 500


def finding_of(error: MeshError) -> Finding:
    """One error of several; a path is told as the client gave it."""
    return Finding(
        code=error.code,
        message=error.what,
        remedy=error.remedy,
        file=str(error.path) if error.path else "",
        line=error.line,
    )
