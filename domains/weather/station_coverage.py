"""A plain Dagster asset beside the domain's ports: how complete each station's reports are."""

from typing import Any

import dagster as dg

from mesh_core.orchestration import Table


@dg.asset(
    key=["weather", "silver", "station_coverage"],
    ins={"reports": dg.AssetIn(key=["weather", "bronze", "station_reports"])},
    description="First and last report of each station, and the hours and pressures that are missing between.",
    kinds={"python", "duckdb"},
    automation_condition=dg.AutomationCondition.on_cron("0 7 * * *"),
)
def station_coverage(reports: Table) -> Any:
    """One row a station, for the team that looks after the stations."""
    coverage = reports.relation().aggregate(
        """
        origin AS station_code,
        min(time_hour) AS first_report_at,
        max(time_hour) AS last_report_at,
        count(*) AS reports,
        date_diff('hour', min(time_hour), max(time_hour)) + 1 - count(*) AS missing_hours,
        count(*) - count(pressure) AS missing_pressures
        """
    )
    return coverage.order("station_code").to_arrow_table()
