"""A product made of a historical extract and the live feed that replaced it: which is which, and where one ends.

A contract says so once, in its ``customProperties``::

    - {property: cutOverDate, value: "2013-07-01"}
    - property: reconciliation
      value: {historical: silver.extract_cleaned, live: flight_operations.flights, by: flight_date}

``by`` is a column that the port and the live feed share, the cut-over its first value that the feed answers for. Rows
are told apart by the primary key, which both sources make in the same way. The feed wins where both have a
row; the extract answers for everything before, and for what the feed has not delivered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.variables import variables_of

if TYPE_CHECKING:
    from mesh_core.contracts.odcs import Contract

PROPERTY = "reconciliation"
CUT_OVER = "cutOverDate"


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The two sources of the port, as its transformation calls them, and the cut-over between them."""

    historical: str
    live: str
    by: str
    cut_over: str = ""
    """The first value of ``by`` that the live feed answers for, as an SQL literal."""
    key: tuple[str, ...] = ()
    at: tuple[str | int, ...] = ()


def reconciliation_of(contract: Contract) -> Reconciliation | None:
    """What the contract says of its two sources; None if it has no such property, DescriptorError if it clashes."""
    for number, entry in enumerate(contract.document.raw.get("customProperties") or ()):
        if entry.get("property") == PROPERTY:
            return _read(entry.get("value"), ("customProperties", number, "value"), contract)
    return None


def _read(value: object, at: tuple[str | int, ...], contract: Contract) -> Reconciliation:
    document = contract.document
    try:
        found = msgspec.convert(value, Reconciliation)
    except msgspec.ValidationError as error:
        message = f"{PROPERTY}: {error}"
        remedy = "Give historical, live and by: two inputs, and a column that tells before from after."
        raise document.error(message, at, remedy=remedy) from error
    if found.by not in {column.name for column in contract.columns}:
        message = f"{PROPERTY} goes by '{found.by}', which is no column of the contract"
        raise document.error(message, at, remedy="Name a column that the port and the live feed share.")
    if not contract.primary_key:
        message = f"{PROPERTY} needs a primary key to tell rows apart by"
        raise document.error(message, at, remedy="Mark the key's columns with `primaryKey: true`.")
    cut_over = variables_of(document.raw).get(CUT_OVER)
    if cut_over is None:
        message = f"{PROPERTY} needs a cut-over"
        raise document.error(message, at, remedy=f"Add the custom property {CUT_OVER}, an ISO date.")
    return msgspec.structs.replace(found, key=contract.primary_key, cut_over=cut_over, at=at)
