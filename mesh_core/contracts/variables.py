"""What SQL may take from its contract by ``getvariable('name')``: every custom property that is one plain value.

A cut-over date then stands in the contract alone, and the transformation and the rules read it there. The call is
DuckDB's own, so that the statement also runs by itself after a ``SET VARIABLE``; here its value is put in its place
before anything binds, so that types, lineage and rules see a constant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from mesh_core.errors import MeshError

PARTITIONS = "partitions"
"""Known to the engine only: the partitions that a publication was asked for, DATE[]; NULL when all are meant."""

_CALL = re.compile(r"\bgetvariable\s*\(\s*'((?:[^']|'')*)'\s*\)", re.IGNORECASE)

Fault = Callable[[str, str, int], MeshError]
"""Makes the error of a message, a remedy and the offset at which it stands."""


def variables_of(raw: Mapping[str, Any]) -> dict[str, str]:
    """The document's scalar custom properties as SQL literals: ISO dates and times typed, numbers, truths, text."""
    entries = raw.get("customProperties") or ()
    found = {str(entry["property"]): _literal(entry.get("value")) for entry in entries}
    return {name: value for name, value in found.items() if value}


def _literal(value: Any) -> str:
    """'' for what is no plain value."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return f"CAST({value!r} AS {'BIGINT' if isinstance(value, int) else 'DOUBLE'})"
    if not isinstance(value, str):
        return ""
    quoted = "'" + value.replace("'", "''") + "'"
    if _is_iso(value, date.fromisoformat):
        return f"DATE {quoted}"
    return f"TIMESTAMPTZ {quoted}" if "T" in value and _is_iso(value, datetime.fromisoformat) else quoted


def _is_iso(text: str, parse: Callable[[str], Any]) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def filled(sql: str, variables: Mapping[str, str], fault: Fault | None = None) -> str:
    """``sql`` with each variable's value in its place; ``fault`` makes the error for a name that is none.

    Without it such a name is left for who can say where it stands. DuckDB would take it for NULL, and a filter by it
    for one that no row passes.
    """
    if "getvariable" not in sql.lower():
        return sql

    def value(match: re.Match[str]) -> str:
        name = match[1].replace("''", "'")
        if name in variables:
            return variables[name]
        if name != PARTITIONS and fault is not None:
            message = f"getvariable('{name}') names no plain custom property of the contract"
            known = ", ".join(sorted(variables)) or "none"
            raise fault(message, f"Add it to the contract's `customProperties`; those are {known}.", match.start())
        return match[0]

    return _CALL.sub(value, sql)
