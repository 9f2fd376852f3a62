"""From the contract to its checks: pure, no data, no engine; findings carry file and line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from mesh_core.errors import DescriptorError, DescriptorsError, MeshError
from mesh_core.quality.authored import authored_check
from mesh_core.quality.implied import column_checks, primary_key_check
from mesh_core.quality.naming import slug
from mesh_core.quality.reconciling import reconciling_checks

if TYPE_CHECKING:
    from mesh_core.contracts import Contract
    from mesh_core.quality.spec import CheckSpec


def checks_for(contract: Contract) -> tuple[CheckSpec, ...]:
    """The contract's checks, what the schema implies first; each name once.

    Raises DescriptorError (DescriptorsError for several) at the line of each rule that could never be
    evaluated, or could never fail.
    """
    errors: list[MeshError] = []
    named: dict[str, CheckSpec] = {}
    for check in _derived(contract, errors):
        name = _free(check, named)
        named[name] = msgspec.structs.replace(check, name=name)
    if errors:
        raise errors[0] if len(errors) == 1 else DescriptorsError(errors)
    return tuple(named.values())


def _derived(contract: Contract, errors: list[MeshError]) -> Iterator[CheckSpec]:
    for column in contract.columns:
        try:
            yield from column_checks(column, contract)
        except DescriptorError as error:
            errors.append(error)
    if key := primary_key_check(contract):
        yield key
    try:
        yield from reconciling_checks(contract)
    except DescriptorError as error:
        errors.append(error)
    for rule in contract.rules:
        try:
            check = authored_check(rule, contract)
        except DescriptorError as error:
            errors.append(error)
        else:
            if check is not None:
                yield check


def _free(check: CheckSpec, taken: dict[str, CheckSpec]) -> str:
    """The check's name, with its column or a number where another rule has it."""
    candidates = [check.name, *([f"{slug(check.column)}_{check.name}"] if check.column else [])]
    candidates += [f"{check.name}_{number}" for number in range(2, len(taken) + 3)]
    return next(name for name in candidates if name not in taken)
