"""The ODPS data product and the mesh's own small descriptors (domain, sources) as typed values."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from mesh_core.contracts.document import Document
from mesh_core.contracts.odps_model import DataProduct, ManagementPort, descriptor_from
from mesh_core.contracts.ranges import is_range
from mesh_core.errors import DescriptorError

LAYERS = ("bronze", "silver")

_DATE_PARTS = 3


class InputPort(msgspec.Struct, frozen=True, kw_only=True):
    """A declared need: the contract and the range of versions that will do."""

    name: str
    contract_id: str
    version: str
    at: tuple[str | int, ...]


class OutputPort(msgspec.Struct, frozen=True, kw_only=True):
    """A promised dataset: the contract's id and the exact version."""

    name: str
    contract_id: str
    version: str
    at: tuple[str | int, ...]


class Product(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One folder that a domain team owns."""

    id: str
    name: str
    version: str
    status: str
    domain: str
    type: str
    purpose: str
    limitations: str
    usage: str
    owner: str
    tags: tuple[str, ...]
    inputs: tuple[InputPort, ...]
    outputs: tuple[OutputPort, ...]
    incremental: tuple[str, ...] = ()
    """Inputs, by their SQL name, of which a publication that appends or merges reads only what is new."""
    partitioned: dict[str, str] = {}
    """Internal steps, by their SQL name, that are partitioned like the product's port, and by which column."""
    support: tuple[dict[str, Any], ...]
    document: Document

    @property
    def folder(self) -> Path:
        return self.document.path.parent

    @cached_property
    def descriptor(self) -> DataProduct:
        """All that ``product.yaml`` says, typed."""
        return descriptor_from(self.document.raw)

    def management_port(self, content: str) -> ManagementPort | None:
        """The management port for ``discoverability``, ``observability``, ``control`` or ``dictionary``."""
        return next((port for port in self.descriptor.management_ports if port.content == content), None)


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who answers for a domain."""

    team: str
    email: str
    steward: str = ""


class Domain(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``domain.yaml``: a business area, its kind and its owner."""

    name: str
    kind: str
    description: str
    owner: Owner
    tags: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of ``sources.yaml``: becomes the bronze asset ``[domain, bronze, name]`` by itself."""

    description: str
    columns: dict[str, str]
    """Expected columns in file order, with the DuckDB type each is read as."""
    package: str = ""
    """An installed distribution that ships the file; ``path`` is inside its import package."""
    path: str = ""
    landing: str = ""
    """A glob under the landing zone where an outside system drops files."""
    replay: tuple[str, ...] = ()
    """For a landing: the year, month and day columns by which ``package``/``path`` is released day by day."""
    nulls: tuple[str, ...] = ("",)
    """Spellings of null in the file."""
    url: str = ""
    """Where a person reads about the source."""


def product_from(document: Document) -> Product:
    """The typed product of a validated ODPS document."""
    raw = document.raw
    for key in ("name", "version", "domain"):
        if not raw.get(key):
            message = f"has no `{key}`"
            raise document.error(message, [], remedy=f"Add `{key}:`.")
    team = raw.get("team") or {}
    description = raw.get("description") or {}
    return Product(
        id=raw["id"],
        name=raw["name"],
        version=raw["version"],
        status=raw.get("status") or "draft",
        domain=raw["domain"],
        type=raw.get("type") or "",
        purpose=description.get("purpose") or "",
        limitations=description.get("limitations") or "",
        usage=description.get("usage") or "",
        owner=team.get("name") or "",
        tags=tuple(raw.get("tags") or ()),
        inputs=tuple(_ports(document, "inputPorts", InputPort)),
        outputs=tuple(_ports(document, "outputPorts", OutputPort)),
        incremental=tuple(_custom(document, "incremental", tuple[str, ...], ())),
        partitioned=_custom(document, "partitioned", dict[str, str], {}),
        support=tuple(raw.get("support") or ()),
        document=document,
    )


def _custom(document: Document, name: str, kind: Any, default: Any) -> Any:
    """The value of one of the product's ``customProperties``; DescriptorError if it is of another shape."""
    for number, entry in enumerate(document.raw.get("customProperties") or ()):
        if entry.get("property") == name:
            try:
                return msgspec.convert(entry.get("value"), kind)
            except msgspec.ValidationError as error:
                message, at = f"{name}: {error}", ("customProperties", number, "value")
                remedy = "Write a list of SQL names." if name == "incremental" else "Write `layer.step: column`."
                raise document.error(message, at, remedy=remedy) from error
    return default


def _ports(document: Document, key: str, kind: type[Any]) -> list[Any]:
    ports = []
    for number, raw in enumerate(document.raw.get(key) or ()):
        for field in ("contractId", "version"):
            if not raw.get(field):
                message = f"{key} '{raw['name']}' has no `{field}`"
                raise document.error(message, [key, number], remedy=f"Add `{field}:`.")
        if not is_range(str(raw["version"])):
            message = f"{key} '{raw['name']}': '{raw['version']}' is no version or range of versions"
            raise document.error(message, [key, number, "version"], remedy="Write 1.2.0 or >=1.0.0,<2.")
        ports.append(
            kind(
                name=raw["name"],
                contract_id=raw["contractId"],
                version=raw["version"],
                at=(key, number),
            )
        )
    return ports


def domain_from(document: Document) -> Domain:
    """The typed domain of a ``domain.yaml``."""
    domain: Domain = _convert(document, document.raw, Domain)
    if domain.kind not in {"source-aligned", "consumer-aligned", "shared"}:
        message = f"kind '{domain.kind}' is none of source-aligned, consumer-aligned, shared"
        raise document.error(message, ["kind"], remedy="Name the domain's archetype.")
    return domain


def sources_from(document: Document) -> dict[str, Source]:
    """The typed sources of a ``sources.yaml``, by name."""
    sources = {}
    for name, raw in document.raw.items():
        source = _convert(document, raw, Source, at=(name,))
        if bool(source.landing) == bool(source.package) and not source.replay:
            message = f"source '{name}' must name either a `package` or a `landing`"
            raise document.error(message, [name], remedy="A replayed landing names both, and `replay`.")
        if source.replay and (len(source.replay) != _DATE_PARTS or not set(source.replay) <= set(source.columns)):
            message = f"source '{name}': `replay` names {list(source.replay)}"
            raise document.error(message, [name, "replay"], remedy="Name the year, month and day columns.")
        sources[name] = source
    return sources


def _convert(document: Document, raw: Any, kind: type[Any], at: tuple[str, ...] = ()) -> Any:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        path = [part for part in where.rstrip("`").lstrip("$").split(".") if part]
        unknown = message.partition("unknown field `")[2].rstrip("`")
        at_path = [*at, *path, *([unknown] if unknown else [])]
        remedy = f"Known keys: {', '.join(kind.__struct_fields__)}."
        raise _finding(document, message, at_path, remedy) from error


def _finding(document: Document, what: str, at: list[str], remedy: str) -> DescriptorError:
    prefix = f"{'.'.join(at)}: " if at else ""
    return document.error(f"{prefix}{what}", at, remedy=remedy)
