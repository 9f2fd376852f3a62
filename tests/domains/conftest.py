"""Transformations of the reference mesh, run on rows that a test types out or on the real sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mesh_core.contracts.loading import load_mesh
from mesh_core.contracts.tree import Mesh
from mesh_core.ingestion import open_source
from mesh_core.settings import Settings

ROOT = Path(__file__).parents[2]

Run = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        root=ROOT,
        home=tmp_path_factory.mktemp("home"),
        catalog_url="sqlite://",
        environment="local",
        memory_limit="2GB",
        replay_until="2013-01-10",
    )


@pytest.fixture(scope="session")
def mesh(settings: Settings) -> Mesh:
    return load_mesh(settings)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'UTC'")
        for schema in ("bronze", "silver", "airports", "fleet", "flight_operations", "weather", "punctuality"):
            opened.execute(f"CREATE SCHEMA {schema}")
        yield opened


@pytest.fixture
def run(connection: duckdb.DuckDBPyConnection) -> Run:
    """Run one SQL file of ``domains/`` over the tables on the connection; its rows as dicts."""

    def rows(path: str) -> list[dict[str, Any]]:
        result = connection.execute((ROOT / "domains" / path).read_text())
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    return rows


@pytest.fixture
def text() -> Callable[[str], str]:
    """The SQL of one file of ``domains/``."""
    return lambda path: (ROOT / "domains" / path).read_text()


@pytest.fixture
def function() -> Callable[[str], Any]:
    """The function that a Python transformation of ``domains/`` is, imported as the platform does: by its file."""

    def load(path: str) -> Any:
        file = ROOT / "domains" / path
        spec = spec_from_file_location(file.stem, file)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return getattr(module, file.stem)

    return load


@pytest.fixture
def bronze(connection: duckdb.DuckDBPyConnection, mesh: Mesh, settings: Settings) -> Callable[[str], None]:
    """Put the real sources of a domain on the connection as its bronze tables."""

    def load(domain: str) -> None:
        for internal in mesh.domains[domain].internals:
            if internal.source is not None:
                sql = open_source(internal.source, settings)
                connection.execute(f"CREATE TABLE bronze.{internal.name} AS {sql}")

    return load
