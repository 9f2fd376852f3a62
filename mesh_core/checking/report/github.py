"""Findings as GitHub's workflow commands: each becomes an annotation at its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from mesh_core.checking.report.place import relative, repository_of
from mesh_core.errors import MeshError


def workflow_commands(findings: Iterable[MeshError], root: Path) -> Iterator[str]:
    """One line a finding: ``::error file=...,line=...,title=code::message``."""
    repository = repository_of(root)
    for finding in findings:
        place = {"file": relative(finding.path, repository)} if finding.path else {}
        if finding.path and finding.line:
            place["line"] = str(finding.line)
        properties = ",".join(f"{key}={_property(value)}" for key, value in {**place, "title": finding.code}.items())
        text = f"{finding.what}\n{finding.remedy}" if finding.remedy else finding.what
        yield f"::{finding.severity} {properties}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
