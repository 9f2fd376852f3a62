"""Files in an object store: what storage does to them, and what it says when the store does not."""

from __future__ import annotations

import subprocess
import sys
import time
import traceback
from collections.abc import Callable

import msgspec
import pytest

from mesh_core.errors import ConfigurationError, MeshError
from mesh_core.settings import Secret, StoreAccess
from mesh_core.storage import ObjectStoreError
from mesh_core.storage.object_store import ObjectPath
from mesh_core.storage.places import (
    create,
    files_below,
    make_room,
    names_in,
    place_at,
    read,
    recent_names_in,
    remove,
    size_of,
    write,
)

from .seaweed import KEY_ID, SECRET, Seaweed

Act = Callable[[ObjectPath], object]


def test_a_file_from_its_beginning_to_its_end(folder: ObjectPath) -> None:
    make_room(folder)
    file = folder / "x=1" / "a b%.json"
    assert size_of(file) is None
    with pytest.raises(FileNotFoundError):
        read(file)
    write(file, b"first")
    write(file, b"second")
    assert (read(file), size_of(file)) == (b"second", 6)
    remove(file)
    remove(file)
    assert size_of(file) is None


def test_names_are_those_of_the_folder_itself(folder: ObjectPath) -> None:
    assert names_in(folder) == []
    for name in ("a.json", "b.json", "below/c.json"):
        write(folder / name, b"...")
    write(folder.with_name(folder.name + " too") / "d.json", b"...")
    assert sorted(names_in(folder)) == ["a.json", "b.json"]
    assert names_in(folder, "a.json") == ["b.json"]
    assert sorted((found.name, found.bytes) for found in files_below(folder)) == [
        ("a.json", 3),
        ("b.json", 3),
        ("below/c.json", 3),
    ]
    assert all(abs(time.time() - found.modified) < 60 for found in files_below(folder))


def test_a_whole_bucket_is_a_place_too(access: StoreAccess, seaweed: Seaweed) -> None:
    seaweed.make_bucket("whole")
    bucket = place_at("s3://whole", access)
    write(bucket / "a.json", b"...")
    write(bucket / "below" / "b.json", b"...")
    assert names_in(bucket) == recent_names_in(bucket, lambda: "") == ["a.json"]
    assert sorted(found.name for found in files_below(bucket)) == ["a.json", "below/b.json"]


def test_a_long_listing_is_not_read_whole(folder: ObjectPath) -> None:
    import obstore

    assert recent_names_in(folder, lambda: "0002") == []
    for number in range(1005):
        obstore.put(folder.store.client, f"{folder.key}/{number:04}.json", b"")
    assert recent_names_in(folder, lambda: "1002") == ["1002.json", "1003.json", "1004.json"]
    assert len(recent_names_in(folder, lambda: "")) == 1005


def test_only_the_first_creates(folder: ObjectPath) -> None:
    assert create(folder / "0.json", b"mine")
    assert not create(folder / "0.json", b"yours")
    assert not create(folder / "0.json", b"mine")
    assert read(folder / "0.json") == b"mine"


RACER = """
import sys
from mesh_core.settings import Secret, StoreAccess
from mesh_core.storage.places import create, place_at
url, me, endpoint, key_id, secret = sys.argv[1:]
folder = place_at(url, StoreAccess(key_id=Secret(key_id), secret=Secret(secret), endpoint=endpoint))
create(folder / f"warm-{me}", b"")
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
print(sum(create(folder / f"{number}.json", me.encode()) for number in range(25)))
"""


def test_eight_processes_race_and_one_wins(folder: ObjectPath, seaweed: Seaweed) -> None:
    command = [sys.executable, "-c", RACER, str(folder)]
    pipe = subprocess.PIPE
    racers = [
        subprocess.Popen([*command, str(n), seaweed.endpoint, KEY_ID, SECRET], stdin=pipe, stdout=pipe, text=True)
        for n in range(8)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    won = [int(racer.communicate(timeout=60)[0]) for racer in racers]
    assert sum(won) == 25
    kept = [read(folder / f"{number}.json").decode() for number in range(25)]
    assert [kept.count(str(n)) for n in range(8)] == won


ACTS: dict[str, Act] = {
    "read": lambda place: read(place / "file"),
    "write": lambda place: write(place / "file", b""),
    "create": lambda place: create(place / "file", b""),
    "remove": lambda place: remove(place / "file"),
    "names": names_in,
    "below": files_below,
    "size": lambda place: size_of(place / "file"),
}


every_act = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)


def _told(act: Act, place: ObjectPath) -> str:
    """What is wrong, said soon, with what to do, and nothing of the credentials."""
    started = time.monotonic()
    with pytest.raises(ObjectStoreError) as caught:
        act(place)
    assert time.monotonic() - started < 30
    told = "".join(traceback.format_exception(caught.value))
    assert KEY_ID not in told
    assert SECRET not in told
    assert caught.value.remedy
    return caught.value.what


@every_act
def test_a_key_that_the_store_does_not_know(act: Act, access: StoreAccess) -> None:
    wrong = msgspec.structs.replace(access, secret=Secret("wrong"))
    told = _told(act, ObjectPath.parse("s3://lake/x", wrong))
    assert told.startswith("the object store refuses these credentials for s3://lake/x")


@pytest.mark.parametrize("name", ["read", "write", "create", "names", "below"])
def test_no_such_bucket(name: str, access: StoreAccess) -> None:
    told = _told(ACTS[name], ObjectPath.parse("s3://nobody/x", access))
    assert told.startswith("the bucket of s3://nobody/x")
    assert told.endswith("does not exist")


@every_act
def test_no_server(act: Act, access: StoreAccess) -> None:
    silent = msgspec.structs.replace(access, endpoint="http://127.0.0.1:9")
    told = _told(act, ObjectPath.parse("s3://lake/x", silent))
    assert told.startswith("the object store does not answer for s3://lake/x")


@pytest.mark.parametrize("act", [ACTS["write"], ACTS["create"], ACTS["remove"]], ids=["write", "create", "remove"])
def test_who_may_only_read(act: Act, access: StoreAccess, seaweed: Seaweed) -> None:
    key_id, secret = seaweed.reader
    reader = msgspec.structs.replace(access, key_id=Secret(key_id), secret=Secret(secret))
    with pytest.raises(ObjectStoreError, match="refuses these credentials"):
        act(ObjectPath.parse("s3://lake/x", reader))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("gs://lake/x", "tables can't be kept at gs://"),
        ("s3://", "no place for tables"),
        ("s3://key:secret-text@lake/x", "no place for tables"),
        ("s3://lake/a/../b", "no usable place"),
        ("s3://lake/a//b", "no usable place"),
        ("s3://lake/a*", "no usable place"),
    ],
)
def test_places_that_are_none(url: str, told: str, access: StoreAccess) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        place_at(url, access)
    assert "secret-text" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"key_id": Secret("")}, "no credentials"),
        ({"secret": Secret("")}, "no credentials"),
        ({"endpoint": "http://store.example:9000"}, "unencrypted"),
        ({"endpoint": "https://user:secret-text@store.example"}, "no address of a server"),
        ({"endpoint": "store.example"}, "no address of a server"),
        ({"endpoint": "https://store.example:port"}, "no address of a server"),
    ],
)
def test_settings_that_reach_nothing(given: dict[str, object], told: str, access: StoreAccess) -> None:
    with pytest.raises(MeshError, match=told) as caught:
        place_at("s3://lake/x", msgspec.structs.replace(access, **given))
    assert "secret-text" not in str(caught.value)
