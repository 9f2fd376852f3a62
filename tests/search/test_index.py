"""The index follows the catalog, survives what happens to its files, and is shared by processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from mesh_core.catalog import Catalog, Use
from mesh_core.governance import Term
from mesh_core.search import Query, SearchError, SearchIndex
from mesh_core.search.files import IndexFiles

from .meshes import NOW, addresses, domain, glossary, port, publication


def test_changes_arrive_and_nothing_else_is_written(catalog: Catalog, index: SearchIndex) -> None:
    parcels, vans = port("parcels"), port("vans")
    catalog.declare(domain(parcels, vans), NOW.isoformat())
    assert index.refresh(catalog, NOW) == 2
    assert index.refresh(catalog, NOW) == 0
    catalog.declare(domain(parcels, port("vans", purpose="Carry things.")), NOW.isoformat())
    assert index.refresh(catalog, NOW) >= 1
    assert addresses(index, "carry") == ["vans"]
    catalog.register(publication(parcels))
    index.refresh(catalog, NOW)
    found = index.search(Query(words="parcels"), now=NOW).hits[0]
    assert (found.card.rows, found.freshness) == (3, "today")


def test_of_a_large_mesh_only_what_changed_is_read(
    catalog: Catalog, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mesh_core.search.filling.FEW", 1)
    ports = [port(f"port_{number}") for number in range(5)]
    catalog.declare(domain(*ports), NOW.isoformat())
    assert index.refresh(catalog, NOW) == 5
    catalog.register(publication(ports[3]))
    asked: list[object] = []
    cards = Catalog.cards
    monkeypatch.setattr(Catalog, "cards", lambda self, of=None: asked.append(of) or cards(self, of))
    assert index.refresh(catalog, NOW) == 1
    assert asked == [{"shop.port_3"}]


def test_a_new_glossary_reaches_all_ports(catalog: Catalog, index: SearchIndex) -> None:
    catalog.declare(domain(port("vans", purpose="Delays by day.")), NOW.isoformat())
    index.refresh(catalog, NOW)
    assert addresses(index, "lateness") == []
    term = Term(term="delay", definition="Late.", owner="shop", synonyms=("lateness",))
    catalog.declare_charter(glossary(term), NOW.isoformat())
    index.refresh(catalog, NOW)
    assert addresses(index, "lateness") == ["vans"]


def test_use_is_looked_at_again_after_a_minute(catalog: Catalog, index: SearchIndex) -> None:
    catalog.declare(domain(port("parcels"), port("vans")), NOW.isoformat())
    index.refresh(catalog, NOW)
    catalog.record_uses([Use(kind="read", address="shop.vans", at=NOW.isoformat(), id="1")])
    assert index.refresh(catalog, NOW + timedelta(seconds=59)) == 0
    assert index.refresh(catalog, NOW + timedelta(seconds=61)) == 1
    assert addresses(index, sort="use") == ["vans", "parcels"]


@pytest.mark.parametrize("few", [1, 200])
def test_another_catalog_under_the_same_folder_is_noticed(
    tmp_path: Path, index: SearchIndex, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mesh_core.search.filling.FEW", few)
    for name in ("parcels", "vans"):
        with Catalog(f"sqlite:///{tmp_path / name}.db") as catalog:
            catalog.declare(domain(port(name), port(f"{name}_too")), NOW.isoformat())
            index.refresh(catalog, NOW)
            assert sorted(addresses(index)) == [name, f"{name}_too"]


def test_an_empty_catalog(catalog: Catalog, index: SearchIndex) -> None:
    index.refresh(catalog, NOW)
    found = index.search(Query(words="anything"), now=NOW)
    assert (found.total, found.hits, found.corrected) == (0, (), "")


def test_without_an_index_it_says_what_to_do(index: SearchIndex) -> None:
    with pytest.raises(SearchError, match="no search index"):
        index.search(Query(), now=NOW)


@pytest.mark.parametrize("damage", ["state", "empty-state", "truncated", "garbage", "missing", "all-missing"])
def test_a_broken_index_is_made_anew(catalog: Catalog, index: SearchIndex, tmp_path: Path, damage: str) -> None:
    catalog.declare(domain(port("parcels"), port("vans")), NOW.isoformat())
    index.refresh(catalog, NOW)
    (state,) = tmp_path.glob("search/*/state")
    files = [file for file in state.parent.glob("*/*") if not file.name.startswith(".")]
    match damage:
        case "state":
            state.write_bytes(b"\xc1nonsense")
        case "empty-state":
            state.write_bytes(b"")
        case "truncated":
            for file in files:
                file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        case "garbage":
            for file in files:
                file.write_bytes(os.urandom(file.stat().st_size))
        case "missing":
            next(file for file in files if file.suffix == ".store").unlink()
        case "all-missing":
            for file in files:
                file.unlink()
    other = SearchIndex(tmp_path / "search")
    assert other.refresh(catalog, NOW) == 2
    assert addresses(other, "parcels") == ["parcels"]
    assert addresses(index, "parcels") == ["parcels"]


def test_files_that_turn_out_broken_in_a_question_are_made_anew_too(
    catalog: Catalog, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.declare(domain(port("parcels")), NOW.isoformat())
    index.refresh(catalog, NOW)

    def broken(*_: object) -> None:
        raise ValueError("checksum")

    with monkeypatch.context() as patch:
        patch.setattr("mesh_core.search.index.answer", broken)
        with pytest.raises(SearchError, match="made anew at the next refresh"):
            index.search(Query(), now=NOW)
    assert index.refresh(catalog, NOW) == 1
    assert addresses(index) == ["parcels"]


def test_an_index_of_another_version_goes(catalog: Catalog, index: SearchIndex, tmp_path: Path) -> None:
    old = tmp_path / "search" / "v0" / "0123"
    old.mkdir(parents=True)
    catalog.declare(domain(port("parcels")), NOW.isoformat())
    index.refresh(catalog, NOW)
    assert not old.exists()
    assert addresses(index) == ["parcels"]


def test_a_crash_between_index_and_state_loses_and_doubles_nothing(
    catalog: Catalog, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.declare(domain(port("parcels"), port("vans")), NOW.isoformat())
    index.refresh(catalog, NOW)
    catalog.declare(domain(port("parcels", purpose="New."), port("trees")), NOW.isoformat())
    with monkeypatch.context() as patch:
        patch.setattr(IndexFiles, "keep", lambda self, state: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            index.refresh(catalog, NOW)
    index.refresh(catalog, NOW)
    assert sorted(addresses(index)) == ["parcels", "trees", "vans"]
    assert addresses(index, "new") == ["parcels"]


def test_an_index_made_anew_while_others_read_it(catalog: Catalog, index: SearchIndex, tmp_path: Path) -> None:
    catalog.declare(domain(port("parcels")), NOW.isoformat())
    index.refresh(catalog, NOW)
    assert addresses(index) == ["parcels"]
    catalog.declare(domain(port("parcels"), port("vans")), NOW.isoformat())
    other = SearchIndex(tmp_path / "search")
    IndexFiles(tmp_path / "search").forget()
    assert other.refresh(catalog, NOW) == 2
    assert sorted(addresses(index)) == ["parcels", "vans"]
    assert len([path for path in (tmp_path / "search").glob("*/*") if path.is_dir()]) == 1


def _refresh_often(url: str, folder: Path, until: float) -> None:
    index = SearchIndex(folder)
    with Catalog(url) as catalog:
        while time.time() < until:
            index.refresh(catalog, NOW, wait=5.0)
            assert index.search(Query(words="parcels"), now=NOW).total > 0


def test_many_processes_refresh_and_search_at_once(tmp_path: Path) -> None:
    """Three that refresh and search while a fourth declares: nobody fails, and in the end all is there."""
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    with Catalog(url) as catalog:
        catalog.declare(domain(port("parcels")), NOW.isoformat())
        context = multiprocessing.get_context("spawn")
        until = time.time() + 6
        workers = [context.Process(target=_refresh_often, args=(url, tmp_path / "search", until)) for _ in range(3)]
        for worker in workers:
            worker.start()
        for number in range(15):
            catalog.declare(domain(port("parcels"), *(port(f"port_{each}") for each in range(number))), NOW.isoformat())
            time.sleep(0.2)
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0, 0, 0]
        index = SearchIndex(tmp_path / "search")
        index.refresh(catalog, NOW)
        assert index.search(Query(), now=NOW).total == 15


_KILLED = """
import sys, time
from pathlib import Path
from mesh_core.catalog import Catalog
from mesh_core.search import SearchIndex
from search.meshes import NOW, domain, port
index = SearchIndex(Path(sys.argv[2]))
with Catalog(sys.argv[1]) as catalog:
    for number in range(1000):
        catalog.declare(domain(port("parcels", purpose=f"Round {number}."), port("vans")), NOW.isoformat())
        index.refresh(catalog, NOW)
        print(number, flush=True)
"""


def test_a_writer_that_is_killed_leaves_an_index_that_works(tmp_path: Path) -> None:
    url, folder = f"sqlite:///{tmp_path / 'catalog.db'}", tmp_path / "search"
    for after in (3, 7, 11):
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        with subprocess.Popen(
            [sys.executable, "-c", _KILLED, url, str(folder)], stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if int(line) == after:
                    time.sleep(0.003 * after)
                    process.send_signal(signal.SIGKILL)
                    break
        index = SearchIndex(folder)
        with Catalog(url) as catalog:
            index.refresh(catalog, NOW)
            assert sorted(addresses(index)) == ["parcels", "vans"]
            (parcels,) = catalog.cards(["shop.parcels"])
            assert addresses(index, parcels.purpose.rstrip("."))[0] == "parcels"


def test_the_state_holds_no_more_than_addresses(catalog: Catalog, index: SearchIndex) -> None:
    catalog.declare(domain(port("parcels", purpose="Secret plans.")), NOW.isoformat())
    index.refresh(catalog, NOW)
    state = index.known()
    assert state is not None
    assert "Secret" not in repr(msgspec.to_builtins(state))
