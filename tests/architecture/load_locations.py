"""Load all code locations as their servers do, and tell as JSON what was loaded and what loading did."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any

WATCHED = ("socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.exec", "os.fork")
DOMAINS = ("airports", "fleet", "flight_operations", "weather", "punctuality", "network_planning")

did: list[str] = []
written: set[str] = set()


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note connections, processes and every file that is opened to be written."""
    if event in WATCHED:
        did.append(f"{event} {arguments[-1]!r}")
    if event == "open" and isinstance(arguments[0], str) and isinstance(arguments[2], int):
        flags = arguments[2]
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.add(arguments[0])
    if event in {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}:
        written.add(str(arguments[0]))


def spec_of(spec: Any, checks: dict[Any, int], location: str) -> dict[str, Any]:
    return {
        "location": location,
        "deps": sorted("/".join(dep.asset_key.path) for dep in spec.deps),
        "group": spec.group_name,
        "kinds": sorted(spec.kinds),
        "owners": sorted(spec.owners),
        "tags": {name: value for name, value in sorted(spec.tags.items()) if not name.startswith("dagster/")},
        "checks": checks.get(spec.key, 0),
        "automation": spec.automation_condition.get_label() if spec.automation_condition else None,
        "freshness": bool(spec.freshness_policy),
    }


def main() -> None:
    import dagster  # noqa: F401 - what it brings is not ours

    before = set(sys.modules)
    sys.addaudithook(watch)
    loaded = [import_module(f"domains.{name}.definitions").defs for name in DOMAINS]
    imported = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
    seen, wrote = list(did), sorted(written)
    assets, triggers = {}, {}
    for name, definitions in zip(DOMAINS, loaded, strict=True):
        graph = definitions.resolve_asset_graph()
        checks: dict[Any, int] = {}
        for key in graph.asset_check_keys:
            checks[key.asset_key] = checks.get(key.asset_key, 0) + 1
        for node in graph.asset_nodes:
            if not node.is_materializable:
                continue
            spec = next(s for s in definitions.resolve_all_asset_specs() if s.key == node.key)
            assets.setdefault("/".join(node.key.path), []).append(spec_of(spec, checks, name))
        triggers[name] = {
            "schedules": {s.name: s.cron_schedule for s in definitions.schedules},
            "sensors": sorted(s.name for s in definitions.sensors),
            "executor": definitions.executor.name,
            "resources": sorted(definitions.resources),
        }
    json.dump({"assets": assets, "triggers": triggers, "imported": imported, "did": seen, "wrote": wrote}, sys.stdout)


main()
