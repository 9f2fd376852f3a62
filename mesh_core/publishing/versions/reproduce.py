"""Reproduce: build a published version again from what its commit recorded, and compare.

Inputs are read in the versions that were read then, by the code that was used then. Nothing is staged and nothing is
committed: what a publication would have written is one SQL statement here, and its rows are compared with those of the
version as multisets.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import msgspec

from mesh_core.contracts.tree import DomainTree, Port
from mesh_core.errors import InputNotPublishedError, MeshError
from mesh_core.publishing.attempt import transform
from mesh_core.publishing.register import contract_in
from mesh_core.publishing.services import Services
from mesh_core.publishing.versions.past import Past
from mesh_core.publishing.versions.revisions import CodeAt, code_of
from mesh_core.publishing.versions.rowsets import Difference, difference
from mesh_core.storage import Commit, Pinned
from mesh_core.storage.log import commit_at


class Reproduction(msgspec.Struct, frozen=True, kw_only=True):
    """What rebuilding one version came to."""

    address: str
    table_version: int
    compared: str
    """Which rows were made again: all of the version, or those that it wrote."""
    difference: Difference
    inputs: dict[str, int]
    """The versions that were read, by name."""
    revision: str = ""
    """The git revision whose code was run; '' for the tree as it is."""
    same_platform: bool = True
    seconds: float

    @property
    def identical(self) -> bool:
        return self.difference.none

    def as_dict(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        plain: dict[str, Any] = msgspec.to_builtins(self, enc_hook=str)
        return {"identical": self.identical, **plain}


def reproduce(port: Port, tree: DomainTree, services: Services, version: int | None = None) -> Reproduction:
    """Rebuild ``version`` of the port, by default the newest, and say whether it is identical.

    All rows of a snapshot are made again; of a port that is written by partitions those partitions that the version
    wrote, of an appending one the rows that it added; a merge is done again onto the version before. A restored version
    is compared with the one that it restored. Raises MeshError where an input's version can't be read any more
    (version-gone), CodeGoneError where the code can't be had.
    """
    started = time.perf_counter()
    table = services.table(port.contract)
    published = services.lake.pin(table, version)
    if published is None:
        message = f"{port.address.sql} has never been published"
        raise InputNotPublishedError(message, remedy=f"Run `mesh run {port.address.sql} --upstream` first.")
    commit = commit_at(table, published.version)
    if commit.facts.get("restoredFrom"):
        return _restored(port, services, published, commit, started)
    if "codeDigest" not in commit.facts:
        message = f"version {published.version} of {port.address.sql} did not record what it was made from"
        raise MeshError(message, remedy="It was not made by `mesh run` or Dagster.", code="not-recorded")
    with code_of(commit, port, tree, services) as code:
        return _rebuilt(_as_then(code, commit, port), published, commit, started)


def _as_then(code: CodeAt, commit: Commit, port: Port) -> CodeAt:
    """The code with the contract that the version was published under."""
    contract = contract_in(commit, port)
    if contract is None:
        return code
    return msgspec.structs.replace(code, port=msgspec.structs.replace(code.port, contract=contract))


def _rebuilt(code: CodeAt, published: Pinned, commit: Commit, started: float) -> Reproduction:
    contract = code.port.contract
    with closing(Past(code, published, commit)) as past:
        made = past.written(transform(past))
        found = difference(past.connection, past.published, made, contract, contract.primary_key)
        return Reproduction(
            address=past.name,
            table_version=published.version,
            compared=past.compared,
            difference=found,
            inputs=past.versions,
            revision=code.revision,
            same_platform=code.same,
            seconds=time.perf_counter() - started,
        )


def _restored(port: Port, services: Services, published: Pinned, commit: Commit, started: float) -> Reproduction:
    """Restoring only copies, so the two versions must be equal; the old one can be reproduced by itself."""
    source = int(commit.facts["restoredFrom"])
    old = services.lake.pin(published.path, source)
    contract = contract_in(commit, port) or port.contract
    if old is None:
        raise AssertionError  # the table has a version, this one
    with services.connect() as connection:
        found = difference(connection, published.relation, old.relation, contract, contract.primary_key)
    return Reproduction(
        address=port.address.sql,
        table_version=published.version,
        compared=f"the rows of version {source}, which it restored",
        difference=found,
        inputs={port.address.sql: source},
        seconds=time.perf_counter() - started,
    )
