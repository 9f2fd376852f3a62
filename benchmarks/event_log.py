"""Storing asset checks: Dagster's stock SQLite event log against the mesh's, which keeps its connections."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from measure import Sample, interleaved, timed, worker
from report import Report, main

ABOUT = (
    "One in-process Dagster run of an asset that reports its checks from the same step, as a port does. The baseline "
    "is Dagster's SqliteEventLogStorage as it comes. 'No flush' is the mesh's SQLite setting, which syncs the disk at "
    "checkpoints instead of at each commit; `mesh run` uses it together with the kept connections."
)
STOCK, RELAXED, KEPT, BOTH = "stock", "stock, no flush", "kept connections", "kept connections, no flush"
STORAGES = {
    STOCK: ("dagster._core.storage.event_log", "SqliteEventLogStorage"),
    KEPT: ("mesh_core.orchestration.event_log", "KeptSqliteEventLog"),
}


def bench(quick: bool) -> Report:
    checks = 40 if quick else 100
    report = Report("Event log", ABOUT, 3 if quick else 5)
    cases = {case: partial(worker, __file__, case, checks) for case in (STOCK, RELAXED, KEPT, BOTH)}
    report.add(f"{checks} checks", interleaved(cases, rounds=report.rounds))
    return report


def work(case: str, checks: str) -> Sample:
    """One run against a new instance, after one check that made its databases."""
    import dagster as dg

    from mesh_core.catalog.durability import flush_sqlite_at_checkpoints

    if case in {RELAXED, BOTH}:
        flush_sqlite_at_checkpoints()
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        Path(home, "dagster.yaml").write_text(_configuration(home, STORAGES[KEPT if case in {KEPT, BOTH} else STOCK]))
        with dg.DagsterInstance.from_config(home) as instance:
            _publish(instance, 1)
            return timed(partial(_publish, instance, int(checks)))._replace(peak_mib=None)


def _configuration(home: str, storage: tuple[str, str]) -> str:
    module, name = storage
    return f"""\
telemetry: {{enabled: false}}
run_storage: {{module: dagster.core.storage.runs, class: SqliteRunStorage, config: {{base_dir: {home}/history}}}}
event_log_storage: {{module: {module}, class: {name}, config: {{base_dir: {home}/history/runs}}}}
schedule_storage:
  {{module: dagster.core.storage.schedules, class: SqliteScheduleStorage, config: {{base_dir: {home}/schedules}}}}
"""


def _publish(instance: object, checks: int) -> None:
    import dagster as dg

    names = [f"rule_{number}" for number in range(checks)]

    @dg.asset(check_specs=[dg.AssetCheckSpec(name, asset="port") for name in names])
    def port():  # Dagster would read an annotation
        results = [dg.AssetCheckResult(passed=True, check_name=name, metadata={"rows": 1}) for name in names]
        return dg.MaterializeResult(check_results=results)

    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    if not dg.materialize([port], instance=instance, run_config=quiet).success:
        raise AssertionError("the run failed")


if __name__ == "__main__":
    main(bench, work)
