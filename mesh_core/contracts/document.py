"""YAML files that know their lines: parsed as YAML 1.2, validated with the standard's own JSON Schema.

Valid documents are remembered by path, size and modification time, so that a process which starts often
(the CLI, a code location) neither parses nor validates what it has seen.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.replacing import replace_file
from mesh_core.contracts.shared_work import in_halves
from mesh_core.errors import DescriptorError, DescriptorsError, MeshError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SCHEMAS = Path(__file__).parent / "schemas"
_MAX_FINDINGS = 20
_WORTH_A_FORK = 300
"""Files: below, a second process takes longer to start than it saves."""
_KEY_TAGS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}
_SCALARS = (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:int", r"^(?:[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+)$", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"^(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        "-+0123456789.",
    ),
)
"""Tag, pattern and first characters of YAML 1.2's scalars: 12:30 is a text, not 750 as in YAML 1.1."""
_FORMAT = 3  # of the cache file; raise it when what is remembered changes


class Document(msgspec.Struct, frozen=True):
    """One parsed and validated file; ``raw`` holds plain dicts, lists, strings, numbers and booleans."""

    path: Path
    raw: dict[str, Any]
    digest: str

    def error(
        self, what: str, at: Sequence[str | int] = (), *, remedy: str = "", code: str | None = None
    ) -> DescriptorError:
        """An error that points at the line of the key path ``at``."""
        return DescriptorError(what, remedy=remedy, path=self.path, line=line_of(self.path, at), code=code)


class DocumentCache:
    """Remembers valid documents between processes in one file; a stale or torn file is only slower."""

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / "documents.msgpack" if folder else None
        self._known: dict[str, tuple[int, int, str, dict[str, Any]]] = {}
        self._changed = False
        if self._file is not None:
            with contextlib.suppress(OSError, msgspec.DecodeError, ValueError, TypeError):
                version, known = msgspec.msgpack.decode(self._file.read_bytes())
                self._known = known if version == _FORMAT else {}

    def read(self, path: Path, schema: str | None) -> Document:
        """The document at ``path``, valid by ``schema`` (``odcs``, ``odps`` or none)."""
        stat = _stat(path)
        known = self._known.get(str(path))
        if known and known[0] == stat.st_mtime_ns and known[1] == stat.st_size:
            return Document(path, known[3], known[2])
        document = read_document(path, schema)
        self._known[str(path)] = (stat.st_mtime_ns, stat.st_size, document.digest, document.raw)
        self._changed = True
        return document

    @property
    def is_empty(self) -> bool:
        return not self._known

    def learn(self, files: Sequence[tuple[Path, str | None]]) -> None:
        """Read many files at once, each with its schema, in two processes where that is quicker.

        Files that are wrong are left to ``read``, which says why.
        """
        for answer in in_halves(files, _entries, least=_WORTH_A_FORK):
            self._known |= msgspec.msgpack.decode(answer)
        self._changed = True

    def save(self) -> None:
        """Keep what was learned; a home that cannot be written is not an error here."""
        if not self._changed or self._file is None:
            return
        with contextlib.suppress(OSError):
            replace_file(self._file, msgspec.msgpack.encode((_FORMAT, self._known)))
        self._changed = False


def _entries(files: Sequence[tuple[Path, str | None]]) -> bytes:
    """The cache's entries of the files, encoded."""
    found = {}
    for path, schema in files:
        with contextlib.suppress(MeshError):
            stat = _stat(path)
            document = read_document(path, schema)
            found[str(path)] = (stat.st_mtime_ns, stat.st_size, document.digest, document.raw)
    return msgspec.msgpack.encode(found)


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise DescriptorError(message, path=path) from error


def read_document(path: Path, schema: str | None) -> Document:
    """Parse and validate one file, without the cache.

    Raises DescriptorsError with file and line of every finding.
    """
    import hashlib

    _stat(path)
    data = path.read_bytes()
    raw = parse_yaml(data, path)
    if schema is not None:
        _validate(raw, schema, path)
    return Document(path, raw, hashlib.sha256(data).hexdigest()[:16])


@cache
def _loader() -> Any:
    """A C-speed loader with YAML 1.2's scalars: dates stay strings, only true/false are booleans."""
    import yaml

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc, valid-type]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: dict[Any, Any] = {}
            for key, _ in node.value:
                if key.tag not in _KEY_TAGS:
                    problem = "a key must be plain text; quote it"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"key '{key.value}' stands here twice", key.start_mark
                    )
                seen[key.value] = key
            return super().construct_mapping(node, deep=deep)

    dropped = {"tag:yaml.org,2002:timestamp", *(tag for tag, _, _ in _SCALARS)}
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in dropped]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    for tag, pattern, first in _SCALARS:
        Loader.add_implicit_resolver(tag, re.compile(pattern), list(first))
    return Loader


