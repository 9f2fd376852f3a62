"""One version of a contract after another: what is published stays as it is, and the number says what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.comparison import Change, Comparison, compare, sentence
from mesh_core.contracts.lifecycle import DRAFTS
from mesh_core.contracts.ranges import release_of

if TYPE_CHECKING:
    from mesh_core.contracts.odcs import Contract
    from mesh_core.errors import MeshError

GOVERNED = frozenset({"status-retired"})
"""Breaking changes with a rule of their own: a contract is retired after notice, not by another major version."""

_NAMED = 3
"""Changes that a message names; `mesh diff` shows all."""


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """A contract version as it was published."""

    version: str
    status: str
    document: Mapping[str, Any]


def succession_breaks(contract: Contract, published: Iterable[Promise]) -> list[MeshError]:
    """Why ``contract`` cannot follow what was ``published`` of its major, newest first; drafts bind nobody."""
    bound = [
        promise
        for promise in published
        if release_of(promise.version)[0] == contract.major and promise.status not in DRAFTS
    ]
    if not bound:
        return []
    newest = max(bound, key=lambda promise: release_of(promise.version))
    whole = compare(newest.document, contract.document.raw)
    if contract.version == newest.version:
        return [_immutable(contract, whole)] if whole.changes else []
    comparison = governed_apart(whole)
    if went_back(comparison):
        return [_went_back(contract, newest)]
    if contract.status == "retired":
        return []  # nothing is published under it any more
    if comparison.breaking:
        return [_breaking(contract, comparison)]
    return [] if comparison.enough else [_not_raised(contract, comparison)]


def governed_apart(comparison: Comparison) -> Comparison:
    """The comparison without what other rules decide."""
    changes = tuple(change for change in comparison.changes if change.kind not in GOVERNED)
    return msgspec.structs.replace(comparison, changes=changes)


def went_back(comparison: Comparison) -> bool:
    """Whether the new version number lies before the old one."""
    return comparison.bumped == "none" and comparison.new_version != comparison.old_version


def next_version(comparison: Comparison) -> str:
    """The least version that admits the changes; also after one that no loader takes, as a revision may hold it."""
    numbers = [int(part) for part in comparison.old_version.split(".") if part.isdigit()]
    major, minor, patch = [*numbers, 0, 0, 0][:3]
    return {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
        "none": comparison.old_version,
    }[comparison.bump]


def _immutable(contract: Contract, comparison: Comparison) -> MeshError:
    message = (
        f"{contract.id} {contract.version} is published and stays as it is, but the contract changed: "
        f"{_named(comparison.changes)}"
    )
    remedy = f"{_raise_it(contract, comparison)} ({comparison.impact} changes), or take the change back."
    at = comparison.changes[0].near
    return contract.document.error(message, at, remedy=remedy, code="immutable-version")


def _went_back(contract: Contract, newest: Promise) -> MeshError:
    message = f"{contract.id} went back from version {newest.version}, which is published, to {contract.version}"
    remedy = f"Raise the version above {newest.version}, also for taking changes back."
    return contract.document.error(message, ("version",), remedy=remedy, code="version-not-raised")


def _breaking(contract: Contract, comparison: Comparison) -> MeshError:
    message = (
        f"{contract.id} {contract.version} breaks what {comparison.old_version} promised: {_named(comparison.breaking)}"
    )
    remedy = f"Keep the promise. {_beside(contract)}"
    return contract.document.error(message, comparison.breaking[0].near, remedy=remedy, code="breaking-change")


def _not_raised(contract: Contract, comparison: Comparison) -> MeshError:
    message = (
        f"{contract.id} {contract.version} is not what {comparison.old_version} promised: {_named(comparison.changes)}"
    )
    remedy = f"{_raise_it(contract, comparison)}, here and in product.yaml ({comparison.impact} changes)."
    return contract.document.error(message, ("version",), remedy=remedy, code="version-not-raised")


def _raise_it(contract: Contract, comparison: Comparison) -> str:
    if comparison.bump == "major":
        return _beside(contract).removesuffix(".")
    return f"Raise the version to {next_version(comparison)}"


def _beside(contract: Contract) -> str:
    major = contract.major + 1
    file = f"{contract.address.port}_v{major}.contract.yaml"
    return f"Publish {major}.0.0 beside it, as another port in {file}."


def _named(changes: Sequence[Change]) -> str:
    told = "; ".join(sentence(change) for change in changes[:_NAMED])
    more = len(changes) - _NAMED
    return f"{told}; and {more} more" if more > 0 else told
