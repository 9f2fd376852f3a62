"""Write a mesh of many products: `python benchmarks/many_products.py FOLDER` makes 1,000 in 50 domains."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

SOURCES = 3
"""One product in so many reads a file of its own; the others read one to three products before them."""
FEW_SOURCES = 30
"""The same of a mesh in which little but ports is to be loaded."""
STEPS = 9
"""One product in so many has a silver step between its file and its port."""

_DOMAIN = """\
name: {domain}
kind: shared
description: Keeps what area {number} of the business knows.
owner: {{team: Team {number}, email: team_{number}@mesh.example}}
"""
_DEFINITIONS = """\
from mesh_core.orchestration import domain_definitions

defs = domain_definitions(__file__)
"""
_PRODUCT = """\
apiVersion: v1.1.0
kind: DataProduct
id: {domain}.{name}
name: {name}
version: "1.0.0"
status: active
domain: {domain}
type: {type}
description:
  purpose: Measures of area {number}.
  limitations: Made up.
  usage: Join by measure_id.
{inputs}outputPorts:
  - {{name: {name}, version: "1.0.0", contractId: {domain}.{name}}}
support:
  - {{channel: team_{number}, url: "https://mesh.example/{domain}"}}
"""
_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {domain}.{name}
name: {name}
version: "1.0.0"
status: active
domain: {domain}
dataProduct: {name}
tags: [measure]
description:
  purpose: Measures of area {number}, one for each id.
  limitations: Made up.
schema:
  - name: {name}
    logicalType: object
    physicalType: table
    description: Measures of one day.
    dataGranularityDescription: One row for each measure.
    properties:
      - name: measure_id
        logicalType: integer
        description: Number of the measure.
        primaryKey: true
        primaryKeyPosition: 1
        required: true
        classification: internal
      - name: area
        logicalType: string
        description: Area that the measure belongs to.
        required: true
        classification: public
        logicalTypeOptions: {{minLength: 1, maxLength: 40}}
      - name: kind
        logicalType: string
        description: What was measured.
        classification: public
        enum:
          - {{value: weight, description: In grams.}}
          - {{value: length, description: In metres.}}
      - name: amount
        logicalType: number
        description: Size of the measure.
        required: true
        classification: internal
        logicalTypeOptions: {{minimum: 0}}
      - name: share
        logicalType: number
        description: Part of the area's sum.
        classification: internal
      - name: measured_on
        logicalType: date
        description: Day of the measure.
        required: true
        classification: public
      - name: received_at
        logicalType: timestamp
        description: When it came in, in UTC.
        classification: internal
      - name: checked
        logicalType: boolean
        description: Whether somebody looked at it.
        required: true
        classification: internal
    quality:
      - name: some_measures
        type: library
        metric: rowCount
        mustBeGreaterThan: 0
        description: An area without measures is closed.
      - name: modest_measures
        type: sql
        query: SELECT count(*) FROM ${{object}} WHERE amount > 1000
        mustBe: 0
        severity: warning
        description: Measures above a thousand are looked at by hand.
servers:
  - {{server: local, type: local, environment: local, path: {domain}/{name}, format: delta}}
slaProperties:
  - {{property: frequency, value: 1, unit: d}}
  - {{property: latency, value: 1, unit: d}}
  - {{property: retention, value: 5, unit: "y"}}
team:
  name: Team {number}
"""
_SOURCES = """\
{name}_feed:
  description: Measures as the area writes them, one file a day.
  landing: {domain}/{name}/*.csv
  columns:
    measure_id: BIGINT
    area: VARCHAR
    kind: VARCHAR
    amount: DOUBLE
    measured_on: DATE
    received_at: TIMESTAMP WITH TIME ZONE
    checked: BOOLEAN
"""
_CLEANED = """\
-- Blanks around names are typing errors.
SELECT measure_id, trim(area) AS area, kind, amount, measured_on, received_at, checked
FROM bronze.{name}_feed
WHERE amount >= 0
"""
_FROM_SOURCE = """\
-- The share is of the area's sum on all days.
WITH measured AS (
    SELECT *, sum(amount) OVER (PARTITION BY area) AS area_amount
    FROM {source}
)

SELECT
    measure_id,
    area,
    CASE WHEN kind IN ('weight', 'length') THEN kind END AS kind,
    amount,
    amount / nullif(area_amount, 0) AS share,
    measured_on,
    received_at,
    coalesce(checked, false) AS checked
FROM measured
"""
_FROM_PORTS = """\
-- Measures of {first}, with what the others know of them.
SELECT
    first.measure_id,
    upper(first.area) AS area,
    coalesce(first.kind{kinds}) AS kind,
    first.amount{amounts} AS amount,
    first.amount / nullif(sum(first.amount) OVER (PARTITION BY first.area), 0) AS share,
    first.measured_on,
    greatest(first.received_at{received}) AS received_at,
    first.checked{checked} AS checked
FROM {first} AS first
{joins}WHERE first.amount IS NOT NULL
"""


