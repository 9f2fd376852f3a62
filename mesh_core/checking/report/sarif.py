"""Findings as SARIF 2.1.0, which code scanning services and editors read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mesh_core import __version__
from mesh_core.checking.codes import CODES, Code, code_of
from mesh_core.checking.report.place import relative, repository_of
from mesh_core.errors import MeshError

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE = "REPOSITORY"


def sarif(findings: Sequence[MeshError], root: Path) -> dict[str, Any]:
    """One run with a result for each finding; every code is a rule, also those that nothing fell foul of."""
    repository = repository_of(root)
    others = sorted({finding.code for finding in findings} - CODES.keys())
    rules = [*CODES.values(), *(code_of(id_, root) for id_ in others)]
    index = {rule.id: number for number, rule in enumerate(rules)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "mesh check",
                        "semanticVersion": __version__,
                        "rules": [_rule(rule) for rule in rules],
                    }
                },
                "originalUriBaseIds": {_BASE: {"description": {"text": "The top folder of the repository."}}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, index[finding.code], repository) for finding in findings],
            }
        ],
    }


def _rule(code: Code) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": code.id,
        "shortDescription": {"text": code.sentence},
        "defaultConfiguration": {"level": code.severity},
    }
    return {**rule, "help": {"text": code.help}} if code.help else rule


def _result(finding: MeshError, rule: int, repository: Path) -> dict[str, Any]:
    text = f"{finding.what}. {finding.remedy}" if finding.remedy else finding.what
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": text},
    }
    if finding.path is None:
        return result
    place: dict[str, Any] = {"artifactLocation": _artifact(finding.path, repository)}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    return {**result, "locations": [{"physicalLocation": place}]}


def _artifact(path: Path, repository: Path) -> dict[str, str]:
    if path.is_relative_to(repository):
        return {"uri": quote(relative(path, repository)), "uriBaseId": _BASE}
    return {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())}
