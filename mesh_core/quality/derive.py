"""From the contract to its checks: pure, no data, no engine; findings carry file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mesh_core.quality.authored import authored_checks
from mesh_core.quality.implied import implied_checks
from mesh_core.quality.naming import slug

if TYPE_CHECKING:
    from mesh_core.contracts import Contract
    from mesh_core.quality.spec import CheckSpec


def checks_for(contract: Contract) -> tuple[CheckSpec, ...]:
    """The contract's checks, what the schema implies first; each name once.

    Raises DescriptorError at the line of a rule that could never be evaluated or could never fail.
    """
    checks: list[CheckSpec] = []
    taken: set[str] = set()
    for check in (*implied_checks(contract), *authored_checks(contract)):
        name = _free(check, taken)
        taken.add(name)
        checks.append(msgspec.structs.replace(check, name=name))
    return tuple(checks)


def _free(check: CheckSpec, taken: set[str]) -> str:
    """The check's name, with its column or a number where another rule has it."""
    candidates = [check.name, *([f"{slug(check.column)}_{check.name}"] if check.column else [])]
    candidates += [f"{check.name}_{number}" for number in range(2, len(taken) + 3)]
    return next(name for name in candidates if name not in taken)
