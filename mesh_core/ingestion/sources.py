"""Open a configured source as a typed relation, or say what is wrong with its files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from pathlib import Path

from mesh_core.contracts import Source
from mesh_core.errors import SourceError
from mesh_core.ingestion.files import check_header, landed_files, package_file, unpacked
from mesh_core.ingestion.replay import Replay
from mesh_core.settings import Settings

_READ_ERROR_LINES = 3
_NOISE = ("Possible", "*", "LINE", "^", "file =", "delimiter =", "This type was auto-detected")


def source_files(source: Source, settings: Settings) -> list[Path]:
    """The files that hold the source now, in name order; SourceError if there is none."""
    if source.landing:
        return _landed(source, settings)
    return [package_file(source)]


def _landed(source: Source, settings: Settings) -> list[Path]:
    if source.replay:
        Replay(source, package_file(source), settings).begin()
    files = landed_files(source, settings)
    if not files:
        message = f"no file matches {source.landing} in the landing zone {settings.landing}"
        raise SourceError(message, remedy="Drop a file there; the sensor picks it up.")
    return files


def source_fingerprint(source: Source, settings: Settings) -> str:
    """Changes when the source's files do: by name, size and modification time."""
    return _seen(source_files(source, settings))


def deliveries(source: Source, settings: Settings) -> dict[str, str]:
    """The files that a landing holds now, by name, each with a fingerprint that a new delivery of it changes.

    Files of one name in several folders are one delivery: rows name their file without its folder.
    """
    found: dict[str, list[Path]] = {}
    for file in source_files(source, settings):
        found.setdefault(file.name, []).append(file)
    return {name: _seen(files) for name, files in found.items()}


def _seen(files: Collection[Path]) -> str:
    seen = hashlib.sha256()
    for file in files:
        stat = file.stat()
        seen.update(f"{file.name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return seen.hexdigest()[:16]


def open_source(source: Source, settings: Settings, *, only: Collection[str] | None = None) -> str:
    """The SQL that reads the source, typed as declared; a landing's rows name their file in ``_source_file``.

    ``only`` are the names of the files to read; None: all. Headers are compared at once; a bad line shows when the
    SQL runs (see ``source_error``).
    """
    files = [file for file in source_files(source, settings) if only is None or file.name in only]
    for file in files:
        check_header(source, file)
    readable = [unpacked(file, settings) for file in files]
    name = f", {_file_name(files, readable)} AS _source_file" if source.landing else ""
    listed = ", ".join(_text(str(file)) for file in readable)
    columns = ", ".join(f"{_text(column)}: {_text(kind)}" for column, kind in source.columns.items())
    nulls = ", ".join(_text(null) for null in source.nulls)
    return (
        f"SELECT * EXCLUDE (filename){name} FROM read_csv([{listed}], header = true, auto_detect = false, "
        f"delim = ',', quote = '\"', escape = '\"', columns = {{{columns}}}, nullstr = [{nulls}], "
        "strict_mode = true, filename = true)"
    )


def _file_name(files: list[Path], readable: list[Path]) -> str:
    """The SQL of the delivered file's name: what a zip was unpacked to has another."""
    read = "parse_filename(filename)"
    delivered = {plain.name: file.name for file, plain in zip(files, readable, strict=True) if plain != file}
    if not delivered:
        return read
    entries = ", ".join(f"{_text(plain)}: {_text(name)}" for plain, name in delivered.items())
    return f"coalesce(MAP {{{entries}}}[{read}], {read})"


def source_error(error: Exception) -> SourceError:
    """DuckDB's complaint about a line of a file, in one sentence, with the file and the line as its place."""
    text = str(error)
    file = re.search(r"^\s*file = (.+)$", text, flags=re.MULTILINE)
    line = re.search(r"CSV Error on Line: (\d+)", text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(_NOISE) and "CSV Error on Line" not in line]
    return SourceError(
        "cannot be read as declared: " + " | ".join(told[:_READ_ERROR_LINES]),
        path=Path(file[1]) if file else None,
        line=int(line[1]) if line else None,
        remedy="Mend or re-deliver the file, or correct `columns` in sources.yaml.",
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
