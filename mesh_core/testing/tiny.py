"""The smallest mesh that shows everything: a domain that publishes orders, and one that reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from mesh_core.testing.tiny_files import INSIGHT, SHARED, SHOP

HEADER = "order_id,customer,amount,ordered_on"
ORDERS = (
    "1,ada@example.com,10.50,2026-01-01",
    "2,bob@example.com,4.00,2026-01-01",
    "3,ada@example.com,20.00,2026-01-02",
)
"""The rows of the first delivery; three orders, 34.50 in all."""


class TinyMesh(msgspec.Struct, frozen=True):
    """A mesh in a folder of its own, ready for ``mesh --root``."""

    root: Path
    home: Path

    def file(self, path: str) -> Path:
        """A file of the tree, by its path below the root."""
        return self.root / path

    def edit(self, path: str, old: str, new: str) -> Path:
        """Replace the one place where ``old`` stands in a file of the tree; ValueError unless there is just one."""
        file = self.file(path)
        text = file.read_text()
        if text.count(old) != 1:
            message = f"{path} has '{old}' {text.count(old)} times"
            raise ValueError(message)
        file.write_text(text.replace(old, new))
        return file

    def renumber(self, port: str, version: str) -> None:
        """Give the contract of ``domain.port`` another version, in its file and in its product's."""
        domain, _, name = port.partition(".")
        for file, place in (
            (f"domains/{domain}/{name}/{name}.contract.yaml", r'^version: ".*"'),
            (f"domains/{domain}/{name}/product.yaml", rf'(?<=name: {name}, )version: "[^"]*"'),
        ):
            text, found = re.subn(place, f'version: "{version}"', self.file(file).read_text(), flags=re.MULTILINE)
            if found != 1:
                message = f"{file} has {found} versions of {port}"
                raise ValueError(message)
            self.file(file).write_text(text)

    def deliver(self, name: str, rows: Iterable[str] = ORDERS) -> Path:
        """Drop ``<name>.csv`` into the landing zone of ``shop``; each row is one line of the file."""
        file = self.home / "landing" / "orders" / f"{name}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([HEADER, *rows]) + "\n")
        return file


def write_tiny_mesh(folder: Path, *, home: Path | None = None, consumer: bool = True) -> TinyMesh:
    """Write the mesh to ``folder``, with one delivery of orders; without ``consumer``, of one domain only.

    Ports: ``shop.orders`` (source-aligned, from CSV files) and ``insight.revenue`` (one row a day, reads
    ``shop.orders``). ``home`` is what MESH_HOME must be, by default the tree's own ``.mesh``.
    """
    files = {**SHARED, **SHOP, **(INSIGHT if consumer else {})}
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    _write_workspace(folder, ("shop", "insight") if consumer else ("shop",))
    mesh = TinyMesh(folder, home or folder / ".mesh")
    mesh.deliver("2026-01-02")
    return mesh


def _write_workspace(folder: Path, domains: tuple[str, ...]) -> None:
    entries = [
        f"  - python_module: {{module_name: domains.{name}.definitions, location_name: {name}, working_directory: .}}"
        for name in domains
    ]
    (folder / "workspace.yaml").write_text("\n".join(["load_from:", *entries]) + "\n")
