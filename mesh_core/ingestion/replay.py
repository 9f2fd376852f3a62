"""A year of history released day by day on a simulated clock, so that schedules and sensors have work.

Each day becomes one file of the landing zone, named after the day, as an outside system would drop it. The
clock is what has been released: there is no other state to lose.
"""

from __future__ import annotations

import contextlib
import csv
import fcntl
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fnmatch import fnmatch
from pathlib import Path

from mesh_core.contracts import Source
from mesh_core.errors import ConfigurationError
from mesh_core.ingestion.files import check_header, unpacked
from mesh_core.settings import Settings

_DAY = "????-??-??.csv"


class Replay:
    """The simulated clock of one replayed source."""

    def __init__(self, source: Source, history: Path, settings: Settings) -> None:
        self._source = source
        self._history = history
        self._settings = settings
        self.folder = settings.landing / Path(source.landing).parent
        self._days = settings.cache / "replay" / self.folder.name

    def begin(self) -> None:
        """On a new home, release the days up to the ``MESH_REPLAY_UNTIL`` setting; else nothing."""
        if next(self.folder.glob("*.csv"), None) is None:
            self.release_until(_day(self._settings.replay_until))

    def released(self) -> list[date]:
        """The days that have arrived, oldest first."""
        return sorted(date.fromisoformat(file.stem) for file in self.folder.glob(_DAY))

    def pending(self) -> list[date]:
        """The days of the history that have not arrived, oldest first."""
        arrived = set(self.released())
        return [day for day in self._history_days() if day not in arrived]

    def release_until(self, last: date) -> list[date]:
        """Drop every pending day up to ``last``; returns them."""
        with self._locked():
            return [self._release(day) for day in self.pending() if day <= last]

    def release_next(self, days: int = 1) -> list[date]:
        """Drop the next pending days; returns them, [] once the year is over."""
        with self._locked():
            return [self._release(day) for day in self.pending()[:days]]

    def _release(self, day: date) -> date:
        """A rename, so that a reader sees the whole file or none."""
        arriving = self.folder / f".{day}.arriving"
        shutil.copyfile(self._days / f"{day}.csv", arriving)
        arriving.replace(self.folder / f"{day}.csv")
        return day

    def _history_days(self) -> list[date]:
        if not (self._days / "complete").is_file():
            self._split()
        return sorted(date.fromisoformat(file.stem) for file in self._days.glob(_DAY))

    def _split(self) -> None:
        """Cut the history into one CSV a day, once a home, with the original's lines untouched."""
        check_header(self._source, self._history)
        plain = unpacked(self._history, self._settings)
        self._days.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._days.parent) as scratch:
            days = Path(scratch) / "days"
            days.mkdir()
            _write_days(plain, self._source, days)
            (days / "complete").touch()
            shutil.rmtree(self._days, ignore_errors=True)
            days.replace(self._days)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One releaser at a time: the sensor, a person and a run may all start a new home."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".clock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def clock_after(files: Iterable[str]) -> str:
    """What the clock shows once ``files`` are released: the end of the last day, as ISO time in UTC; '' before it.

    Files that are not named ``<day>.csv`` came another way.
    """
    last = max((name for name in files if fnmatch(name, _DAY)), default="")
    return f"{date.fromisoformat(last.removesuffix('.csv')) + timedelta(days=1)}T00:00:00+00:00" if last else ""


def _write_days(plain: Path, source: Source, folder: Path) -> None:
    """One ``<day>.csv`` for each day of the history: its lines as they are, in their order.

    Lines are split only where that tells the day; parsing every field costs thirteen times as much (measured).
    """
    places = [list(source.columns).index(column) for column in source.replay]
    days: dict[tuple[str, ...], list[str]] = {}
    with plain.open(newline="", encoding="utf-8-sig") as text:
        header = next(text)
        for line in text:
            fields = next(csv.reader([line])) if '"' in line else line.split(",", max(places) + 1)
            days.setdefault(tuple(fields[place] for place in places), []).append(line)
    for (year, month, day), lines in days.items():
        name = date(int(year), int(month), int(day)).isoformat()
        (folder / f"{name}.csv").write_text(header + "".join(lines), encoding="utf-8", newline="")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"MESH_REPLAY_UNTIL is '{text}', not a date"
        raise ConfigurationError(message, remedy="Write YYYY-MM-DD.") from error
