"""mesh diff"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mesh_core.testing import TinyMesh

from .calling import Answer, Mesh

ORDERS = "domains/shop/orders/orders.contract.yaml"
REVENUE = "domains/insight/revenue/revenue.contract.yaml"
PRODUCT = "domains/shop/orders/product.yaml"


def git(tiny: TinyMesh, *words: str) -> None:
    author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(tiny.root), *author, *words], check=True, capture_output=True)


@pytest.fixture
def committed(tiny: TinyMesh) -> TinyMesh:
    """The tiny mesh in a repository of its own, all of it in the one commit that ``main`` names."""
    git(tiny, "init", "-q", "-b", "main")
    git(tiny, "add", "domains", "workspace.yaml")
    git(tiny, "commit", "-q", "-m", "First")
    return tiny


@pytest.fixture
def own(published: TinyMesh, tmp_path: Path) -> TinyMesh:
    """A published mesh that may be edited."""
    shutil.copytree(published.root, tmp_path / "own")
    return TinyMesh(tmp_path / "own", tmp_path / "own" / ".mesh")


def changes(answer: Answer) -> list[str]:
    return [
        f"{change['impact']} {change['kind']} {change['element']}"
        for contract in answer.json["contracts"]
        for change in contract["changes"]
    ]


def two_files(mesh: Mesh, tiny: TinyMesh, *words: str) -> Answer:
    return mesh("diff", tiny.root / "old.yaml", tiny.file(ORDERS), "--root", tiny.root, *words)


@pytest.fixture
def kept(tiny: TinyMesh) -> TinyMesh:
    """The tiny mesh with a copy of the contract of orders beside it."""
    shutil.copy(tiny.file(ORDERS), tiny.root / "old.yaml")
    return tiny


def test_two_equal_files(mesh: Mesh, kept: TinyMesh) -> None:
    answer = two_files(mesh, kept)
    assert (answer.code, answer.out) == (0, "✓ no difference in 1 contract\n")


def test_two_files_that_break_a_promise(mesh: Mesh, kept: TinyMesh) -> None:
    kept.edit(ORDERS, "name: amount", "name: total")
    kept.edit(ORDERS, "limitations: Cancelled orders stay.", "limitations: None.")
    kept.edit(ORDERS, "name: Orders", "name: All orders")
    answer = two_files(mesh, kept)
    assert answer.code == 1
    lines = answer.out.splitlines()
    assert lines[0].startswith("shop.orders 1.0.0 → 1.0.0  ")
    assert lines[1:] == [
        "  breaking",
        "    orders.amount: column renamed to total",
        "      Whoever reads the column by its old name fails.",
        "      Hit: insight.revenue uses amount (revenue.sql:1).",
        "  risky",
        "    description: limitations changed from 'Cancelled orders stay.' to None.",
        "      What readers may do, or may rely on, has changed in words that only a person can judge.",
        "      Hit: insight.revenue.",
        "  documentation",
        "    name: name changed from Orders to 'All orders'",
        "  ✗ takes a major version, 2.0.0; 1.0.0 is no raise",
        "",
        "✗ 1 breaking, 1 risky, 1 documentation in 1 contract",
    ]


def test_a_version_that_is_high_enough(mesh: Mesh, kept: TinyMesh) -> None:
    kept.edit(ORDERS, 'version: "1.0.0"', 'version: "1.1.0"')
    kept.edit(ORDERS, "minimum: 0", "minimum: 1")
    answer = two_files(mesh, kept)
    assert answer.code == 0
    assert "  ✓ takes a minor version, and 1.1.0 is one" in answer.out.splitlines()
    assert answer.out.endswith("✓ 1 compatible, nothing breaks in 1 contract\n")


def test_json_tells_everything(mesh: Mesh, kept: TinyMesh) -> None:
    kept.edit(ORDERS, "name: amount", "name: total")
    told = two_files(mesh, kept, "--json").json
    (contract,) = told["contracts"]
    assert {key: contract[key] for key in ("id", "state", "breaking", "impact", "bump")} == {
        "id": "shop.orders",
        "state": "changed",
        "breaking": True,
        "impact": "breaking",
        "bump": {"required": "major", "given": "none", "enough": False},
    }
    (change,) = contract["changes"]
    assert {key: change[key] for key in ("section", "kind", "column", "old", "new", "at", "hits")} == {
        "section": "schema",
        "kind": "column-renamed",
        "column": "amount",
        "old": "amount",
        "new": "total",
        "at": ["schema", 0, "properties", 2],
        "hits": ["insight.revenue"],
    }
    (consumer,) = contract["consumers"]
    assert (consumer["name"], consumer["source"], consumer["version"]) == (
        "insight.revenue", "declared", ">=1.0.0,<2",
    )  # fmt: skip
    assert [(use["column"], use["evidence"], use["line"]) for use in consumer["uses"]] == [("amount", "binds", 1)]
    assert told["summary"] == {
        "breaking": 1, "risky": 0, "compatible": 0, "documentation": 0, "new": 0, "removed": 0,
    }  # fmt: skip


def test_files_outside_of_any_mesh(mesh: Mesh, kept: TinyMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.edit(ORDERS, "name: amount", "name: total")
    monkeypatch.chdir("/")
    answer = mesh("diff", kept.root / "old.yaml", kept.file(ORDERS))
    assert answer.code == 1
    assert "Hit:" not in answer.out


def test_a_file_that_is_no_contract(mesh: Mesh, kept: TinyMesh) -> None:
    (kept.root / "old.yaml").write_text("colour: red\n")
    answer = two_files(mesh, kept)
    assert answer.code == 2
    assert "apiVersion is ''" in answer.err


@pytest.mark.parametrize(
    "words", [["a.yaml"], ["a.yaml", "b.yaml", "c.yaml"], ["a.yaml", "shop"], ["a.yaml", "b.yaml", "--against", "x"]]
)
def test_wrong_use(mesh: Mesh, tiny: TinyMesh, words: list[str]) -> None:
    answer = mesh("diff", *words, "--root", tiny.root)
    assert answer.code == 2
    assert "mesh diff OLD NEW" in answer.err


def test_nothing_changed_since_a_revision(mesh: Mesh, committed: TinyMesh) -> None:
    answer = mesh("diff", "--against", "main", "--root", committed.root)
    assert (answer.code, answer.out) == (0, "✓ no difference in 2 contracts, against revision main\n")


def test_the_whole_mesh_against_a_revision(mesh: Mesh, committed: TinyMesh) -> None:
    committed.edit(ORDERS, "name: amount", "name: total")
    committed.edit(REVENUE, "purpose: Revenue of each day.", "purpose: Revenue by day.")
    answer = mesh("diff", "--against", "HEAD", "--root", committed.root, "--json")
    assert answer.code == 1
    assert answer.json["against"] == "revision HEAD"
    assert changes(answer) == [
        "documentation purpose-changed description",
        "breaking column-renamed orders.amount",
    ]


@pytest.mark.parametrize("selection", ["insight", "insight.revenue", "mesh://insight/revenue/v1", "in*.*"])
def test_a_selection(mesh: Mesh, committed: TinyMesh, selection: str) -> None:
    committed.edit(ORDERS, "name: amount", "name: total")
    committed.edit(REVENUE, "purpose: Revenue of each day.", "purpose: Revenue by day.")
    answer = mesh("diff", selection, "--against", "main", "--root", committed.root, "--json")
    assert answer.code == 0
    assert changes(answer) == ["documentation purpose-changed description"]


def test_a_subfolder_of_a_repository(mesh: Mesh, tmp_path: Path) -> None:
    from mesh_core.testing import write_tiny_mesh

    tiny = write_tiny_mesh(tmp_path / "repository" / "mesh")
    outer = TinyMesh(tmp_path / "repository", tiny.home)
    git(outer, "init", "-q", "-b", "main")
    git(outer, "add", "mesh/domains", "mesh/workspace.yaml")
    git(outer, "commit", "-q", "-m", "First")
    tiny.edit(ORDERS, "name: amount", "name: total")
    answer = mesh("diff", "--against", "main", "--root", tiny.root, "--json")
    assert changes(answer) == ["breaking column-renamed orders.amount"]


def test_a_contract_that_is_gone_breaks_its_readers(mesh: Mesh, committed: TinyMesh) -> None:
    shutil.rmtree(committed.file("domains/shop/orders"))
    answer = mesh("diff", "shop", "--against", "main", "--root", committed.root)
    assert answer.code == 1
    assert answer.out.splitlines()[1:] == [
        "  removed: its readers find nothing",
        "      Hit: insight.revenue.",
        "",
        "✗ 1 removed in 1 contract, against revision main",
    ]


def test_a_draft_that_is_gone_breaks_nobody(mesh: Mesh, tiny: TinyMesh) -> None:
    tiny.edit(REVENUE, "status: active", "status: draft")
    git(tiny, "init", "-q", "-b", "main")
    git(tiny, "add", "domains")
    git(tiny, "commit", "-q", "-m", "First")
    shutil.rmtree(tiny.file("domains/insight/revenue"))
    answer = mesh("diff", "--against", "main", "--root", tiny.root)
    assert answer.code == 0
    assert "  removed: it bound nobody" in answer.out.splitlines()


def test_a_new_contract_is_listed(mesh: Mesh, tiny: TinyMesh) -> None:
    git(tiny, "init", "-q", "-b", "main")
    git(tiny, "add", "domains/shop")
    git(tiny, "commit", "-q", "-m", "First")
    answer = mesh("diff", "--against", "main", "--root", tiny.root)
    assert answer.code == 0
    assert answer.out.splitlines()[1] == "  new"
    assert answer.out.endswith("✓ 1 new, nothing breaks in 2 contracts, against revision main\n")


@pytest.mark.parametrize("revision", ["nowhere", "--all"])
def test_an_unknown_revision(mesh: Mesh, committed: TinyMesh, revision: str) -> None:
    answer = mesh("diff", f"--against={revision}", "--root", committed.root)
    assert answer.code == 2
    assert f"git knows no revision '{revision}'" in answer.err


def test_no_repository(mesh: Mesh, tiny: TinyMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tiny.root.parent))
    answer = mesh("diff", "--against", "main", "--root", tiny.root)
    assert answer.code == 2
    assert "is in no git repository" in answer.err


def test_an_unknown_port(mesh: Mesh, committed: TinyMesh) -> None:
    answer = mesh("diff", "shop.ordres", "--root", committed.root)
    assert answer.code == 2
    assert "Did you mean shop.orders?" in answer.err


def test_a_broken_domain_is_told_and_the_others_compared(mesh: Mesh, committed: TinyMesh) -> None:
    committed.edit(ORDERS, "status: active", "status: [")
    committed.edit(REVENUE, "purpose: Revenue of each day.", "purpose: Revenue by day.")
    answer = mesh("diff", "--against", "main", "--root", committed.root)
    assert answer.code == 2
    assert "purpose changed" in answer.out
    assert "removed" not in answer.out
    assert "domain shop does not load" in answer.err


def test_against_what_is_published(mesh: Mesh, own: TinyMesh) -> None:
    assert mesh("diff", "--root", own.root).out == "✓ no difference in 2 contracts, against the catalog\n"
    own.edit(ORDERS, "ordered_on, logicalType: date", "ordered_on, logicalType: string")
    answer = mesh("diff", "shop", "--root", own.root)
    assert answer.code == 1
    assert answer.out.splitlines()[0].startswith("shop.orders 1.0.0 → 1.0.0  published → ")
    assert "      Hit: insight.revenue uses ordered_on (revenue.sql:1)." in answer.out.splitlines()


def test_nothing_is_published(mesh: Mesh, tiny: TinyMesh) -> None:
    answer = mesh("diff", "--root", tiny.root)
    assert answer.code == 0
    assert "Nothing is published yet" in answer.err
    assert answer.out.endswith("✓ 2 new, nothing breaks in 2 contracts, against the catalog\n")
    assert not (tiny.home / "catalog.db").exists()


def test_the_catalog_is_opened_once_for_as_long_as_nothing_is_published(own: TinyMesh) -> None:
    import sys

    script = "import sys; from mesh_core.cli import main; main(sys.argv[1:]); print('sqlalchemy' in sys.modules)"

    def opened() -> str:
        words = [sys.executable, "-c", script, "diff", "--root", str(own.root)]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()[-1]

    assert [opened(), opened()] == ["True", "False"]
