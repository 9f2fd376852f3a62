"""Contracts of a git revision, read by git itself: two processes, however many files."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from mesh_core.errors import ConfigurationError

_SUFFIX = ".contract.yaml"


def contract_blobs(root: Path, revision: str) -> dict[str, str]:
    """Blob ids by path below ``root``, of every contract file of the revision.

    ConfigurationError if ``root`` is in no repository, or the revision is unknown.
    """
    if revision.startswith("-"):
        raise _unknown(revision, "")
    listed = _git(root, ["ls-tree", "-r", "-z", revision, "--", "domains"], revision)
    found = {}
    for entry in listed.decode(errors="surrogateescape").split("\0"):
        description, _, path = entry.partition("\t")
        if path.endswith(_SUFFIX):
            found[path] = description.split()[2]
    return found


def read_blobs(root: Path, blobs: Mapping[str, str]) -> dict[str, bytes]:
    """The content of each blob by path, in one call of git."""
    if not blobs:
        return {}
    wanted = "".join(f"{blob}\n" for blob in blobs.values()).encode()
    answer = _git(root, ["cat-file", "--batch"], "", stdin=wanted)
    found: dict[str, bytes] = {}
    for path in blobs:
        header, _, rest = answer.partition(b"\n")
        size = int(header.split()[2])
        found[path], answer = rest[:size], rest[size + 1 :]
    return found


def changed_files(root: Path, revision: str) -> list[str]:
    """Files below ``root`` that differ between the revision and the working tree, untracked ones included.

    ConfigurationError if ``root`` is in no repository, or the revision is unknown.
    """
    if revision.startswith("-"):
        raise _unknown(revision, "")
    # First what needs a repository: outside of one, `git diff` compares files and complains of the words.
    untracked = _git(root, ["ls-files", "--others", "--exclude-standard", "-z"], revision)
    differing = _git(root, ["diff", "--name-only", "--no-renames", "--relative", "-z", revision, "--"], revision)
    listed = (differing + untracked).decode(errors="surrogateescape").split("\0")
    return sorted({path for path in listed if path})


def _git(root: Path, words: Sequence[str], revision: str, *, stdin: bytes = b"") -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and a revision never begins with a dash
            ["git", "-C", str(root), *words],  # noqa: S607 - the git that the user's shell would find
            input=stdin,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        message = "git is not installed"
        raise ConfigurationError(message, remedy="Install git, or compare with the catalog.") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        if "not a git repository" in (said[0] if said else ""):
            message = f"{root} is in no git repository"
            raise ConfigurationError(message, remedy="Compare with the catalog: leave the revision out.")
        raise _unknown(revision, said[-1] if said else "")
    return done.stdout


def _unknown(revision: str, said: str) -> ConfigurationError:
    message = f"git knows no revision '{revision}'" + (f" ({said})" if said else "")
    return ConfigurationError(message, remedy="Name a branch, a tag or a commit; fetch it if it is elsewhere.")
