"""One Dagster instance a mesh home: `mesh run`, `mesh dev` and the UI read and write the same events."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_core.settings import Settings, let_dagster_write_in_batches

if TYPE_CHECKING:
    import dagster as dg


_SQLITE = """
# Added for this home, because the shared dagster.yaml names no database.
run_storage:
  module: dagster.core.storage.runs
  class: SqliteRunStorage
  config: {{base_dir: "{home}/history"}}
event_log_storage:
  module: mesh_core.orchestration.event_log
  class: KeptSqliteEventLog
  config: {{base_dir: "{home}/history/runs"}}
schedule_storage:
  module: dagster.core.storage.schedules
  class: SqliteScheduleStorage
  config: {{base_dir: "{home}/schedules"}}
"""


def prepare_dagster_home(settings: Settings) -> Path:
    """The instance's folder with a dagster.yaml: the mesh's own, with SQLite unless that names a database."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    shared = settings.root / "dagster.yaml"
    text = shared.read_text() if shared.is_file() else ""
    if not re.search(r"^(storage|run_storage|event_log_storage)\s*:", text, flags=re.MULTILINE):
        text += _SQLITE.format(home=home)
    target = home / "dagster.yaml"
    if not target.is_file() or target.read_text() != text:
        target.write_text(text)
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
    let_dagster_write_in_batches()
    home = prepare_dagster_home(settings)
    with (home / ".opening").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        instance = dg.DagsterInstance.from_config(str(home))
        instance.get_runs_count()
        instance.event_log_storage.get_maximum_record_id()
        instance.schedule_storage and instance.schedule_storage.all_instigator_state()
    with instance:
        yield instance
