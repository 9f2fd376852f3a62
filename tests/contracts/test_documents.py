"""YAML 1.2 with lines, and a cache that nobody notices."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesh_core.contracts.document import DocumentCache, line_of, read_document
from mesh_core.contracts.loading import load_mesh
from mesh_core.contracts.tree import Mesh
from mesh_core.errors import MeshError
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

CONTRACT = "domains/shop/orders/orders.contract.yaml"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2013-01-01", "2013-01-01"),
        ("2013-01-01T10:00:00Z", "2013-01-01T10:00:00Z"),
        ("yes", "yes"),
        ("off", "off"),
        ("NO", "NO"),
        ("true", True),
        ("False", False),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("010", "010"),
        ("0x1F", 31),
        ("-7", -7),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        ("~", None),
        ("", None),
    ],
)
def test_scalars_are_those_of_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(f"a: {text}\n")
    found = read_document(file, None).raw["a"]
    assert (found, type(found)) == (value, type(value))


def test_lines_of_keys(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("# first\na:\n  - x: 1\n  - x: 2\n    y: 3\nb: {c: 4}\n")
    assert line_of(file, ["a", 1, "y"]) == 5
    assert line_of(file, ["a", 0]) == 3
    assert line_of(file, ["b", "c"]) == 6
    assert line_of(file, ["a", 1, "nothing"]) == 4, "the nearest key that is there"


class TestCache:
    def test_an_edit_is_seen(self, tiny: TinyMesh, load: Callable[[], Mesh]) -> None:
        load()
        tiny.edit(CONTRACT, "limitations: Cancelled orders stay.", "limitations: Cancelled orders go.")
        assert load().port("shop.orders").contract.limitations == "Cancelled orders go."

    def test_an_edit_of_the_same_length_is_seen(self, tiny: TinyMesh, load: Callable[[], Mesh]) -> None:
        load()
        time.sleep(0.01)
        tiny.edit(CONTRACT, "name: Shop team", "name: Team shop")
        assert load().port("shop.orders").owner == "Team shop"

    def test_a_mistake_is_told_again(self, tiny: TinyMesh, load: Callable[[], Mesh]) -> None:
        tiny.edit(CONTRACT, "dataProduct: orders", "dataProduct: orders\ncolour: red")
        first = load().broken["shop"]
        assert str(load().broken["shop"]) == str(first)

    def test_it_is_used(self, tiny: TinyMesh, load: Callable[[], Mesh], monkeypatch: pytest.MonkeyPatch) -> None:
        before = load()

        def never(*_: object) -> None:
            raise AssertionError("read again")

        monkeypatch.setattr("mesh_core.contracts.document.read_document", never)
        assert load() == before

    @pytest.mark.parametrize("damage", [b"", b"\x00" * 40, b"not msgpack", b"\x92\x03\x81\xa1a\x01", None])
    def test_a_torn_cache_file_harms_nothing(
        self, tiny: TinyMesh, load: Callable[[], Mesh], damage: bytes | None
    ) -> None:
        before = load()
        file = tiny.home / "cache" / "documents.msgpack"
        file.write_bytes(file.read_bytes()[:-20] if damage is None else damage)
        assert load() == before

    def test_a_home_that_cannot_be_written_harms_nothing(self, tiny: TinyMesh) -> None:
        blocker = tiny.root / "blocker"
        blocker.write_text("a file where a folder should be")
        cache = DocumentCache(blocker)
        assert cache.read(tiny.file(CONTRACT), "odcs").raw["id"] == "shop.orders"
        cache.save()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_edit_of_a_contract_escapes_as_anything_but_a_finding(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    tiny = write_tiny_mesh(tmp_path_factory.mktemp("fuzzed") / "mesh")
    file = tiny.file(CONTRACT)
    text = file.read_text()
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 40))
    noise = st.sampled_from(["", "\n", ": ", "- ", "{", "]", "&a ", "*a", "!!set ", "'", "null", "0x", "🙂", "\t"])
    file.write_text(text[:start] + data.draw(noise) + text[start + length :])
    mesh = load_mesh(load_settings(tiny.root))
    assert "insight" in mesh.domains
    assert all(isinstance(error, MeshError) for error in mesh.broken.values())
