"""Input that means harm is data or an error, never an accident."""

import contextlib
import http.client
import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import anyio
import msgspec
import pytest
from fastapi.testclient import TestClient

from mesh_core.marketplace import market
from mesh_core.marketplace.api import registration
from mesh_core.marketplace.app import create_app
from mesh_core.marketplace.market import Market
from mesh_core.search import SearchIndex
from mesh_core.settings import Secret

from ..served import Service, served
from ..small_mesh import SmallMesh

SCRIPT = "<script>alert('mesh')</script>"
API = "/api/v1"


@pytest.fixture(scope="module")
def service(small_mesh: SmallMesh, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A real service, for what a test client would not send."""
    mesh = small_mesh.copy(tmp_path_factory.mktemp("hostile") / "mesh")
    with served(mesh, "--log-requests", MESH_REGISTRATION_TOKEN="t") as running:
        yield running


def _raw(service: Service, request: bytes, *, patience: float = 20) -> bytes:
    """What the server answers to these very bytes, until it closes or the patience ends."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=patience) as connection:
        answer = b""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError, TimeoutError):
            connection.sendall(request)
            while part := connection.recv(65_536):
                answer += part
    return answer


def _get(service: Service, target: str) -> bytes:
    request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    return _raw(service, request.encode("latin-1"))


def test_a_script_in_a_description_is_data(own_client: TestClient, own_mesh: SmallMesh) -> None:
    with own_mesh.catalog() as catalog:
        [shop] = [each for each in catalog.declared_domains() if each.domain.name == "shop"]
        text = msgspec.json.encode(shop).replace(b"What was ordered, by whom and when.", SCRIPT.encode())
        catalog.declare(msgspec.json.decode(text, type=type(shop)), "2026-11-21T12:00:00+00:00")
    answer = own_client.get(f"{API}/ports/shop.orders")
    assert answer.json()["purpose"] == SCRIPT
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    for page in ("/ports/shop.orders", f"/search?q={quote(SCRIPT)}", "/docs"):
        assert "<script>alert" not in own_client.get(page, headers={"Accept": "text/html"}).text


@pytest.mark.parametrize(
    "words",
    [
        "'; DROP TABLE ports; --",
        '" OR 1=1 --',
        "orders) UNION SELECT * FROM declarations",
        "name:* AND NOT (((",
        "/.*(a+)+$/",
        "\x00\x01",
        "${jndi:ldap://x}",
        "x" * 10_000,
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    ],
)
def test_the_search_takes_anything_for_words(client: TestClient, words: str) -> None:
    answer = client.get(f"{API}/search", params={"q": words})
    assert answer.status_code == 200
    assert client.get(f"{API}/ports").json()["total"] == 3


@pytest.mark.parametrize(
    "address",
    [
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "..%5c..%5cwindows",
        "shop.orders%00",
        "shop.orders%0d%0aSet-Cookie:x=1",
        "%ff%fe",
        "shop.orders'--",
        "mesh:%2f%2fshop%2forders%2fv1",
        "shop.orders_v99999999999999999999999999",
        "a" * 3_000,
    ],
)
def test_an_address_is_only_ever_a_name(service: Service, address: str) -> None:
    for path in (f"{API}/ports/{address}", f"{API}/ports/{address}/contract", f"/static/{address}"):
        answer = _get(service, path)
        status = int(answer.split(b" ", 2)[1])
        assert status in {404, 422} or (status == 200 and address.startswith("mesh:")), (path, answer[:300])
        assert b"root:" not in answer
        assert b"set-cookie" not in answer.partition(b"\r\n\r\n")[0].lower()
        assert b"Traceback" not in answer


def test_the_static_folder_is_not_left(service: Service) -> None:
    for path in ("/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/market.py", "/static//etc/passwd"):
        assert _get(service, path).startswith(b"HTTP/1.1 404"), path


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX: a\x00b\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ],
)
def test_what_is_no_http_ends_and_the_service_lives(service: Service, request_: bytes) -> None:
    _raw(service, request_, patience=1)
    assert _get(service, "/healthz").startswith(b"HTTP/1.1 200")


def test_a_large_body_where_none_is_wanted(service: Service) -> None:
    head = b"POST /api/v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 10000000\r\n\r\n"
    answer = _raw(service, head + b"x" * 10_000_000)
    assert answer[:12] in {b"HTTP/1.1 405", b""}
    assert _get(service, "/healthz").startswith(b"HTTP/1.1 200")


