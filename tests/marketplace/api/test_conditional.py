"""Conditional requests, pages, and what every answer carries."""

import gzip

import pytest
from fastapi.testclient import TestClient

from mesh_core.marketplace import market as market_module
from mesh_core.marketplace.market import Market

from ..small_mesh import SmallMesh

ORDERS = "/api/v1/ports/shop.orders"


def test_the_same_state_is_not_told_twice(client: TestClient) -> None:
    first = client.get(f"{ORDERS}/contract")
    tag = first.headers["etag"]
    again = client.get(f"{ORDERS}/contract", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert client.get(f"{ORDERS}/contract", headers={"If-None-Match": f'W/"x", {tag}'}).status_code == 304
    assert client.get(f"{ORDERS}/contract", headers={"If-None-Match": '"other"'}).status_code == 200


def test_nothing_is_read_for_a_state_that_is_known(
    client: TestClient, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market_module, "_MINUTE", 10**9)  # the minute does not change under the test
    tag = client.get(f"{ORDERS}/lineage").headers["etag"]

    def refuse(*_words: object, **_options: object) -> None:
        pytest.fail("the lineage was read")

    monkeypatch.setattr(Market, "lineage", refuse)
    assert client.get(f"{ORDERS}/lineage", headers={"If-None-Match": tag}).status_code == 304


def test_a_publication_makes_another_state(own_client: TestClient, own_mesh: SmallMesh) -> None:
    before = own_client.get(f"{ORDERS}/profile")
    assert before.json()["rows"] == 3
    own_mesh.tiny.deliver("2026-01-03", ["4,dora@example.com,7.25,2026-01-03"])
    own_mesh.publish("shop.bronze.orders_feed")
    own_mesh.publish("shop.orders")
    after = own_client.get(f"{ORDERS}/profile", headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, after.json()["rows"]) == (200, 4)
    assert own_client.get(f"{ORDERS}").json()["rows"] == 4


def test_one_time_says_since_when_an_answer_stands(client: TestClient) -> None:
    answer = client.get(f"{ORDERS}/sample")
    since = answer.headers["last-modified"]
    assert client.get(f"{ORDERS}/sample", headers={"If-Modified-Since": since}).status_code == 304
    past = "Thu, 01 Jan 2015 00:00:00 GMT"
    assert client.get(f"{ORDERS}/sample", headers={"If-Modified-Since": past}).status_code == 200
    assert client.get(f"{ORDERS}/sample", headers={"If-Modified-Since": "yesterday"}).status_code == 200


def test_head_tells_of_the_body_and_sends_none(client: TestClient) -> None:
    got = client.get(ORDERS, headers={"Accept-Encoding": "identity"})
    head = client.head(ORDERS, headers={"Accept-Encoding": "identity"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["etag"] == got.headers["etag"]
    assert client.head("/api/v1/ports/shop.nothing").status_code == 404


def test_compressed_on_request_with_a_tag_of_its_own(client: TestClient) -> None:
    plain = client.get(ORDERS, headers={"Accept-Encoding": "identity"})
    with client.stream("GET", ORDERS, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw) == plain.content
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert answer.headers["etag"] == plain.headers["etag"][:-1] + '-gz"'
    tags = {"If-None-Match": answer.headers["etag"], "Accept-Encoding": "gzip"}
    assert client.get(ORDERS, headers=tags).status_code == 304
    assert "content-encoding" not in client.get(ORDERS, headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_pages_follow_their_cursor(client: TestClient) -> None:
    first = client.get("/api/v1/ports?limit=2")
    assert [port["address"] for port in first.json()["items"]] == ["clients.customers", "insight.revenue"]
    assert first.json()["total"] == 3
    cursor = first.json()["next"]
    assert first.headers["link"] == f'</api/v1/ports?limit=2&cursor={cursor}>; rel="next"'
    second = client.get(f"/api/v1/ports?limit=2&cursor={cursor}")
    assert [port["address"] for port in second.json()["items"]] == ["shop.orders"]
    assert (second.json()["next"], "link" in second.headers) == ("", False)
    assert [each["id"] for each in client.get("/api/v1/products?limit=1").json()["items"]] == ["clients.customers"]


def test_a_page_begins_after_an_entry_not_at_a_number(own_client: TestClient, own_mesh: SmallMesh) -> None:
    cursor = own_client.get("/api/v1/domains").json()
    assert cursor["total"] == 3
    cursor = own_client.get("/api/v1/ports?limit=1").json()["next"]
    with own_mesh.catalog() as catalog:
        catalog.withdraw("clients", "2026-11-21T12:00:00+00:00")
    following = own_client.get(f"/api/v1/ports?limit=1&cursor={cursor}").json()
    assert [port["address"] for port in following["items"]] == ["insight.revenue"]


@pytest.mark.parametrize("cursor", ["nonsense!", "e30", "MTI", "%00", "ÿ"])
def test_a_cursor_that_is_none(client: TestClient, cursor: str) -> None:
    answer = client.get("/api/v1/ports", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor")


def test_the_feed_of_changes_goes_on_where_it_ended(client: TestClient) -> None:
    first = client.get("/api/v1/changes?limit=5").json()
    assert [change["seq"] for change in first["items"]] == [1, 2, 3, 4, 5]
    assert first["more"] is True
    rest = client.get(f"/api/v1/changes?after={first['last']}&limit=1000").json()
    assert rest["items"][0]["seq"] == 6
    assert (rest["more"], rest["last"]) == (False, rest["items"][-1]["seq"])
    last = client.get(f"/api/v1/changes?after={rest['last']}").json()
    assert (last["items"], last["last"]) == ([], rest["last"])


def test_every_answer_is_shielded(client: TestClient) -> None:
    for url in (ORDERS, "/api/v1/ports/shop.nothing", "/", "/static/mesh.css", "/api/v1/nothing"):
        headers = client.get(url).headers
        assert headers["x-content-type-options"] == "nosniff", url
        assert headers["content-security-policy"].startswith("default-src 'self';"), url
        assert "unsafe" not in headers["content-security-policy"]
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_the_service_answers_to_its_own_names_only(client: TestClient) -> None:
    for host, status in (("localhost:3001", 200), ("[::1]:3001", 200), ("evil.example", 421), ("evil.example:80", 421)):
        assert client.get("/healthz", headers={"Host": host}).status_code == status, host
    told = client.get("/healthz", headers={"Host": "evil.example"}).json()
    assert (told["code"], told["remedy"]) == ("host", "Name it in MESH_SERVICE_HOSTS.")
