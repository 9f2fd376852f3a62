"""An S3-compatible object store as a place for tables: what is done to single objects, and what goes wrong there.

Only what the settings say reaches it; delta-rs, DuckDB and obstore are each told explicitly. None of them may wait
for ever, and none may say more than this module does: a store's own answer can repeat what it was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mesh_core.errors import ConfigurationError, MeshError, RemotePlace
from mesh_core.settings import REMOTE, StoreAccess

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

_RETRIES = 4
_RETRY_SECONDS = 20
_TIMEOUT, _CONNECT_TIMEOUT = "30s", "5s"
_PAGE = 1000
"""Names that a store answers a listing with at once."""
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f?*\[\]#\\]")
"""Characters of a URL that one of the three readers takes for something else."""


class ObjectStoreError(MeshError, OSError):
    """The object store can't be reached, refuses, or has no such bucket: nothing was lost, try again when mended.

    An OSError too: to whoever writes a file, a store that fails is like a disk that fails.
    """

    code = "object-store"


class ObjectStore:
    """One bucket, and how it is reached."""

    def __init__(self, bucket: str, access: StoreAccess) -> None:
        access.check()
        self.bucket, self.access = bucket, access

    def __repr__(self) -> str:
        return f"ObjectStore({REMOTE}{self.bucket})"

    @cached_property
    def client(self) -> S3Store:
        """For reads and for writes that may be repeated."""
        return self._client(_RETRIES)

    @cached_property
    def once(self) -> S3Store:
        """For writes that only the first may win: a repeated one would meet itself and take it for another."""
        return self._client(0)

    def _client(self, retries: int) -> S3Store:
        from datetime import timedelta

        from obstore.store import S3Store

        access = self.access
        config: S3Config = {
            "access_key_id": access.key_id.reveal(),
            "secret_access_key": access.secret.reveal(),
            "region": access.region,
        }
        if access.token:
            config["session_token"] = access.token.reveal()
        if access.endpoint:
            config["endpoint"] = access.endpoint
        return S3Store(
            self.bucket,
            config=config,
            client_options={
                "allow_http": access.endpoint.startswith("http://"),
                "timeout": _TIMEOUT,
                "connect_timeout": _CONNECT_TIMEOUT,
            },
            retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=_RETRY_SECONDS)},
        )

    @cached_property
    def options(self) -> dict[str, str]:
        """What delta-rs is told. Its commits are conditional puts."""
        access = self.access
        found = {
            "aws_access_key_id": access.key_id.reveal(),
            "aws_secret_access_key": access.secret.reveal(),
            "aws_session_token": access.token.reveal(),
            "aws_region": access.region,
            "aws_endpoint_url": access.endpoint,
            "aws_allow_http": "true" if access.endpoint.startswith("http://") else "",
            "aws_conditional_put": "etag",
            "timeout": _TIMEOUT,
            "connect_timeout": _CONNECT_TIMEOUT,
            "max_retries": str(_RETRIES),
            "retry_timeout": f"{_RETRY_SECONDS}s",
        }
        return {name: value for name, value in found.items() if value}


def duckdb_statements(access: StoreAccess) -> Iterator[str]:
    """What tells DuckDB, whose httpfs is loaded, of the store; never to be shown."""
    # Files are never overwritten: what is known of one stays true.
    yield "SET enable_http_metadata_cache = true"
    yield f"SET http_timeout = {_RETRY_SECONDS}"
    scheme, _, address = access.endpoint.rpartition("://")
    options = {
        "KEY_ID": access.key_id.reveal(),
        "SECRET": access.secret.reveal(),
        "SESSION_TOKEN": access.token.reveal(),
        "REGION": access.region,
        "ENDPOINT": address,
        "URL_STYLE": "path" if address else "",
    }
    told = [f"{name} '" + value.replace("'", "''") + "'" for name, value in options.items() if value]
    told += ["USE_SSL false"] if scheme == "http" else []
    yield f"CREATE OR REPLACE TEMPORARY SECRET mesh (TYPE s3, {', '.join(told)})"


class ObjectPath(RemotePlace):
    """A folder or an object of a bucket, used as a ``Path`` is; the text of it is its URL."""

    __slots__ = ("key", "store")

    def __init__(self, store: ObjectStore, key: str) -> None:
        self.store = store
        self.key = key.strip("/")
        if _UNUSABLE.search(self.key) or {"", ".", ".."} & set(self.key.split("/") if self.key else ()):
            message = f"'{self}' is no usable place in an object store"
            raise ConfigurationError(message, remedy="Leave out '..', empty parts and the characters ? * [ ] # \\.")

    @classmethod
    def parse(cls, url: str, access: StoreAccess) -> ObjectPath:
        """The place that ``s3://bucket/key`` means."""
        scheme, _, rest = url.partition("://")
        bucket, _, key = rest.partition("/")
        if f"{scheme}://" != REMOTE or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", bucket):
            message = f"'{url.partition('@')[2] or url}' is no place for tables"
            raise ConfigurationError(message, remedy="Use a folder, or s3://BUCKET/PREFIX; credentials stand apart.")
        return cls(ObjectStore(bucket, access), key)

    def __truediv__(self, below: str | object) -> ObjectPath:
        return ObjectPath(self.store, f"{self.key}/{str(below).strip('/')}")

    def __str__(self) -> str:
        return f"{REMOTE}{self.store.bucket}/{self.key}"

    def __repr__(self) -> str:
        return f"ObjectPath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectPath) and str(other) == str(self)

    def __lt__(self, other: ObjectPath) -> bool:
        return str(self) < str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def stem(self) -> str:
        return self.name.rpartition(".")[0] or self.name

    @property
    def suffix(self) -> str:
        stem, dot, end = self.name.rpartition(".")
        return dot + end if stem else ""

    @property
    def prefix(self) -> str:
        """What the keys of all objects below begin with."""
        return f"{self.key}/" if self.key else ""

    @property
    def parent(self) -> ObjectPath:
        return ObjectPath(self.store, self.key.rpartition("/")[0])

    def with_name(self, name: str) -> ObjectPath:
        return self.parent / name