def test_slow_clients_hold_up_nobody(service: Service) -> None:
    slow = []
    try:
        for _ in range(40):  # more than there are threads
            connection = socket.create_connection(("127.0.0.1", service.port), timeout=20)
            connection.sendall(b"PUT /api/v1/domains/shop HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer t\r\n")
            connection.sendall(b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
            slow.append(connection)
        began = time.perf_counter()
        assert _get(service, f"{API}/ports").startswith(b"HTTP/1.1 200")
        assert time.perf_counter() - began < 5
    finally:
        for connection in slow:
            connection.close()


def test_a_slow_body_is_given_up(own_mesh: SmallMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "BODY_SECONDS", 0.2)
    app = create_app(msgspec.structs.replace(own_mesh.settings, registration_token=Secret("t")))
    headers = {"host": "127.0.0.1", "authorization": "Bearer t", "content-type": "application/json"}
    scope = {
        "type": "http",
        "method": "PUT",
        "path": f"{API}/domains/shop",
        "raw_path": b"/api/v1/domains/shop",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await anyio.sleep(0.05)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    anyio.run(app, scope, receive, send)
    app.state.market.close()
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["code"] == "slow-body"


def test_the_log_has_one_line_a_request(own_mesh: SmallMesh) -> None:
    with served(own_mesh, "--log-requests") as service:
        connection = http.client.HTTPConnection("127.0.0.1", service.port)
        connection.request(
            "GET", f"{API}/ports/shop.orders%0afake?x=%0d%0a", headers={"Authorization": "Bearer hidden"}
        )
        assert connection.getresponse().status == 404
        connection.close()
        code, told = service.stop()
    [line] = [line for line in told.splitlines() if "mesh.access" in line]
    assert '127.0.0.1 "GET /api/v1/ports/shop.orders%0afake?x=%0d%0a" 404 ' in line
    assert (code, "hidden" in told) == (0, False)


def test_a_mistake_of_ours_tells_a_client_nothing(
    small_mesh: SmallMesh, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_words: Any) -> None:
        message = "secret detail /root/path"
        raise RuntimeError(message)

    monkeypatch.setattr(Market, "card", broken)
    answer = client.get(f"{API}/ports/shop.orders")
    assert (answer.status_code, answer.json()["detail"]) == (500, "The service made a mistake.")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_catalog_that_is_gone_is_told_and_comes_back(own_client: TestClient, own_mesh: SmallMesh) -> None:
    assert own_client.get("/healthz").status_code == 200
    home = own_mesh.tiny.home
    away = home / "away"
    away.mkdir()
    files = list(home.glob("catalog.db*"))
    for file in files:
        file.rename(away / file.name)
    answer = own_client.get(f"{API}/ports/shop.orders")
    assert (answer.status_code, answer.json()["code"]) == (503, "catalog")
    assert answer.json()["remedy"].startswith("Put it back")
    assert answer.headers["retry-after"] == "5"
    assert own_client.get("/healthz").status_code == 503
    assert own_client.get("/", headers={"Accept": "text/html"}).status_code == 503
    for file in files:
        (away / file.name).rename(file)
    assert own_client.get(f"{API}/ports/shop.orders").status_code == 200


def test_a_catalog_that_is_another_one_is_read_anew(own_client: TestClient, own_mesh: SmallMesh) -> None:
    assert own_client.get(f"{API}/ports").json()["total"] == 3
    home = own_mesh.tiny.home
    for file in home.glob("catalog.db*"):
        file.unlink()
    with own_mesh.catalog():
        pass
    assert own_client.get(f"{API}/ports").json()["total"] == 0


def test_a_catalog_that_is_no_database(own_client: TestClient, own_mesh: SmallMesh) -> None:
    (own_mesh.tiny.home / "catalog.db").write_bytes(b"not a database" * 1000)
    for file in own_mesh.tiny.home.glob("catalog.db-*"):
        file.unlink()
    answer = own_client.get(f"{API}/ports")
    assert (answer.status_code, answer.json()["code"]) == (503, "catalog")
    assert str(own_mesh.tiny.home) not in json.dumps(answer.json()["remedy"])


def test_a_writer_that_holds_the_catalog_does_not_hold_up_readers(own_client: TestClient, own_mesh: SmallMesh) -> None:
    import sqlite3

    assert own_client.get(f"{API}/ports").status_code == 200
    locked = sqlite3.connect(own_mesh.tiny.home / "catalog.db", isolation_level=None, check_same_thread=False)
    locked.execute("BEGIN IMMEDIATE")
    done: list[int] = []
    thread = threading.Thread(target=lambda: done.append(own_client.get(f"{API}/ports/shop.orders").status_code))
    thread.start()
    thread.join(10)
    locked.execute("ROLLBACK")
    locked.close()
    assert done == [200]


def test_while_the_index_is_being_made_the_rest_of_the_service_answers(
    own_client: TestClient, own_mesh: SmallMesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(own_mesh.tiny.home / "cache" / "search", ignore_errors=True)
    monkeypatch.setattr(market, "_INDEX_SECONDS", 0.1)
    made, wanted = threading.Event(), threading.Event()
    refresh = SearchIndex.refresh

    def slow(index: SearchIndex, *words: Any, **options: Any) -> int:
        wanted.set()
        made.wait(20)
        return refresh(index, *words, **options)

    monkeypatch.setattr(SearchIndex, "refresh", slow)
    first = threading.Thread(target=lambda: own_client.get(f"{API}/search?q=orders"))
    first.start()
    assert wanted.wait(20)
    waiting = own_client.get(f"{API}/search?q=orders")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (503, "5")
    assert own_client.get(f"{API}/ports").status_code == 200
    made.set()
    first.join(20)
    assert own_client.get(f"{API}/search?q=orders").json()["items"][0]["address"] == "shop.orders"
