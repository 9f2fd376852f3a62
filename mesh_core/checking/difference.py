"""What `mesh diff` tells: contracts compared one by one, with whom each change hits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from mesh_core.checking.changes import BINDING
from mesh_core.checking.column_use import DeclaredConsumers
from mesh_core.checking.hits import hit_by
from mesh_core.contracts.comparison import IMPACTS, Change, Comparison, compare
from mesh_core.contracts.consumers import Consumer, ConsumerSource, consumers_of
from mesh_core.model import Address

if TYPE_CHECKING:
    from mesh_core.checking.baseline import Baseline, Standing
    from mesh_core.contracts.tree import Mesh, Port
    from mesh_core.settings import Settings

State = Literal["changed", "unchanged", "new", "removed"]
_HARMLESS = frozenset({"compatible", "documentation"})


class ContractDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One contract on both sides; a side that has none is ''."""

    id: str
    name: str
    """The port's SQL name, or the contract's id where there is no port."""
    state: State
    old: str = ""
    """Where the old side comes from."""
    new: str = ""
    """The file of the new side."""
    comparison: Comparison
    consumers: tuple[Consumer, ...] = ()
    """Who reads the contract; asked for only where a change may hit somebody."""
    bound: bool = True
    """Whether the old side binds its producer: a draft does not, nor does a retired contract."""

    @property
    def is_breaking(self) -> bool:
        return bool(self.comparison.breaking) or (self.state == "removed" and self.bound)

    def hit_by(self, change: Change) -> tuple[str, ...]:
        """Names of those whom the change may hit."""
        if change.impact in _HARMLESS:
            return ()
        return tuple(consumer.name for consumer in hit_by(change.column, self.consumers))

    def as_dict(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        compared = self.comparison
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "old": {"version": compared.old_version, "from": self.old} if self.old else None,
            "new": {"version": compared.new_version, "from": self.new} if self.new else None,
            "breaking": self.is_breaking,
            "impact": compared.impact,
            "bump": {"required": compared.bump, "given": compared.bumped, "enough": compared.enough},
            "changes": [
                {**msgspec.structs.asdict(change), "bump": change.bump, "hits": self.hit_by(change)}
                for change in compared.changes
            ],
            "consumers": self.consumers,
        }


def compare_files(
    old: tuple[Path, Mapping[str, Any]],
    new: tuple[Path, Mapping[str, Any]],
    mesh: Mesh | None,
    settings: Settings | None,
) -> ContractDifference:
    """Two contract files with their documents; consumers are those of ``mesh``, if there is one."""
    comparison = compare(old[1], new[1])
    sources = [DeclaredConsumers(mesh, settings)] if mesh is not None and settings is not None else []
    return ContractDifference(
        id=str(old[1].get("id") or ""),
        name=str(new[1].get("id") or new[0].name),
        state="changed" if comparison.changes else "unchanged",
        old=str(old[0]),
        new=str(new[0]),
        comparison=comparison,
        consumers=_consumers(old[1], comparison, sources),
    )


def compare_mesh(
    patterns: Sequence[str], mesh: Mesh, baseline: Baseline, settings: Settings
) -> list[ContractDifference]:
    """Every contract of the tree or of the baseline that a pattern means; domains that don't load are left out.

    UnknownAddressError for a pattern that means no contract of either.
    """
    sources = [DeclaredConsumers(mesh, settings)]
    ports = {(port.contract.id, port.contract.major): port for port in mesh.ports.values()}
    keys = {key: _names(key, baseline.contracts.get(key), ports.get(key)) for key in (*baseline.contracts, *ports)}
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for names in keys.values() for name in names):
            mesh.select((pattern,))  # it knows near names to tell
    chosen = [key for key, names in keys.items() if not patterns or _meant(names, patterns)]
    return [
        _one(names[0], baseline.contracts.get(key), ports.get(key), sources)
        for key, names in ((key, keys[key]) for key in sorted(chosen))
        if names[2] not in mesh.broken
    ]


def _names(key: tuple[str, int], standing: Standing | None, port: Port | None) -> tuple[str, ...]:
    """What a pattern may call the contract; the SQL name first, the domain third."""
    domain, _, name = key[0].rpartition(".")
    product = port.product.id if port else f"{domain}.{standing.product if standing else name}"
    address = port.address if port else Address(domain, name, key[1])
    return address.sql, address.uri, domain, product


def _meant(names: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _one(
    name: str, standing: Standing | None, port: Port | None, sources: Sequence[ConsumerSource]
) -> ContractDifference:
    raw = port.contract.document.raw if port else {}
    if standing is None:
        version = str(raw.get("version") or "")
        comparison = Comparison(old_version="", new_version=version, changes=())
        return ContractDifference(
            id=str(raw.get("id")), name=name, state="new", new=_file(port), comparison=comparison, bound=False
        )
    if port is None:
        comparison = Comparison(old_version=standing.version, new_version="", changes=())
        consumers = consumers_of(standing.raw, (), sources)
        state: State = "removed"
    else:
        comparison = compare(standing.raw, raw)
        consumers = _consumers(standing.raw, comparison, sources)
        state = "changed" if comparison.changes or standing.version != raw.get("version") else "unchanged"
    return ContractDifference(
        id=standing.id,
        name=name,
        state=state,
        old=standing.origin,
        new=_file(port),
        comparison=comparison,
        consumers=consumers,
        bound=standing.status in BINDING,
    )


def _file(port: Port | None) -> str:
    return str(port.contract.path) if port else ""


def _consumers(
    raw: Mapping[str, Any], comparison: Comparison, sources: Sequence[ConsumerSource]
) -> tuple[Consumer, ...]:
    """Those who read the contract, with their uses of the columns that change in a way that may hit them."""
    felt = [change for change in comparison.changes if change.impact not in _HARMLESS]
    columns = tuple({change.column: None for change in felt if change.column})
    return consumers_of(raw, columns, sources) if felt else ()


def counts(differences: Sequence[ContractDifference]) -> Iterator[tuple[str, int]]:
    """How many changes of each impact, and how many contracts came and went."""
    found = Counter(change.impact for difference in differences for change in difference.comparison.changes)
    yield from ((impact, found[impact]) for impact in reversed(IMPACTS))
    states = Counter(difference.state for difference in differences)
    yield from (("new", states["new"]), ("removed", states["removed"]))
