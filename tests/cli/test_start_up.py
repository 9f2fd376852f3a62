"""What a verb must not import: the budget of 300 ms is spent on imports before anything else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mesh_core.testing import TinyMesh

HEAVY = {
    "dagster",
    "dagster_dbt",
    "dbt",
    "deltalake",
    "duckdb",
    "great_expectations",
    "jsonschema_rs",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "rich",
    "sqlalchemy",
    "sqlglot",
    "yaml",
}


def _imported(*words: str) -> set[str]:
    script = (
        "import sys; from mesh_core.cli import main; code = main(sys.argv[1:]); print(*sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["run", "--help"], ["dev", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    assert _imported(*words) & HEAVY == set()


def test_list_imports_nothing_heavy(published: TinyMesh) -> None:
    assert _imported("list", "--root", str(published.root)) & HEAVY == set()


def test_check_does_without_dagster_and_opens_the_catalog_once(published: TinyMesh) -> None:
    """The first check after a publication reads which contracts stand, and keeps a copy."""
    unwanted = {"dagster", "great_expectations", "pandas", "deltalake"}
    assert _imported("check", "--root", str(published.root)) & unwanted == set()
    assert _imported("check", "--root", str(published.root)) & {*unwanted, "sqlalchemy"} == set()


def test_query_does_without_dagster_and_the_catalog(published: TinyMesh) -> None:
    unwanted = {"dagster", "great_expectations", "sqlalchemy", "pandas"}
    assert _imported("query", "FROM shop.orders", "--root", str(published.root)) & unwanted == set()


def test_a_run_in_which_nothing_changed_does_without_dagster(published: TinyMesh) -> None:
    assert _imported("run", "--root", str(published.root)) & {"dagster", "great_expectations", "pandas"} == set()
