"""Why an asset must run, and of a partitioned one which partitions: told from commits and files, without reading rows.

Knows no Dagster and opens no table: a commit says what its version was made from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import Input, InternalInput, Node, input_key, key_of
from mesh_core.contracts.tree import DomainTree, Internal, Port
from mesh_core.errors import MeshError
from mesh_core.publishing.partitions import (
    digests,
    is_alike,
    key_of_file,
    partitioning_of,
    recorded,
    stale_keys,
)
from mesh_core.publishing.steps.arrivals import Arrivals, arrivals
from mesh_core.publishing.transformation.fingerprints import code_digest, fingerprint

if TYPE_CHECKING:
    from mesh_core.publishing.services import Services
    from mesh_core.storage import Commit, Place

Key = tuple[str, ...]

NEVER = {True: "never published", False: "never run"}
RENEWED = "an input is to be renewed"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an asset must run; for one that is made by partitions, which must be made and which it will have."""

    reason: str = ""
    """'' if it is as it should be."""
    stale: frozenset[str] = frozenset()
    known: frozenset[str] | None = None
    """None: it is made as a whole."""

    @property
    def partitions(self) -> tuple[str, ...] | None:
        """The partitions to make, in order; None for an asset without."""
        return None if self.known is None else tuple(sorted(self.stale))


class Staleness:
    """Looks at assets in the order in which they read each other, so that what one will become tells of the next."""

    def __init__(self, services: Services, *, force: bool = False) -> None:
        self._services, self._force = services, force
        self._verdicts: dict[Key, Verdict] = {}

    def look(self, node: Node, tree: DomainTree, inputs: tuple[Input, ...], standing: Commit | None) -> Verdict:
        """The verdict on ``node``, whose inputs that are to run as well have been looked at before."""
        if isinstance(node, Port) and node.retired:
            return Verdict()
        try:
            verdict = self._verdict(node, tree, inputs, standing)
        except MeshError:
            # The step itself says what it cannot read, and fails.
            verdict = Verdict(reason="an input or a source cannot be read")
        self._verdicts[key_of(node)] = verdict
        return verdict

    def _verdict(self, node: Node, tree: DomainTree, inputs: tuple[Input, ...], standing: Commit | None) -> Verdict:
        if isinstance(node, Internal) and node.source is not None and node.source.landing:
            return self._of_landing(node, tree, standing)
        partitioning = partitioning_of(node, tree)
        commits = {given.view: self._newest(given) for given in inputs}
        alike = {
            given.view: input_key(given)
            for given in inputs
            if is_alike(given, partitioning, tree, self._services.mesh)
            and self._has_partitions(input_key(given), commits[given.view])
        }
        if alike:
            return self._of_partitions(node, tree, standing, commits, alike=alike, inputs=inputs)
        reason = self._of_whole(node, tree, standing, commits, inputs)
        if partitioning is None:
            return Verdict(reason=reason)
        known = frozenset(recorded(_facts(standing)))  # nothing that it reads tells of more
        return Verdict(reason=reason, stale=known if reason else frozenset(), known=known)

    def _of_landing(self, node: Internal, tree: DomainTree, standing: Commit | None) -> Verdict:
        found = arrivals(node, tree, standing, self._services.settings)
        fresh = tuple(found.present) if self._force else found.fresh
        reason = _first(
            (self._force, "forced"),
            (standing is None, NEVER[False]),
            (standing is not None and "files" not in standing.facts, "its files are not recorded yet"),
            (bool(fresh), f"{len(fresh)} of {len(found.present)} files are new"),
        )
        if partitioning_of(node, tree) is None:
            return Verdict(reason=reason)
        return Verdict(reason=reason, stale=_keys(fresh), known=self._known_of(found))

    def _known_of(self, found: Arrivals) -> frozenset[str]:
        """The partitions that the table will have: a forced step forgets files that were taken away."""
        return _keys(found.present if self._force else {**found.held, **found.present})

    def _of_partitions(
        self,
        node: Node,
        tree: DomainTree,
        standing: Commit | None,
        commits: Mapping[str, Commit | None],
        *,
        alike: Mapping[str, Key],
        inputs: Sequence[Input],
    ) -> Verdict:
        before = {view: self._verdicts.get(key) for view, key in alike.items()}
        known = frozenset[str]().union(*(self._known(before[view], commits[view]) for view in alike))
        made = recorded(standing.facts) if standing else {}
        whole = [given for given in inputs if given.view not in alike]
        renewed = any(self._is_stale(given) for given in whole)
        missing = any(commit is None for commit in commits.values())
        if self._force or standing is None or renewed or missing:
            stale = {*known, *made}
        else:
            versions = {given.view: _version(commits[given.view]) for given in whole}
            parts = [recorded(_facts(commits[view])) for view in alike]
            stale = set(stale_keys(made, digests(code_digest(node, tree), versions, parts)))
            stale |= {key for verdict in before.values() if verdict for key in verdict.stale}
        reason = _first(
            (self._force, "forced"),
            (standing is None, NEVER[isinstance(node, Port)]),
            (renewed or any(verdict and verdict.reason for verdict in before.values()), RENEWED),
            (bool(stale), f"{len(stale)} of {len(known)} partitions are stale"),
        )
        return Verdict(reason=reason, stale=frozenset(stale), known=known)

    def _of_whole(
        self,
        node: Node,
        tree: DomainTree,
        standing: Commit | None,
        commits: Mapping[str, Commit | None],
        inputs: Sequence[Input],
    ) -> str:
        if self._force:
            return "forced"
        if standing is None:
            return NEVER[isinstance(node, Port)]
        if any(self._is_stale(given) for given in inputs):
            return RENEWED
        if None in commits.values():
            return "an input has no version yet"
        versions = {view: _version(commit) for view, commit in commits.items()}
        now = fingerprint(node, tree, versions, self._services.settings)
        return "" if standing.facts.get("fingerprint") == now else "code, contract, inputs or sources changed"

    def _is_stale(self, given: Input) -> bool:
        found = self._verdicts.get(input_key(given))
        return found is not None and bool(found.reason)

    def _has_partitions(self, key: Key, commit: Commit | None) -> bool:
        """Whether the input will tell its partitions when its turn comes."""
        planned = self._verdicts.get(key)
        if planned is not None and planned.reason:
            return planned.known is not None
        return commit is not None and "partitions" in commit.facts

    @staticmethod
    def _known(verdict: Verdict | None, commit: Commit | None) -> frozenset[str]:
        if verdict is not None and verdict.known is not None:
            return verdict.known
        return frozenset(recorded(_facts(commit)))

    def _newest(self, given: Input) -> Commit | None:
        return self._services.lake.newest(place_of_input(given, self._services))


def place_of_input(given: Input, services: Services) -> Place:
    """Where the input's table is; ContractRetiredError for a port that is not to be read any more."""
    from mesh_core.publishing.inputs import table_of

    if isinstance(given, InternalInput):
        return services.lake.internal(given.key)
    return table_of(given, services)


def _facts(commit: Commit | None) -> dict[str, str]:
    return commit.facts if commit else {}


def _version(commit: Commit | None) -> int:
    return commit.version if commit else -1


def _keys(names: Sequence[str] | Mapping[str, str]) -> frozenset[str]:
    return frozenset(key_of_file(name) for name in names)


def _first(*reasons: tuple[bool, str]) -> str:
    """The first reason that holds; '' if none does."""
    return next((told for holds, told in reasons if holds), "")