def parse_yaml(data: bytes, path: Path) -> dict[str, Any]:
    """The mapping that a file's text holds, by no schema; DescriptorError with the line where it is no YAML."""
    import yaml

    try:
        raw = yaml.load(data, Loader=_loader())  # noqa: S506 - a SafeLoader subclass
        json.dumps(raw, allow_nan=False)  # aliases may make circles, tags sets and bytes
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"is not valid YAML: {error.problem or error.context}"
        line = mark.line + 1 if mark else None
        raise DescriptorError(message, path=path, line=line, remedy="Mend the syntax there.", code="yaml") from error
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        # Not only YAMLError: PyYAML lets escape what a value raises that its explicit tag doesn't fit.
        message = f"is not valid YAML: {error}"
        raise DescriptorError(message, path=path, code="yaml") from error
    if not isinstance(raw, dict):
        message = f"holds {'nothing' if raw is None else 'no mapping'} where key: value pairs are expected"
        raise DescriptorError(message, path=path, line=1)
    return raw


def line_of(path: Path, at: Sequence[str | int]) -> int | None:
    """The 1-based line of the key path ``at``, or of the nearest enclosing key that exists."""
    import yaml

    try:
        node = _composed(path.read_bytes())
    except (yaml.YAMLError, OSError):
        return None
    if node is None:
        return 1
    line: int = node.start_mark.line
    for part in at:
        step = _child(node, part)
        if step is None:
            break
        line, node = step
    return line + 1


@lru_cache(maxsize=4)
def _composed(data: bytes) -> Any:
    """The nodes of a text; findings come file by file, and composing one takes 10 ms."""
    import yaml

    return yaml.compose(data, Loader=_loader())


def _child(node: Any, part: str | int) -> tuple[int, Any] | None:
    if isinstance(part, int):
        if not isinstance(node.value, list) or not 0 <= part < len(node.value):
            return None
        item = node.value[part]
        return (item.start_mark.line, item) if not isinstance(item, tuple) else None
    for entry in node.value if isinstance(node.value, list) else ():
        if isinstance(entry, tuple) and entry[0].value == part:
            return entry[0].start_mark.line, entry[1]
    return None


@cache
def _schema_text(kind: str, version: str) -> str:
    return (_SCHEMAS / f"{kind}-{version}.schema.json").read_text()


def _schema_version(raw: dict[str, Any], kind: str, path: Path) -> str:
    """The shipped schema for the file's apiVersion; 3.0.x files share one schema."""
    shipped = {
        "odcs": {"v3.0": "3.0.2", "v3.1": "3.1.0", "v3.2": "3.2.0"},
        "odps": {"v1.0": "1.0.0", "v1.1": "1.1.0"},
    }[kind]
    given = str(raw.get("apiVersion", ""))
    for prefix, version in shipped.items():
        if given.startswith(f"{prefix}."):
            return version
    message = f"apiVersion is '{given}', known are {', '.join(f'{p}.x' for p in shipped)}"
    line = line_of(path, ["apiVersion"])
    raise DescriptorError(message, path=path, line=line, remedy="Set a known apiVersion.")


@cache
def _validator(kind: str, version: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(_schema_text(kind, version))


def schema_errors(raw: dict[str, Any], kind: str, path: Path) -> Iterator[Any]:
    """What the standard's JSON Schema finds wrong, as its validator says it, for whoever needs more than a sentence."""
    return iter(_validator(kind, _schema_version(raw, kind, path)).iter_errors(raw))


def _validate(raw: dict[str, Any], kind: str, path: Path) -> None:
    version = _schema_version(raw, kind, path)
    found: dict[tuple[int | None, str], MeshError] = {}
    for error in _validator(kind, version).iter_errors(raw):
        where = ".".join(str(part) for part in error.instance_path)
        line, what = _pinpoint(error, line_of(path, error.instance_path), path)
        standard = f"{kind.upper()} {version}"
        unknown = what.startswith("unknown key")
        remedy = f"{standard} has no such key there; keys of your own go under customProperties." if unknown else ""
        found[line, what] = DescriptorError(
            f"{where}: {what}" if where else what, path=path, line=line, remedy=remedy or f"See {standard}."
        )
        if len(found) >= _MAX_FINDINGS:
            break
    if found:
        raise DescriptorsError(list(found.values()))


def _pinpoint(error: Any, line: int | None, path: Path) -> tuple[int | None, str]:
    """For unknown keys, the line of the first such key instead of its parent's."""
    unknown = re.findall(r"'([^']+)'", error.message) if "nexpected" in error.message else []
    for key in unknown:
        deeper = line_of(path, [*error.instance_path, key])
        if deeper is not None:
            return deeper, f"unknown key '{key}'" if len(unknown) == 1 else error.message
    return line, str(error.message)
