"""Every key of every edition of the standard has a judge: a new edition's keys are not passed over in silence."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import mesh_core.contracts

SCHEMAS = Path(mesh_core.contracts.__file__).parent / "schemas"
EDITIONS = ("3.0.2", "3.1.0", "3.2.0")
ANYWHERE = {"customProperties", "authoritativeDefinitions", "tags"}


def judges(module: str, table: str) -> set[str]:
    return {*getattr(import_module(f"mesh_core.contracts.comparison.{module}"), table), *ANYWHERE}


def schema(edition: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"odcs-{edition}.schema.json").read_text())
    return found


def keys(edition: str, *definitions: str) -> set[str]:
    found = schema(edition)["$defs"]
    return {key for name in definitions for key in found[name]["properties"]}


@pytest.mark.parametrize("edition", EDITIONS)
def test_sections(edition: str) -> None:
    assert set(schema(edition)["properties"]) - judges("compare", "_SECTIONS") == {"version", "contractCreatedTs"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_properties(edition: str) -> None:
    apart = {"name", "logicalType", "physicalType", "physicalName", "required", "relationships"}
    grain = {"primaryKey", "primaryKeyPosition", "partitioned", "partitionKeyPosition"}
    known = judges("columns", "_JUDGES") | apart | grain
    assert keys(edition, "SchemaBaseProperty", "SchemaElement") - known == set()


@pytest.mark.parametrize("edition", EDITIONS)
def test_objects(edition: str) -> None:
    known = judges("schema", "_OBJECT_JUDGES") | {"name", "properties", "relationships"}
    assert keys(edition, "SchemaObject", "SchemaElement") - known == set()


@pytest.mark.parametrize("edition", EDITIONS)
def test_options(edition: str) -> None:
    ranges = import_module("mesh_core.contracts.comparison.options")._RANGES
    known = judges("options", "_JUDGES") | {key for entry in ranges for key in entry[:2]}
    branches = [branch.get("then", {}) for branch in schema(edition)["$defs"]["SchemaBaseProperty"].get("allOf", ())]
    found = {
        key
        for branch in branches
        for key in branch.get("properties", {}).get("logicalTypeOptions", {}).get("properties", {})
    }
    assert len(found) >= 10
    assert found - known == set()


@pytest.mark.parametrize("edition", EDITIONS)
def test_servers(edition: str) -> None:
    types = schema(edition)["$defs"]["ServerSource"]
    found = {key for kind in types.values() if isinstance(kind, dict) for key in kind.get("properties", {})}
    assert len(found) >= 15
    assert (found | keys(edition, "Server")) - judges("servers", "_JUDGES") == set()


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("definition", "module", "table", "apart"),
    [
        ("ServiceLevelAgreementProperty", "sla", "_JUDGES", {"property", "value", "valueExt", "unit", "element"}),
        ("DataQuality", "quality", "_JUDGES", {"type", "unit", "severity"}),
        ("Role", "people", "_ROLE_JUDGES", {"role"}),
        ("SupportItem", "people", "_CHANNEL_JUDGES", set()),
    ],
)
def test_other_sections(edition: str, definition: str, module: str, table: str, apart: set[str]) -> None:
    assert keys(edition, definition) - judges(module, table) - apart == set()
