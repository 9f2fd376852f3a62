"""How likely a departure is late, by airport, airline, hour and weather: smoothed frequencies, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from mesh_core.orchestration import Table

LATE_MINUTES = 15
PRIOR_FLIGHTS = 20
"""How many flights of evidence the baseline counts for: cells with fewer lean towards it."""
CELL = ["origin_airport_id", "carrier_code", "scheduled_departure_hour", "weather_band"]
BASELINE = ["origin_airport_id", "scheduled_departure_hour"]


def delay_risk(flights_history: Table, observations: Table, carriers: Table) -> pd.DataFrame:
    """One row for each cell that was flown, with its risk and the evidence behind it."""
    flights = _departures(flights_history).merge(
        _weather_bands(observations), how="left", on=["origin_airport_id", "departure_hour"]
    )
    flights["weather_band"] = flights["weather_band"].fillna("unknown")
    cells = _counts(flights, CELL).merge(_baseline(flights), on=BASELINE)
    cells["observed_rate"] = cells["late_departures"] / cells["flights"]
    cells["delay_risk"] = _smoothed(cells, cells["baseline_risk"])
    named = cells.merge(carriers.pandas(), how="left", on="carrier_code")
    return named.sort_values(CELL, ignore_index=True)


def _departures(flights_history: Table) -> pd.DataFrame:
    """Hours are counted from 1970: integers join faster than time zones. An unknown delay is not a late departure."""
    departures: pd.DataFrame = (
        flights_history.relation()
        .filter("status <> 'cancelled'")
        .select(
            "origin_airport_id, carrier_code, scheduled_departure_hour, "
            "epoch(scheduled_departure_at)::BIGINT // 3600 AS departure_hour, "
            f"coalesce(departure_delay_minutes >= {LATE_MINUTES}, false) AS late"
        )
        .to_arrow_table()
        .to_pandas()
    )
    return departures


def _weather_bands(observations: Table) -> pd.DataFrame:
    """Each hour's worst feature for a departure: visibility before rain or snow before wind."""
    bands: pd.DataFrame = (
        observations.relation()
        .select(
            "airport_id AS origin_airport_id, epoch(observed_at)::BIGINT // 3600 AS departure_hour, "
            "CASE WHEN visibility_category IN ('IFR', 'LIFR') THEN 'low_visibility' "
            "WHEN precipitation_inches > 0 THEN 'wet' "
            "WHEN wind_gust_mph >= 35 THEN 'windy' ELSE 'fair' END AS weather_band"
        )
        .to_arrow_table()
        .to_pandas()
    )
    return bands


def _counts(flights: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    counted = flights.groupby(by, as_index=False, sort=False).agg(
        flights=("late", "size"), late_departures=("late", "sum")
    )
    return counted.astype({"flights": "int64", "late_departures": "int64"})


def _baseline(flights: pd.DataFrame) -> pd.DataFrame:
    """The risk at an airport in an hour of the day, smoothed towards that of all flights."""
    hours = _counts(flights, BASELINE)
    hours["baseline_risk"] = _smoothed(hours, float(flights["late"].mean()))
    return hours[[*BASELINE, "baseline_risk"]]


def _smoothed(counts: pd.DataFrame, prior: pd.Series | float) -> pd.Series:
    return (counts["late_departures"] + PRIOR_FLIGHTS * prior) / (counts["flights"] + PRIOR_FLIGHTS)
