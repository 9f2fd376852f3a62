"""Findings for machines: SARIF 2.1.0 and GitHub's workflow commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from mesh_core.checking.codes import CODES
from mesh_core.checking.report import sarif, workflow_commands
from mesh_core.errors import MeshError
from mesh_core.testing import TinyMesh

SQL = "domains/insight/revenue/revenue.sql"
CONTRACT = "domains/insight/revenue/revenue.contract.yaml"
_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_RESULT = {
    "type": "object",
    "required": ["message"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": _LEVEL,
        "message": _TEXT,
        "locations": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "physicalLocation": {
                        "type": "object",
                        "required": ["artifactLocation"],
                        "additionalProperties": False,
                        "properties": {
                            "artifactLocation": {
                                "type": "object",
                                "additionalProperties": False,
                                "properties": {
                                    "uri": {"type": "string", "format": "uri-reference"},
                                    "uriBaseId": {"type": "string"},
                                },
                            },
                            "region": {
                                "type": "object",
                                "additionalProperties": False,
                                "properties": {"startLine": {"type": "integer", "minimum": 1}},
                            },
                        },
                    }
                },
            },
        },
    },
}
_RULE = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "shortDescription": _TEXT,
        "help": _TEXT,
        "defaultConfiguration": {"type": "object", "properties": {"level": _LEVEL}, "additionalProperties": False},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "additionalProperties": False,
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "semanticVersion": {"type": "string"},
                                    "rules": {"type": "array", "uniqueItems": True, "items": _RULE},
                                },
                            }
                        },
                    },
                    "originalUriBaseIds": {"type": "object", "additionalProperties": {"type": "object"}},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": _RESULT},
                },
            },
        },
    },
}
"""The parts of the standard's schema that we write, each as strict as there: no package ships the schema."""


@pytest.fixture
def log(tiny: TinyMesh, answer: Callable[..., tuple[int, str]]) -> Callable[[], dict[str, Any]]:
    def read() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(answer("--format", "sarif")[1])
        Draft7Validator(SCHEMA).validate(found)
        return found

    return read


def test_a_mesh_without_a_finding_still_has_its_rules(log: Callable[[], dict[str, Any]]) -> None:
    (run,) = log()["runs"]
    assert run["results"] == []
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == CODES.keys()
    assert all(rule["help"]["text"] for rule in run["tool"]["driver"]["rules"])


def test_a_result_names_rule_level_file_and_line(tiny: TinyMesh, log: Callable[[], dict[str, Any]]) -> None:
    tiny.edit(SQL, "sum(amount) AS revenue", "sum(amount) AS revenue, 1 AS more")
    (run,) = log()["runs"]
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result.pop("ruleIndex")]
    assert rule["id"] == "column-extra"
    assert rule["shortDescription"]["text"] == "The transformation makes a column that the contract does not have."
    assert result == {
        "ruleId": "column-extra",
        "level": "error",
        "message": {
            "text": "column 'more' is not in revenue.contract.yaml. "
            "Leave it out or, as a new version, add it to the contract."
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": SQL, "uriBaseId": "REPOSITORY"},
                    "region": {"startLine": 1},
                }
            }
        ],
    }


def test_policies_are_rules_of_their_own(tiny: TinyMesh, log: Callable[[], dict[str, Any]]) -> None:
    tiny.edit(CONTRACT, "description: Their sum in euros.", 'description: ""')
    (run,) = log()["runs"]
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == "description-required"
    assert rule["help"]["text"] == "`mesh policies why description-required` explains."


def test_files_are_told_from_the_top_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    error = MeshError("is odd", path=tmp_path / "data mesh/domains/a b.sql", line=3, code="sql-invalid")
    (result,) = sarif([error], tmp_path / "data mesh")["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "data%20mesh/domains/a%20b.sql"
    assert list(workflow_commands([error], tmp_path / "data mesh")) == [
        "::error file=data mesh/domains/a b.sql,line=3,title=sql-invalid::is odd"
    ]


def test_a_finding_without_a_file(tmp_path: Path) -> None:
    error = MeshError("is odd", code="cycle")
    (result,) = sarif([error], tmp_path)["runs"][0]["results"]
    assert "locations" not in result
    assert list(workflow_commands([error], tmp_path)) == ["::error title=cycle::is odd"]


def test_github_annotations(tiny: TinyMesh, answer: Callable[..., tuple[int, str]]) -> None:
    tiny.edit(SQL, "sum(amount) AS revenue", "sum(amount) AS revenue, 1 AS more")
    code, out = answer("--format", "github")
    assert code == 1
    assert out == (
        f"::error file={SQL},line=1,title=column-extra::column 'more' is not in revenue.contract.yaml"
        "%0ALeave it out or, as a new version, add it to the contract.\n"
    )


def test_annotations_are_escaped(tmp_path: Path) -> None:
    error = MeshError("100 %: a,\nb", path=tmp_path / "a,b:c%.sql", line=2, code="sql-invalid")
    error.severity = "warning"
    assert list(workflow_commands([error], tmp_path)) == [
        "::warning file=a%2Cb%3Ac%25.sql,line=2,title=sql-invalid::100 %25: a,%0Ab"
    ]


def test_warnings_are_told_and_do_not_fail(tiny: TinyMesh, answer: Callable[..., tuple[int, str]]) -> None:
    tiny.edit(CONTRACT, "status: active", "status: draft")
    tiny.edit(CONTRACT, "description: Their sum in euros.", 'description: ""')
    code, out = answer()
    assert code == 0
    assert "warning: " in out
    assert out.splitlines()[-1].startswith("✓ 1 warning, no error in 2 domains, 2 products, 2 ports, ")


def test_errors_and_warnings_are_counted_apart(tiny: TinyMesh, answer: Callable[..., tuple[int, str]]) -> None:
    tiny.edit(CONTRACT, "status: active", "status: draft")
    tiny.edit(CONTRACT, "description: Their sum in euros.", 'description: ""')
    tiny.edit(SQL, "sum(amount)", "sum(price)")
    code, out = answer()
    assert code == 1
    assert out.splitlines()[-1].startswith("✗ 1 error, 1 warning in ")


def test_the_codes_are_listed(answer: Callable[..., tuple[int, str]]) -> None:
    code, out = answer("--codes")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == list(CODES)
    listed = json.loads(answer("--codes", "--json")[1])["codes"]
    assert listed[0] == {
        "id": "yaml",
        "sentence": "A descriptor is not valid YAML 1.2.",
        "help": "Mend the syntax at the line. Keys are plain text and stand once.",
        "severity": "error",
    }
