"""The contracts that stand: what was published, or what a git revision holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.checking.revision import contract_blobs, read_blobs
from mesh_core.contracts.document import parse_yaml
from mesh_core.contracts.ranges import release_of
from mesh_core.errors import MeshError

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Mesh
    from mesh_core.settings import Settings

Key = tuple[str, int]
"""Contract id and major version."""

_SQLITE = "sqlite:///"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One contract as it stands: the newest of its major version."""

    raw: dict[str, Any]
    version: str
    origin: str
    """Where it comes from, for people: ``published``, or the file in a revision."""

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def key(self) -> Key:
        return self.id, release_of(self.version)[0]

    @property
    def status(self) -> str:
        return str(self.raw.get("status") or "draft").lower()

    @property
    def domain(self) -> str:
        return str(self.raw.get("domain") or self.id.rpartition(".")[0])

    @property
    def product(self) -> str:
        """The folder of the product inside the domain."""
        return str(self.raw.get("dataProduct") or "")


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """The contracts that stand, by id and major version."""

    contracts: dict[Key, Standing]
    source: str
    """What they were read from: ``the catalog``, ``revision main``."""


def published_baseline(settings: Settings) -> Baseline:
    """What the catalog holds; nothing, and no database, where nothing was ever published."""
    found: dict[Key, Standing] = {}
    if catalog_exists(settings.catalog_url):
        for raw in _published(settings.catalog_url):
            _keep(found, raw, "published")
    return Baseline(contracts=found, source="the catalog")


def catalog_exists(url: str) -> bool:
    """Whether there can be something in the catalog; told of a file without opening it."""
    if not url.startswith(_SQLITE):
        return True
    file = Path(url.removeprefix(_SQLITE).partition("?")[0])
    return file.is_file() and file.stat().st_size > 0


def _published(url: str) -> Iterable[Mapping[str, Any]]:
    from mesh_core.catalog import Catalog

    with Catalog(url) as catalog:
        for contract, past in catalog.milestones().items():
            newest: dict[int, str] = {}
            for milestone in past:
                major = _major(milestone.version)
                if major and release_of(milestone.version) >= release_of(newest.get(major, milestone.version)):
                    newest[major] = milestone.version
            for version in newest.values():
                document = catalog.contract(contract, version)
                if document is not None:
                    yield document


def revision_baseline(root: Path, revision: str, mesh: Mesh | None = None) -> Baseline:
    """What the git revision ``revision`` holds under ``domains/``.

    Parsing is what costs time: a file that is the same in the tree is taken from ``mesh``. ConfigurationError if
    ``root`` is in no repository or the revision is unknown.
    """
    blobs = contract_blobs(root, revision)
    loaded = {port.contract.path: port.contract.document.raw for port in mesh.ports.values()} if mesh else {}
    found: dict[Key, Standing] = {}
    changed: dict[str, str] = {}
    for path, blob in blobs.items():
        raw = loaded.get(root / path)
        if raw is not None and _blob_of((root / path).read_bytes(), blob) == blob:
            _keep(found, raw, path)
        else:
            changed[path] = blob
    for path, data in read_blobs(root, changed).items():
        try:
            _keep(found, parse_yaml(data, Path(path)), path)
        except MeshError:
            continue  # what was no contract then cannot have bound anybody
    return Baseline(contracts=found, source=f"revision {revision}")


def _keep(found: dict[Key, Standing], raw: Mapping[str, Any], origin: str) -> None:
    version = str(raw.get("version") or "")
    major = _major(version)
    key = (str(raw.get("id")), major)
    known = found.get(key)
    if major and (known is None or release_of(known.version) < release_of(version)):
        found[key] = Standing(raw=dict(raw), version=version, origin=origin)


def _major(version: str) -> int:
    """The major version; 0 for what is no plain version, which nobody can require."""
    parts = version.split(".")
    return int(parts[0]) if all(part.isdigit() for part in parts) else 0


def _blob_of(data: bytes, like: str) -> str:
    """The id that git gives to the content, by the algorithm of the id ``like``."""
    header = f"blob {len(data)}\0".encode()
    algorithm = "sha256" if len(like) == hashlib.sha256().digest_size * 2 else "sha1"
    return hashlib.new(algorithm, header + data, usedforsecurity=False).hexdigest()
