"""A mesh in a few lines: what a catalog would tell of it, typed by hand."""

from __future__ import annotations

from typing import Any

from mesh_core.catalog import Card, CardColumn, CharterDeclaration, Flow
from mesh_core.catalog.spans import UseSpan
from mesh_core.governance import Entity


class ToldMesh:
    """Stands for a catalog where only this is asked of it."""

    def __init__(self, *cards: Card, flows: tuple[Flow, ...] = (), entities: dict[str, str] | None = None) -> None:
        self._cards, self._flows, self.spans = cards, flows, ()
        self._entities = entities or {}

    def cards(self) -> tuple[Card, ...]:
        return self._cards

    def flows(self, since: str = "") -> tuple[Flow, ...]:
        return self._flows

    def use_spans(self, since: str = "") -> tuple[UseSpan, ...]:
        return tuple(self.spans)

    def charter(self) -> CharterDeclaration:
        return CharterDeclaration(
            entities=tuple(
                Entity(name=name, port=port, id_column="id", tag=f"entity:{name}")
                for name, port in self._entities.items()
            )
        )


def card(address: str, *columns: CardColumn, inputs: str = "", consumers: str = "", **more: Any) -> Card:
    """A published port of a product of its own; ``inputs`` and ``consumers`` are names with spaces between them."""
    domain, _, port = address.partition(".")
    given: dict[str, Any] = {
        "address": address,
        "uri": f"mesh://{domain}/{port}/v1",
        "domain": domain,
        "domain_kind": "source-aligned",
        "product_id": address,
        "product_name": port,
        "contract_id": address,
        "version": "1.0.0",
        "status": "active",
        "name": port,
        "purpose": "",
        "columns": columns,
        "inputs": tuple(inputs.split()),
        "consumers": tuple(consumers.split()),
        "table_version": 0,
    }
    return Card(**{**given, **more})


def column(name: str, *, key: bool = False, entity: str = "") -> CardColumn:
    return CardColumn(name=name, logical_type="string", key=key, entity=entity)


def flow(upstream: str, downstream: str, rows: int, times: int = 3) -> Flow:
    return Flow(
        upstream=upstream,
        downstream=downstream,
        publications=times,
        rows=rows,
        bytes=rows * 10,
        last_at="2026-11-20T00:00:00+00:00",
    )
