"""GET /api/v1/ports: what a consumer's program asks."""

from fastapi.testclient import TestClient


def test_a_port(client: TestClient) -> None:
    answer = client.get("/api/v1/ports/shop.orders")
    assert answer.status_code == 200
    card = answer.json()
    assert (card["address"], card["uri"], card["rows"]) == ("shop.orders", "mesh://shop/orders/v1", 3)
    assert card["consumers"] == ["insight.revenue"]
    assert [column["name"] for column in card["columns"]] == ["order_id", "customer", "amount", "ordered_on"]
