"""A contract's rules tried out before there are rows: each must be one that can be evaluated."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from mesh_core.contracts.references import table_references
from mesh_core.errors import DescriptorError, MeshError, flattened
from mesh_core.quality import bind
from mesh_core.quality.sql_rules import PLACEHOLDER

if TYPE_CHECKING:
    import duckdb

    from mesh_core.quality import CheckSpec

_CODE = "rule-invalid"
_OTHERS = r"(?:(?!\b(?:FROM|JOIN|TABLE)\b)[^,])*"
_PLAIN = re.compile(rf"(?:(?!\b(?:FROM|JOIN|TABLE)\b).)*\bFROM \$\{{\w+\}}(?:\s{_OTHERS})?", re.IGNORECASE | re.DOTALL)
"""A query of one table, its own: most are, and parsing one costs as much as binding it."""


def rule_findings(
    checks: Sequence[CheckSpec],
    connection: duckdb.DuckDBPyConnection,
    staged: str,
    inputs: Collection[str],
    bound: set[str],
) -> list[MeshError]:
    """Rules that could never be evaluated over the table ``staged``, beside which the inputs are tables.

    ``bound`` remembers what was found to bind, for the next port.
    """
    findings = [error for check in checks if check.query and (error := _foreign(check, inputs))]
    return findings or as_rule_findings(_unbound(checks, connection, staged, bound))


def as_rule_findings(errors: Sequence[MeshError]) -> list[MeshError]:
    """The same errors, each by itself and known as faults of rules."""
    found = flattened(errors)
    for error in found:
        error.code = _CODE
    return found


def _unbound(
    checks: Sequence[CheckSpec], connection: duckdb.DuckDBPyConnection, staged: str, bound: set[str]
) -> list[MeshError]:
    """All at once, and one by one only to tell which are wrong."""
    try:
        bind(checks, connection, staged, bound=bound)
    except MeshError as error:
        if len(checks) == 1:
            return [error]
        return [found for check in checks for found in _unbound([check], connection, staged, bound)]
    return []


def _foreign(check: CheckSpec, inputs: Collection[str]) -> MeshError | None:
    """A query may name the inputs of the product; the engine has the tables of others, too."""
    if _PLAIN.fullmatch(check.query):
        return None
    try:
        named = table_references(check.path, PLACEHOLDER.sub("_staged", check.query))
    except DescriptorError:
        return None  # what doesn't parse is told by the engine, with the rule's name
    foreign = [name for name in named if name != "_staged" and name not in inputs]
    if not foreign:
        return None
    error: MeshError = check.could_not_run(
        f"its query reads '{foreign[0]}'", remedy="Tables are ${object} and the declared input ports."
    )
    error.code = _CODE
    return error
