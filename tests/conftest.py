"""``--lake s3``: the same tests on an object store."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from object_storage.seaweed import Seaweed, running
from object_storage.switch import BASE, access_of_tests


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--lake", choices=["folder", "s3"], default="folder", help="where the tables of tests are")


def pytest_configure(config: pytest.Config) -> None:
    # A shell starts what it runs in the background with Ctrl-C ignored, and tests and their children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "folder: looks at a lake's files as files of this machine")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--lake") == "s3":
        kept = [item for item in items if item.get_closest_marker("folder") is None]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """The one object store of this process's tests, started when the first needs it."""
    with running(tmp_path_factory.mktemp("seaweed")) as server:
        yield server


@pytest.fixture(scope="session")
def _default_connection(seaweed: Seaweed) -> None:
    """``duckdb.sql`` in a test reads what the test published."""
    import duckdb

    from mesh_core.storage import reach

    with pytest.MonkeyPatch.context() as patch:
        _set(seaweed, patch)
        reach(duckdb.default_connection(), access_of_tests())


@pytest.fixture(autouse=True)
def _lake_of_tests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MESH_LAKE", BASE):
        monkeypatch.setenv(name, "")  # whatever a test sets is taken back
        monkeypatch.delenv(name)
    if request.config.getoption("--lake") == "s3":
        request.getfixturevalue("_default_connection")
        _set(request.getfixturevalue("seaweed"), monkeypatch)


def _set(seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(BASE if name == "MESH_LAKE" else name, value)
