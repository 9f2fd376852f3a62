"""One Dagster instance a mesh home: `mesh run`, `mesh dev` and the UI read and write the same events."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_core.settings import Settings

if TYPE_CHECKING:
    import dagster as dg


def prepare_dagster_home(settings: Settings) -> Path:
    """The instance's folder with the mesh's dagster.yaml in it."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    shared = settings.root / "dagster.yaml"
    if shared.is_file():
        shutil.copyfile(shared, home / "dagster.yaml")
    return home


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance, its databases made by one process at a time.

    Several processes on a fresh home race in Dagster's migrations (``UNIQUE constraint failed:
    alembic_version``, measured), so that the first opening holds a lock.
    """
    import dagster as dg

    from mesh_core.catalog.durability import flush_sqlite_at_checkpoints

    flush_sqlite_at_checkpoints()
    home = prepare_dagster_home(settings)
    with (home / ".opening").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        instance = dg.DagsterInstance.from_config(str(home))
        instance.get_runs_count()
        instance.event_log_storage.get_maximum_record_id()
        instance.schedule_storage and instance.schedule_storage.all_instigator_state()
    with instance:
        yield instance
