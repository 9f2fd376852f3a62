"""`mesh serve`: the service as a person starts and ends it."""

import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from mesh_core.catalog import Use
from mesh_core.catalog.journal import Journal
from mesh_core.errors import ConfigurationError
from mesh_core.settings import load_settings

from ..served import MESH, Service, served
from ..small_mesh import SmallMesh


def _get(service: Service, path: str) -> Any:
    with urllib.request.urlopen(f"{service.url}{path}", timeout=30) as answer:
        return json.load(answer)


def _soon(what: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.2)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_answers_and_stops_when_asked(own_mesh: SmallMesh, number: int) -> None:
    with served(own_mesh) as service:
        assert service.url.startswith("http://127.0.0.1:")
        health = _get(service, "/healthz")
        assert (health["status"], health["ports"]) == ("ok", 3)
        code, told = service.stop(number)
    assert code == 0
    assert told.splitlines()[-1] == "stopped"
    assert "Traceback" not in told


def test_the_tree_is_declared_and_noted_uses_are_taken_over(own_mesh: SmallMesh) -> None:
    own_mesh.tiny.edit(
        "domains/clients/customers/customers.contract.yaml", "People who left are kept.", "People who left are gone."
    )
    use = Use(kind="read", address="clients.customers", at="2026-11-21T10:00:00+00:00", consumer="insight.revenue")
    Journal(own_mesh.tiny.home / "journal").note(use)
    with served(own_mesh) as service:
        path = "/api/v1/ports/clients.customers"
        assert _soon(lambda: _get(service, path)["limitations"] == "People who left are gone.")
        with own_mesh.catalog() as catalog:
            assert _soon(lambda: bool(catalog.uses("clients.customers", kinds=["read"])))


def test_without_declaring_the_catalog_stays_as_it_is(own_mesh: SmallMesh) -> None:
    own_mesh.tiny.edit(
        "domains/clients/customers/customers.contract.yaml", "People who left are kept.", "People who left are gone."
    )
    with served(own_mesh, "--no-declare") as service:
        time.sleep(2)
        assert _get(service, "/api/v1/ports/clients.customers")["limitations"] == "People who left are kept."


def test_a_port_that_is_taken(small_mesh: SmallMesh) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [MESH, "--root", small_mesh.tiny.root, "serve", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert f"error: cannot listen on 127.0.0.1:{port}: Address already in use" in done.stderr


def test_an_answer_that_is_under_way_is_finished(own_mesh: SmallMesh) -> None:
    body = b'{"domain": {}}'
    head = (
        f"PUT /api/v1/domains/shop HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer t\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with served(own_mesh, MESH_REGISTRATION_TOKEN="t") as service:
        with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
            connection.sendall(head.encode() + body[:5])
            time.sleep(0.5)
            service.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(body[5:])
            answer = connection.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 422")
        assert service.stop()[0] == 0


@pytest.mark.parametrize(
    ("given", "taken"),
    [("http://127.0.0.1:3000/", "http://127.0.0.1:3000"), ("https://d.example", "https://d.example")],
)
def test_where_dagster_is(small_mesh: SmallMesh, monkeypatch: pytest.MonkeyPatch, given: str, taken: str) -> None:
    monkeypatch.setenv("MESH_DAGSTER_URL", given)
    monkeypatch.setenv("MESH_SERVICE_HOSTS", "Data.example, data")
    settings = load_settings(small_mesh.tiny.root)
    assert settings.dagster_url == taken
    assert settings.service_hosts == ("data.example", "data")


@pytest.mark.parametrize("given", ["javascript:alert(1)", "127.0.0.1:3000", "http://[", "/assets"])
def test_what_is_no_web_address(small_mesh: SmallMesh, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("MESH_DAGSTER_URL", given)
    with pytest.raises(ConfigurationError, match="MESH_DAGSTER_URL is no web address"):
        load_settings(small_mesh.tiny.root)


def test_the_token_is_printed_by_nothing(small_mesh: SmallMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_REGISTRATION_TOKEN", "very-secret")
    assert "very-secret" not in repr(load_settings(small_mesh.tiny.root))
