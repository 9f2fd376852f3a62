"""The policies that hold in a mesh: the built-in pack, and the mesh's own in place of it or beside it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from mesh_core.errors import DescriptorsError, MeshError
from mesh_core.policy.own import policies_in
from mesh_core.policy.pack import PACK
from mesh_core.policy.policy import Policy

FOLDER = "policies"


class Policies(msgspec.Struct, frozen=True):
    """All policies by id, the pack's first."""

    by_id: dict[str, Policy]

    @classmethod
    def load(cls, root: Path) -> Policies:
        """The pack and what ``governance/policies/*.py`` of the mesh at ``root`` defines.

        A policy with the id of a built-in replaces it. MeshError, with file and line, for a file that is wrong:
        a policy that cannot run is never one that passes.
        """
        files = sorted((root / "governance" / FOLDER).glob("[!_]*.py"))
        return _loaded(tuple((file, *_stamp(file)) for file in files))

    def at(self, gate: str) -> tuple[Policy, ...]:
        """Those that hold at the gate."""
        return tuple(policy for policy in self.by_id.values() if gate in policy.gates)


def _stamp(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=8)
def _loaded(files: tuple[tuple[Path, int, int], ...]) -> Policies:
    """Once for each state of the files: a long-lived process sees an edited policy."""
    found = {policy.id: policy for policy in PACK}
    origin: dict[str, Policy] = {}
    errors: list[MeshError] = []
    for file, _, _ in files:
        try:
            for policy in policies_in(file):
                _check_new(policy, origin)
                origin[policy.id] = policy
        except MeshError as error:
            errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else DescriptorsError(errors)
    return Policies({**found, **origin})


def _check_new(policy: Policy, known: dict[str, Policy]) -> None:
    if policy.id in known:
        other = known[policy.id]
        message = f"policy '{policy.id}' is defined twice, here and in {other.path.name}:{other.line}"
        raise MeshError(message, path=policy.path, line=policy.line, code="policy-file", remedy="Rename one of them.")
