"""Lineage as trees: the port at the root, what it is made from or what is made from it as branches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

from mesh_core.cli.output import note, rich_console

if TYPE_CHECKING:
    from mesh_core.catalog.records import ColumnEdge, TableEdge
    from mesh_core.cli.ancestry import Ancestry

_STYLES = {"port": "bold", "internal": "dim", "unregistered": "yellow"}
_Branches = Mapping[str, list[tuple[str, str]]]
"""By name: the names next to it, each with what is to be said of the way there."""


def say_ancestry(ancestry: Ancestry, *, up: bool, down: bool, columns: bool) -> None:
    """Print the trees that were asked for."""
    console = rich_console()
    kinds = {node.address: node.kind for node in ancestry.nodes}
    for wanted, title, tables, edges, below in (
        (up, "is made from", ancestry.upstream, ancestry.upstream_columns, False),
        (down, "is read by", ancestry.downstream, ancestry.downstream_columns, True),
    ):
        if not wanted:
            continue
        tree = Tree(Text.assemble((ancestry.address, "bold cyan"), (f" {title}", "dim")), guide_style="dim")
        if columns:
            _add_columns(tree, ancestry.address, edges, below=below)
        else:
            _add_tables(tree, ancestry.address, tables, kinds, below=below)
        if not tree.children:
            tree.add(Text("no column lineage is known" if columns else "nothing", "dim"))
        console.print(tree)
    if ancestry.source == "declared":
        note("Never published: this is what the tree declares; `mesh run` records versions and columns.")


def _add_tables(tree: Tree, address: str, edges: Iterable[TableEdge], kinds: Mapping[str, str], *, below: bool) -> None:
    branches: dict[str, list[tuple[str, str]]] = {}
    for edge in edges:
        near, far = (edge.upstream, edge.downstream) if below else (edge.downstream, edge.upstream)
        version = "" if edge.version is None or below else f" v{edge.version}"
        branches.setdefault(near, []).append((far, version))
    _grow(tree, address, branches, kinds, {address})


def _add_columns(tree: Tree, address: str, edges: Iterable[ColumnEdge], *, below: bool) -> None:
    """One branch a column, back to the columns of sources or on to those of the last readers."""
    branches: dict[str, list[tuple[str, str]]] = {}
    for edge in edges:
        before, after = f"{edge.upstream}.{edge.upstream_column}", f"{edge.downstream}.{edge.downstream_column}"
        near, far = (before, after) if below else (after, before)
        remark = " (declared)" if edge.kind == "declared" else ""
        branches.setdefault(near, []).append((far, remark))
    for root in sorted(name for name in branches if name.rpartition(".")[0] == address):
        branch = tree.add(Text(root.rpartition(".")[2], "bold"))
        _grow(branch, root, branches, {}, {root})


def _grow(tree: Tree, name: str, branches: _Branches, kinds: Mapping[str, str], seen: set[str]) -> None:
    """Add what is next to ``name``; what was shown before is named and not unfolded again."""
    for far, remark in sorted(branches.get(name, ())):
        again = far in seen and far in branches
        label = Text.assemble((far, _STYLES[kinds.get(far, "port")]), (remark, "cyan"), (" ↑" if again else "", "dim"))
        branch = tree.add(label)
        if not again:
            seen.add(far)
            _grow(branch, far, branches, kinds, seen)
