"""Edits of the tiny mesh that its life is made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from orchestration.workbench import CONTRACT

from mesh_core.catalog import ContractRecord
from mesh_core.contracts.lifecycle import Milestone
from mesh_core.contracts.loading import load_mesh
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh

ORDERS, REVENUE = "shop.orders", "insight.revenue"
STATUS = "status: active\ndomain: shop"
AMOUNT = """\
      - name: amount
        logicalType: number
"""
ROLES = """\
domains:
  shop: {team: Shop team, owner: ada@mesh.example, steward: bob@mesh.example}
governance:
  members: [greta@mesh.example]
"""


def in_days(days: int) -> str:
    """A day counted from today."""
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def become(tiny: TinyMesh, status: str, version: str, end: str = "") -> None:
    """Give ``shop.orders`` another status, with the version that this needs and an end of support."""
    file = tiny.file(CONTRACT)
    text = file.read_text()
    for known in ("draft", "active", "deprecated", "retired"):
        text = text.replace(f"\nstatus: {known}\n", f"\nstatus: {status}\n")
    lines = [line for line in text.splitlines(keepends=True) if "endOfSupport" not in line]
    told = f"  - {{property: endOfSupport, value: {end}}}\n"
    at = lines.index("slaProperties:\n") + 1
    file.write_text("".join([*lines[:at], *([told] if end else []), *lines[at:]]))
    tiny.renumber(ORDERS, version)


def override(
    tiny: TinyMesh, rule: str, version: str, *, by: str = "greta@mesh.example", role: str = "governance"
) -> None:
    """Write one override, with the roles that make it valid."""
    folder = tiny.file("governance")
    folder.mkdir(exist_ok=True)
    (folder / "roles.yaml").write_text(ROLES)
    (folder / "overrides.yaml").write_text(f"""\
overrides:
  - rule: {rule}
    contract: shop.orders
    version: {version}
    reason: The shop closes.
    by: {by}
    role: {role}
""")


def remember(tiny: TinyMesh, *milestones: Milestone) -> None:
    """Let the catalog have seen versions of ``shop.orders`` in the past."""
    from mesh_core.catalog import Catalog

    settings = load_settings(tiny.root)
    raw = load_mesh(settings).port(ORDERS).contract.document.raw
    with Catalog(settings.catalog_url) as catalog:
        for past in milestones:
            slas = [{"property": "endOfSupport", "value": past.end_of_support}] if past.end_of_support else []
            document = {**raw, "version": past.version, "status": past.status, "slaProperties": slas}
            record = ContractRecord(
                id=ORDERS, version=past.version, status=past.status, digest=past.seen_at, document=document
            )
            catalog.register_contract(record, past.seen_at)
