"""What holds in this mesh because it speaks of flights; decided by the governance group."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mesh_core.policy import Example, Subject, Violation, policy

_PLACE = re.compile(r"(origin|destination|airport|station)_code")
_AIRPORT = "entity:airport"

_MEASURED = re.compile(
    r"(^|_)(delay|air_time|hours?|distance|speed|gust|elevation|temperature|pressure|visibility|precipitation)(_|$)"
)
# fmt: off
_UNITS = frozenset({
    "seconds", "minutes", "hours", "days", "miles", "km", "ft", "f", "c", "mph", "knots", "degrees", "percent",
    "inches", "millibars", "mm", "kmh", "hpa",
})
# fmt: on
_NO_MEASURE = frozenset({"rate", "risk", "share", "hour"})
"""A share has no unit, and an hour of the day is a clock's, not a length."""


@policy(
    id="airport-ids",
    severity="warning",
    gates={"check"},
    sentence="An airport is known by its global id; the code of a feed stands beside it, never in a key.",
    example=Example(
        refused="{name: origin_code, logicalType: string, description: Code in the feed., classification: public}",
        mended="{name: origin_airport_id, logicalType: string, description: Airport of departure.,\n"
        " classification: public, tags: [entity:airport]}",
    ),
)
def airport_ids(subject: Subject) -> Iterator[Violation]:
    """Three registers give codes to airports, and one code can name two airports over the years.

    A column origin_code, destination_code, airport_code or station_code needs the id of the same airport beside
    it, and is no part of the primary key. The owner of the identity, which has to hold all codes, is free.
    """
    owner = subject.charter.entity("airport")
    if owner is not None and owner.port.startswith(f"mesh://{subject.domain.name}/"):
        return
    ids = {column.name for column in subject.columns if _AIRPORT in column.tags}
    for column in subject.columns:
        place = _PLACE.fullmatch(column.name)
        if place is None:
            continue
        if column.name in subject.contract.primary_key:
            remedy = f"Put the airport's id in the key; {column.name} may stand beside it."
            yield Violation(f"column '{column.name}' is the code of a feed and part of the key", column.at, remedy)
        wanted = f"{place[1]}_airport_id" if place[1] in {"origin", "destination"} else "airport_id"
        if wanted not in ids:
            remedy = f"Add {wanted}, tagged {_AIRPORT}; airports.airports knows the id of a code."
            yield Violation(f"column '{column.name}' has no airport id beside it", column.at, remedy)


@policy(
    id="units-named",
    gates={"check", "publish"},
    sentence="A measured number carries its unit in its name.",
    example=Example(
        refused="{name: departure_delay, logicalType: integer, description: After schedule., classification: public}",
        mended="{name: departure_delay_minutes, logicalType: integer, description: After schedule.,\n"
        " classification: public}",
    ),
)
def units_named(subject: Subject) -> Iterator[Violation]:
    """Aviation measures in feet, miles, knots and inches, weather offices in metric units: a bare number is misread.

    Holds for numbers whose name speaks of a delay, air time, distance, speed, elevation, temperature, pressure,
    visibility or precipitation. Rates, risks and hours of the day have no unit.
    """
    for field in subject.fields:
        words = field.name.split("_")
        if field.logical_type not in {"integer", "number"} or _MEASURED.search(field.name) is None:
            continue
        if words[-1] not in _UNITS | _NO_MEASURE:
            remedy = f"End the name in its unit, e.g. {field.name}_minutes or {field.name}_miles."
            yield Violation(f"column '{field.path}' is a measure without unit", field.at, remedy)
