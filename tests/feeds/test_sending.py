"""Events on their way to a server: beside the work, in order, once, and never in its way."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mesh_core.errors import ConfigurationError
from mesh_core.feeds.openlineage import Outbox
from mesh_core.feeds.openlineage.outbox import DAYS_KEPT
from mesh_core.feeds.openlineage.sending import send
from mesh_core.settings import OpenLineage, Secret, load_settings

from .receiving import Receiver

if TYPE_CHECKING:
    from cli.calling import Mesh
    from orchestration.workbench import Workbench

CLOSED = "http://127.0.0.1:9"
"""Where nobody listens."""


def events(*numbers: int) -> list[dict[str, int]]:
    return [{"n": number} for number in numbers]


def test_what_is_kept_is_sent_once_in_its_order(tmp_path: Path, receiver: Receiver) -> None:
    outbox = Outbox(tmp_path)
    settings = OpenLineage(folder=tmp_path, url=receiver.url, token=Secret("s3cret"))
    outbox.put(events(1, 2))
    assert send(settings).sent == 2
    outbox.put(events(3))
    assert send(settings).sent == 1
    assert receiver.bodies == events(1, 2, 3)
    path, headers = receiver.requests[0]
    assert path == "/api/v1/lineage"
    assert headers["Authorization"] == "Bearer s3cret"
    assert headers["Content-Type"] == "application/json"


def test_a_path_of_the_url_is_kept(tmp_path: Path, receiver: Receiver) -> None:
    Outbox(tmp_path).put(events(1))
    send(OpenLineage(folder=tmp_path, url=f"{receiver.url}/intake?to=x"))
    assert receiver.requests[0][0] == "/intake?to=x"


def test_what_a_server_does_not_take_is_sent_when_it_does(tmp_path: Path, receiver: Receiver) -> None:
    Outbox(tmp_path).put(events(1, 2))
    assert "refused" in send(OpenLineage(folder=tmp_path, url=CLOSED)).error.lower()
    settings = OpenLineage(folder=tmp_path, url=receiver.url)
    receiver.status = 503
    assert send(settings).error == "the server answered 503 Service Unavailable"
    receiver.status = 401
    assert "401" in send(settings).error
    receiver.status = 200
    assert send(settings).sent == 2
    assert receiver.bodies == events(1, 2)


def test_an_event_that_the_server_calls_wrong_holds_nobody_up(
    tmp_path: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.refuses = b'"n":2'
    Outbox(tmp_path).put(events(1, 2, 3))
    report = send(OpenLineage(folder=tmp_path, url=receiver.url))
    assert (report.sent, report.rejected, report.error) == (2, 1, "")
    assert receiver.bodies == events(1, 3)
    [line] = (tmp_path / "rejected.jsonl").read_text().splitlines()
    assert json.loads(line)["event"] == {"n": 2}
    assert "refused" in caplog.text


def test_a_line_that_is_still_being_written_waits(tmp_path: Path, receiver: Receiver) -> None:
    outbox = Outbox(tmp_path)
    outbox.put(events(1))
    [file] = outbox.files()
    with file.open("ab") as half:
        half.write(b'{"n":')
    settings = OpenLineage(folder=tmp_path, url=receiver.url)
    assert send(settings).sent == 1
    with file.open("ab") as half:
        half.write(b"2}\n")
    assert send(settings).sent == 1
    assert receiver.bodies == events(1, 2)


def test_days_are_sent_in_order_and_old_ones_go(tmp_path: Path, receiver: Receiver) -> None:
    (tmp_path / "events-2026-01-02-0001.jsonl").write_text('{"n":2}\n')
    (tmp_path / "events-2026-01-01-0001.jsonl").write_text('{"n":1}\n')
    outbox = Outbox(tmp_path)
    assert [json.loads(line)["n"] for line, _ in outbox.pending()] == [1, 2]
    assert send(OpenLineage(folder=tmp_path, url=receiver.url)).sent == 2
    outbox.put(events(3))
    assert len(outbox.files()) == 1, f"files older than {DAYS_KEPT} days go when a day begins"
    assert send(OpenLineage(folder=tmp_path, url=receiver.url)).sent == 1


def test_a_day_of_many_events_has_several_files_and_the_oldest_go(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mesh_core.feeds.openlineage.outbox.BYTES_A_FILE", 16)
    monkeypatch.setattr("mesh_core.feeds.openlineage.outbox.BYTES_KEPT", 48)
    outbox = Outbox(tmp_path)
    settings = OpenLineage(folder=tmp_path, url=receiver.url)
    for number in range(1, 5):
        outbox.put(events(number))  # 8 bytes each: two in a file
    assert [file.name[-9:-6] for file in outbox.files()] == ["001", "002"]
    assert send(settings).sent == 4
    with outbox.files()[0].open("ab") as late:
        late.write(b'{"n":0}\n')  # by whoever was slow: the file has a successor
    assert send(settings).sent == 1
    for number in range(5, 21):
        outbox.put(events(number))
    assert sum(file.stat().st_size for file in outbox.files()) <= 48 + 16
    assert send(settings).sent == 6, "two full files of 18 bytes, and the one that was begun then"
    assert receiver.bodies[-1] == {"n": 20}


_WRITER = """
import sys
from pathlib import Path
from mesh_core.feeds.openlineage import Outbox
for number in range(100):
    Outbox(Path(sys.argv[1])).put([{"by": sys.argv[2], "n": number, "text": "x" * 40_000}])
