"""The only module that reads the environment: every setting, its default and its meaning."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from mesh_core.errors import ConfigurationError

MARKER = "workspace.yaml"
REMOTE = "s3://"

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Secret:
    """A text that nothing prints by accident: not ``str``, ``repr``, a traceback, JSON or pickle."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(•••)" if self._text else "Secret()"

    def __reduce__(self) -> str:
        message = "a secret is not pickled: each process reads its own settings"
        raise TypeError(message)


class StoreAccess(msgspec.Struct, frozen=True, kw_only=True):
    """How an S3-compatible object store is reached. Only this reaches it: no profile, no instance metadata."""

    key_id: Secret = Secret("")
    """``AWS_ACCESS_KEY_ID``"""
    secret: Secret = Secret("")
    """``AWS_SECRET_ACCESS_KEY``"""
    token: Secret = Secret("")
    """``AWS_SESSION_TOKEN``, of temporary credentials."""
    region: str = "us-east-1"
    """``AWS_REGION``"""
    endpoint: str = ""
    """``AWS_ENDPOINT_URL``: of a store that is not Amazon's; plain HTTP to this machine only."""

    def check(self) -> None:
        """ConfigurationError unless the store can be reached by these settings."""
        if not (self.key_id and self.secret):
            message = "tables lie in an object store, but there are no credentials for it"
            raise ConfigurationError(message, remedy="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
        if not self.endpoint:
            return
        try:
            parts = urlsplit(self.endpoint)
            scheme, host, _ = parts.scheme, parts.hostname, parts.port
        except ValueError:
            scheme, host, parts = "", None, None
        if parts is None or scheme not in {"http", "https"} or not host or "@" in parts.netloc:
            message = "AWS_ENDPOINT_URL is no address of a server"
            raise ConfigurationError(message, remedy="Write https://HOST or https://HOST:PORT, without a password.")
        if scheme == "http" and host not in LOOPBACK:
            message = f"AWS_ENDPOINT_URL would send data to {host} unencrypted"
            raise ConfigurationError(message, remedy="Use https; plain http is for a server on this machine.")


class OpenLineage(msgspec.Struct, frozen=True, kw_only=True):
    """Where events of what was made from what go: into files of the home, and on to a server if one is named."""

    folder: Path | None = None
    """``<home>/openlineage``; None, and nothing is emitted, if ``MESH_OPENLINEAGE`` is ``off``."""
    url: str = ""
    """``MESH_OPENLINEAGE_URL``: a server that takes events, ``/api/v1/lineage`` added where there is no path."""
    token: Secret = Secret("")
    """``MESH_OPENLINEAGE_TOKEN``: sent to that server and nowhere else."""
    namespace: str = "mesh"
    """``MESH_OPENLINEAGE_NAMESPACE``: tells meshes apart that send to one server: jobs are named ``mesh://<domain>``."""

    def check(self) -> None:
        """ConfigurationError unless events can be sent by these settings, if they are to be sent."""
        try:
            parts = urlsplit(self.url)
            scheme, host, _ = parts.scheme, parts.hostname, parts.port
        except ValueError:
            scheme, host, parts = "", None, None
        if self.url and (parts is None or scheme not in {"http", "https"} or not host or "@" in parts.netloc):
            message = "the setting MESH_OPENLINEAGE_URL is no address of a server"
            raise ConfigurationError(message, remedy="Write https://HOST or https://HOST:PORT, without a password.")
        if self.token and scheme == "http" and host not in LOOPBACK:
            message = f"the setting MESH_OPENLINEAGE_URL would send the token to {host} unencrypted"
            raise ConfigurationError(message, remedy="Use https; plain http is for a server on this machine.")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the mesh lives and how it runs, for one process."""

    root: Path
    """The tree that holds ``domains/`` and ``workspace.yaml``."""
    home: Path
    """``MESH_HOME``: catalog, landing zone, Dagster home and, by default, the lake; default ``<root>/.mesh``."""
    catalog_url: str
    """``MESH_CATALOG_URL``: any SQLAlchemy URL; default SQLite under the home."""
    environment: str
    """``MESH_ENVIRONMENT``: which of a contract's ``servers`` is meant; default ``local``."""
    memory_limit: str
    """``MESH_MEMORY_LIMIT``: DuckDB's limit for one publication or query; default ``1GB``."""
    replay_until: str
    """``MESH_REPLAY_UNTIL``: the day that the simulated clock of a new home shows (ISO date)."""
    lake_url: str = ""
    """``MESH_LAKE``: where all tables are, a folder or ``s3://bucket/prefix``; default ``<home>/lake``."""
    store_access: StoreAccess = StoreAccess()
    registration_token: Secret = Secret("")
    """``MESH_REGISTRATION_TOKEN``: who shows it may register domains over HTTP; without it nobody may."""
    service_hosts: tuple[str, ...] = ()
    """``MESH_SERVICE_HOSTS``: names beside this machine's own by which the service may be called; ``*`` for any."""
    dagster_url: str = ""
    """``MESH_DAGSTER_URL``: where Dagster's UI is, for links to it; `mesh dev` sets it for its own service."""
    openlineage: OpenLineage = OpenLineage()
    principal: str = ""
    """``MESH_PRINCIPAL``: who reads, as the catalog records it; default the name of the login."""

    @property
    def lake(self) -> Path:
        """The lake's folder; ConfigurationError if it is in an object store."""
        if self.lake_url.startswith(REMOTE):
            message = f"the lake {self.lake_url} is no folder of this machine"
            raise ConfigurationError(message, remedy="Set MESH_LAKE to a folder, or leave it unset.")
        return Path(self.lake_url) if self.lake_url else self.home / "lake"

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
    def journal(self) -> Path:
        """Where uses and confirmations are noted until somebody takes them into the catalog."""
        return self.home / "journal"

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
    lake = env.get("MESH_LAKE") or str(home / "lake")
    return Settings(
        root=base,
        home=home,
        catalog_url=env.get("MESH_CATALOG_URL") or f"sqlite:///{home / 'catalog.db'}",
        environment=env.get("MESH_ENVIRONMENT") or "local",
        memory_limit=env.get("MESH_MEMORY_LIMIT") or "1GB",
        replay_until=env.get("MESH_REPLAY_UNTIL") or "9999-12-31",
        lake_url=lake if "://" in lake else str(base / lake),
        store_access=StoreAccess(
            key_id=Secret(env.get("AWS_ACCESS_KEY_ID") or ""),
            secret=Secret(env.get("AWS_SECRET_ACCESS_KEY") or ""),
            token=Secret(env.get("AWS_SESSION_TOKEN") or ""),
            region=env.get("AWS_REGION") or "us-east-1",
            endpoint=(env.get("AWS_ENDPOINT_URL") or "").rstrip("/"),
        ),
        registration_token=Secret(env.get("MESH_REGISTRATION_TOKEN") or ""),
        service_hosts=tuple((env.get("MESH_SERVICE_HOSTS") or "").replace(",", " ").lower().split()),
        dagster_url=_page(env.get("MESH_DAGSTER_URL") or "", "MESH_DAGSTER_URL"),
        openlineage=_openlineage(home),
        principal=env.get("MESH_PRINCIPAL") or _login(),
    )


def _login() -> str:
    """The name under which the process runs; '' for a user without one, as containers have."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def _openlineage(home: Path) -> OpenLineage:
    env = os.environ
    wanted = env.get("MESH_OPENLINEAGE") or "on"
    if wanted not in {"on", "off"}:
        message = f"the setting MESH_OPENLINEAGE is '{wanted}'"
        raise ConfigurationError(message, remedy="Set it to on or off.")
    if wanted == "off":
        return OpenLineage()
    found = OpenLineage(
        folder=home / "openlineage",
        url=env.get("MESH_OPENLINEAGE_URL") or "",
        token=Secret(env.get("MESH_OPENLINEAGE_TOKEN") or ""),
        namespace=env.get("MESH_OPENLINEAGE_NAMESPACE") or "mesh",
    )
    found.check()
    return found


def _page(url: str, name: str) -> str:
    """The address without a slash at its end; ConfigurationError unless a browser can open it."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if url and scheme not in {"http", "https"}:
        message = f"{name} is no web address"
        raise ConfigurationError(message, remedy="Write http://HOST:PORT or https://HOST.")
    return url.rstrip("/")


def let_dagster_write_in_batches() -> None:
    """Dagster then stores the events of a run's partitions together: it takes this from the environment alone."""
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "500")
