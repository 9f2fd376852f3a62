"""A mesh in which two domains speak of places: ``places.places`` owns them, ``trips.trips`` refers to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestration.workbench import Workbench

from mesh_core.catalog import CharterDeclaration, KeyMeasurement
from mesh_core.governance import load_charter
from mesh_core.testing import TinyMesh

ENTITIES = """\
entities:
  - name: place
    owner: places
    port: mesh://places/places/v1
    id_column: place_id
    tag: entity:place
    logical_type: string
    pattern: "^P:[0-9]+$"
    codes: {short: short_code}
"""
PLACE_ID = "{name: place_id, logicalType: string, primaryKey: true, primaryKeyPosition: 1, tags: [entity:place],"
PLACE_ID += ' logicalTypeOptions: {pattern: "^P:[0-9]+$"}}'
SHORT_CODE = "{name: short_code, logicalType: string, unique: true}"
TRIP_ID = "{name: trip_id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}"
PLACES = [("P:1", "AA"), ("P:2", "BB"), ("P:3", "CC"), ("P:4", None)]
TRIPS = [(1, "P:1", "AA"), (2, "P:1", "AA"), (3, "P:2", "XX"), (4, "P:9", "CC"), (5, None, None)]
"""Three ids of which the register lacks one, on four of five rows; three codes of which it lacks one."""

Row = Sequence[object]


class World(Workbench):
    """Ports are made from literal rows: writing a port again changes them."""

    def governed(self, entities: str) -> None:
        self._put("governance/entities.yaml", entities)

    def write(self, address: str, columns: Sequence[str], rows: Sequence[Row], *, version: str = "1.0.0") -> None:
        """Write the port; ``columns`` are properties in YAML's flow style, without description and classification."""
        domain, _, name = address.partition(".")
        folder = f"domains/{domain}/{name}"
        whole = [column[:-1] + _REST.get("classification" in column, "") + "}" for column in columns]
        properties = "\n".join(f"      - {column}" for column in whole)
        names = [column.partition("name: ")[2].partition(",")[0] for column in columns]
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
        self._put(f"domains/{domain}/domain.yaml", _DOMAIN.replace("$domain", domain))
        for file, text in ((f"{name}.contract.yaml", _CONTRACT), ("product.yaml", _PRODUCT)):
            named = text.replace("$domain", domain).replace("$name", name).replace("$version", version)
            self._put(f"{folder}/{file}", named.replace("$properties", properties))
        self._put(f"{folder}/{name}.sql", f"SELECT * FROM (VALUES {values}) AS t({', '.join(names)})\n")

    def trips(self, rows: Sequence[Row], **more: str) -> None:
        """Write ``trips.trips``: number, id of the place, short code of a place."""
        place = "{name: place_id, logicalType: string, tags: [entity:place]}"
        code = "{name: stop_code, logicalType: string, tags: [code:place/short]}"
        self.write("trips.trips", [TRIP_ID, place, code], rows, **more)

    def keys(self, address: str) -> dict[str, KeyMeasurement]:
        """The measurements of the newest version as the catalog has them, by column."""
        with self.catalog() as catalog:
            return {each.column: each for each in catalog.key_measurements([address]).get(address, ())}

    def declare(self) -> None:
        """Tell the catalog of the entities."""
        charter = load_charter(self.tiny.root)
        with self.catalog() as catalog:
            catalog.declare_charter(CharterDeclaration(entities=charter.entities), "2026-11-21T12:00:00+00:00")

    def _put(self, path: str, text: str) -> None:
        file = self.tiny.file(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def counts(key: KeyMeasurement) -> tuple[int, int | None, int, int | None]:
    """Ids, known ids, rows, rows with known ids."""
    return key.keys, key.resolved, key.rows, key.resolved_rows


def new_world(folder: Path) -> World:
    folder.mkdir(parents=True)
    (folder / "workspace.yaml").write_text("load_from: []\n")
    (folder / "domains").mkdir()
    world = World(TinyMesh(folder, folder / ".mesh"))
    world.governed(ENTITIES)
    world.write("places.places", [PLACE_ID, SHORT_CODE], PLACES)
    world.trips(TRIPS)
    return world


def _literal(value: object) -> str:
    return "NULL::VARCHAR" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


_REST = {False: ", description: What it is., classification: public", True: ", description: What it is."}
_DOMAIN = """\
name: $domain
kind: source-aligned
description: Knows $domain.
owner: {team: Team of $domain, email: $domain@mesh.example}
"""
_PRODUCT = """\
apiVersion: v1.1.0
kind: DataProduct
id: $domain.$name
name: Product $name
version: "$version"
status: active
domain: $domain
description: {purpose: All of them.}
outputPorts:
  - {name: $name, version: "$version", contractId: $domain.$name}
"""
_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: $domain.$name
name: Port $name
version: "$version"
status: active
domain: $domain
dataProduct: $name
description: {purpose: All of them.}
schema:
  - name: $name
    logicalType: object
    physicalType: table
    properties:
$properties
servers:
  - {server: local, type: local, environment: local, path: $domain/$name, format: delta}
slaProperties:
  - {property: latency, value: 1, unit: d}
team: {name: Team of $domain}
"""
