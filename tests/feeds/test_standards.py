"""ODPS and ODCS as the catalog tells them: valid, and with nothing of the author's changed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from orchestration.workbench import ORDERS, REVENUE

from mesh_core.catalog.from_tree import Origin, declare_mesh
from mesh_core.contracts.document import schema_errors
from mesh_core.contracts.loading import load_mesh
from mesh_core.errors import UnknownAddressError
from mesh_core.feeds import odps
from mesh_core.governance import load_charter

if TYPE_CHECKING:
    from cli.calling import Mesh
    from orchestration.workbench import Workbench

    from mesh_core.catalog import Catalog

BASE = "https://data.example"
DECLARED_AT = "2026-11-20T08:00:00+00:00"


@pytest.fixture
def catalog(bench: Workbench) -> Catalog:
    """A mesh that was declared the day before it was published."""
    known = bench.catalog()
    mesh, charter = load_mesh(bench.settings), load_charter(bench.tiny.root)
    declare_mesh(known, mesh, charter, Origin(lake=bench.lake, environment="local"), at=DECLARED_AT)
    bench.run()
    return known


def errors(document: dict[str, Any], kind: str) -> list[str]:
    return [str(error) for error in schema_errors(document, kind, Path("x"))]


def without(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in keys}


def custom(document: dict[str, Any]) -> dict[str, Any]:
    return {entry["property"]: entry["value"] for entry in document["customProperties"]}


def test_a_product_says_when_it_was_declared_and_what_it_is_made_from(catalog: Catalog) -> None:
    registered = catalog.product("insight.revenue")
    assert registered is not None
    told = odps.product(catalog, "insight.revenue", BASE)
    assert errors(told, "odps") == []
    assert told["productCreatedTs"].startswith("2026-11-20T08:00:00")
    [port] = told["outputPorts"]
    assert port["inputContracts"] == [{"id": "shop.orders", "version": "1.0.0"}]
    assert custom(port)["meshAddress"] == "mesh://insight/revenue/v1"
    assert custom(port)["tableVersion"] == 0
    assert custom(port)["rowCount"] == 2
    assert [(each["content"], each["url"]) for each in told["managementPorts"]] == [
        ("discoverability", "https://data.example/api/v1/products/insight.revenue"),
        ("observability", "https://data.example/api/v1/ports/insight.revenue/service-levels"),
    ]
    assert told["authoritativeDefinitions"] == [
        {"type": "canonicalUrl", "url": "https://data.example/products/insight.revenue"}
    ]
    added = ("productCreatedTs", "outputPorts", "managementPorts", "authoritativeDefinitions")
    assert without(told, *added) == without(registered.document, *added)


def test_without_a_service_no_port_of_its_own_is_named(catalog: Catalog) -> None:
    told = odps.product(catalog, "insight.revenue")
    assert "managementPorts" not in told
    assert "authoritativeDefinitions" not in told
    assert errors(told, "odps") == []


def test_what_an_author_wrote_stays(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    registered = catalog.product("insight.revenue")
    assert registered is not None
    document = copy.deepcopy(registered.document)
    document["productCreatedTs"] = "2020-01-01T00:00:00Z"
    document["managementPorts"] = [{"name": "own", "content": "observability", "url": "https://own.example"}]
    document["outputPorts"][0]["inputContracts"] = [{"id": "else.where", "version": "2.0.0"}]
    document["authoritativeDefinitions"] = [{"type": "canonicalUrl", "url": "https://own.example/p"}]
    import msgspec

    monkeypatch.setattr(catalog, "product", lambda _: msgspec.structs.replace(registered, document=document))
    told = odps.product(catalog, "insight.revenue", BASE)
    assert told["productCreatedTs"] == "2020-01-01T00:00:00Z"
    assert told["outputPorts"][0]["inputContracts"] == [{"id": "else.where", "version": "2.0.0"}]
    assert [each["name"] for each in told["managementPorts"]] == ["own", "mesh-discovery"]
    assert told["authoritativeDefinitions"] == document["authoritativeDefinitions"]
    assert document["managementPorts"] == [{"name": "own", "content": "observability", "url": "https://own.example"}]


def test_an_older_version_of_a_standard_is_told_only_what_it_knows(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered = catalog.product("insight.revenue")
    assert registered is not None
    import msgspec

    document = {**without(registered.document, "type"), "apiVersion": "v1.0.0"}
    monkeypatch.setattr(catalog, "product", lambda _: msgspec.structs.replace(registered, document=document))
    assert errors(odps.product(catalog, "insight.revenue", BASE), "odps") == []
    for version in ("v3.0.2", "v3.1.0", "v3.2.0"):
        contract = without(catalog.document(REVENUE) or {}, "team")  # 3.0 had a list of people
        monkeypatch.setattr(catalog, "document", lambda _, told={**contract, "apiVersion": version}: told)
        assert errors(odps.contract(catalog, REVENUE, BASE), "odcs") == [], version


def test_a_contract_says_when_it_was_first_published_and_the_newest_version(catalog: Catalog) -> None:
    registered = catalog.document(ORDERS)
    assert registered is not None
    told = odps.contract(catalog, ORDERS, BASE)
    assert errors(told, "odcs") == []
    [version] = catalog.contract_versions(ORDERS)
    assert told["contractCreatedTs"] == version.first_published_at
    assert custom(told)["rowCount"] == 3
    assert told["authoritativeDefinitions"][-1]["url"] == "https://data.example/ports/shop.orders"
    added = ("contractCreatedTs", "customProperties", "authoritativeDefinitions")
    assert without(told, *added) == without(registered, *added)
    assert (registered.get("customProperties") or []) == [
        each for each in told["customProperties"] if each.get("vendor") != "mesh"
    ]


def test_the_command_prints_a_document_a_line(catalog: Catalog, bench: Workbench, mesh: Mesh) -> None:
    root = bench.tiny.root
    every = [json.loads(line) for line in mesh("feed", "odps", "--root", root).out.splitlines()]
    assert [each["id"] for each in every] == ["insight.revenue", "shop.orders"]
    [one] = [json.loads(line) for line in mesh("feed", "odcs", "shop", "--base", BASE, "--root", root).out.splitlines()]
    assert one == odps.contract(catalog, ORDERS, BASE)
    assert errors(one, "odcs") == []


def test_what_nobody_knows_is_an_unknown_address(catalog: Catalog) -> None:
    with pytest.raises(UnknownAddressError):
        odps.product(catalog, "no.such")
    with pytest.raises(UnknownAddressError):
        odps.contract(catalog, "no.such")
