"""Endpoints: where a port is and in which form; a reader that holds the old one finds nothing at the new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mesh_core.contracts.comparison.change import Change
from mesh_core.contracts.comparison.people import compare_roles
from mesh_core.contracts.comparison.place import Judge, Place, entries, judged, keyed, mapping, noted, paired
from mesh_core.contracts.comparison.walk import walk

_LOCATING = (
    "account",
    "catalog",
    "catalogUrl",
    "database",
    "dataset",
    "endpointUrl",
    "host",
    "http_path",
    "location",
    "namespace",
    "path",
    "port",
    "project",
    "schema",
    "serviceName",
    "stream",
    "topic",
)
"""What leads to the data, in any server type of the standard."""

_RUNNING = ("region", "regionName", "stagingDir", "warehouse", "workgroup")
"""What a query runs on or where its result lands."""


def compare_servers(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes between two ``servers`` lists, matched by name, else by environment and type."""
    before, after = entries(old), entries(new)
    for left, right in paired(before, after, keyed("server"), keyed("id"), _elsewhere):
        server = mapping(before[left] if left is not None else after[right or 0])
        at = place.part(f"servers.{server.get('server') or server.get('id') or '?'}", left, right)
        if left is None:
            reason = "Readers of the other endpoints see no difference."
            yield at.change("server-added", "compatible", reason, None, _shown(server))
        elif right is None:
            yield at.change("server-removed", "breaking", "Its readers find no endpoint.", _shown(server), None)
        else:
            yield from walk(at, server, mapping(after[right]), _JUDGES)


def _elsewhere(server: Any) -> Any:
    """The one endpoint of an environment, under another name."""
    found = mapping(server)
    return (found.get("environment") or "", found.get("type")) if found.get("environment") else None


def _shown(server: Mapping[str, Any]) -> str:
    where = next((str(server[key]) for key in ("location", "path", "endpointUrl", "host") if server.get(key)), "")
    return " ".join(part for part in (str(server.get("type") or ""), where, str(server.get("format") or "")) if part)


_MOVED = judged(
    "server-location",
    ("breaking", "A reader that holds the endpoint finds nothing there."),
    added=("risky", "The endpoint is told more exactly, or lies elsewhere."),
)
_RUN = judged("server-operation", ("risky", "Cost and speed of reading change, and rights may."))

_JUDGES: dict[str, Judge] = {
    **dict.fromkeys(_LOCATING, _MOVED),
    **dict.fromkeys(_RUNNING, _RUN),
    "server": judged("server-name", ("breaking", "A reader that picks the endpoint by name finds none.")),
    "type": judged("server-type", ("breaking", "A reader needs another driver.")),
    "format": judged(
        "server-format",
        ("breaking", "A reader cannot read the files any more."),
        added=("risky", "It may be another format than readers assumed."),
    ),
    "delimiter": judged("server-format", ("breaking", "A reader splits the lines at the wrong places.")),
    "encoding": judged("server-format", ("breaking", "A reader decodes the text wrongly.")),
    "environment": judged("server-environment", ("breaking", "Readers of the old environment find no endpoint.")),
    "roles": compare_roles,
    "description": noted("description"),
    "id": noted("element-id", "Readers know the endpoint by its name."),
}
