"""The OpenAPI document: complete, of one shape for errors, and shown without another host's help."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

OPERATIONS = {
    "search": "GET /api/v1/search",
    "listDomains": "GET /api/v1/domains",
    "getDomain": "GET /api/v1/domains/{domain}",
    "registerDomain": "PUT /api/v1/domains/{domain}",
    "listProducts": "GET /api/v1/products",
    "getProduct": "GET /api/v1/products/{product_id}",
    "getOdps": "GET /api/v1/products/{product_id}/odps",
    "listPorts": "GET /api/v1/ports",
    "getPort": "GET /api/v1/ports/{address}",
    "getContract": "GET /api/v1/ports/{address}/contract",
    "getSchema": "GET /api/v1/ports/{address}/schema",
    "getLineage": "GET /api/v1/ports/{address}/lineage",
    "getQuality": "GET /api/v1/ports/{address}/quality",
    "getSample": "GET /api/v1/ports/{address}/sample",
    "getProfile": "GET /api/v1/ports/{address}/profile",
    "getVersions": "GET /api/v1/ports/{address}/versions",
    "getServiceLevels": "GET /api/v1/ports/{address}/service-levels",
    "getTrust": "GET /api/v1/ports/{address}/trust",
    "getJoins": "GET /api/v1/ports/{address}/joins",
    "resolve": "GET /api/v1/resolve",
    "listTerms": "GET /api/v1/glossary",
    "getTerm": "GET /api/v1/glossary/{term}",
    "listEntities": "GET /api/v1/entities",
    "getEntity": "GET /api/v1/entities/{name}",
    "listChanges": "GET /api/v1/changes",
    "getDcat": "GET /api/v1/dcat",
    "getKpis": "GET /api/v1/kpis",
    "getTopology": "GET /api/v1/topology",
    "health": "GET /healthz",
}
"""What v1 promises: an operation that goes from here takes something from its readers."""


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def _operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def test_every_operation_has_its_name(document: dict[str, Any]) -> None:
    assert {operation["operationId"]: name for name, operation in _operations(document)} == OPERATIONS
    tags = {tag["name"] for tag in document["tags"]}
    assert {tag for _, operation in _operations(document) for tag in operation["tags"]} == tags


def test_errors_are_of_one_shape(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        for status, answer in operation["responses"].items():
            if status >= "400":
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (name, status)
        assert "503" in operation["responses"], name
    assert set(document["components"]["schemas"]["Problem"]["required"]) == {
        "type",
        "title",
        "status",
        "detail",
        "code",
    }


def test_what_is_referred_to_is_there(document: dict[str, Any], client: TestClient) -> None:
    schemas = document["components"]["schemas"]
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', client.get("/openapi.json").text))
    assert referred <= schemas.keys()
    assert {"Card", "DomainDeclaration", "ServiceLevel", "Join", "Hit"} <= referred
    assert not [name for name in schemas if name.startswith("HTTPValidation")]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []


def test_parameters_say_what_they_mean(document: dict[str, Any]) -> None:
    silent = [
        (name, parameter["name"])
        for name, operation in _operations(document)
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]
    assert silent == []


def test_the_page_shows_all_of_it_and_asks_nobody(client: TestClient) -> None:
    page = client.get("/docs", headers={"Accept": "text/html"}).text
    for name in OPERATIONS:
        assert f'id="op-{name}"' in page
    assert 'id="schema-ServiceLevel"' in page
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', page) == []
    assert re.findall(r'<link[^>]+href="([^"/][^"]*)"', page) == []
