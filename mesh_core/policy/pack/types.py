"""Types from the global standard: what Delta Lake stores and every engine reads back as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mesh_core.policy.policy import Example, Violation, policy
from mesh_core.policy.subject import Field, Subject

STANDARD = {
    "string": ("VARCHAR", "BLOB"),
    "integer": ("BIGINT", "INTEGER", "SMALLINT", "TINYINT"),
    "number": ("DOUBLE", "FLOAT", "DECIMAL(p,s)"),
    "boolean": ("BOOLEAN",),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP WITH TIME ZONE",),
    "array": ("T[]",),
    "object": ("STRUCT(…)",),
    "map": ("MAP(K, V)",),
    "vector": ("FLOAT[]", "DOUBLE[]"),
}
"""Physical types, as DuckDB spells them, by logical type; the first is meant where a contract names none."""
_SHAPES = {
    "DECIMAL(p,s)": r"DECIMAL\(\d+, ?\d+\)",
    "T[]": r".+\[\]",
    "STRUCT(…)": r"STRUCT\(.+\)",
    "MAP(K, V)": r"MAP\(.+\)",
}
# A timestamp without zone is refused by utc-timestamps, which says more about it.
_PATTERNS = {
    logical: re.compile("|".join(_SHAPES.get(name, re.escape(name)) for name in names))
    for logical, names in {**STANDARD, "timestamp": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP")}.items()
}
_NAIVE = re.compile(r"\b(TIMESTAMP(_\w+)?|DATETIME)\b(?! WITH TIME ZONE)")
_UTC = frozenset({"UTC", "Etc/UTC", "Z", "+00:00"})


@policy(
    id="standard-types",
    gates={"check", "publish"},
    sentence="Columns are of the types that every engine of the mesh reads back as they were.",
    example=Example(
        refused="{name: amount, logicalType: integer, physicalType: HUGEINT, description: Cents.,\n"
        " classification: internal}",
        mended="{name: amount, logicalType: integer, physicalType: BIGINT, description: Cents.,\n"
        " classification: internal}",
    ),
)
def standard_types(subject: Subject) -> Iterator[Violation]:
    """A type that only one engine has ends a consumer's work elsewhere: Delta Lake has no unsigned integer, no
    HUGEINT, no UUID and no time of day.

    docs/standards.md lists the physical types of each logical type. Lengths of texts stand in
    ``logicalTypeOptions``, not in the type.
    """
    for field in subject.fields:
        pattern = _PATTERNS.get(field.logical_type)
        if pattern is None:
            what = f"column '{field.path}' has logical type {field.logical_type}, which the standard does not have"
            yield Violation(what, field.at, f"Use one of {', '.join(STANDARD)}.")
        elif pattern.fullmatch(field.physical_type) is None:
            what = f"column '{field.path}' of logical type {field.logical_type} is a {field.physical_type}"
            yield Violation(what, field.at, f"Use {' or '.join(STANDARD[field.logical_type])}.")


@policy(
    id="utc-timestamps",
    gates={"check", "publish"},
    sentence="A moment is a timestamp with time zone, in UTC.",
    example=Example(
        refused="{name: sold_at, logicalType: timestamp, physicalType: TIMESTAMP, description: Moment of sale.,\n"
        " classification: internal}",
        mended="{name: sold_at, logicalType: timestamp, description: Moment of sale., classification: internal}",
    ),
)
def utc_timestamps(subject: Subject) -> Iterator[Violation]:
    """A clock time without zone means something else in every domain, and nothing in the hour that a summer ends.

    The physical type is TIMESTAMP WITH TIME ZONE, which is also what a contract means that names none;
    ``logicalTypeOptions`` say nothing else. The local time of a place is a column of its own, as hour or date.
    """
    for field in subject.fields:
        if not field.nested and _NAIVE.search(field.physical_type):
            what = f"column '{field.path}' is a {field.physical_type}, a time without zone"
            yield Violation(what, field.at, "Drop `physicalType`, or set TIMESTAMP WITH TIME ZONE; convert to UTC.")
        elif field.logical_type == "timestamp":
            yield from _in_another_zone(field)


def _in_another_zone(field: Field) -> Iterator[Violation]:
    options = field.raw.get("logicalTypeOptions") or {}
    at = (*field.at, "logicalTypeOptions")
    if options.get("timezone") is False:
        yield Violation(f"column '{field.path}' says that it has no zone", at, "Drop `timezone: false`.")
    zone = options.get("defaultTimezone", "UTC")
    if zone not in _UTC:
        yield Violation(f"column '{field.path}' is in {zone}", at, "Convert to UTC and drop `defaultTimezone`.")
