"""Cards, changes and terms to type expectations about."""

from typing import Any

from mesh_core.catalog import Card, CardColumn, Change


def card(address: str, **values: Any) -> Card:
    """A published port of ten rows; ``values`` say what is otherwise."""
    domain, _, name = address.partition(".")
    given: dict[str, Any] = {
        "address": address,
        "uri": f"mesh://{domain}/{name}/v1",
        "domain": domain,
        "domain_kind": "source-aligned",
        "product_id": address,
        "product_name": name.title(),
        "contract_id": address,
        "version": "1.0.0",
        "status": "active",
        "name": name.title(),
        "purpose": f"Keeps {name}.",
        "owner": f"{domain} team",
        "table_version": 3,
        "rows": 10,
        "published_at": "2026-11-20T10:00:00+00:00",
    }
    return Card(**(given | values))


def column(name: str, **values: Any) -> CardColumn:
    return CardColumn(name=name, logical_type="string", **values)


def change(seq: int, kind: str, subject: str, **data: Any) -> Change:
    domain = subject.partition(".")[0]
    at = f"2026-11-20T10:{seq:02}:00+00:00"
    return Change(seq=seq, id=f"id-{seq}", type=kind, subject=subject, domain=domain, at=at, data=data)
