"""The terms of the DCAT document, so that it is read without asking anybody: JSON-LD 1.1, no remote context."""

from __future__ import annotations

from typing import Any

_PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "csvw": "http://www.w3.org/ns/csvw#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "dprod": "https://www.omg.org/spec/DPROD/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_LINKS = (
    "adms:status",
    "dcat:accessService",
    "dcat:accessURL",
    "dcat:contactPoint",
    "dcat:dataset",
    "dcat:distribution",
    "dcat:endpointDescription",
    "dcat:endpointURL",
    "dcat:landingPage",
    "dcat:mediaType",
    "dcat:previousVersion",
    "dcat:resource",
    "dcat:servesDataset",
    "dcat:service",
    "dct:accessRights",
    "dct:conformsTo",
    "dct:creator",
    "dct:publisher",
    "dct:type",
    "dprod:dataProductOwner",
    "dprod:domain",
    "dprod:informationSensitivityClassification",
    "dprod:inputDataset",
    "dprod:inputPort",
    "dprod:isAccessServiceOf",
    "dprod:isDistributionOf",
    "dprod:lifecycleStatus",
    "dprod:outputDataset",
    "dprod:outputPort",
    "dqv:computedOn",
    "dqv:hasQualityMeasurement",
    "dqv:isMeasurementOf",
    "prov:wasDerivedFrom",
    "vcard:hasEmail",
    "vcard:hasURL",
)
_TYPED = {
    "dcat:byteSize": "xsd:nonNegativeInteger",
    "dct:issued": "xsd:dateTime",
    "dct:modified": "xsd:dateTime",
    "dqv:value": "xsd:decimal",
    "prov:generatedAtTime": "xsd:dateTime",
}

CONTEXT: dict[str, Any] = {
    **_PREFIXES,
    **{term: {"@type": "@id"} for term in _LINKS},
    **{term: {"@type": kind} for term, kind in _TYPED.items()},
    "csvw:column": {"@container": "@list"},
}
