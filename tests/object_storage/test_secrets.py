"""Credentials appear nowhere: not in what is printed, logged, committed, registered, recorded or left on disk."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
from cli.calling import mesh_process
from orchestration.workbench import ORDERS, REVENUE, Workbench

from mesh_core.errors import MeshError
from mesh_core.settings import Secret, StoreAccess, load_settings
from mesh_core.storage import reach
from mesh_core.storage.places import files_below, read

TOKEN = "mesh-test-token-nobody-may-print"
WRONG = "mesh-wrong-secret-nobody-may-print"


def hidden(settings: Mapping[str, str]) -> list[bytes]:
    """What nobody may find."""
    found = [settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"], TOKEN, WRONG]
    return [text.encode() for text in found]


def everything_left(bench: Workbench) -> Iterator[tuple[str, bytes]]:
    """Every file of the mesh's tree and home (catalog, Dagster's event log, caches) and of the lake."""
    for file in bench.tiny.root.rglob("*"):
        if file.is_file():
            yield str(file), file.read_bytes()
    for found in files_below(bench.lake.root):
        yield found.name, read(bench.lake.root / found.name)


CALLS = [
    ["run", "--json"],
    ["run", ORDERS, "--force"],
    ["run", "--debug"],
    ["list"],
    ["list", "--json"],
    ["show", REVENUE],
    ["show", REVENUE, "--json"],
    ["resolve", ORDERS, "--json"],
    ["query", f"EXPLAIN ANALYZE FROM {REVENUE}"],
    ["query", f"SELECT nothing FROM {REVENUE}", "--debug"],
    ["query", "FROM duckdb_secrets()", "--debug"],
    ["query", "SELECT getenv('AWS_SECRET_ACCESS_KEY')", "--debug"],
    ["repair"],
]


def test_of_a_mesh_that_works(bench: Workbench, settings: Mapping[str, str]) -> None:
    given = {**settings, "MESH_LAKE": bench.settings.lake_url}
    for words in CALLS:
        answer = mesh_process(*words, "--root", bench.tiny.root, **given)
        for text in hidden(settings):
            assert text not in (answer.out + answer.err).encode(), words
    left = dict(everything_left(bench))
    assert any(name.endswith("catalog.db") for name in left)
    assert any(name.endswith("_discovery.json") for name in left)
    assert any(b"ASSET_MATERIALIZATION" in content for content in left.values()), "no event log was looked at"
    for name, content in left.items():
        for text in hidden(settings):
            assert text not in content, name


def test_of_a_mesh_whose_libraries_tell_everything(bench: Workbench, settings: Mapping[str, str]) -> None:
    """delta-rs names the key id to whoever asks it to trace; the secret it hides itself."""
    given = {**settings, "MESH_LAKE": bench.settings.lake_url, "RUST_LOG": "trace"}
    told = mesh_process("run", "--root", bench.tiny.root, **given)
    assert "AmazonS3" in told.err, "delta-rs told nothing: the test proves nothing"
    left = [told.out.encode(), told.err.encode(), *(content for _, content in everything_left(bench))]
    assert not any(settings["AWS_SECRET_ACCESS_KEY"].encode() in content for content in left)


@pytest.mark.parametrize(
    "broken",
    [
        {"AWS_SECRET_ACCESS_KEY": WRONG},
        {"AWS_ACCESS_KEY_ID": WRONG},
        {"AWS_SESSION_TOKEN": TOKEN},
        {"MESH_LAKE": "s3://nobody/x"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        {"AWS_REGION": "nowhere'; SELECT 1 --"},
    ],
    ids=["secret", "key", "token", "bucket", "server", "region"],
)
def test_of_a_mesh_that_fails(bench: Workbench, settings: Mapping[str, str], broken: dict[str, str]) -> None:
    given = {**settings, "MESH_LAKE": bench.settings.lake_url, **broken}
    for words in (["run", "--debug"], ["query", f"FROM {ORDERS}", "--debug"]):
        answer = mesh_process(*words, "--root", bench.tiny.root, **given)
        for text in hidden(settings):
            assert text not in (answer.out + answer.err).encode(), words
    for name, content in everything_left(bench):
        for text in hidden(settings):
            assert text not in content, name


def test_of_settings(settings: Mapping[str, str], bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    known = load_settings(bench.tiny.root)
    assert known.store_access.token.reveal() == TOKEN
    for told in (repr(known), str(known), repr(known.store_access), f"{known.store_access.secret}", repr(bench.lake)):
        assert not any(text.decode() in told for text in hidden(settings))
    encoded = msgspec.json.encode(known, enc_hook=str)
    assert not any(text in encoded for text in hidden(settings))


def test_of_a_statement_that_duckdb_refuses(access: StoreAccess, tmp_path: Path) -> None:
    """DuckDB quotes what it does not understand."""
    import duckdb

    class Broken:
        """A connection on which the statement with the credentials fails, as after a change of DuckDB."""

        def execute(self, sql: str) -> None:
            if "SECRET" in sql:
                raise duckdb.ParserException(f"syntax error in {sql}")

    with pytest.raises(MeshError) as caught:
        reach(Broken(), access)  # type: ignore[arg-type]
    told = "".join(traceback.format_exception(caught.value))
    assert access.secret.reveal() not in told
    assert access.key_id.reveal() not in told


def test_a_secret_is_not_pickled() -> None:
    import pickle

    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(StoreAccess(secret=Secret(WRONG)))
