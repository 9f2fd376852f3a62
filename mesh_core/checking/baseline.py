"""The contracts that stand: what was published, or what a git revision holds."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.checking.revision import contract_blobs, read_blobs
from mesh_core.contracts.document import parse_yaml
from mesh_core.contracts.ranges import release_of
from mesh_core.contracts.replacing import replace_file
from mesh_core.errors import MeshError

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Mesh
    from mesh_core.settings import Settings

Key = tuple[str, int]
"""Contract id and major version."""

_SQLITE = "sqlite:///"
_FORMAT = 1  # of the copy in the cache; raise it when what is remembered changes


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One contract as it stands: the newest of its major version."""

    raw: dict[str, Any]
    version: str
    origin: str
    """Where it comes from, for people: ``published``, ``revision main``."""

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
        for raw in _published(settings):
            _keep(found, raw, "published")
    return Baseline(contracts=found, source="the catalog")


def catalog_exists(url: str) -> bool:
    """Whether there can be something in the catalog; told of a file without opening it."""
    file = _file_of(url)
    return file is None or (file.is_file() and file.stat().st_size > 0)


def _file_of(url: str) -> Path | None:
    """The file of an SQLite catalog; None for a server."""
    return Path(url.removeprefix(_SQLITE).partition("?")[0]) if url.startswith(_SQLITE) else None


def _published(settings: Settings) -> list[dict[str, Any]]:
    """The documents in the catalog. While its file stays as it is they come from a copy in the cache, since opening
    the catalog costs SQLAlchemy, half a second."""
    stamp = _stamp(settings.catalog_url)
    remembered = settings.cache / "standing.msgpack"
    if stamp:
        with contextlib.suppress(OSError, msgspec.DecodeError, ValueError, TypeError):
            known, documents = msgspec.msgpack.decode(remembered.read_bytes(), type=tuple[str, list[dict[str, Any]]])
            if known == stamp:
                return documents
    from mesh_core.catalog import Catalog

    documents = []
    for _ in range(2):  # the first to close a log that a run has left moves it into the file
        stamp = _stamp(settings.catalog_url)
        with Catalog(settings.catalog_url) as catalog:
            documents = [record.document for record in catalog.standing_contracts()]
        if stamp == _stamp(settings.catalog_url):
            if stamp:
                _remember(remembered, (stamp, documents))
            break
    return documents


def _stamp(url: str) -> str:
    """What changes whenever the catalog's file does; '' for a server. Its log holds what is not in the file yet."""
    file = _file_of(url)
    if file is None:
        return ""
    stats = [part.stat() for part in (file, file.with_name(f"{file.name}-wal")) if part.is_file()]
    told = (f"{stat.st_ino}:{stat.st_mtime_ns}:{stat.st_size}" for stat in stats if stat.st_size)
    return f"{_FORMAT} {file} {' '.join(told)}"


def _remember(file: Path, value: Any) -> None:
    """Atomically; a home that cannot be written costs time, nothing else."""
    with contextlib.suppress(OSError):
        replace_file(file, msgspec.msgpack.encode(value))


def revision_baseline(root: Path, revision: str, mesh: Mesh | None = None) -> Baseline:
    """What the git revision ``revision`` holds under ``domains/``.

    Parsing is what costs time: a file that is the same in the tree is taken from ``mesh``. ConfigurationError if
    ``root`` is in no repository or the revision is unknown.
    """
    blobs = contract_blobs(root, revision)
    loaded = {port.contract.path: port.contract.document.raw for port in mesh.ports.values()} if mesh else {}
    source = f"revision {revision}"
    found: dict[Key, Standing] = {}
    changed: dict[str, str] = {}
    for path, blob in blobs.items():
        raw = loaded.get(root / path)
        if raw is not None and _blob_of((root / path).read_bytes(), blob) == blob:
            _keep(found, raw, source)
        else:
            changed[path] = blob
    for path, data in read_blobs(root, changed).items():
        try:
            _keep(found, parse_yaml(data, Path(path)), source)
        except MeshError:
            continue  # what was no contract then cannot have bound anybody
    return Baseline(contracts=found, source=source)


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
