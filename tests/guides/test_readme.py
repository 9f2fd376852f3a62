"""The README holds: its product publishes, its output is real, and what it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mesh_core.cli.app import VERBS
from mesh_core.contracts.loading import load_mesh
from mesh_core.quality import checks_for
from mesh_core.settings import load_settings

from .conftest import ROOT, Reader
from .pages import blocks

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTEXT.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
_PATH = re.compile(
    r"`((?:\.ci|benchmarks|dbt_projects|docs|domains|governance|mesh_core|tests)/[^`<*]+"
    r"|[A-Za-z]+\.(?:md|toml|yaml|lock))`"
)
PLACEHOLDERS = {"definitions.py", "product.yaml", "domain.yaml", "sources.yaml", "workspace.yaml"}


@pytest.mark.mesh
def test_the_readme_does_what_it_says(reader: Reader) -> None:
    """As after `make run`, as far as the README's commands look: the fleet is published."""
    code, output = reader.run("mesh run fleet")
    assert code == 0, output
    reader.follow("README.md")


def test_the_product_of_the_first_screen_has_ten_lines() -> None:
    files = [block for block in blocks(ROOT / "README.md") if "title" in block.options]
    assert [Path(file.options["title"]).name for file in files] == [
        "product.yaml",
        "makers.contract.yaml",
        "makers.sql",
    ]
    assert sum(len(file.body.splitlines()) for file in files) == 10


def test_the_first_screen_has_all_three_commands() -> None:
    """Forty-five lines, the ten-line product included."""
    screen = "\n".join(README.splitlines()[:45])
    for promised in ("make run", "make test", "make dev", "domains/fleet/makers/makers.sql"):
        assert promised in screen


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8"))}
    assert {"run", "test", "dev"} <= named
    assert named <= targets


def test_every_verb_named_exists() -> None:
    named = {
        name
        for page in PAGES
        for name in re.findall(r"[`$ ]mesh ([a-z]+)[`\n ]", _code(page.read_text(encoding="utf-8")))
    }
    assert {"run", "list", "show", "query", "lineage"} <= named
    assert named <= set(VERBS)


def _code(text: str) -> str:
    """What stands in code: backticks and console lines."""
    return "\n".join(re.findall(r"`mesh [^`]*`|^\$ .*$", text, re.MULTILINE)) + "\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    dead = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_named_exist(page: Path) -> None:
    """In a guide, the files of the product that it builds are not there yet."""
    built = {block.options["title"] for block in blocks(page) if "title" in block.options}
    named = set(_PATH.findall(page.read_text(encoding="utf-8"))) - PLACEHOLDERS - built
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_the_table_of_a_run_names_every_port_with_all_its_rules() -> None:
    """The rows shown are one run's; ports and numbers of rules are the tree's."""
    table = next(block.body for block in blocks(ROOT / "README.md") if block.language == "text")
    told = {
        line.split()[0]: sum(int(number) for number in re.findall(r"(\d+) [✓!]", line))
        for line in table.splitlines()[1:]
        if " published " in line and "." in line.split()[0]
    }
    mesh = load_mesh(load_settings(ROOT))
    assert told == {port.address.sql: len(checks_for(port.contract)) for port in mesh.ports.values()}


def test_every_setting_is_told_and_no_other() -> None:
    read = set(re.findall(r"MESH_[A-Z_]+", (ROOT / "mesh_core" / "settings.py").read_text()))
    rows = set(re.findall(r"^\| `(MESH_[A-Z_]+)`", README, re.MULTILINE))
    assert rows == read
