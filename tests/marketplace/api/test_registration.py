"""PUT /api/v1/domains/{domain}: a domain's CI tells the catalog what the domain is."""

import copy
import logging
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient

from mesh_core.catalog import DomainDeclaration
from mesh_core.marketplace.api import registration
from mesh_core.marketplace.app import create_app
from mesh_core.settings import Secret

from ..small_mesh import SmallMesh

CLIENTS = "/api/v1/domains/clients"
TOKEN = "s3cret-of-the-service"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def ci(own_mesh: SmallMesh) -> Iterator[TestClient]:
    """A client of a service that has a registration token."""
    settings = msgspec.structs.replace(own_mesh.settings, registration_token=Secret(TOKEN))
    with TestClient(create_app(settings), base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def declared(ci: TestClient) -> dict[str, Any]:
    """What the domain is now, ready to be changed and declared."""
    found: dict[str, Any] = ci.get(CLIENTS).json()
    return found


def _changed(declared: dict[str, Any]) -> dict[str, Any]:
    """The same domain with a limitation more."""
    new = copy.deepcopy(declared)
    new["ports"][0]["contract"]["document"]["description"]["limitations"] = "Nobody from abroad."
    new["ports"][0]["contract"]["digest"] = "0123456789abcdef"
    return new


def test_what_is_declared_again_changes_nothing(ci: TestClient, declared: dict[str, Any]) -> None:
    answer = ci.put(CLIENTS, json=declared, headers=SHOWN)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["changed"], told["products"], told["ports"]) == (False, 1, 1)
    assert answer.headers["etag"] == ci.get(CLIENTS, headers={"Accept-Encoding": "identity"}).headers["etag"]


