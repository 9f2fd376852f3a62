"""When a product's folder was begun: its first commit, where git has the whole history."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

_PATIENCE = 10.0
"""Seconds for git: figures are not worth more."""


def first_commits(root: Path, folders: Mapping[str, Path]) -> dict[str, str]:
    """The time of the first commit that touched each folder, by the names given; unknown ones are left out.

    Empty where there is no git, and for a shallow clone, whose oldest commit is not the first.
    """
    if _told(root, "rev-parse", "--is-shallow-repository").strip() != "false":
        return {}
    top = Path(_told(root, "rev-parse", "--show-toplevel").strip())
    log = _told(root, "log", "--reverse", "--diff-filter=A", "--no-renames", "--format=%x00%cI", "--name-only", "-z")
    return _firsts(log, {name: _inside(folder, top) for name, folder in folders.items()})


def _firsts(log: str, folders: Mapping[str, str]) -> dict[str, str]:
    """From git's log, oldest first: the time of each commit behind a NUL, then the files that it added."""
    wanted = {prefix: name for name, prefix in folders.items() if prefix}
    found: dict[str, str] = {}
    time = ""
    for entry in log.replace("\n", "\0").split("\0"):
        if _is_time(entry):
            time = entry
            continue
        parts = entry.split("/")
        for depth in range(1, len(parts)):
            name = wanted.pop("/".join(parts[:depth]), None)
            if name is not None:
                found[name] = time
        if not wanted:
            break
    return found


def _is_time(entry: str) -> bool:
    return entry[4:5] == "-" and entry[10:11] == "T" and "/" not in entry


def _inside(folder: Path, top: Path) -> str:
    """The folder as git writes it; '' outside of the repository."""
    resolved = folder.resolve()
    return resolved.relative_to(top).as_posix() if resolved.is_relative_to(top) else ""


def _told(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return done.stdout if done.returncode == 0 else ""