"""


def test_processes_never_mix_their_events(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path), str(who)]) for who in range(4)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    found = [json.loads(line) for line, _ in Outbox(tmp_path).pending()]
    for who in "0123":
        assert sorted(each["n"] for each in found if each["by"] == who) == list(range(100))


def test_one_process_sends_at_a_time(tmp_path: Path, receiver: Receiver) -> None:
    import fcntl

    Outbox(tmp_path).put(events(1))
    with (tmp_path / "sending.lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert send(OpenLineage(folder=tmp_path, url=receiver.url)).sent == 0
    assert send(OpenLineage(folder=tmp_path, url=receiver.url)).sent == 1


def test_a_publication_sends_beside_its_work(
    bench: Workbench, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESH_OPENLINEAGE_URL", receiver.url)
    bench.settings = load_settings(bench.tiny.root)
    bench.run()
    deadline = time.monotonic() + 10
    while len(receiver.bodies) < 10 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [each["eventType"] for each in receiver.bodies] == ["START", "COMPLETE"] * 5


def test_a_server_that_is_away_costs_no_publication(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MESH_OPENLINEAGE_URL", CLOSED)
    bench.settings = load_settings(bench.tiny.root)
    assert {each.status for each in bench.run().values()} == {"published"}
    deadline = time.monotonic() + 10
    while "not sent" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "They are kept" in caplog.text


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("ftp://lineage.example", ""),
        ("https://me:secret@lineage.example", ""),
        ("http://lineage.example:x", ""),
        ("lineage.example", ""),
        ("http://lineage.example", "s3cret"),
    ],
)
def test_a_server_that_cannot_or_must_not_be_sent_to_is_told(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, url: str, token: str
) -> None:
    monkeypatch.setenv("MESH_OPENLINEAGE_URL", url)
    monkeypatch.setenv("MESH_OPENLINEAGE_TOKEN", token)
    with pytest.raises(ConfigurationError, match="MESH_OPENLINEAGE_URL") as told:
        load_settings(bench.tiny.root)
    assert "secret" not in str(told.value).lower()


def test_the_command_sends_what_waits(
    published: Workbench, receiver: Receiver, mesh: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = str(published.tiny.root)
    assert mesh("feed", "openlineage", "--send", "--root", root).code == 2
    monkeypatch.setenv("MESH_OPENLINEAGE_URL", CLOSED)
    assert mesh("feed", "openlineage", "--send", "--root", root).code == 1
    monkeypatch.setenv("MESH_OPENLINEAGE_URL", receiver.url)
    told = mesh("feed", "openlineage", "--send", "--root", root)
    assert (told.code, told.err.strip()) == (0, "sent 10 events")
    assert len(receiver.bodies) == 10
