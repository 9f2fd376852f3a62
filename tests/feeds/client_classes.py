"""Reads events into the classes of OpenLineage's own client, and refuses whatever those classes do not have.

No package ships the specification's JSON Schemas. The client's classes are generated from them by its authors: they
have the same names, types and required fields, and each says which version of which schema it is. So an event that
can be read into them, name by name, and that they write out again just as it was, is one of the specification.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

import attr
from openlineage.client import generated
from openlineage.client.generated import base
from openlineage.client.serde import Serde


class NotOfTheSpecificationError(Exception):
    """The event has something that the client's classes lack, or lacks something that they need."""


def read_event(event: dict[str, Any]) -> Any:
    """The event as the client's object; NotOfTheSpecificationError if it is none."""
    kind = event["schemaURL"].rpartition("/")[2]
    return _read(event, getattr(base, kind), kind)


def written(event: Any) -> dict[str, Any]:
    """What the client would send for this object, without its empty lists and objects."""
    return without_empty(json.loads(Serde.to_json(event)))


def without_empty(value: Any) -> Any:
    """The client writes ``[]`` and ``{}`` for what is absent."""
    if isinstance(value, list):
        return [without_empty(each) for each in value]
    if isinstance(value, dict):
        pruned = {name: without_empty(each) for name, each in value.items()}
        return {name: each for name, each in pruned.items() if each not in ([], {})}
    return value


def _classes() -> Iterator[type]:
    for module in pkgutil.iter_modules(generated.__path__):
        for found in vars(importlib.import_module(f"openlineage.client.generated.{module.name}")).values():
            if isinstance(found, type) and attr.has(found) and issubclass(found, base.BaseFacet):
                yield found


FACETS = {found._get_schema(): found for found in _classes()}


def _read(value: Any, kind: Any, at: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any or (value is None and type(None) in arguments):
        return value
    if origin in {types.UnionType, typing.Union}:
        return _read(value, next(a for a in arguments if a is not type(None)), at)
    if origin is list:
        return [_read(each, arguments[0], f"{at}[{i}]") for i, each in enumerate(_typed(value, list, at))]
    if origin is dict:
        return {name: _read(each, arguments[1], f"{at}.{name}") for name, each in _typed(value, dict, at).items()}
    if attr.has(kind):
        return _object(_typed(value, dict, at), kind, at)
    return kind(value) if issubclass(kind, Enum) else _typed(value, (int, float) if kind is float else kind, at)


def _typed(value: Any, kind: Any, at: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        message = f"{at} is {value!r}, not {kind}"
        raise NotOfTheSpecificationError(message)
    return value


def _object(value: dict[str, Any], kind: type, at: str) -> Any:
    if issubclass(kind, base.BaseFacet):
        kind = FACETS.get(value["_schemaURL"], kind)
        if kind._get_schema() != value["_schemaURL"]:
            message = f"{at} is of {value['_schemaURL']}, which the client does not know"
            raise NotOfTheSpecificationError(message)
        _check_place(kind, at)
    hints = typing.get_type_hints(kind)
    names = {field.name: field for field in attr.fields(kind)}
    given = dict(value)
    for schema in ("schemaURL", "_schemaURL"):
        if schema in names and given.pop(schema, None) != kind._get_schema():
            message = f"{at}.{schema} is not {kind._get_schema()}"
            raise NotOfTheSpecificationError(message)
    if unknown := set(given) - set(names):
        message = f"{at} has {unknown}, which {kind.__name__} does not know"
        raise NotOfTheSpecificationError(message)
    try:
        return kind(**{name.lstrip("_"): _read(each, hints[name], f"{at}.{name}") for name, each in given.items()})
    except TypeError as error:
        message = f"{at}: {error}"
        raise NotOfTheSpecificationError(message) from error


_PLACES = {
    "run.facets": base.RunFacet,
    "job.facets": base.JobFacet,
    "inputFacets": base.InputDatasetFacet,
    "outputFacets": base.OutputDatasetFacet,
    "].facets": base.DatasetFacet,
}


def _check_place(kind: type, at: str) -> None:
    """A facet of inputs must not stand among those of outputs, nor one of jobs among those of runs."""
    wanted = next(allowed for place, allowed in _PLACES.items() if place in at)
    if not issubclass(kind, wanted):
        message = f"{at} is a {kind.__name__}, which is no {wanted.__name__}"
        raise NotOfTheSpecificationError(message)
