"""How the command ends when something is wrong: what, where, remedy, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh_core.cli.app import VERBS
from mesh_core.testing import TinyMesh

from .calling import Mesh, mesh_process


def test_outside_a_mesh(tmp_path: Path) -> None:
    answer = mesh_process("list", cwd=tmp_path)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err == (
        f"error: {tmp_path} is not inside a mesh (no workspace.yaml beside a domains/ folder in it or above)\n"
        "  → Run from the mesh's folder, or pass --root DIR.\n"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["frobnicate"], "No such command 'frobnicate'."),
        (["show"], "Missing argument 'ADDRESS'."),
        (["list", "--frobnicate"], "No such option '--frobnicate'."),
        (["--root", "/nowhere/at/all", "list"], "Directory '/nowhere/at/all' does not exist."),
        (["query", "FROM a.b", "--limit", "0"], "0 is not in the range x>=1."),
        (["replay", "--days", "1", "--status"], "--days, --until and --status exclude each other"),
    ],
)
def test_wrong_use_is_explained(mesh: Mesh, words: list[str], told: str) -> None:
    answer = mesh(*words)
    assert answer.code == 2
    assert answer.out == ""
    assert told in answer.err


@pytest.mark.parametrize("verb", ["list", "run", "show", "lineage", "repair"])
def test_an_unknown_address_is_wrong_use_and_names_what_is_near(mesh: Mesh, tiny: TinyMesh, verb: str) -> None:
    answer = mesh(verb, "shop.order", "--root", tiny.root)
    assert answer.code == 2
    assert answer.err == "error: the mesh has no port shop.order\n  → Did you mean shop.orders?\n"


def test_json_tells_errors_too(mesh: Mesh, tiny: TinyMesh) -> None:
    answer = mesh("show", "shop.order", "--json", "--root", tiny.root)
    assert answer.code == 2
    assert answer.json == {
        "errors": [
            {
                "code": "unknown-address",
                "severity": "error",
                "message": "the mesh has no port shop.order",
                "remedy": "Did you mean shop.orders?",
                "file": None,
                "line": None,
            }
        ]
    }


@pytest.mark.parametrize("verb", ["show", "lineage"])
def test_a_port_of_a_broken_domain_is_not_called_unknown(mesh: Mesh, tiny: TinyMesh, verb: str) -> None:
    file = tiny.edit("domains/insight/domain.yaml", "kind: consumer-aligned", "kind: consuming")
    answer = mesh(verb, "insight.revenue", "--root", tiny.root)
    assert answer.code == 2
    assert f"{file}:2" in answer.err


def test_a_mistake_of_ours_is_one_line(mesh: Mesh, tiny: TinyMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("mesh_core.cli.listing.port_lines", fail)
    answer = mesh("list", "--root", tiny.root)
    assert answer.code == 2
    assert answer.err == (
        "internal error: ZeroDivisionError: boom\n  → This is a bug. The same command with --debug shows where.\n"
    )
    with pytest.raises(ZeroDivisionError):
        mesh("list", "--debug", "--root", tiny.root)


def test_an_interrupt_is_calm(mesh: Mesh, tiny: TinyMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mesh_core.cli.listing.port_lines", interrupted)
    answer = mesh("list", "--root", tiny.root)
    assert answer.code == 130
    assert answer.err.strip() == "interrupted; every port keeps its last good version"


def test_help_explains_selections_exit_codes_and_shows_every_verb(mesh: Mesh) -> None:
    answer = mesh("--help")
    listed = answer.out.partition("Commands:")[2].partition("\n\n")[0]
    assert [line.split()[0] for line in listed.strip().splitlines()] == list(VERBS)
    assert "'weather.*' '*.flights'" in answer.out
    assert "0 fine, 1 findings or failures, 2 wrong use or broken configuration" in answer.out


def test_every_verb_shows_examples_that_start_with_its_name(mesh: Mesh) -> None:
    for verb in VERBS:
        answer = mesh(verb, "--help")
        assert f"\n    mesh {verb}" in answer.out.partition("Examples:")[2], verb


def test_version(mesh: Mesh) -> None:
    assert mesh("--version").out == "mesh, version 0.1.0\n"
