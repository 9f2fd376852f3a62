"""A catalog of many products without their data: `python benchmarks/mesh_of.py catalog.db` has 10,000 in 50 domains."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from mesh_core.catalog import (
    Catalog,
    CharterDeclaration,
    CheckRecord,
    ColumnRecord,
    ContractRecord,
    DomainDeclaration,
    DomainRecord,
    PortDeclaration,
    ProductRecord,
    PublicationRecord,
    Use,
)
from mesh_core.governance import Entity, Office, Term

PRODUCTS = 10_000
DOMAINS = 50

AREAS = (
    "sales", "billing", "logistics", "payroll", "procurement", "marketing", "support", "inventory", "pricing",
    "claims", "lending", "fraud", "treasury", "risk", "energy", "metering", "grid", "fleet", "airports", "weather",
    "maintenance", "production", "quality", "laboratory", "patients", "pharmacy", "nursing", "tickets", "venues",
    "catering", "housing", "permits", "taxes", "customs", "harbours", "railways", "roads", "telecom", "broadcast",
    "streaming", "games", "publishing", "education", "research", "recruiting", "training", "legal", "facilities",
    "forestry", "fishery",
)  # fmt: skip
SUBJECTS = (
    "customer", "order", "invoice", "payment", "shipment", "parcel", "vehicle", "driver", "route", "contract",
    "supplier", "employee", "salary", "campaign", "visit", "session", "product", "price", "discount", "claim",
    "policy", "loan", "account", "transfer", "card", "alert", "meter", "reading", "outage", "station", "flight",
    "aircraft", "passenger", "booking", "seat", "crew", "engine", "part", "inspection", "defect", "batch", "sample",
    "patient", "treatment", "prescription", "bed", "ticket", "event", "hall", "menu", "building", "permit", "tax",
    "declaration", "vessel", "berth", "train", "platform", "road", "sensor", "subscriber", "call", "channel",
    "programme", "film", "player", "title", "author", "course", "student", "grade", "paper", "applicant", "interview",
    "case", "court", "room", "tree", "catch", "refund",
)  # fmt: skip
ASPECTS = (
    "register", "history", "forecast", "summary", "events", "balance", "schedule", "utilisation", "delays", "costs",
    "revenue", "quality", "locations", "segments", "scores", "changes", "cancellations", "returns", "capacity",
    "backlog", "turnover", "coverage", "duration", "frequency", "exceptions", "corrections", "hierarchy", "mapping",
    "prices", "volumes",
)  # fmt: skip
GRAINS = ("daily", "weekly", "monthly", "hourly", "current", "yearly")
MEASURES = (
    "amount", "count", "share", "rate", "duration", "distance", "weight", "temperature", "speed", "score", "margin",
    "tax", "fee", "age", "rank", "quantity", "volume", "height", "width", "delay", "balance", "limit", "threshold",
    "deviation", "median", "total", "average", "minimum", "maximum", "forecast",
)  # fmt: skip
QUALIFIERS = (
    "gross", "net", "planned", "actual", "first", "last", "open", "closed", "confirmed", "estimated", "domestic",
    "foreign", "regular", "special", "internal", "external", "primary", "secondary", "seasonal", "adjusted",
)  # fmt: skip
SENTENCES = (
    "{Qualifier} {measure} of the {subject}, as the source system {system} tells it.",
    "The {measure} that the {subject} had at the end of the period; null if nobody recorded one.",
    "{Qualifier} {measure}, corrected for {aspect} and rounded to the cent.",
    "Taken over from {system}; before the move to {other} it was kept by hand.",
    "How much {measure} a {subject} has, compared with the {qualifier} one.",
)
KINDS = ("source-aligned", "consumer-aligned", "shared")
CLASSES = ("public", "public", "internal", "internal", "confidential", "restricted")
STATUSES = ("active",) * 16 + ("draft", "deprecated", "deprecated", "retired")
TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "date": "DATE", "boolean": "BOOLEAN"}
FIRST_DAY = datetime(2026, 1, 5, 6, tzinfo=UTC)


class MeshOf:
    """The declarations of a mesh with so many products, the same for the same numbers; nothing is on disk."""

    def __init__(self, products: int = PRODUCTS, domains: int = DOMAINS, *, seed: int = 1) -> None:
        self._random = Random(seed)
        self._systems = sorted({self._coined() for _ in range(max(20, products // 5))})
        self.domains = tuple(AREAS[n] if n < len(AREAS) else f"{AREAS[n % len(AREAS)]}_{n}" for n in range(domains))
        self.declarations = [self._domain(n, len(range(n, products, domains))) for n in range(domains)]

    def charter(self) -> CharterDeclaration:
        """Terms with synonyms, and the entities that columns are bound to."""
        terms = [
            Term(
                term=f"{qualifier} {measure}",
                definition=f"The {measure} after all that makes it {qualifier}.",
                owner=self.domains[n % len(self.domains)],
                synonyms=(f"{measure} {qualifier}ly", self._systems[n]),
            )
            for n, (qualifier, measure) in enumerate(zip(QUALIFIERS, MEASURES, strict=False))
        ]
        entities = [
            Entity(
                name=subject,
                port=f"mesh://{self.domains[n % len(self.domains)]}/{subject}/v1",
                id_column=f"{subject}_id",
                tag=f"entity:{subject}",
            )
            for n, subject in enumerate(SUBJECTS[:20])
        ]
        return CharterDeclaration(terms=tuple(terms), entities=tuple(entities), council=("ada@mesh.example",))

    def declare(self, catalog: Catalog) -> None:
        """Tell the catalog of everything."""
        at = FIRST_DAY.isoformat()
        catalog.declare_charter(self.charter(), at)
        for declaration in self.declarations:
            catalog.declare(declaration, at)

    def publish(self, catalog: Catalog, *, ports: int | None = None, versions: int = 1) -> int:
        """Give the first so many ports (all by default) a history; returns how many publications it has."""
        done = 0
        for declaration, port in list(self._ports())[:ports]:
            for version in range(versions):
                done += catalog.register(self._publication(declaration, port, version, versions))
        return done

    def use(self, catalog: Catalog, uses: int) -> int:
        """Views and reads of the last days, a few ports having most of them."""
        addresses = [port.address for _, port in self._ports()]
        now = datetime.now(UTC)
        return catalog.record_uses([self._use(addresses, n, now) for n in range(uses)])

    def _ports(self) -> Iterator[tuple[DomainDeclaration, PortDeclaration]]:
        return ((declaration, port) for declaration in self.declarations for port in declaration.ports)

    def _domain(self, number: int, products: int) -> DomainDeclaration:
        name = self.domains[number]
        kind = KINDS[number % len(KINDS)]
        owner = f"{name.replace('_', ' ').title()} data"
        made = [self._product(name, owner, port) for port in self._names(products)]
        return DomainDeclaration(
            domain=DomainRecord(name=name, kind=kind, owner=owner, description=f"Everything on {name}."),
            office=Office(team=owner, owner=f"owner@{name}.example", steward=f"steward@{name}.example"),
            products=tuple(product for product, _ in made),
            ports=tuple(port for _, port in made),
        )

    def _names(self, number: int) -> list[str]:
        names: dict[str, None] = {}
        while len(names) < number:
            parts = [self._random.choice(words) for words in (SUBJECTS, ASPECTS)]
            if self._random.random() < 0.5:
                parts.append(self._random.choice(GRAINS))
            name = "_".join(parts)
            names["_".join([name, self._random.choice(QUALIFIERS)]) if name in names else name] = None
        return list(names)

    def _product(self, domain: str, owner: str, name: str) -> tuple[ProductRecord, PortDeclaration]:
        title = name.replace("_", " ").capitalize()
        contract = self._contract(domain, owner, name)
        document = {
            "apiVersion": "v1.1.0",
            "kind": "DataProduct",
            "id": f"{domain}.{name}",
            "name": title,
            "version": "1.0.0",
            "status": "active",
            "domain": domain,
            "description": {"purpose": f"{title} for everybody."},
            "outputPorts": [{"name": name, "version": "1.0.0", "contractId": f"{domain}.{name}"}],
        }
        port = PortDeclaration(
            address=f"{domain}.{name}",
            uri=f"mesh://{domain}/{name}/v1",
            product_id=f"{domain}.{name}",
            contract=contract,
            engine="sql",
            endpoint=f"/lake/{domain}/{name}",
            format="delta",
        )
        return ProductRecord(id=f"{domain}.{name}", name=title, version="1.0.0", document=document), port

    def _contract(self, domain: str, owner: str, name: str) -> ContractRecord:
        title = name.replace("_", " ")
        subject, aspect = title.split()[:2]
        status = self._random.choice(STATUSES)
        document: dict[str, Any] = {
            "apiVersion": "v3.2.0",
            "kind": "DataContract",
            "id": f"{domain}.{name}",
            "name": title.capitalize(),
            "version": "1.0.0",
            "status": status,
            "domain": domain,
            "dataProduct": name,
            "tags": [subject, aspect, self._random.choice(GRAINS)],
            "description": {
                "purpose": f"Shows the {aspect} of every {subject}, as {domain} counts them. {self._sentence(subject)}",
                "limitations": self._sentence(subject),
                "usage": f"Join on {subject}_id. {self._sentence(subject)}",
            },
            "schema": [
                {
                    "name": name,
                    "physicalName": name,
                    "physicalType": "table",
                    "logicalType": "object",
                    "businessName": title.capitalize(),
                    "description": self._sentence(subject),
                    "properties": list(self._columns(subject)),
                }
            ],
            "servers": [
                {
                    "server": "local",
                    "type": "local",
                    "environment": "local",
                    "path": f"{domain}/{name}",
                    "format": "delta",
                }
            ],
            "slaProperties": [
                {"property": "frequency", "value": self._random.choice((1, 7, 30)), "unit": "d"},
                {"property": "retention", "value": 2, "unit": "y"},
            ],
            "team": {"name": owner, "members": [{"username": f"owner@{domain}.example", "role": "owner"}]},
        }
        digest = hashlib.sha256(f"{domain}.{name}".encode()).hexdigest()
        return ContractRecord(id=f"{domain}.{name}", version="1.0.0", status=status, digest=digest, document=document)

    def _columns(self, subject: str) -> Iterator[dict[str, Any]]:
        yield {
            "name": f"{subject}_id",
            "businessName": f"{subject.capitalize()} id",
            "logicalType": "string",
            "description": f"Which {subject} it is.",
            "primaryKey": True,
            "primaryKeyPosition": 1,
            "required": True,
            "classification": "public",
            "tags": [f"entity:{subject}"] if subject in SUBJECTS[:20] else [],
        }
        seen = set()
        for _ in range(self._random.randrange(5, 16)):
            qualifier, measure = self._random.choice(QUALIFIERS), self._random.choice(MEASURES)
            if (qualifier, measure) in seen:
                continue
            seen.add((qualifier, measure))
            yield {
                "name": f"{qualifier}_{measure}",
                "businessName": f"{qualifier.capitalize()} {measure}",
                "logicalType": self._random.choice(tuple(TYPES)),
                "description": self._sentence(subject),
                "required": self._random.random() < 0.4,
                "classification": self._random.choice(CLASSES),
            }

    def _publication(
        self, declaration: DomainDeclaration, port: PortDeclaration, version: int, versions: int
    ) -> PublicationRecord:
        product = next(each for each in declaration.products if each.id == port.product_id)
        random = Random(f"{port.address} {version}")
        rows = random.randrange(10, 1_000_000)
        at = datetime.now(UTC) - timedelta(days=versions - 1 - version, minutes=random.randrange(20_000))
        properties = port.contract.document["schema"][0]["properties"]
        return PublicationRecord(
            address=port.address,
            uri=port.uri,
            domain=declaration.domain,
            product=product,
            contract=port.contract,
            owner=declaration.domain.owner,
            table_version=version,
            published_at=at.isoformat(),
            run_id=f"run-{random.randrange(10**6)}",
            rows=rows,
            bytes=rows * 40,
            code_digest="0" * 64,
            columns=tuple(
                ColumnRecord(
                    name=raw["name"],
                    logical_type=raw["logicalType"],
                    physical_type=TYPES[raw["logicalType"]],
                    classification=raw["classification"],
                    required=raw["required"],
                    nulls=0 if raw["required"] else random.randrange(rows),
                    distinct=random.randrange(1, rows),
                )
                for raw in properties
            ),
            checks=tuple(
                CheckRecord(name=name, success=random.random() < 0.97, severity="error", element_count=rows)
                for name in ("schema", "key_is_unique", "some_rows")
            ),
        )

    def _use(self, addresses: list[str], number: int, now: datetime) -> Use:
        random = Random(number)
        return Use(
            kind="read" if random.random() < 0.3 else "view",
            address=addresses[int(len(addresses) * random.random() ** 3)],
            at=(now - timedelta(minutes=random.randrange(40_000))).isoformat(),
            consumer=f"person-{random.randrange(200)}",
            via="web",
            id=f"use-{number}",
        )

    def _sentence(self, subject: str) -> str:
        qualifier = self._random.choice(QUALIFIERS)
        return self._random.choice(SENTENCES).format(
            subject=subject,
            qualifier=qualifier,
            Qualifier=qualifier.capitalize(),
            measure=self._random.choice(MEASURES),
            aspect=self._random.choice(ASPECTS),
            system=self._random.choice(self._systems).capitalize(),
            other=self._random.choice(self._systems).capitalize(),
        )

    def _coined(self) -> str:
        """A name like those of applications."""
        syllables = [self._random.choice("bcdfglmnprstvz") + self._random.choice("aeiou") for _ in range(3)]
        return "".join(syllables) + self._random.choice(("", "n", "x", "r", "ta"))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="the SQLite file to write")
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--domains", type=int, default=DOMAINS)
    parser.add_argument("--published", type=int, default=1_000, help="ports that get a history")
    parser.add_argument("--versions", type=int, default=3, help="publications of each of them")
    parser.add_argument("--uses", type=int, default=20_000)
    given = parser.parse_args()
    mesh = MeshOf(given.products, given.domains)
    with Catalog(f"sqlite:///{given.file}") as catalog:
        mesh.declare(catalog)
        mesh.publish(catalog, ports=given.published, versions=given.versions)
        mesh.use(catalog, given.uses)


if __name__ == "__main__":
    main()
