"""Documents that are valid by a standard's JSON Schema and reach every key that it has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import mesh_core.contracts.document as loader

SCHEMAS = Path(loader.__file__).parent / "schemas"

TEXTS = [
    *(
        "yes",
        "12:30",
        "007",
        "2013-01-01",
        "1.0.0",
        "~",
        "null",
        "a: b",
        "a #b",
        "'",
        '"',
        "{a}",
        "=",
        "- a",
        "<<",
        " a",
    ),
    *("<<", "x" * 150, "é 😀", "two\nlines", "two\nlines\n", "words of a sentence " * 10 + "end", "plain", "\t"),
]
PATTERNED = {
    "ShorthandReference": "orders.order_id",
    "FullyQualifiedReference": "other.yaml#/schema/orders",
    "StableId": "an_id",
}
FORMATTED = {
    "^sftp://.*": "sftp://mesh.example/x",
    "uri": "https://mesh.example/a?b=c#d",
    "date": "2026-11-21",
    "date-time": "2026-11-21T08:00:00Z",
}
DEEPEST = 4


@cache
def schema_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    return found


class Documents:
    """Makes documents of one schema; ``full`` ones have every optional key that fits beside the others."""

    def __init__(self, name: str, random: Random, *, full: bool = False) -> None:
        self.root = schema_of(name)
        self.random = random
        self.full = full
        self.version = f"v{name.rpartition('-')[2]}"
        self.by_name: dict[str, Callable[[int], Any]] = {
            "DataQuality": self.quality,
            "RelationshipSchemaLevel": lambda depth: self.relationship(depth, ("from", "to")),
            "RelationshipPropertyLevel": lambda depth: self.relationship(depth, ("to",)),
        }

    def document(self) -> dict[str, Any]:
        raw: dict[str, Any] = self.object(self.root, 0)
        return {**raw, "apiVersion": self.version}

    def value(self, schema: Any, depth: int) -> Any:
        if not isinstance(schema, dict) or not schema:
            return self.random.choice([*TEXTS, 1, 1.5, True, None, ["a", 2], {"a": {"b": "yes"}}])
        if "$ref" in schema:
            return self.referred(schema, depth)
        for word in ("oneOf", "anyOf"):
            if word in schema and "properties" not in schema:
                return self.value(self.random.choice(schema[word]), depth)
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        if "const" in schema:
            return schema["const"]
        return self.of_type(schema, depth)

    def referred(self, schema: dict[str, Any], depth: int) -> Any:
        name = schema["$ref"].rpartition("/")[2]
        if name in PATTERNED:
            return PATTERNED[name]
        if name in self.by_name:
            return self.by_name[name](depth)
        target: Any = self.root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        if "properties" in target or "allOf" in target or "$ref" in target:
            return self.object({**rest, "allOf": [target, *rest.pop("allOf", [])]}, depth)
        return self.value(target, depth)

    def of_type(self, schema: dict[str, Any], depth: int) -> Any:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = self.random.choice(kind)
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            count = min(max(self.random.choice([1, 2]), schema.get("minItems", 1)), schema.get("maxItems", 2))
            unique: dict[str, Any] = {}
            for _ in range(5 * count):
                item = self.value(schema.get("items"), depth + 1) if len(unique) < count else None
                unique = unique if item is None else {**unique, json.dumps(item, sort_keys=True): item}
            return list(unique.values())
        if kind == "string":
            known = FORMATTED.get(schema.get("pattern", "")) or FORMATTED.get(schema.get("format", ""))
            return known or self.random.choice(TEXTS)
        return {"integer": self.random.randrange(1, 99), "number": self.random.choice([1, 2.5, 1e16]),
                "boolean": True, "null": None}[kind]  # fmt: skip

    def object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        properties, required, fixed = self.merged(schema)
        raw: dict[str, Any] = dict(fixed)
        for name, part in properties.items():
            nested = depth > DEEPEST and name in {
                "properties",
                "items",
                "map",
                "quality",
                "relationships",
                "customProperties",
            }
            if name in raw or part is False or (nested and name not in required):
                continue
            if name in required or self.full or self.random.random() < 0.3:
                raw[name] = self.value(part, depth + 1)
        if not properties and "additionalProperties" not in schema:
            return {"any": self.random.choice(TEXTS)}
        return raw

    def merged(self, schema: dict[str, Any]) -> tuple[dict[str, Any], set[str], dict[str, Any]]:
        """Properties, required ones and chosen values of a schema with all that it is composed of."""
        properties: dict[str, Any] = {}
        required: set[str] = set()
        conditions: list[tuple[str, Any, dict[str, Any]]] = []
        for part in self.composed(schema):
            properties |= {name: value for name, value in part.get("properties", {}).items() if value is not True}
            required |= set(part.get("required", ()))
            conditions += self.conditions(part)
        fixed: dict[str, Any] = {}
        if conditions:
            name, value, then = self.random.choice(conditions)
            fixed[name] = value
            inner, needed, _ = self.merged(then)
            properties |= inner
            required |= needed
        return properties, required, fixed

    def composed(self, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield schema
        if "$ref" in schema:
            target: Any = self.root
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            yield from self.composed(target)
        for part in schema.get("allOf", ()):
            if "if" not in part:
                yield from self.composed(part)

    def conditions(self, schema: dict[str, Any]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
        for part in schema.get("allOf", ()):
            for option in [part.get("if", {}), *part.get("if", {}).get("anyOf", ())]:
                for name, value in option.get("properties", {}).items():
                    if "const" in value:
                        yield name, value["const"], part["then"]

    def quality(self, depth: int) -> dict[str, Any]:
        definitions = self.root["$defs"]
        kind = self.random.choice(["text", "library", "sql", "custom"])
        plain = {name: value for name, value in definitions["DataQuality"]["properties"].items() if name != "type"}
        raw: dict[str, Any] = {"type": kind, **self.object({"properties": plain}, depth)}
        if kind in {"library", "sql"}:
            own = definitions["DataQualityLibrary" if kind == "library" else "DataQualitySql"]
            raw |= self.object({"properties": own["properties"], "required": own["required"]}, depth)
            raw |= self.operator()
        elif kind == "custom":
            raw |= {"engine": "soda", "implementation": self.random.choice(["checks", {"a": ["yes"]}])}
        return raw

    def operator(self) -> dict[str, Any]:
        signs = ["Be", "NotBe", "BeGreaterThan", "BeGreaterOrEqualTo", "BeLessThan", "BeLessOrEqualTo", "BeBetween"]
        name = "must" + self.random.choice([*signs, "NotBeBetween"])
        return {name: [1, 2.5] if name.endswith("Between") else 3}

    def relationship(self, depth: int, ends: tuple[str, ...]) -> dict[str, Any]:
        raw = dict.fromkeys(ends, "orders.order_id")
        base = self.root["$defs"]["RelationshipBase"]["properties"]
        return {**raw, **self.object({"properties": {k: v for k, v in base.items() if k not in {"from", "to"}}}, depth)}


def every_key(name: str) -> set[str]:
    """All property names of a schema, wherever they stand."""
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "properties" and isinstance(value, dict):
                    found.update(value)
                walk(value)
        elif isinstance(node, list):
            for part in node:
                walk(part)

    walk(schema_of(name))
    return found


def keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys_of(part) for part in value.values()))
    return set().union(*(keys_of(part) for part in value)) if isinstance(value, list) else set()
