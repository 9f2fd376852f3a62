"""Resolve: from a contract id or an address, and a range of versions, to the one port that is meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts import Contract, Document, contract_from
from mesh_core.contracts.lifecycle import Standing, standing, successor
from mesh_core.contracts.loading import load_mesh
from mesh_core.contracts.ranges import VersionRange, is_range, range_of, release_of
from mesh_core.contracts.tree import Mesh, Port
from mesh_core.errors import MeshError
from mesh_core.model import Address
from mesh_core.serving.errors import ContractRetiredError, UnresolvedError
from mesh_core.serving.resolution import Found, Resolution, endpoint_of, resolution_of, table_state
from mesh_core.settings import Settings, load_settings
from mesh_core.storage import Lake, open_lake

if TYPE_CHECKING:
    from mesh_core.catalog import Catalog

_DISCOVERY = "/discovery"
_MAJOR = re.compile(r"(?:_|/)v[1-9]\d*$")
_STANDING = ("active", "deprecated", "draft", "retired")
"""The order in which statuses are preferred; what is not among them counts as a draft."""
_OFFERED = frozenset({"active", "deprecated"})
"""The statuses that are found without asking for a version."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks for: a port, which major or which range of its versions, its discovery port or itself."""

    contract_id: str
    major: int | None = None
    version: str = ""
    discovery: bool = False

    @classmethod
    def parse(cls, text: str, version: str = "") -> Target:
        """``ID``, ``ID@RANGE`` or any spelling of an address; UnknownAddressError if it is none."""
        name, _, given = text.partition("@")
        wanted = (version or given).strip()
        if wanted and not is_range(wanted):
            message = f"'{wanted}' is no version or range of versions"
            raise MeshError(message, remedy="Write 1, 1.x, 1.2.0 or >=1.2,<2.", code="range")
        discovery = name.startswith("mesh://") and name.endswith(_DISCOVERY)
        name = name.removesuffix(_DISCOVERY) if discovery else name
        address = Address.parse(name)
        major = address.major if _MAJOR.search(name) else None
        return cls(contract_id=f"{address.domain}.{address.port}", major=major, version=wanted, discovery=discovery)

    def admits(self, contract: Contract) -> bool:
        """Whether the contract is what is asked for; drafts and retired ones only if a version was named."""
        if self.major is None and not self.version:
            return contract.status in _OFFERED
        span = range_of(self.version) if self.version else None
        return self.major in {None, contract.major} and (span is None or span.admits(contract.version))

    @property
    def asked(self) -> str:
        """The versions that are asked for, in words."""
        parts = [f"major {self.major}" if self.major else "", f"'{self.version}'" if self.version else ""]
        return " and ".join(part for part in parts if part)