def names(folder: ObjectPath, after: str) -> list[str]:
    """The names of the objects right under ``folder`` that come after ``after``."""
    import obstore

    start = folder.prefix
    with reaching(folder):
        if not after:
            found: Any = obstore.list_with_delimiter(folder.store.client, start)["objects"]
        else:
            pages = obstore.list(folder.store.client, start, offset=start + after)
            found = [entry for page in pages for entry in page]
    below = (entry["path"].removeprefix(start) for entry in found)
    return [name for name in below if "/" not in name]


def recent_names(folder: ObjectPath, start: Callable[[], str]) -> list[str]:
    """All names as ``names`` has them, or where that takes more than one request, those that come after ``start()``."""
    import obstore

    begin = folder.prefix
    with reaching(folder):
        page = next(iter(obstore.list(folder.store.client, begin, chunk_size=_PAGE)), [])
    if len(page) >= _PAGE:
        return names(folder, start())
    below = (entry["path"].removeprefix(begin) for entry in page)
    return [name for name in below if "/" not in name]


def everything(folder: ObjectPath) -> Iterator[tuple[str, int, float]]:
    """Every object below ``folder``: its path from there, its bytes, and when it was written (epoch)."""
    import obstore

    start = folder.prefix
    with reaching(folder):
        for page in obstore.list(folder.store.client, start):
            for entry in page:
                yield entry["path"].removeprefix(start), entry["size"], entry["last_modified"].timestamp()


def get(file: ObjectPath) -> bytes:
    """FileNotFoundError if there is none."""
    import obstore

    with reaching(file):
        return bytes(obstore.get(file.store.client, file.key).bytes())


def put(file: ObjectPath, content: bytes) -> None:
    import obstore

    with reaching(file):
        obstore.put(file.store.client, file.key, content, use_multipart=len(content) > 1 << 26)


def put_if_absent(file: ObjectPath, content: bytes) -> bool:
    """False if there is one; ObjectStoreError leaves it open whether this call made it."""
    import obstore
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    with reaching(file):
        try:
            obstore.put(file.store.once, file.key, content, mode="create", use_multipart=False)
        except (AlreadyExistsError, PreconditionError):
            return False
    return True


def delete(file: ObjectPath) -> None:
    import obstore

    with reaching(file), suppress(FileNotFoundError):
        obstore.delete(file.store.client, file.key)


def size(file: ObjectPath) -> int | None:
    """None if there is no such object."""
    import obstore

    try:
        with reaching(file):
            return obstore.head(file.store.client, file.key)["size"]
    except FileNotFoundError:
        return None


@contextmanager
def reaching(place: object) -> Iterator[None]:
    """What obstore, delta-rs or DuckDB raise because of the store, as ObjectStoreError; nothing else changes."""
    if not isinstance(place, ObjectPath):
        yield
        return
    try:
        yield
    except (MeshError, KeyboardInterrupt):
        raise
    except Exception as error:  # three libraries' own kinds
        found = store_error(error, str(place))
        if found is not None:
            raise found from None
        if isinstance(error, FileNotFoundError):
            raise FileNotFoundError(str(place)) from None  # without the store's answer
        raise


_DUCKDB_KINDS = frozenset({"HTTPException", "IOException"})
_URL = re.compile(r"(?:s3|https?)://[^\s'\"]+")
_DENIED = re.compile(r"403 Forbidden|SignatureDoesNotMatch|InvalidAccessKeyId|AccessDenied|necessary privileges")
_NO_BUCKET = re.compile(r"NoSuchBucket")
_SILENT = re.compile(
    r"error sending request|[Cc]onnection (refused|reset|error)|Could ?n[o']t (connect|establish|resolve)"
    r"|timed out|timeout was reached|dns error|request or response body error",
    re.IGNORECASE,
)
_FAILED = re.compile(r"(?:HTTP|status code:) (5\d\d)\b")
_AGAIN = "then run again; what is published stands."


def store_error(error: BaseException, place: str = "") -> ObjectStoreError | None:
    """What a library says of the store in a person's words; None if it speaks of something else.

    Never the library's own text: it quotes what the store answered.
    """
    text, kind = str(error).partition("Debug source:")[0], type(error)
    url = _URL.search(text)
    if kind.__module__.endswith("duckdb") and (kind.__name__ not in _DUCKDB_KINDS or url is None):
        return None
    place = place or (url.group() if url else "the object store")
    if _DENIED.search(text):
        remedy = "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, and what they may do there."
        return ObjectStoreError(f"the object store refuses these credentials for {place}", remedy=remedy)
    if _NO_BUCKET.search(text):
        remedy = "Create it, or mend MESH_LAKE or the contract's server."
        return ObjectStoreError(f"the bucket of {place} does not exist", remedy=remedy)
    if _SILENT.search(text):
        remedy = f"See whether it runs and AWS_ENDPOINT_URL is right, {_AGAIN}"
        return ObjectStoreError(f"the object store does not answer for {place}", remedy=remedy)
    failed = _FAILED.search(text)
    if failed or kind.__module__.startswith("obstore"):
        told = f"HTTP {failed.group(1)}" if failed else kind.__name__
        return ObjectStoreError(f"the object store failed with {told} for {place}", remedy=f"Wait a moment, {_AGAIN}")
    return None
