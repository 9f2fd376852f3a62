"""Which state of the tree a publication was made by: the git revision, where there is one."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

_CODE = ("domains", "dbt_projects", "governance")
"""What of the tree can change a publication; the home beside it changes with every run."""
_PATIENCE = 10.0
"""Seconds for git: a tree on a slow disk shall not hold up a publication for longer."""


def code_revision(root: Path) -> str:
    """The git revision of the tree at ``root``, ``+`` appended if files differ from it; '' where git knows none.

    Asked once a process for one state of the repository: git's own files tell when it changed.
    """
    folder = _git_folder(root)
    return _asked(root, _stamps(folder)) if folder else ""


def _git_folder(root: Path) -> Path | None:
    """Where git keeps what a commit or a checkout changes: ``.git``, or what that file of a worktree names."""
    for place in (root, *root.parents):
        found = place / ".git"
        if found.is_dir():
            return found
        if found.is_file():
            return place / found.read_text().partition(":")[2].strip()
    return None


def _stamps(folder: Path) -> tuple[int, ...]:
    files = (folder / "HEAD", folder / "index", folder / "logs" / "HEAD")
    return tuple(file.stat().st_mtime_ns if file.is_file() else 0 for file in files)


@cache
def _asked(root: Path, stamps: tuple[int, ...]) -> str:
    del stamps
    paths = [name for name in _CODE if (root / name).exists()]
    command = ["git", "-C", str(root), "--no-optional-locks", "status", "--porcelain=v2", "--branch", "--", *paths]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    head = next((line.split()[2] for line in told.stdout.splitlines() if line.startswith("# branch.oid ")), "")
    if not head or head == "(initial)":
        return ""
    return head + ("+" if any(not line.startswith("#") for line in told.stdout.splitlines()) else "")