class Resolver:
    """Finds the contract of a mesh that a name means: the producer's file, else the one last published.

    ``catalog`` is called only where no file tells: opening one costs half a second. None if there is none yet.
    """

    def __init__(self, settings: Settings, mesh: Mesh, lake: Lake, catalog: Callable[[], Catalog | None]) -> None:
        self._settings, self._mesh, self._lake, self._catalog = settings, mesh, lake, catalog

    def resolve(self, target: str | Target, version: str = "") -> Resolution:
        """The port that ``target`` means: the newest version in the range, active ones before others.

        Without a range or a major, the newest that is neither draft nor retired. UnresolvedError, with the
        versions that there are, if none meets; UnknownAddressError if the mesh has no such contract.
        """
        wanted = target if isinstance(target, Target) else Target.parse(target, version)
        found = self._in_tree(wanted.contract_id)
        if not any(wanted.admits(each.contract) for each in found):
            found = self._with_published(wanted.contract_id, found)
        if not found:
            raise self._missing(wanted.contract_id)
        meeting = [each for each in found if wanted.admits(each.contract)]
        if not meeting:
            raise _unresolved(wanted, found)
        return self._resolution(min(meeting, key=lambda each: preference(each.contract)), found)

    def resolution_of(self, port: Port) -> Resolution:
        """The resolution of a port that is at hand."""
        chosen = Found(contract=port.contract, owner=port.owner, source="tree")
        beside = [each for each in self._in_tree(port.contract.id) if each.contract.address != port.address]
        return self._resolution(chosen, [chosen, *beside])

    def contract(self, contract_id: str, version: str) -> Contract | None:
        """What a reader who wants this range reads: the producer's file, else the contract last published."""
        port = self._mesh.resolve(contract_id, version)
        if port is not None:
            return port.contract
        return self._last_published(contract_id, range_of(version))

    def at(self, address: Address) -> Contract | None:
        """The contract of the port at ``address``: the producer's file, else the one last published."""
        port = self._mesh.ports.get(address)
        if port is not None:
            return port.contract
        published = self.published(f"{address.domain}.{address.port}")
        return next((contract for contract in published if contract.address == address), None)

    def addresses(self) -> tuple[Address, ...]:
        """Every port that a reader can name: those of the tree, and of domains that don't load the published."""
        broken = self._mesh.broken
        catalog = self._catalog() if broken else None
        lost = (Address.parse(entry.address) for entry in catalog.ports()) if catalog else ()
        return (*self._mesh.ports, *(address for address in lost if address.domain in broken))

    def published(self, contract_id: str) -> tuple[Contract, ...]:
        """The contracts last published under the id, one for each major version."""
        newest: dict[int, Contract] = {}
        catalog = self._catalog()
        for raw in catalog.contracts(contract_id) if catalog else ():
            contract = contract_from(Document(self._settings.root / f"{contract_id}.published", raw, ""))
            newest.setdefault(contract.major, contract)
        return tuple(newest.values())

    def admit(self, contract: Contract) -> None:
        """ContractRetiredError, with the successor, if the contract's port is not to be read any more."""
        if contract.status != "retired" or not self._has_ended(contract):
            return
        following = successor(contract, [each.contract for each in self._in_tree(contract.id)])
        message = f"{contract.address.sql} is retired ({contract.id} {contract.version})"
        remedy = f"Its successor is {following}." if following else "Nothing took its place."
        file = contract.path if contract.path.is_file() else None
        raise ContractRetiredError(message, path=file, remedy=remedy)

    def _has_ended(self, contract: Contract) -> bool:
        """Whether the catalog let the port end: a file that says so without notice takes nothing from its readers."""
        catalog = self._catalog()
        known = catalog.contract_versions(contract.id, contract.version) if catalog else ()
        return any(each.status == "retired" for each in known)

    def _in_tree(self, contract_id: str) -> list[Found]:
        return [
            Found(contract=port.contract, owner=port.owner, source="tree") for port in self._mesh.versions(contract_id)
        ]

    def _with_published(self, contract_id: str, found: list[Found]) -> list[Found]:
        majors = {each.contract.major for each in found}
        last = [contract for contract in self.published(contract_id) if contract.major not in majors]
        return [*found, *(Found(contract=each, owner=each.owner, source="catalog") for each in last)]

    def _last_published(self, contract_id: str, span: VersionRange) -> Contract | None:
        found = [contract for contract in self.published(contract_id) if span.admits(contract.version)]
        return max(found, key=lambda contract: release_of(contract.version), default=None)

    def _missing(self, contract_id: str) -> MeshError:
        broken = self._mesh.broken.get(contract_id.partition(".")[0])
        return broken if broken is not None else self._mesh.unknown(contract_id)

    def _resolution(self, chosen: Found, found: list[Found]) -> Resolution:
        contract = chosen.contract
        return resolution_of(
            chosen,
            [each.contract for each in found if each is not chosen],
            stands=self._standing(contract, found),
            endpoint=endpoint_of(contract, self._settings.environment, self._lake),
            table=table_state(self._lake.place_of(contract.server(self._settings.environment)), self._lake),
        )

    def _standing(self, contract: Contract, found: list[Found]) -> Standing:
        """Where the contract stands; the catalog is asked only for what is coming to its end."""
        today, others = datetime.now(UTC).date(), [each.contract for each in found]
        first = standing(contract, (), today, others=others)
        if not first.ending:
            return first
        catalog = self._catalog()
        history = catalog.milestones(contract.id).get(contract.id, ()) if catalog else ()
        return standing(contract, history, today, others=others)


def resolve(target: str, version: str = "", *, root: Path | None = None) -> Resolution:
    """The port that ``target`` means, in the mesh at ``root`` (by default the one that encloses this folder).

    ``target`` is a contract id or any spelling of an address; ``version`` a range (``1``, ``1.x``, ``>=1.2,<2``),
    which may also follow the target after an ``@``. Without one, the newest version that is neither draft nor
    retired. Raises UnknownAddressError, UnresolvedError, and what is wrong with a domain that does not load.
    """
    settings = load_settings(root)
    with ExitStack() as stack:

        def catalog() -> Catalog | None:
            from mesh_core.catalog import Catalog

            found = Catalog.existing(settings.catalog_url)
            return stack.enter_context(found) if found else None

        return Resolver(settings, load_mesh(settings), open_lake(settings), catalog).resolve(target, version)


def preference(contract: Contract) -> tuple[int, tuple[int, ...]]:
    """Less is better: by status, then the newest."""
    status = contract.status if contract.status in _STANDING else "draft"
    return _STANDING.index(status), tuple(-part for part in release_of(contract.version))


def _unresolved(wanted: Target, found: list[Found]) -> UnresolvedError:
    known = sorted((each.contract for each in found), key=lambda contract: release_of(contract.version))
    told = ", ".join(f"{contract.version} ({contract.status})" for contract in known)
    what = f"meets {wanted.asked}" if wanted.asked else "is active or deprecated"
    remedy = f"There {'is' if len(known) == 1 else 'are'} {told}."
    if not wanted.asked:
        remedy += f" Ask for one: {wanted.contract_id}@{known[-1].version}."
    return UnresolvedError(f"no version of {wanted.contract_id} {what}", remedy=remedy)