_IMPLYING = re.compile(
    r"^ +(?:primaryKey|primaryKeyPosition|required|logicalTypeOptions|enum|- \{value): ?.*\n", re.MULTILINE
)
"""What of the contract's schema implies rules."""


def write_mesh(folder: Path, products: int = 1_000, domains: int = 50, *, two_rules: bool = False) -> None:
    """A mesh without a finding in ``folder``, the same each time.

    With ``two_rules``, a contract has these two alone, its schema implies none, and few products read files.
    """
    random = Random(7)
    _write(folder / "domains/__init__.py", "")
    _write(folder / "dagster.yaml", "telemetry:\n  enabled: false\n")
    names = [f"area_{number:02}" for number in range(domains)]
    for number, domain in enumerate(names):
        _write(folder / "domains" / domain / "__init__.py", "")
        _write(folder / "domains" / domain / "definitions.py", _DEFINITIONS)
        _write(folder / "domains" / domain / "domain.yaml", _DOMAIN.format(domain=domain, number=number))
    entries = [
        f"  - python_module: {{module_name: domains.{name}.definitions, location_name: {name}, working_directory: .}}\n"
        for name in names
    ]
    _write(folder / "workspace.yaml", "load_from:\n" + "".join(entries))
    made: list[str] = []
    for number in range(products):
        domain, name = names[number % domains], f"measures_{number:04}"
        sources = FEW_SOURCES if two_rules else SOURCES
        read = random.sample(made, min(len(made), random.randint(1, 3))) if number % sources else []
        for path, text in _files(domain, name, number, read):
            implies = two_rules and path.endswith(".contract.yaml")
            _write(folder / "domains" / domain / name / path, _IMPLYING.sub("", text) if implies else text)
        made.append(f"{domain}.{name}")


def _files(domain: str, name: str, number: int, read: list[str]) -> Iterator[tuple[str, str]]:
    known = {"domain": domain, "name": name, "number": number, "type": "aggregate" if read else "sourceAligned"}
    needs = [f'  - {{name: {port.partition(".")[2]}, contractId: {port}, version: ">=1.0.0,<2"}}\n' for port in read]
    yield "product.yaml", _PRODUCT.format(inputs="inputPorts:\n" + "".join(needs) if needs else "", **known)
    yield f"{name}.contract.yaml", _CONTRACT.format(**known)
    if read:
        yield f"{name}.sql", _joined(read)
        return
    yield "sources.yaml", _SOURCES.format(**known)
    has_step = number % STEPS == 0
    if has_step:
        yield f"silver/{name}_cleaned.sql", _CLEANED.format(name=name)
    yield f"{name}.sql", _FROM_SOURCE.format(source=f"silver.{name}_cleaned" if has_step else f"bronze.{name}_feed")


def _joined(read: list[str]) -> str:
    first, *others = read
    aliases = [f"other_{at}" for at in range(len(others))]
    joins = [
        f"LEFT JOIN {port} AS {alias} ON {alias}.measure_id = first.measure_id\n"
        for port, alias in zip(others, aliases, strict=True)
    ]
    return _FROM_PORTS.format(
        first=first,
        joins="".join(joins),
        kinds="".join(f", {alias}.kind" for alias in aliases),
        amounts="".join(f" + coalesce({alias}.amount, 0)" for alias in aliases),
        received="".join(f", {alias}.received_at" for alias in aliases),
        checked="".join(f" OR coalesce({alias}.checked, false)" for alias in aliases),
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument("--domains", type=int, default=50)
    given = parser.parse_args()
    write_mesh(given.folder, given.products, given.domains)


if __name__ == "__main__":
    main()
