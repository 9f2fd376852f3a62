"""The code that a version was published by: the tree as it is now, or as a git revision has it.

A revision is taken out of the repository into a folder that is gone afterwards; the working tree is not touched.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.tree import DomainTree, Port
from mesh_core.errors import MeshError
from mesh_core.publishing.services import Services
from mesh_core.publishing.transformation.fingerprints import code_digest

if TYPE_CHECKING:
    from mesh_core.storage import Commit

DIRTY = "+"
"""Ends a recorded revision when files of the tree were not as the revision has them."""


class CodeGoneError(MeshError):
    """The code that made a version is neither in the tree nor in a revision of it."""

    code = "code-gone"


class CodeAt(msgspec.Struct, frozen=True, kw_only=True):
    """A port with the tree whose code made a version of it."""

    port: Port
    tree: DomainTree
    services: Services
    revision: str = ""
    """'' for the tree as it is now."""
    same: bool = True
    """Whether the digest is the recorded one; if not, the platform has another version than it had then."""


@contextmanager
def code_of(commit: Commit, port: Port, tree: DomainTree, services: Services) -> Iterator[CodeAt]:
    """The code that made the version; CodeGoneError, which says why, if it can't be had any more."""
    wanted = commit.facts.get("codeDigest", "")
    if code_digest(port, tree) == wanted:
        with _importable(services.settings.root):
            yield CodeAt(port=port, tree=tree, services=services)
        return
    recorded = commit.facts.get("codeRevision", "")
    revision = recorded.removesuffix(DIRTY)
    if not revision:
        message = (
            f"the code of {port.address.sql} has changed since version {commit.version}, which recorded no revision"
        )
        raise CodeGoneError(message, remedy="Keep the mesh in a git repository: publications then say their revision.")
    with _taken_out(revision, services) as then, _importable(then.settings.root):
        old_port, old_tree = _found(port, then, revision)
        same = code_digest(old_port, old_tree) == wanted
        if not same and recorded.endswith(DIRTY):
            message = f"version {commit.version} of {port.address.sql} was made by code that was not committed"
            remedy = f"Revision {revision[:12]} has it otherwise, and so has the tree: nobody kept it."
            raise CodeGoneError(message, remedy=remedy)
        yield CodeAt(port=old_port, tree=old_tree, services=then, revision=revision, same=same)


def _found(port: Port, then: Services, revision: str) -> tuple[Port, DomainTree]:
    """The port in the revision's tree."""
    domain = port.address.domain
    found = then.mesh.ports.get(port.address)
    if found is None:
        cause = then.mesh.broken.get(domain)
        message = f"revision {revision[:12]} has no port {port.address.sql}" + (f": {cause.what}" if cause else "")
        raise CodeGoneError(message, remedy="Is the mesh's folder another one since then?")
    return found, then.mesh.domains[domain]


@contextmanager
def _taken_out(revision: str, services: Services) -> Iterator[Services]:
    """The mesh as ``revision`` has it, over the lake and the catalog that there are."""
    settings = services.settings
    settings.scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="revision-", dir=settings.scratch) as folder:
        with tarfile.open(fileobj=io.BytesIO(_archive(settings.root, revision))) as archive:
            archive.extractall(folder, filter="data")
        # A home of its own: what is remembered of the present tree, dbt's manifest among it, stays as it is.
        root = Path(folder)
        then = Services(
            msgspec.structs.replace(settings, root=root, home=root / ".mesh"), catalog_url=settings.catalog_url
        )
        then.lake = services.lake
        try:
            yield then
        finally:
            then.close()


def _archive(root: Path, revision: str) -> bytes:
    """The files below ``root`` in the revision, as a tar archive with paths from ``root``."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the revision is hexadecimal
            ["git", "-C", str(root), "archive", "--format=tar", _hexadecimal(revision)],  # noqa: S607
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        message = f"revision {revision[:12]} is needed, and git is not installed"
        raise CodeGoneError(message, remedy="Install git.") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        message = f"git does not have revision {revision[:12]} of {root}" + (f" ({said[-1]})" if said else "")
        raise CodeGoneError(message, remedy="Fetch it: `git fetch --all`, in a shallow clone `git fetch --unshallow`.")
    return done.stdout


def _hexadecimal(revision: str) -> str:
    """Only what names a commit gets to git, so that no recorded text is taken for an option."""
    if not revision or set(revision) - set("0123456789abcdef"):
        message = f"'{revision}' is no git revision"
        raise CodeGoneError(message, remedy="The table's log was changed by hand.")
    return revision


@contextmanager
def _importable(root: Path) -> Iterator[None]:
    """``domains`` means this root's, for transformations that import from it, and afterwards what it meant before."""

    def loaded() -> list[str]:
        return [name for name in sys.modules if name.partition(".")[0] == "domains"]

    before = {name: sys.modules.pop(name) for name in loaded()}
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))
        for name in loaded():
            del sys.modules[name]
        sys.modules.update(before)