def test_who_declares_between_look_and_write_is_not_overwritten(
    ci: TestClient, declared: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = ci.get(CLIENTS, headers={"Accept-Encoding": "identity"}).headers["etag"]
    other = _changed(declared)
    other["ports"][0]["contract"]["document"]["description"]["limitations"] = "Theirs."
    other["ports"][0]["contract"]["digest"] = "fedcba9876543210"
    real = registration.declaration_from

    def meanwhile(body: bytes, domain: str) -> DomainDeclaration:
        monkeypatch.setattr(registration, "declaration_from", real)
        assert ci.put(CLIENTS, json=other, headers=SHOWN).json()["changed"] is True
        return real(body, domain)

    monkeypatch.setattr(registration, "declaration_from", meanwhile)
    late = ci.put(CLIENTS, json=_changed(declared), headers={**SHOWN, "If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "precondition")
    assert ci.get("/api/v1/ports/clients.customers").json()["limitations"] == "Theirs."


def test_a_change_is_seen_at_once(ci: TestClient, declared: dict[str, Any]) -> None:
    before = ci.get("/api/v1/changes?limit=1000").json()["last"]
    assert ci.put(CLIENTS, json=_changed(declared), headers=SHOWN).json()["changed"] is True
    assert ci.get("/api/v1/ports/clients.customers").json()["limitations"] == "Nobody from abroad."
    kinds = [change["type"] for change in ci.get(f"/api/v1/changes?after={before}").json()["items"]]
    assert "port.declared" in kinds


def test_a_new_domain_comes_and_a_port_goes(ci: TestClient, declared: dict[str, Any]) -> None:
    text = msgspec.json.encode(declared).decode().replace("clients", "guests")
    answer = ci.put("/api/v1/domains/guests", content=text, headers={**SHOWN, "Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["domain"]) == (201, "guests")
    assert ci.get("/api/v1/domains/guests").json()["ports"][0]["address"] == "guests.customers"
    assert ci.put(CLIENTS, json={**declared, "ports": [], "products": []}, headers=SHOWN).json()["ports"] == 0
    assert ci.get("/api/v1/ports/clients.customers").json()["withdrawn_at"] != ""


def test_only_from_the_state_that_is_named(ci: TestClient, declared: dict[str, Any]) -> None:
    tag = ci.get(CLIENTS).headers["etag"]
    changed = _changed(declared)
    assert ci.put(CLIENTS, json=changed, headers={**SHOWN, "If-Match": '"another"'}).status_code == 412
    assert ci.put(CLIENTS, json=changed, headers={**SHOWN, "If-Match": tag}).json()["changed"] is True
    late = ci.put(CLIENTS, json=declared, headers={**SHOWN, "If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "precondition")
    assert ci.put(CLIENTS, json=declared, headers={**SHOWN, "If-None-Match": "*"}).status_code == 412
    assert ci.put("/api/v1/domains/new", json=declared, headers={**SHOWN, "If-Match": "*"}).status_code == 412


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ({}, 401, "token-missing"),
        ({"Authorization": "Bearer "}, 401, "token-missing"),
        ({"Authorization": f"Basic {TOKEN}"}, 401, "token-missing"),
        ({"Authorization": "Bearer wrong"}, 401, "token-wrong"),
        ({"Authorization": f"Bearer {TOKEN}x"}, 401, "token-wrong"),
    ],
)
def test_nobody_registers_without_the_token(
    ci: TestClient, declared: dict[str, Any], header: dict[str, str], status: int, code: str
) -> None:
    answer = ci.put(CLIENTS, json=_changed(declared), headers=header)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["www-authenticate"] == 'Bearer realm="registration"'
    assert ci.get(CLIENTS).json() == declared


def test_without_a_token_in_the_settings_it_is_off(own_client: TestClient) -> None:
    answer = own_client.put(CLIENTS, json={}, headers=SHOWN)
    assert (answer.status_code, answer.json()["code"]) == (403, "registration-off")
    assert answer.json()["remedy"] == "Set MESH_REGISTRATION_TOKEN for the service."


def test_every_decision_is_logged_and_no_token(
    ci: TestClient, declared: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        ci.put(CLIENTS, json=declared, headers={"Authorization": "Bearer guessed-it"})
        ci.put(CLIENTS, json=declared, headers=SHOWN)
        ci.put(CLIENTS, json=_changed(declared), headers=SHOWN)
        ci.put(CLIENTS, json={}, headers=SHOWN)
    told = [record.getMessage() for record in caplog.records if record.name == "mesh.registration"]
    assert told == [
        "registration refused: /api/v1/domains/clients by testclient (token-wrong)",
        "registration unchanged: /api/v1/domains/clients by testclient (1 ports)",
        "registration declared: /api/v1/domains/clients by testclient (1 ports)",
        "registration refused: /api/v1/domains/clients by testclient (declaration)",
    ]
    assert "guessed-it" not in caplog.text
    assert TOKEN not in caplog.text


def _wrong(declared: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    new: Any = copy.deepcopy(declared)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place = new
    for part in parents:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    found: dict[str, Any] = new
    return found


CONTRACT = "ports/0/contract/document"


@pytest.mark.parametrize(
    ("path", "value", "key", "message"),
    [
        ("domain/name", "shop", "domain.name", "the declaration is of domain 'shop', the address of 'clients'"),
        ("ports/0/address", "shop.orders", "ports.0.address", "address is 'shop.orders'"),
        ("ports/0/uri", "mesh://x/y/v1", "ports.0.uri", "uri is 'mesh://x/y/v1'"),
        ("ports/0/contract/version", "2.0.0", "ports.0.contract.version", "the contract says '1.0.0'"),
        ("ports/0/contract/digest", "../../x", "ports.0.contract.digest", "is no digest"),
        ("ports/0/product_id", "clients.other", "ports.0.product_id", "product_id is 'clients.other'"),
        (f"{CONTRACT}/kind", None, "ports.0.contract.document", '"kind" is a required property'),
        (f"{CONTRACT}/version", "one", "ports.0.contract.document", "is not a semantic version"),
        (f"{CONTRACT}/schema", [], "ports.0.contract.document", "describes 0 schema objects"),
        (f"{CONTRACT}/schema/0/properties/0/logicalType", "blob", "ports.0.contract.document.schema.0", "blob"),
        (f"{CONTRACT}/apiVersion", "v9", "ports.0.contract.document", "apiVersion is 'v9'"),
        ("products/0/document/kind", "Product", "products.0.document.kind", "DataProduct"),
        ("products/0/id", "clients.other", "products.0.document.id", "id is 'clients.customers'"),
        ("products/0/document/outputPorts", [], "ports.0.contract.document.version", "has no output port for"),
        ("ports/0/contract", {}, "ports[0].contract", "missing required field"),
        ("office", None, "", "missing required field `office`"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    ci: TestClient, declared: dict[str, Any], path: str, value: Any, key: str, message: str
) -> None:
    answer = ci.put(CLIENTS, json=_wrong(declared, path, value), headers=SHOWN)
    assert answer.status_code == 422
    found = answer.json()["errors"]
    assert any(each["key"].startswith(key) and message in each["message"] for each in found), found
    assert ci.get(CLIENTS).json() == declared


def test_a_finding_names_the_file_of_its_sender(ci: TestClient, declared: dict[str, Any]) -> None:
    answer = ci.put(CLIENTS, json=_wrong(declared, f"{CONTRACT}/kind", None), headers=SHOWN)
    assert {each["file"] for each in answer.json()["errors"]} == {"domains/clients/customers/customers.contract.yaml"}


@pytest.mark.parametrize("body", [b"", b"[]", b"no json", b"\xff\xfe", b"{" * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_a_body_that_is_none(ci: TestClient, body: bytes) -> None:
    answer = ci.put(CLIENTS, content=body, headers={**SHOWN, "Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_deep_document(ci: TestClient, declared: dict[str, Any]) -> None:
    text = msgspec.json.encode(declared).decode()
    deep = '{"a":' * 50_000 + "1" + "}" * 50_000
    text = text.replace('"document":{', f'"document":{{"customProperties":[{{"property":"x","value":{deep}}}],', 1)
    answer = ci.put(CLIENTS, content=text, headers={**SHOWN, "Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "body")


def test_a_body_of_another_type_or_too_large(ci: TestClient, declared: dict[str, Any]) -> None:
    yaml = ci.put(CLIENTS, content="domain:", headers={**SHOWN, "Content-Type": "application/yaml"})
    assert (yaml.status_code, yaml.json()["code"]) == (415, "media-type")
    large = _changed(declared)
    large["ports"][0]["contract"]["document"]["description"]["usage"] = "x" * 10_000_000
    answer = ci.put(CLIENTS, json=large, headers=SHOWN)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert answer.json()["detail"] == "the body is larger than 5 MB"

    def parts() -> Iterator[bytes]:
        yield from (b" " * 1_000_000 for _ in range(7))

    unsaid = ci.put(CLIENTS, content=parts(), headers={**SHOWN, "Content-Type": "application/json"})
    assert unsaid.status_code == 413
