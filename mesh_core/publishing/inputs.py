"""Resolve: from what a transformation names to versions that stay the same until its run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import Input, InternalInput, PortInput
from mesh_core.errors import InputNotPublishedError, MeshError
from mesh_core.storage import Pinned, Place, qualified, quoted, store_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from mesh_core.publishing.services import Services


class PinnedInput(msgspec.Struct, frozen=True, kw_only=True):
    """An input as SQL knows it, and the table version that this run reads."""

    name: str
    """``domain.port`` or ``layer.name``: the view's name."""
    parameter: str
    """How a Python function calls it."""
    key: tuple[str, ...]
    pinned: Pinned
    """The whole version, which the audit sees."""
    part: str = ""
    """The SQL of what the transformation sees of it, where that is not all: new files, or some partitions."""
    since: int | None = None
    """The version after which its rows are new to the transformation; None if it reads more than those."""


def pin_inputs(inputs: Iterable[Input], services: Services) -> tuple[PinnedInput, ...]:
    """Every input at its newest version; InputNotPublishedError if one has none yet."""
    return tuple(_pin(given, services) for given in inputs)


def _pin(given: Input, services: Services) -> PinnedInput:
    if isinstance(given, InternalInput):
        table, key = services.lake.internal(given.key), given.key
        pinned = services.lake.pin(table)
        if pinned is None:
            message = f"the internal asset {'.'.join(key)} has never been materialised"
            raise InputNotPublishedError(message, remedy=f"Run `mesh run {key[0]}`, or materialise it in Dagster.")
        return PinnedInput(name=given.view, parameter=given.name, key=key, pinned=pinned)
    pinned = services.lake.pin(table_of(given, services))
    if pinned is None:
        message = f"the input port {given.address.sql} ({given.contract_id} {given.version}) has never been published"
        raise InputNotPublishedError(message, remedy=f"Run `mesh run {given.address.sql}` first.")
    return PinnedInput(name=given.view, parameter=given.name, key=given.address.asset_key, pinned=pinned)


def table_of(given: PortInput, services: Services) -> Place:
    """Where the input port physically is: its contract says so, the producer's file or the one last published.

    ContractRetiredError for a port that is not to be read any more.
    """
    contract = services.resolver.contract(given.contract_id, given.version)
    if contract is not None:
        services.resolver.admit(contract)
        return services.table(contract)
    domain = given.address.domain
    if domain in services.mesh.broken:
        message = f"{given.contract_id} was never published, and its domain '{domain}' does not load"
        raise InputNotPublishedError(message, remedy=f"Domain '{domain}' has to be mended first: `mesh check`.")
    message = f"no contract {given.contract_id} in version {given.version} exists or was ever published"
    raise InputNotPublishedError(message, remedy="Mend the input port's contractId or version.")


def create_views(connection: duckdb.DuckDBPyConnection, inputs: Iterable[PinnedInput]) -> None:
    """One view an input, named as SQL reads it, over exactly the files that the transformation is to see."""
    for given in inputs:
        schema, _, _ = given.name.partition(".")
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
        _show(connection, given.name, given.part or given.pinned.relation)


def show_whole(connection: duckdb.DuckDBPyConnection, inputs: Iterable[PinnedInput]) -> None:
    """Let the views be of whole versions from here on: rules that name an input mean all of its rows."""
    for given in inputs:
        if given.part:
            _show(connection, given.name, given.pinned.relation)


def _show(connection: duckdb.DuckDBPyConnection, name: str, relation: str) -> None:
    import duckdb

    try:
        connection.execute(f"CREATE OR REPLACE VIEW {qualified(name)} AS {relation}")
    except duckdb.Error as error:
        remedy = "Publish it again, or see whether its files are there."
        told = str(error).partition("\n")[0]
        raise store_error(error) or MeshError(f"{name} can't be read: {told}", remedy=remedy) from error
