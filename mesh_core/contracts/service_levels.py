"""Service levels by name and by measure: one spelling for the standard's many, one unit for lengths of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesh_core.contracts.document import Document
    from mesh_core.contracts.odcs import Sla

LENGTHS = frozenset({"frequency", "latency"})

_MINUTES = {
    "m": 1, "min": 1, "minute": 1, "h": 60, "hr": 60, "hour": 60, "d": 1440, "day": 1440, "w": 10080, "wk": 10080,
    "week": 10080, "mo": 43830, "month": 43830, "y": 525960, "yr": 525960, "year": 525960,
}  # fmt: skip

_SPELLINGS = {
    "ly": "latency", "la": "latency", "fy": "frequency", "fr": "frequency", "frequencyofupdate": "frequency",
    "updatefrequency": "frequency", "interval": "frequency", "re": "retention", "av": "availability",
    "uptime": "availability", "th": "throughput", "er": "errorrate", "ga": "generalavailability",
    "es": "endofsupport", "el": "endoflife", "ta": "timeofavailability", "td": "timetodetect", "tn": "timetonotify",
    "tr": "timetorepair", "mttr": "timetorepair", "rto": "recoverytime", "recoverytimeobjective": "recoverytime",
}  # fmt: skip
"""Short and other names of the same properties, those of the standard's table of service levels among them."""


def known_as(name: str) -> str:
    """The property's name in lower case without separators, short and other names as the standard's own."""
    text = "".join(letter for letter in name.lower() if letter.isalnum())
    return _SPELLINGS.get(text, text)


def minutes_in(sla: Sla, document: Document) -> int:
    """A service level's length in minutes; DescriptorError for a unit that is no time."""
    unit = sla.unit.lower()
    length = _MINUTES.get(unit) or _MINUTES.get(unit.removesuffix("s"))
    try:
        value = float(sla.value)
    except (TypeError, ValueError):
        value = 0.0
    if length is None or value <= 0:
        message = f"service level '{sla.property}' is '{sla.value} {sla.unit}', not a length of time"
        remedy = "Give a positive number and a unit: m, h, d or w."
        raise document.error(message, sla.at, remedy=remedy)
    return max(1, round(value * length))
