"""What people do without a mesh: a pandas asset, a Delta Lake IO manager and GX in an asset check, in one Dagster run.

Runs in the environment that ``io_manager.py`` makes.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import great_expectations as gx
import pandas as pd  # noqa: TC002 - Dagster reads the annotations
from dagster_deltalake import LocalConfig
from dagster_deltalake_pandas import DeltaLakePandasIOManager
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.registry import get_expectation_impl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from measure import timed


def main(warm: str, folder: str) -> None:
    """Print the sample of one materialisation, after one of few rows."""
    warnings.simplefilter("ignore")
    _materialised(Path(warm))()
    print(json.dumps(timed(_materialised(Path(folder)))))


def _materialised(folder: Path) -> Callable[[], None]:
    said: dict[str, Any] = json.loads((folder / "rules.json").read_text())

    @dg.asset(key=["shop", "orders"])
    def orders() -> pd.DataFrame:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(said["select"]).df()

    @dg.asset_check(asset=dg.AssetKey(["shop", "orders"]), blocking=True)
    def rules(orders: pd.DataFrame) -> dg.AssetCheckResult:
        results = _validated(orders, said["rules"])
        return dg.AssetCheckResult(passed=all(results), metadata={"rules": len(results)})

    manager = DeltaLakePandasIOManager(root_uri=str(folder / "stock"), storage_options=LocalConfig())
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    run = partial(dg.materialize, [orders, rules], resources={"io_manager": manager}, run_config=quiet)

    def materialise() -> None:
        with dg.DagsterInstance.ephemeral() as instance:
            [found] = run(instance=instance).get_asset_check_evaluations()
            if not found.passed or found.metadata["rules"].value != len(said["rules"]):
                raise AssertionError("the rules hold, but the check failed")

    return materialise


def _validated(frame: pd.DataFrame, rules: list[dict[str, Any]]) -> list[bool]:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.variables.analytics_enabled = False
    definition = context.data_sources.add_pandas("s").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b")
    suite = gx.ExpectationSuite(name="orders")
    for rule in rules:
        suite.add_expectation(get_expectation_impl(rule["type"])(**rule["kwargs"]))
    validated = definition.get_batch(batch_parameters={"dataframe": frame}).validate(suite, result_format="SUMMARY")
    return [bool(result.success) for result in validated.results]


if __name__ == "__main__":
    main(*sys.argv[1:])
