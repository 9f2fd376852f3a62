"""A table for dbt: an entry of ``sources.yml`` for those who read the port, a model contract for those who make it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mesh_core.contracts import yaml_text
from mesh_core.contracts.document import parse_yaml
from mesh_core.errors import MeshError
from mesh_core.exchange.ddl import conditions, type_in
from mesh_core.exchange.table import Field, Table, field_for
from mesh_core.exchange.types import SqlType, quoted
from mesh_core.model import Address

_RAW, _END_RAW = "{% raw %}", "{% endraw %}"


def to_dbt_sources(table: Table) -> str:
    """A ``sources.yml`` with the port; its meta tells dagster-dbt which asset the source is."""
    entry = {
        "name": table.name,
        "description": _literal(table.description),
        "config": {"meta": {"dagster": {"asset_key": [table.domain, table.name]}, "mesh": _identity(table)}},
        "columns": [_described(field) for field in table.fields],
    }
    source = {"name": table.domain, "schema": table.domain, "tables": [_without_empty(entry)]}
    return yaml_text.document({"sources": [source]})


def to_dbt_model(table: Table) -> str:
    """The properties of the model that makes the port: an enforced contract, constraints and tests."""
    alone = len(table.primary_key) == 1
    entry: dict[str, Any] = {
        "name": table.name,
        "description": _literal(table.description),
        "config": {"contract": {"enforced": True}, "meta": {"mesh": _identity(table)}},
        "columns": [_constrained(field, alone=alone) for field in table.fields],
    }
    if len(table.primary_key) > 1:
        entry["constraints"] = [{"type": "primary_key", "columns": list(table.primary_key)}]
    return yaml_text.document({"models": [_without_empty(entry)]})


def _identity(table: Table) -> dict[str, Any]:
    address = Address.parse(f"{table.domain}.{table.name}")
    return {"address": address.uri, "version": table.version}


def _described(field: Field) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": field.name,
        "description": _literal(field.description),
        "data_type": str(field.type),
    }
    if quoted(field.name) != field.name:
        entry["quote"] = True
    return _without_empty(entry)


def _constrained(field: Field, *, alone: bool) -> dict[str, Any]:
    constraints: list[dict[str, Any]] = []
    tests: list[Any] = []
    if field.required:
        constraints.append({"type": "not_null"})
        tests.append("not_null")
    if field.key and alone:
        constraints.append({"type": "primary_key"})
    elif field.unique:
        constraints.append({"type": "unique"})
    if field.unique or (field.key and alone):
        tests.append("unique")
    constraints += [{"type": "check", "expression": condition} for condition in conditions(field)]
    if field.enum:
        quote = all(isinstance(value, str) for value in field.enum)
        arguments = {"values": list(field.enum), **({} if quote else {"quote": False})}
        tests.append({"accepted_values": {"arguments": arguments}})
    return _without_empty({**_described(field), "constraints": constraints, "data_tests": tests})


def _literal(text: str) -> str:
    """dbt renders descriptions: what looks like its own syntax must not be taken for it."""
    return f"{_RAW}{text}{_END_RAW}" if re.search(r"\{[{%#]", text) else text


def _plain(text: object) -> str:
    return str(text or "").strip().removeprefix(_RAW).removesuffix(_END_RAW)


def _without_empty(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value not in ("", [])}


def from_dbt(text: str, path: Path, dialect: str) -> list[Table]:
    """The tables of the sources and models of a properties file; data types are of ``dialect``."""
    raw = parse_yaml(text.encode(), path)
    found = [
        _table(entry, source, dialect) for source in raw.get("sources") or () for entry in source.get("tables") or ()
    ]
    found += [_table(entry, {}, dialect) for key in ("models", "seeds", "snapshots") for entry in raw.get(key) or ()]
    if not found:
        message = "holds neither sources nor models"
        remedy = "Import a properties file, such as sources.yml or schema.yml."
        raise MeshError(message, path=path, remedy=remedy, code="import-unreadable")
    return found


def _table(entry: Mapping[str, Any], source: Mapping[str, Any], dialect: str) -> Table:
    meta = {**(entry.get("meta") or {}), **((entry.get("config") or {}).get("meta") or {})}
    identity = meta.get("mesh") or {}
    address = Address.parse(identity["address"]) if identity.get("address") else None
    keys = [
        str(column)
        for constraint in entry.get("constraints") or ()
        if constraint.get("type") == "primary_key"
        for column in constraint.get("columns") or ()
    ]
    columns = entry.get("columns") or ()
    untyped = [str(column["name"]) for column in columns if not column.get("data_type")]
    guesses = [f"{', '.join(untyped)}: no data_type is given: taken as text"] if untyped else []
    return Table(
        name=address.table if address else str(entry["name"]),
        domain=address.domain if address else str(source.get("schema") or source.get("name") or ""),
        port=address.port if address else "",
        version=str(identity.get("version") or ""),
        description=_plain(entry.get("description")),
        fields=tuple(_field(column, keys, dialect) for column in columns),
        tags=tuple(_tags(entry)),
        guesses=tuple(guesses),
    )


def _field(column: Mapping[str, Any], keys: list[str], dialect: str) -> Field:
    name = str(column["name"])
    given = str(column.get("data_type") or "")
    plain = field_for(name, type_in(given, dialect) if given else SqlType("VARCHAR"))
    kinds = [str(constraint.get("type")) for constraint in column.get("constraints") or ()]
    tests = dict(_tests(column))
    is_key = "primary_key" in kinds or name in keys
    return Field(
        name=name,
        type=plain.type,
        parts=plain.parts,
        description=_plain(column.get("description")),
        required=is_key or "not_null" in kinds or "not_null" in tests,
        unique=("unique" in kinds or "unique" in tests) and not is_key,
        key=keys.index(name) + 1 if name in keys else int(is_key),
        enum=tuple((tests.get("accepted_values") or {}).get("values") or ()),
        tags=tuple(_tags(column)),
    )


def _tags(entry: Mapping[str, Any]) -> list[str]:
    given = entry.get("tags") or (entry.get("config") or {}).get("tags") or ()
    return [given] if isinstance(given, str) else [str(tag) for tag in given]


def _tests(column: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Tests by name with their arguments, in the spelling of dbt 1.10 and the older one."""
    for test in [*(column.get("data_tests") or ()), *(column.get("tests") or ())]:
        if isinstance(test, str):
            yield test, {}
        elif isinstance(test, dict):
            for name, arguments in test.items():
                given = arguments or {}
                yield str(name), given.get("arguments") or given
