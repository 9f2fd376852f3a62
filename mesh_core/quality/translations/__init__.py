"""Great Expectations' expectations as DuckDB measurements: the registry, and what a translation is given."""

from __future__ import annotations

import msgspec

from mesh_core.quality.conditions import condition_sql
from mesh_core.quality.measurements import Fact, KeyTest, Measurement, RowTest
from mesh_core.quality.table import Kwargs, Table
from mesh_core.quality.translations import records, rows, statistics, tables

TRANSLATIONS = rows.TRANSLATIONS | records.TRANSLATIONS | statistics.TRANSLATIONS | tables.TRANSLATIONS
"""Expectation type to the function that compiles it; the function answers None for what SQL can't say."""


def translate(expectation: str, kwargs: Kwargs, table: Table) -> Measurement | None:
    """The measurement that gives GX's verdict, or None if GX itself has to run."""
    translation = TRANSLATIONS.get(expectation)
    if translation is None:
        return None
    measurement = translation(kwargs, table)
    condition = condition_sql(kwargs, table)
    if measurement is None or condition is None:
        return None
    if isinstance(measurement, Fact):
        return measurement
    if isinstance(measurement, RowTest | KeyTest):
        return msgspec.structs.replace(measurement, condition=condition, mostly=kwargs.get("mostly", 1.0))
    return msgspec.structs.replace(measurement, condition=condition)
