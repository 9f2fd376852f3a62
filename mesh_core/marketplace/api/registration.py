"""Registration: a domain's CI says what the domain is."""

import hmac
import logging
from typing import Annotated

import anyio
import msgspec
from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.requests import ClientDisconnect

from mesh_core.catalog import DomainDeclaration
from mesh_core.catalog.errors import OvertakenError
from mesh_core.errors import MeshError
from mesh_core.marketplace.api.documented import TheCall, failures, schema_of
from mesh_core.marketplace.api.domains import DomainName
from mesh_core.marketplace.conditional import Call, matched
from mesh_core.marketplace.problems import NotFoundError
from mesh_core.marketplace.registration import BodyError, declaration_from
from mesh_core.marketplace.responses import JSON, json_answer, tag_of

router = APIRouter(tags=["registration"])

MAX_BYTES = 5 * 2**20
"""Of a body; the reference mesh's largest domain has 60 kB."""
BODY_SECONDS = 30.0
"""For a body to arrive."""
SCHEME = "registration token"

_LOG = logging.getLogger("mesh.registration")


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalog holds of the domain now."""

    domain: str
    changed: bool
    """Whether there was anything new."""
    products: int
    ports: int
    change: int
    """Number of the catalog's newest change."""


class RefusedError(MeshError):
    """A request that may not register; its code says why."""

    code = "registration-off"


async def _authorised(call: TheCall) -> Call:
    """The call, if it shows the token; told and logged if not."""
    wanted = call.market.settings.registration_token
    given = call.request.headers.get("authorization", "")
    scheme, _, token = given.partition(" ")
    if not wanted:
        _refuse(
            call, "registration over HTTP is off", "Set MESH_REGISTRATION_TOKEN for the service.", "registration-off"
        )
    if scheme.lower() != "bearer" or not token:
        _refuse(call, "there is no token", "Send `Authorization: Bearer TOKEN`.", "token-missing")
    if not hmac.compare_digest(token.strip().encode(), wanted.reveal().encode()):
        _refuse(call, "the token is not the service's", "Use that of MESH_REGISTRATION_TOKEN.", "token-wrong")
    return call


def _refuse(call: Call, what: str, remedy: str, code: str) -> None:
    _log(call, "refused", code)
    raise RefusedError(what, remedy=remedy, code=code)


async def _body(call: Annotated[Call, Depends(_authorised)]) -> bytes:
    """The body, as long as it is not too long and does not come too slowly."""
    request = call.request
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        message = "the body must be JSON"
        raise BodyError(message, remedy=f"Send `Content-Type: {JSON}`.", code="media-type")
    if _length(request) > MAX_BYTES:
        raise _too_large()
    parts, size = [], 0
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for part in request.stream():
                parts.append(part)
                size += len(part)
                if size > MAX_BYTES:
                    raise _too_large()
    except TimeoutError as error:
        message = f"the body did not come within {BODY_SECONDS:.0f} seconds"
        raise BodyError(message, remedy="Send it faster.", code="slow-body") from error
    except ClientDisconnect as error:
        message = "the client went away"
        raise BodyError(message) from error
    return b"".join(parts)


def _length(request: Request) -> int:
    given = request.headers.get("content-length", "")
    return int(given) if given.isdecimal() and len(given) < len(str(2**63)) else 0


def _too_large() -> BodyError:
    message = f"the body is larger than {MAX_BYTES // 2**20} MB"
    return BodyError(message, remedy="Declare smaller contracts, or cut the domain.", code="too-large")


_CONTENT = {JSON: {"schema": schema_of(Registered)}}


@router.put(
    "/domains/{domain}",
    operation_id="registerDomain",
    responses={
        200: {"description": "The catalog holds the domain as it was declared.", "content": _CONTENT},
        201: {"description": "The domain is new.", "content": _CONTENT},
        **failures(400, 401, 403, 408, 412, 413, 415, 422, 503),
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {JSON: {"schema": schema_of(DomainDeclaration)}}},
        "security": [{SCHEME: []}],
    },
)
def register(
    call: TheCall,
    domain: DomainName,
    body: Annotated[bytes, Depends(_body)],
    if_match: Annotated[str, Header(max_length=1000, description="Only if the domain has this tag still.")] = "",
    if_none_match: Annotated[str, Header(max_length=1000, description="`*`: only if the domain is new.")] = "",
) -> Response:
    """Declare a whole domain; what it declared before and not now is withdrawn. The same again changes nothing."""
    market = call.market
    # Before the tag: whoever declares between the two is seen.
    onto = market.catalog.declared_digest(domain) if if_match or if_none_match else msgspec.UNSET
    before = _tag(call, domain)
    if (if_match and not matched(if_match, before)) or (if_none_match and before and matched(if_none_match, before)):
        raise _other_state(call, domain)
    try:
        declared = declaration_from(body, domain)
    except MeshError as error:
        _log(call, "refused", error.code)
        raise
    try:
        changed = market.catalog.declare(declared, market.now().isoformat(), onto=onto)
    except OvertakenError as error:
        raise _other_state(call, domain) from error
    market.renew()
    _log(call, "declared" if changed else "unchanged", f"{len(declared.ports)} ports")
    told = Registered(
        domain=domain,
        changed=changed,
        products=len(declared.products),
        ports=len(declared.ports),
        change=market.state.seq,
    )
    return json_answer(told, status=200 if before else 201, headers={"ETag": _tag(call, domain)})


def _other_state(call: Call, domain: str) -> RefusedError:
    _log(call, "refused", "precondition")
    message = f"domain '{domain}' is not in the state that the request names"
    return RefusedError(message, remedy="Get it again, and declare from there.", code="precondition")


def _tag(call: Call, domain: str) -> str:
    """The entity tag of the domain as it is told now; '' if there is none."""
    try:
        return tag_of(bytes(json_answer(call.market.domain(domain)).body))
    except NotFoundError:
        return ""


def _log(call: Call, decision: str, why: str) -> None:
    path = call.request.url.path[:200].encode("unicode_escape").decode()
    client = call.request.client.host if call.request.client else "-"
    _LOG.warning("registration %s: %s by %s (%s)", decision, path, client, why)
