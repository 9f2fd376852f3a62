"""A clone to follow a page in, and a reader who does what the page says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .pages import Block, blocks, commands, unseen

ROOT = Path(__file__).parents[2]
TREE = ("domains", "dbt_projects", "governance", "workspace.yaml", "dagster.yaml")
_END = "reader's environment follows"


class Reader:
    """Follows pages in one clone, as one shell session does."""

    def __init__(self, clone: Path) -> None:
        self.clone = clone
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        self.environment = {**kept, "PATH": path, "COLUMNS": "100"}

    def follow(self, page: str) -> None:
        """Write the page's files and run its commands, in order; AssertionError names the line that did not hold."""
        for block in blocks(ROOT / page):
            where = f"{page}:{block.line}"
            if "title" in block.options:
                self.write(block)
            elif block.language == "console":
                for command in commands(block):
                    code, output = self.run(command.words)
                    assert code == int(block.options.get("exit", "0")), f"{where}: $ {command.words}\n{output}"
                    missing = unseen(command.shown, output)
                    assert not missing, f"{where}: $ {command.words}\nnot seen: {missing[0]}\nin:\n{output}"

    def write(self, block: Block) -> None:
        """The block as the file that its title names."""
        file = self.clone / block.options["title"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.body, encoding="utf-8")

    def run(self, words: str) -> tuple[int, str]:
        """Exit code and output of one command; what it exports holds for the next ones."""
        script = f'{words}\ncode=$?\nprintf "%s\\n" "{_END}"\nenv -0\nexit $code'
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.clone,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        out, _, after = done.stdout.rpartition(f"{_END}\n")
        self.environment = dict(entry.split("=", 1) for entry in after.split("\0") if "=" in entry)
        return done.returncode, f"{out}\n{done.stderr}"


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A reader in a fresh copy of the reference mesh, nothing published."""
    clone = tmp_path / "clone"
    clone.mkdir()
    made = shutil.ignore_patterns("__pycache__", "target", "logs")
    for name in TREE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, clone / name, ignore=made)
        else:
            shutil.copyfile(ROOT / name, clone / name)
    return Reader(clone)
