"""The only module that reads the environment: every setting, its default and its meaning."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from mesh_core.errors import ConfigurationError

MARKER = "workspace.yaml"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the mesh lives and how it runs, for one process."""

    root: Path
    """The tree that holds ``domains/`` and ``workspace.yaml``."""
    home: Path
    """``MESH_HOME``: lake, catalog, landing zone and Dagster home; default ``<root>/.mesh``."""
    catalog_url: str
    """``MESH_CATALOG_URL``: any SQLAlchemy URL; default SQLite under the home."""
    environment: str
    """``MESH_ENVIRONMENT``: which of a contract's ``servers`` is meant; default ``local``."""
    memory_limit: str
    """``MESH_MEMORY_LIMIT``: DuckDB's limit for one publication or query; default ``2GB``."""
    replay_until: str
    """``MESH_REPLAY_UNTIL``: the day that the simulated clock of a new home shows (ISO date)."""

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def landing(self) -> Path:
        """Where outside systems drop files."""
        return self.home / "landing"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def cache(self) -> Path:
        """Derived files only: deleting it costs time, never data."""
        return self.home / "cache"

    @property
    def scratch(self) -> Path:
        """Spill files and run databases; emptied by whoever made them."""
        return self.home / "scratch"


def find_root(start: Path) -> Path:
    """The enclosing mesh of ``start``: the nearest folder with a workspace.yaml and domains/."""
    for folder in (start, *start.parents):
        if (folder / MARKER).is_file() and (folder / "domains").is_dir():
            return folder
    message = f"{start} is not inside a mesh (no {MARKER} beside a domains/ folder in it or above)"
    raise ConfigurationError(message, remedy="Run from the mesh's folder, or pass --root DIR.")


def load_settings(root: Path | None = None) -> Settings:
    """Settings for the tree at ``root``, by default ``MESH_ROOT`` or the enclosing mesh of the cwd."""
    env = os.environ
    given = root or (Path(env["MESH_ROOT"]) if env.get("MESH_ROOT") else None)
    base = find_root((given or Path.cwd()).resolve())
    if given is not None and base != given.resolve():
        message = f"{given} is not a mesh: it has no {MARKER} beside a domains/ folder"
        raise ConfigurationError(message, remedy="Pass the top folder of a mesh.")
    home = Path(env.get("MESH_HOME") or base / ".mesh")
    home = home if home.is_absolute() else (base / home).resolve()
    return Settings(
        root=base,
        home=home,
        catalog_url=env.get("MESH_CATALOG_URL") or f"sqlite:///{home / 'catalog.db'}",
        environment=env.get("MESH_ENVIRONMENT") or "local",
        memory_limit=env.get("MESH_MEMORY_LIMIT") or "2GB",
        replay_until=env.get("MESH_REPLAY_UNTIL") or "9999-12-31",
    )
