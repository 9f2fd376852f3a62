"""Files as machines name them: relative to the repository, whose clone lies elsewhere for them."""

from __future__ import annotations

from pathlib import Path


def repository_of(root: Path) -> Path:
    """The work tree that encloses the mesh; the mesh itself where there is none."""
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def relative(path: Path, repository: Path) -> str:
    """``path`` with forward slashes, relative to the repository where it lies in it."""
    return (path.relative_to(repository) if path.is_relative_to(repository) else path).as_posix()
