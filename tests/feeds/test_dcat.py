"""The catalog as DCAT and DPROD, as a reader of RDF finds it: no test looks at the JSON itself."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import rdflib
from rdflib import DCAT, DCTERMS, RDF, URIRef

from mesh_core.catalog import (
    Catalog,
    ColumnRecord,
    ContractRecord,
    DomainDeclaration,
    DomainRecord,
    PortDeclaration,
    ProductRecord,
    PublicationRecord,
)
from mesh_core.errors import UnknownAddressError
from mesh_core.feeds import dcat
from mesh_core.governance import Office

if TYPE_CHECKING:
    from pathlib import Path

    from cli.calling import Mesh
    from orchestration.workbench import Workbench

pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated"),  # rdflib's own use of it
    pytest.mark.folder,  # places are compared with those of a folder
]

BASE = "https://data.example"
DPROD = rdflib.Namespace("https://www.omg.org/spec/DPROD/")
PREFIXES = """
PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
PREFIX dprod: <https://www.omg.org/spec/DPROD/> PREFIX dqv: <http://www.w3.org/ns/dqv#>
PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX vcard: <http://www.w3.org/2006/vcard/ns#>
PREFIX csvw: <http://www.w3.org/ns/csvw#> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX adms: <http://www.w3.org/ns/adms#>
"""
ORDERS = URIRef("mesh://shop/orders/v1")
REVENUE = URIRef("mesh://insight/revenue/v1")

SHAPES = {
    DCAT.Catalog: ("dct:title", "dct:description", "dcat:dataset", "dcat:service", "dcat:resource"),
    DCAT.Dataset: [
        "dct:identifier",
        "dct:title",
        "dct:description",
        "dct:publisher",
        "dct:accessRights",
        "dct:conformsTo",
        "dcat:distribution",
        "dcat:contactPoint",
        "dcat:version",
        "adms:status",
        "dqv:hasQualityMeasurement",
    ],
    DCAT.Distribution: ("dct:title", "dcat:accessURL", "dcat:accessService", "dprod:isDistributionOf"),
    DCAT.DataService: ("dct:title", "dcat:endpointURL", "dcat:servesDataset", "dprod:isAccessServiceOf"),
    DPROD.DataProduct: [
        "dct:identifier",
        "dct:title",
        "dprod:domain",
        "dprod:dataProductOwner",
        "dprod:outputPort",
        "dprod:lifecycleStatus",
    ],
}
"""What every node of a class must have."""

RANGES = {
    "dcat:dataset": DCAT.Dataset,
    "dcat:service": DCAT.DataService,
    "dcat:distribution": DCAT.Distribution,
    "dcat:servesDataset": DCAT.Dataset,
    "dcat:accessService": DCAT.DataService,
    "dprod:outputPort": DCAT.DataService,
    "dprod:inputPort": DCAT.DataService,
    "dprod:outputDataset": DCAT.Dataset,
    "dprod:isAccessServiceOf": DCAT.Distribution,
    "dprod:isDistributionOf": DCAT.Dataset,
    "dprod:lifecycleStatus": DPROD.DataProductLifecycleStatus,
    "dprod:informationSensitivityClassification": DPROD.InformationSensitivityClassification,
    "prov:wasDerivedFrom": DCAT.Dataset,
    "dqv:isMeasurementOf": URIRef("http://www.w3.org/ns/dqv#Metric"),
}
"""Of which class what a property names must be, in a document of the whole catalog."""


@pytest.fixture
def graph(published: Workbench) -> rdflib.Graph:
    with published.catalog() as catalog:
        return read(dcat.catalog(catalog, BASE))


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A context that had to be fetched would be missed."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket, "create_connection", refuse)


def read(document: dict[str, Any]) -> rdflib.Graph:
    return rdflib.Graph().parse(data=json.dumps(document), format="json-ld")


def ask(graph: rdflib.Graph, query: str) -> list[tuple[Any, ...]]:
    rows = graph.query(PREFIXES + query)
    return sorted(tuple(None if value is None else value.toPython() for value in row) for row in rows)


def missing(graph: rdflib.Graph) -> Iterator[tuple[str, str]]:
    """Nodes that lack what their class must have."""
    for kind, properties in SHAPES.items():
        for node in graph.subjects(RDF.type, kind):
            for name in properties:
                if not ask(graph, f"SELECT ?o WHERE {{ <{node}> {name} ?o }}"):
                    yield str(node), name


def strangers(graph: rdflib.Graph) -> list[tuple[Any, ...]]:
    """Links to what is not of the class that the property asks for."""
    return [
        row
        for name, kind in RANGES.items()
        for row in ask(graph, f"SELECT ?s ?o WHERE {{ ?s {name} ?o FILTER NOT EXISTS {{ ?o rdf:type <{kind}> }} }}")
    ]


def test_every_node_has_what_its_class_needs(graph: rdflib.Graph) -> None:
    assert list(missing(graph)) == []
    assert strangers(graph) == []
    for kind, count in ((DCAT.Catalog, 1), (DCAT.Dataset, 2), (DCAT.DataService, 2), (DPROD.DataProduct, 2)):
        assert len(set(graph.subjects(RDF.type, kind))) == count


def test_a_consumer_walks_from_the_catalog_to_the_table(graph: rdflib.Graph, published: Workbench) -> None:
    rows = ask(
        graph,
        """SELECT ?title ?place WHERE { ?catalog a dcat:Catalog ; dcat:resource ?product .
           ?product a dprod:DataProduct ; dct:title ?title ; dprod:outputPort ?port .
           ?port dprod:isAccessServiceOf ?table . ?table dprod:isDistributionOf ?data ; dcat:accessURL ?place .
           ?catalog dcat:dataset ?data }""",
    )
    lake = published.settings.lake
    assert rows == [("Orders", f"file://{lake}/shop/orders"), ("Revenue", f"file://{lake}/insight/revenue")]


def test_a_dataset_is_told_with_owner_rights_and_how_to_reach_them(graph: rdflib.Graph) -> None:
    [row] = ask(
        graph,
        f"""SELECT ?id ?version ?rights ?team ?mail ?page WHERE {{ <{ORDERS}> dct:identifier ?id ;
            dcat:version ?version ; dct:accessRights ?rights ; dct:creator/foaf:name ?team ;
            dcat:contactPoint/vcard:hasEmail ?mail ; dcat:landingPage ?page }}""",
    )
    rights = "http://publications.europa.eu/resource/authority/access-right/RESTRICTED"
    assert row == (
        "shop.orders",
        "1.0.0",
        rights,
        "Shop team",
        "mailto:shop@mesh.example",
        "https://data.example/ports/shop.orders",
    )


def test_what_a_dataset_was_made_from_crosses_domains(graph: rdflib.Graph) -> None:
    assert ask(graph, "SELECT ?made ?from WHERE { ?made prov:wasDerivedFrom ?from }") == [(str(REVENUE), str(ORDERS))]
    assert ask(graph, "SELECT ?p ?port WHERE { ?p dprod:inputPort ?port }") == [
        ("urn:mesh:product:insight.revenue", f"{ORDERS}#port")
    ]


def test_quality_is_measured_by_defined_metrics(graph: rdflib.Graph) -> None:
    rows = ask(
        graph,
        f"""SELECT ?metric ?value WHERE {{ <{REVENUE}> dqv:hasQualityMeasurement ?m .
            ?m dqv:isMeasurementOf ?metric ; dqv:value ?value ; dqv:computedOn <{REVENUE}> }}""",
    )
    assert [(metric.rpartition(":")[2], float(value)) for metric, value in rows] == [
        ("checks-passed", 1.0),
        ("reads", 0.0),
        ("rows", 2.0),
        ("views", 0.0),
    ]


def test_columns_come_in_their_order_with_types_and_rights(published: Workbench) -> None:
    with published.catalog() as catalog:
        graph = read(dcat.dataset(catalog, "shop.orders", BASE))
    [schema] = graph.objects(ORDERS, URIRef("http://www.w3.org/ns/csvw#tableSchema"))
    [head] = graph.objects(schema, URIRef("http://www.w3.org/ns/csvw#column"))
    csvw = rdflib.Namespace("http://www.w3.org/ns/csvw#")
    columns = list(rdflib.collection.Collection(graph, head))
    told = [(str(graph.value(c, csvw.name)), str(graph.value(c, csvw.datatype))) for c in columns]
    assert told == [("order_id", "integer"), ("customer", "string"), ("amount", "double"), ("ordered_on", "date")]
    assert [str(key) for key in graph.objects(schema, csvw.primaryKey)] == ["order_id"]
    assert str(graph.value(columns[1], DCTERMS.accessRights)).endswith("RESTRICTED")
    assert str(graph.value(columns[2], DCTERMS.accessRights)).endswith("NON_PUBLIC")


def test_iris_are_the_same_whoever_tells_them(published: Workbench) -> None:
    with published.catalog() as catalog:
        here, there = (read(dcat.catalog(catalog, base)) for base in (BASE, "http://127.0.0.1:3001"))
        nobody = read(dcat.catalog(catalog, dcat.BASE))
    subjects = [{node for node in graph.subjects() if isinstance(node, URIRef)} for graph in (here, there, nobody)]
    assert subjects[0] == subjects[1] == subjects[2]
    assert not ask(nobody, "SELECT ?page WHERE { ?s dcat:landingPage ?page }")


def test_one_port_is_told_with_its_product(published: Workbench) -> None:
    with published.catalog() as catalog:
        graph = read(dcat.dataset(catalog, "insight.revenue", BASE))
        with pytest.raises(UnknownAddressError):
            dcat.dataset(catalog, "no.such", BASE)
    assert set(graph.subjects(RDF.type, DCAT.Dataset)) == {REVENUE}
    assert list(missing(graph)) == []
    assert ask(graph, "SELECT ?from WHERE { ?made prov:wasDerivedFrom ?from }") == [(str(ORDERS),)]
    assert ask(graph, "SELECT ?title WHERE { ?p a dprod:DataProduct ; dct:title ?title }") == [("Revenue",)]


def test_the_command_prints_the_document(published: Workbench, mesh: Mesh) -> None:
    told = mesh("feed", "dcat", "--base", BASE, "--root", published.tiny.root)
    graph = rdflib.Graph().parse(data=told.out, format="json-ld")
    assert set(graph.subjects(RDF.type, DCAT.Dataset)) == {ORDERS, REVENUE}


HOSTILE = '</script><script>alert(1)</script>" . <x:y> <x:y> <x:y> .'


def test_text_of_a_contract_is_text_and_its_links_are_links(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Catalog(f"sqlite:///{tmp_path / 'catalog.db'}") as catalog:
        catalog.declare(_hostile(), "2026-01-01T00:00:00+00:00")
        catalog.register(_second_version())
        with caplog.at_level(logging.WARNING):
            graph = read(dcat.catalog(catalog, BASE))
            alone = [read(dcat.dataset(catalog, address, BASE)) for address in ("evil.port", "evil.port_v2")]
    assert all(len(each) for each in alone)
    assert caplog.text == "", "rdflib warns of what is no IRI"
    v1, v2 = URIRef("mesh://evil/port/v1"), URIRef("mesh://evil/port/v2")
    assert str(graph.value(v1, DCTERMS.description)) == HOSTILE
    assert not list(graph.subjects(URIRef("x:y")))
    links = {str(o) for o in graph.objects() if isinstance(o, URIRef)}
    assert "https://evil.example/ok" in links
    assert not [link for link in links if link.startswith("javascript") or " " in link or "<" in link]
    assert graph.value(v2, URIRef("http://www.w3.org/ns/dcat#previousVersion")) == v1


def _hostile() -> DomainDeclaration:
    document = {
        "id": "evil.port",
        "name": HOSTILE,
        "version": "1.0.0",
        "status": "active",
        "domain": "evil",
        "dataProduct": "port",
        "description": {"purpose": HOSTILE},
        "support": [
            {"channel": "a", "url": "javascript:alert(1)"},
            {"channel": "b", "url": "https://evil.example/<script>"},
            {"channel": "c", "url": "mailto:a b@evil.example"},
            {"channel": "d", "url": "https://evil.example/ok"},
        ],
        "schema": [{"name": "port", "properties": [{"name": "a", "logicalType": "string", "classification": "x y<"}]}],
        "team": {"name": 'a "team" <of> many'},
    }
    contract = ContractRecord(id="evil.port", version="1.0.0", status="active", digest="d", document=document)
    product = ProductRecord(id="evil.port", name="Port", version="1.0.0", document={"id": "evil.port", "name": "Port"})
    port = PortDeclaration(
        address="evil.port",
        uri="mesh://evil/port/v1",
        product_id="evil.port",
        contract=contract,
        endpoint="/lake/with space/port",
        format="delta",
    )
    office = Office(team="Evil", owner="evil owner@mesh.example")
    return DomainDeclaration(
        domain=DomainRecord(name="evil", kind="source-aligned"), office=office, products=(product,), ports=(port,)
    )


def _second_version() -> PublicationRecord:
    return PublicationRecord(
        address="evil.port_v2",
        uri="mesh://evil/port/v2",
        domain=DomainRecord(name="evil"),
        product=ProductRecord(id="evil.port", name="Port"),
        contract=ContractRecord(id="evil.port", version="2.0.0", status="active", digest="d2", document={}),
        owner="Evil",
        table_version=0,
        published_at="2026-01-02T00:00:00+00:00",
        run_id="run",
        rows=1,
        bytes=1,
        code_digest="",
        columns=(ColumnRecord(name="a", logical_type="string", physical_type="VARCHAR"),),
    )
