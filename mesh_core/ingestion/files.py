"""Files as outside systems deliver them: found, unpacked, their header compared with what was declared."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from mesh_core.contracts import Source
from mesh_core.errors import SourceError
from mesh_core.settings import Settings


def package_file(source: Source) -> Path:
    """The file that an installed package ships, found without importing the package."""
    from importlib.util import find_spec

    spec = find_spec(source.package)
    if spec is None or not spec.submodule_search_locations:
        message = f"package '{source.package}' is not installed"
        raise SourceError(message, remedy="Run `make setup`.")
    file = Path(next(iter(spec.submodule_search_locations))) / source.path
    if not file.is_file():
        message = f"package '{source.package}' ships no file {source.path}"
        raise SourceError(message, path=file, remedy="Mend `path` in sources.yaml or install the locked version.")
    return file


def source_place(source: Source, settings: Settings) -> Path:
    """Where a source's rows come from: the package's file, or the folder of the landing zone that is looked into."""
    if source.landing:
        fixed = [part for part in Path(source.landing).parts[:-1] if not {"*", "?", "["} & set(part)]
        return settings.landing.joinpath(*fixed)
    return package_file(source)


def landed_files(source: Source, settings: Settings) -> list[Path]:
    """The files of a landing that have arrived, in name order; files still arriving start with a dot."""
    return sorted(file for file in settings.landing.glob(source.landing) if not file.name.startswith("."))


def check_header(source: Source, file: Path) -> None:
    """SourceError, with what lacks and what is unknown, unless the header is the declared one."""
    expected = list(source.columns)
    try:
        found = next(csv.reader(_first_line(file)), [])
    except (OSError, zipfile.BadZipFile, zlib.error, UnicodeDecodeError, EOFError) as error:
        message = f"cannot be read: {error}"
        raise SourceError(message, path=file, remedy="Deliver the file again; it is damaged.") from error
    if found != expected:
        missing = [column for column in expected if column not in found]
        extra = [column for column in found if column not in expected]
        what = [f"lacks {', '.join(missing)}"] if missing else []
        what += [f"has unknown {', '.join(extra)}"] if extra else []
        message = f"header {' and '.join(what) or 'has another order of columns'}; expected {','.join(expected)}"
        raise SourceError(message, path=file, line=1, remedy="Mend the file, or `columns` in sources.yaml.")


def _first_line(file: Path) -> Iterator[str]:
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive, archive.open(_member(archive, file)) as raw:
            yield io.TextIOWrapper(raw, encoding="utf-8-sig").readline()
        return
    with file.open(encoding="utf-8-sig") as text:
        yield text.readline()


def _member(archive: zipfile.ZipFile, file: Path) -> str:
    names = [name for name in archive.namelist() if not name.endswith("/")]
    if len(names) != 1:
        message = f"holds {len(names)} files, expected one"
        raise SourceError(message, path=file, remedy="Deliver one CSV a zip file.")
    return names[0]


def unpacked(file: Path, settings: Settings) -> Path:
    """A zip's one member unpacked into the cache once; any other file as it is."""
    if file.suffix != ".zip":
        return file
    stat = file.stat()
    name = hashlib.sha256(f"{file}{stat.st_size}{stat.st_mtime_ns}".encode()).hexdigest()[:16]
    target = settings.cache / "unpacked" / f"{name}.csv"
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".part")
    try:
        with zipfile.ZipFile(file) as archive:
            temporary.write_bytes(archive.read(_member(archive, file)))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        temporary.unlink(missing_ok=True)
        message = f"cannot be unpacked: {error}"
        raise SourceError(message, path=file, remedy="Deliver the file again; it is damaged.") from error
    temporary.replace(target)
    return target
