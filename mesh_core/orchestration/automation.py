"""When things run: schedules from the contract's frequency, sensors where files arrive, conditions for the rest."""

import hashlib
from datetime import timedelta
from functools import cache
from typing import Any

import dagster as dg

from mesh_core.contracts import Contract, Source
from mesh_core.contracts.service_levels import minutes_in
from mesh_core.contracts.tree import Port
from mesh_core.ingestion.files import landed_files
from mesh_core.settings import Settings

AssetJob = Any
"""What ``dg.define_asset_job`` returns; Dagster exports no name for it."""

_HOUR, _DAY, _WEEK = 60, 1440, 10080


def cron_of(contract: Contract) -> str | None:
    """The cron schedule that the contract's ``frequency`` promises; None if it names none."""
    sla = contract.sla("frequency")
    if sla is None:
        return None
    if sla.schedule and sla.scheduler == "cron":
        return sla.schedule
    minutes = minutes_in(sla, contract.document)
    if minutes < _HOUR:
        return f"*/{minutes} * * * *"
    if minutes < _DAY:
        return f"0 */{minutes // _HOUR} * * *" if minutes > _HOUR else "0 * * * *"
    return "0 6 * * *" if minutes < _WEEK else "0 6 * * 1"


def freshness_of(contract: Contract) -> dg.FreshnessPolicy | None:
    """The freshness policy of the contract's ``latency``, with a warning at three quarters of it."""
    sla = contract.sla("latency")
    if sla is None:
        return None
    minutes = minutes_in(sla, contract.document)
    fail = timedelta(minutes=minutes)
    warn = timedelta(minutes=minutes * 3 // 4)
    return dg.FreshnessPolicy.time_window(
        fail_window=fail, warn_window=warn if minutes * 3 // 4 >= 1 and warn < fail else None
    )


@cache
def on_new_inputs(foreign: tuple[tuple[str, ...], ...], *, partitioned: bool = False) -> dg.AutomationCondition[Any]:
    """Run when an input has a new audited version; at least once for each, whatever happens meanwhile.

    Dagster's ``eager()`` loses an update that comes in the tick in which the asset was requested (its issue
    33587). Inputs of other domains are therefore compared with the time of the own last request.

    Of a partitioned input, some partition is enough for whoever reads it whole: days that never came are no reason to
    wait (``any_deps_missing`` would). A partition needs its namesake, and is not limited to the latest time window.
    """
    others = dg.AssetSelection.assets(*(dg.AssetKey(list(key)) for key in foreign))
    condition = dg.AutomationCondition
    updated: dg.AutomationCondition[Any] = condition.any_deps_match(condition.newly_updated()).allow(others)
    if partitioned:
        # A partition that is still to come will read what is new by then: without this, each would run twice.
        updated &= ~condition.missing() | condition.in_progress() | condition.execution_failed()
    due = (
        (
            updated.since(condition.newly_requested())
            | _never_run()
            | condition.any_deps_updated().ignore(others).since_last_handled()
        )
        & condition.all_deps_match(~condition.missing())
        & ~condition.any_deps_in_progress()
        & ~condition.in_progress()
        & condition.all_deps_blocking_checks_passed()
    )
    wanted = due if partitioned else condition.in_latest_time_window() & due
    return wanted.with_label("new audited input versions")


def when_missing() -> dg.AutomationCondition[Any]:
    """Run once by itself on a new home; afterwards the schedule or the sensor decides."""
    return (_never_run() & ~dg.AutomationCondition.in_progress()).with_label("never run")


def _never_run() -> dg.AutomationCondition[Any]:
    """Missing, and not because it failed: that would be tried again at every tick.

    ``on_missing()`` and ``newly_missing()`` are false at the first evaluation, so that a new home would stay
    empty (seen).
    """
    return dg.AutomationCondition.missing() & ~dg.AutomationCondition.execution_failed()


def automation_sensor() -> dg.AutomationConditionSensorDefinition:
    """Evaluates the domain's conditions in the daemon, running from the start.

    Not in the code server (``use_user_code_server``): there it sees its own location's graph only and ran past
    a failing check of another domain (measured).
    """
    return dg.AutomationConditionSensorDefinition(
        "automation",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=5,
        description="Runs assets of this domain when their inputs have new audited versions.",
    )


def schedule_of(port: Port, job: AssetJob) -> dg.ScheduleDefinition | None:
    """The schedule that keeps the contract's frequency."""
    cron = cron_of(port.contract)
    if cron is None:
        return None
    return dg.ScheduleDefinition(
        name=f"{port.address.table}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"From the contract's frequency: {port.contract.path.name}.",
    )


def arrival_sensor(port: Port, job: AssetJob, sources: tuple[Source, ...], settings: Settings) -> dg.SensorDefinition:
    """Runs the port when its landing zone holds files that the last run did not see."""

    @dg.sensor(
        name=f"{port.address.table}_arrivals",
        job=job,
        minimum_interval_seconds=5,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Watches the landing zone.",
    )
    def arrivals(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        files = [file for source in sources for file in landed_files(source, settings)]
        listing = "\n".join(f"{file.name} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files)
        seen = hashlib.sha256(listing.encode()).hexdigest()[:16]
        if not files or seen == context.cursor:
            return dg.SkipReason(f"{len(files)} files in the landing zone, none new")
        request = dg.RunRequest(run_key=seen, tags={"mesh/arrived": files[-1].name})
        return dg.SensorResult(run_requests=[request], cursor=seen)

    return arrivals
