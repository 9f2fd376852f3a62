"""What a commit says of the code that made it."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from mesh_core.publishing.services import Services
from mesh_core.publishing.transformation.fingerprints import code_digest

from .ledger import COLUMNS, SQL, Ledger

ROW = [(1, "x", 1, 1, "2026-01-05", False)]


@pytest.fixture
def kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger whose tree is a git repository with one commit."""
    for name, value in {"NAME": "Ada", "EMAIL": "ada@mesh.example"}.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    ledger.write("append")
    ledger.deliver("first", ROW)
    _git(ledger, "init", "-q")
    _git(ledger, "add", "domains")
    _git(ledger, "commit", "-q", "-m", "First")
    return ledger


def _git(ledger: Ledger, *words: str) -> str:
    command = ["git", "-C", str(ledger.tiny.root), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_revision_of_the_tree(kept: Ledger) -> None:
    kept.publish()
    assert kept.facts["codeRevision"] == _git(kept, "rev-parse", "HEAD")
    tree = Services(kept.settings).mesh.domains["shop"]
    assert kept.facts["codeDigest"] == code_digest(tree.ports[0], tree)


def test_files_that_differ_from_it(kept: Ledger) -> None:
    kept.put(SQL, f"SELECT {COLUMNS} FROM bronze.orders_feed WHERE true")
    kept.publish()
    head = _git(kept, "rev-parse", "HEAD")
    assert kept.facts["codeRevision"] == f"{head}+"
    _git(kept, "add", "domains")
    _git(kept, "commit", "-q", "-m", "Second")
    kept.publish(force=True)
    second = _git(kept, "rev-parse", "HEAD")
    assert kept.facts["codeRevision"] == second != head


def test_no_repository(ledger: Ledger) -> None:
    ledger.write("snapshot")
    ledger.deliver("first", ROW)
    ledger.publish()
    assert ledger.facts["codeRevision"] == ""


def test_no_git(kept: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    kept.publish()
    assert kept.facts["codeRevision"] == ""
    assert json.loads(kept.facts["inputs"]) == {"bronze.orders_feed": 0}
