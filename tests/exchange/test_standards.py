"""ODCS 3.0 to 3.2 and ODPS 1.0 to 1.1: loaded, typed, edited and written without losing a key."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesh_core.contracts import odps_model, yaml_text
from mesh_core.contracts.document import read_document
from mesh_core.contracts.editing import open_for_editing, same
from mesh_core.contracts.odps import product_from
from mesh_core.errors import MeshError
from mesh_core.exchange import read_standard

from .standard_documents import SCHEMAS, Documents, every_key, keys_of

ROOT = Path(__file__).resolve().parents[2]
STANDARDS = ["odcs-3.0.2", "odcs-3.1.0", "odcs-3.2.0", "odps-1.0.0", "odps-1.1.0"]
quick = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
draws = st.randoms(use_true_random=False, note_method_calls=False)


@pytest.mark.parametrize("standard", STANDARDS)
def test_the_documents_of_these_tests_reach_every_key_of_the_standard(standard: str) -> None:
    seen = set[str]().union(*(keys_of(Documents(standard, Random(n), full=True).document()) for n in range(120)))
    assert every_key(standard) - seen == set()


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("full", [True, False])
@given(random=draws)
@quick
def test_a_valid_document_survives_writing_reading_and_editing(
    standard: str, full: bool, tmp_path: Path, random: Random
) -> None:
    raw = Documents(standard, random, full=full).document()
    file = tmp_path / "document.yaml"
    for text in (yaml_text.document(raw), json.dumps(raw, ensure_ascii=False, indent=1)):
        file.write_text(text)
        assert same(read_document(file, standard.partition("-")[0]).raw, raw)
        found = read_standard(file)
        assert (found.standard, found.warnings) == (standard.partition("-")[0], ())
        found.editor.append(["tests"], {"added": "here"})
        assert same(found.editor.raw, {**raw, "tests": [{"added": "here"}]})
        found.editor.remove(["tests"])
        assert found.editor.text == text


STRUCTS = {
    "": odps_model.DataProduct,
    "AuthoritativeDefinition": odps_model.AuthoritativeDefinition,
    "Context": odps_model.Context,
    "CustomProperty": odps_model.CustomProperty,
    "Description": odps_model.Description,
    "InputContract": odps_model.InputContract,
    "InputPort": odps_model.DescriptorInput,
    "ManagementPort": odps_model.ManagementPort,
    "OutputPort": odps_model.DescriptorOutput,
    "SBOM": odps_model.Sbom,
    "Support": odps_model.SupportChannel,
    "Synonym": odps_model.Synonym,
    "Team": odps_model.Team,
    "TeamMember": odps_model.TeamMember,
}


def test_the_typed_product_has_every_element_and_field_of_the_standard() -> None:
    schema = json.loads((SCHEMAS / "odps-1.1.0.schema.json").read_text())
    assert set(schema["$defs"]) - set(STRUCTS) == {"Tags", "Synonyms"}  # lists
    for name, struct in STRUCTS.items():
        definition = schema["$defs"][name] if name else schema
        assert {field.encode_name for field in msgspec.structs.fields(struct)} == set(definition["properties"])
    statement = schema["$defs"]["Context"]["properties"]["verifiedStatements"]["items"]
    assert {f.encode_name for f in msgspec.structs.fields(odps_model.VerifiedStatement)} == set(statement["properties"])
    constraint = schema["$defs"]["Context"]["properties"]["constraints"]["items"]
    assert {f.encode_name for f in msgspec.structs.fields(odps_model.Constraint)} == set(constraint["properties"])


@pytest.mark.parametrize("standard", ["odps-1.0.0", "odps-1.1.0"])
@pytest.mark.parametrize("full", [True, False])
@given(random=draws)
@quick
def test_a_typed_product_says_all_that_its_document_says(standard: str, full: bool, random: Random) -> None:
    raw = Documents(standard, random, full=full).document()
    assert same(odps_model.descriptor_as_raw(odps_model.descriptor_from(raw)), raw)


PRODUCT = """\
apiVersion: v1.1.0
kind: DataProduct
id: shop.orders
name: Orders
version: "1.0.0"
domain: shop
tenant: ShopCo
description: {purpose: Sells., customProperties: [{property: note, value: [1, {a: b}], vendor: acme}]}
inputPorts: [{name: tills, contractId: tills.tills, version: ">=1", tags: [raw]}]
outputPorts:
  - name: orders
    version: "1.0.0"
    contractId: shop.orders
    sbom: [{type: external, url: https://shop.example/sbom}]
    inputContracts: [{id: tills.tills, version: "1.2.0"}]
managementPorts:
  - {name: find, content: discoverability, url: https://shop.example/orders}
  - {name: changes, content: dictionary, type: topic, channel: orders-changes}
team: {name: Shop team, members: [{username: ada, role: owner, dateIn: "2026-01-02"}]}
productCreatedTs: "2026-01-02T03:04:05Z"
"""


def test_a_product_of_the_mesh_knows_its_management_ports_and_all_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "product.yaml"
    file.write_text(PRODUCT)
    product = product_from(read_document(file, "odps"))
    discovery = product.management_port("discoverability")
    assert discovery is not None
    assert (discovery.name, discovery.url) == ("find", "https://shop.example/orders")
    assert product.management_port("control") is None
    whole = product.descriptor
    assert whole.tenant == "ShopCo"
    assert whole.description.custom_properties[0].value == [1, {"a": "b"}]
    assert whole.description.custom_properties[0].vendor == "acme"
    assert whole.input_ports[0].tags == ("raw",)
    assert whole.output_ports[0].sbom[0].url == "https://shop.example/sbom"
    assert whole.output_ports[0].input_contracts[0] == odps_model.InputContract(id="tills.tills", version="1.2.0")
    assert whole.management_ports[1].channel == "orders-changes"
    assert whole.team.members[0].date_in == "2026-01-02"
    assert whole.product_created_ts == "2026-01-02T03:04:05Z"
    assert odps_model.descriptor_as_raw(whole) == product.document.raw


FOREIGN = """\
# A contract with keys of a vendor.
apiVersion: v3.1.0
kind: DataContract
id: 53581432-6c55
version: 1.1.0
status: active   # since spring
vendorBlock: {level: 'gold', since: 2022-01-01, at: 09:00}
schema:
- name: tbl
  acme_owner: yes
  properties:
  -   name: rcvr_id      # the receiver
      logicalType: string
      lineage: &source
        from: [a, b]
"""


def test_keys_that_the_standard_does_not_know_stay_and_are_told(tmp_path: Path) -> None:
    file = tmp_path / "foreign.odcs.yaml"
    file.write_text(FOREIGN)
    found = read_standard(file)
    assert [(warning.severity, warning.line, warning.what) for warning in found.warnings] == [
        ("warning", 14, "schema.0.properties.0: unknown key 'lineage'"),
        ("warning", 10, "schema.0: unknown key 'acme_owner'"),
        ("warning", 7, "unknown key 'vendorBlock'"),
    ]
    assert found.editor.get(["vendorBlock"]) == {"level": "gold", "since": "2022-01-01", "at": "09:00"}
    assert found.editor.get(["schema", 0, "acme_owner"]) == "yes"
    found.editor.set(["version"], "1.2.0")
    found.editor.append(["schema", 0, "properties"], {"name": "rcvr_name"})
    found.editor.save()
    assert file.read_text() == FOREIGN.replace("1.1.0", '"1.2.0"') + "  - {name: rcvr_name}\n"


def test_a_version_from_before_is_kept_with_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "old.odps.yaml"
    file.write_text("apiVersion: v0.9.0\nkind: DataProduct\nid: x\nteam:\n- username: a\n")
    found = read_standard(file)
    assert [warning.what for warning in found.warnings] == ["apiVersion is 'v0.9.0', known are v1.0.x, v1.1.x"]
    assert found.editor.get(["team", 0, "username"]) == "a"


def test_what_is_of_neither_standard_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"
    file.write_text("kind: Deployment\n")
    with pytest.raises(MeshError, match="kind is 'Deployment'"):
        read_standard(file)


def shipped_templates() -> list[Path]:
    folder = Path(str(files("datacontract"))) / "schemas"
    return sorted(folder.glob("odcs-*.init.yaml"))


@pytest.mark.parametrize("template", shipped_templates(), ids=lambda path: path.name)
def test_templates_of_other_tools_survive_edits_of_every_value(template: Path) -> None:
    text = template.read_text()
    found = read_standard(template)
    assert found.warnings == ()
    for key, value in found.editor.raw.items():
        editor = open_for_editing(template)
        editor.set([key], "something else")
        assert same(editor.raw, {**found.editor.raw, key: "something else"})
        editor.remove([key])
        assert same(editor.raw, {name: part for name, part in found.editor.raw.items() if name != key})
        if isinstance(value, str):
            comments = [line for line in text.splitlines() if line.strip().startswith("#")]
            assert [line for line in editor.text.splitlines() if line.strip().startswith("#")] == comments


@pytest.mark.parametrize(
    "file", sorted((ROOT / "domains").rglob("product.yaml")), ids=lambda path: "/".join(path.parts[-3:-1])
)
def test_our_own_products_are_whole_when_typed(file: Path) -> None:
    raw: dict[str, Any] = read_document(file, "odps").raw
    assert same(odps_model.descriptor_as_raw(odps_model.descriptor_from(raw)), raw)
