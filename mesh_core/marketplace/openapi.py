"""The OpenAPI document: FastAPI's routes, with the schemas of the structs that they answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi.openapi.utils import get_openapi

from mesh_core.marketplace.api.documented import REFERENCE, shown
from mesh_core.marketplace.api.registration import SCHEME

if TYPE_CHECKING:
    from fastapi import FastAPI

DESCRIPTION = """\
What the data mesh publishes: find a product, understand it, trust it.

**Reading** needs no account. Lists come in pages: `limit` entries, and `next` (also in the `Link` header) is the
`cursor` of the next page. A page begins after an entry, not at a number, so nothing is told twice or left out while
the catalog changes.

**Conditional requests**: every answer has a strong `ETag`; send it as `If-None-Match` and get `304` for as long as
nothing has changed. `Last-Modified` is set where one publication decides the answer. `HEAD` and gzip work everywhere.

**Errors** are problem details (RFC 9457): `detail` says what is wrong, `remedy` what to do next, and programs decide
by `code`.

**Versions**: what is documented under `/api/v1` stays; keys, parameters and operations are added, so readers ignore
keys that they do not know. What is to go answers with the headers `Deprecation` (RFC 9745) and `Sunset` (RFC 8594), and
with a `Link` to what takes its place, for at least 180 days: the notice that contracts give. A change that breaks
readers gets `/api/v2`, beside which v1 lives on for as long.
"""

_PROBLEM = {
    "type": "urn:mesh:problem:unknown-address",
    "title": "Not Found",
    "status": 404,
    "detail": "the catalog knows no port fleet.aircrafts",
    "remedy": "Did you mean fleet.aircraft?",
    "code": "unknown-address",
    "errors": [],
}

TAGS = (
    ("search", "Ports by words and facets."),
    ("domains and products", "Who publishes what."),
    ("ports", "What each port promises."),
    ("facts", "What happened to a port: lineage, checks, rows, versions."),
    ("standing", "How a port stands: service levels, trust, joins, and where a name leads."),
    ("vocabulary", "The words of the mesh, and the things that several domains speak of."),
    ("mesh", "What changed, what flows, and the catalog in other tools' formats."),
    ("registration", "A domain's CI tells the catalog what the domain is."),
    ("service", "The service itself."),
)


def document_of(app: FastAPI) -> dict[str, Any]:
    """The document of the app's routes, OpenAPI 3.1."""
    document = get_openapi(
        title="Data mesh catalog",
        version=app.version,
        summary="The catalog of a data mesh.",
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS],
    )
    _, components = msgspec.json.schema_components(shown.values(), ref_template=REFERENCE)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= components
    schemas["Problem"]["examples"] = [_PROBLEM]
    schemes = document["components"].setdefault("securitySchemes", {})
    schemes[SCHEME] = {"type": "http", "scheme": "bearer", "description": "The setting MESH_REGISTRATION_TOKEN."}
    for path in document["paths"].values():
        for operation in path.values():
            _title(operation)
    return document


def methods_at(document: dict[str, Any], path: str) -> tuple[str, ...]:
    """The methods that the document has at a path; HEAD goes wherever GET does."""
    found = {
        method.upper()
        for template, operations in document["paths"].items()
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path)
        for method in operations
    }
    return tuple(sorted(found | ({"HEAD"} if "GET" in found else set())))


def _title(operation: dict[str, Any]) -> None:
    """The handler's own sentence as summary; FastAPI makes one of the function's name."""
    operation["summary"] = operation.pop("description", operation["summary"]).rstrip(".")
