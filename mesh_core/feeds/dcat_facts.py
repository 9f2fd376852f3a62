"""What a DCAT document says of a port in figures and columns, and the words that it uses for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from mesh_core.catalog import Card
from mesh_core.feeds.dcat_names import classification_iri, metric_iri, rights_iri, status_iri

Node = dict[str, Any]

ROWS, CHECKS, VIEWS, READS = "rows", "checks-passed", "views", "reads"
_METRICS = {
    ROWS: "Rows of the newest version.",
    CHECKS: "Share of the contract's rules that the newest version keeps.",
    VIEWS: "Times that somebody looked at the port in the last 30 days.",
    READS: "Times that somebody read the port in the last 30 days.",
}
_CSVW_TYPES = {
    "string": "string",
    "integer": "integer",
    "number": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "dateTime",
    "time": "time",
}


def measurements(card: Card) -> Iterator[Node]:
    values: dict[str, float] = {}
    if card.table_version is not None:
        checks = card.checks_passed + card.checks_failed
        values = {ROWS: card.rows or 0} | ({CHECKS: card.checks_passed / checks} if checks else {})
    values |= {VIEWS: card.views, READS: card.reads}
    for metric, value in values.items():
        measured = {
            "@id": f"{card.uri}#{metric}",
            "@type": "dqv:QualityMeasurement",
            "dqv:isMeasurementOf": metric_iri(metric),
            "dqv:computedOn": card.uri,
            "dqv:value": f"{value:.6f}".rstrip("0").rstrip("."),
        }
        if metric in {ROWS, CHECKS}:
            measured["prov:generatedAtTime"] = card.published_at
        yield measured


def table_schema(card: Card) -> Node:
    """The columns as CSV on the Web has them, with our own types beside."""
    return {
        "@id": f"{card.uri}#schema",
        "@type": "csvw:Schema",
        "csvw:primaryKey": [column.name for column in card.columns if column.key],
        "csvw:column": [
            filled(
                {
                    "@type": "csvw:Column",
                    "csvw:name": column.name,
                    "csvw:datatype": _CSVW_TYPES.get(column.logical_type, "any"),
                    "csvw:required": column.required,
                    "dct:description": column.description,
                    "dct:type": f"urn:mesh:entity:{quote(column.entity)}" if column.entity else None,
                    "dct:accessRights": rights_iri(column.classification),
                }
            )
            for column in card.columns
        ],
    }


def metrics() -> list[Node]:
    return [
        {"@id": metric_iri(name), "@type": "dqv:Metric", "skos:definition": text} for name, text in _METRICS.items()
    ]


def classes(cards: Iterable[Card]) -> list[Node]:
    """What the classifications and statuses are that the ports name."""
    cards = list(cards)
    found = [
        {"@id": classification_iri(name), "@type": "dprod:InformationSensitivityClassification", "rdfs:label": name}
        for name in sorted({card.classification for card in cards} - {""})
    ]
    statuses = sorted({card.status for card in cards} | {"active", "deprecated", "draft", "retired", "proposed"})
    return found + [
        {"@id": status_iri(status), "@type": "dprod:DataProductLifecycleStatus", "rdfs:label": status}
        for status in statuses
    ]


def filled(node: Node) -> Node:
    """The node without what is unknown."""
    return {name: value for name, value in node.items() if value not in (None, "", [], ())}
