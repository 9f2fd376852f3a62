"""mesh diff"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.output import domain_errors, note, note_error, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.errors import ConfigurationError, MeshError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesh_core.checking.baseline import Baseline
    from mesh_core.checking.difference import ContractDifference
    from mesh_core.contracts.tree import Mesh

_SUFFIXES = (".yaml", ".yml")


@verb(
    "diff",
    examples=[
        ("mesh diff", "the tree against what is published"),
        ("mesh diff shop.orders --against origin/main", "one port against a git revision"),
        ("mesh diff old.contract.yaml new.contract.yaml", "two files"),
        ("mesh diff --json | jq '.contracts[].changes[]'", "for a program"),
    ],
)
@click.argument("contracts", nargs=-1)
@click.option("--against", metavar="REV", help="Compare with this git revision, not with the catalog.")
def command(session: Session, contracts: tuple[str, ...], against: str | None) -> int:
    """Compare contracts: who is hit, which version it takes.

    CONTRACTS are two files, or a selection of ports of the mesh. Every section of the contract counts; each change is
    breaking, risky, compatible or documentation for those who read the port. The exit code is 1 if any is breaking.
    """
    files = [Path(name) for name in contracts if name.endswith(_SUFFIXES)]
    if files:
        if len(files) != 2 or len(contracts) != 2 or against:
            message = "Two files are compared with each other: mesh diff OLD NEW."
            raise click.UsageError(message)
        return _told(session, "", _files(session, files[0], files[1]), {})
    from mesh_core.checking.difference import compare_mesh
    from mesh_core.cli.selection import concerned

    baseline = _baseline(session, against)
    differences = compare_mesh(contracts, session.mesh, baseline, session.settings)
    return _told(session, baseline.source, differences, concerned(contracts, session.mesh.broken))


def _baseline(session: Session, against: str | None) -> Baseline:
    from mesh_core.checking.baseline import published_baseline, revision_baseline

    if against:
        return revision_baseline(session.settings.root, against, session.mesh)
    baseline = published_baseline(session.settings)
    if not baseline.contracts:
        note("Nothing is published yet; --against REV compares with a git revision.")
    return baseline


def _files(session: Session, old: Path, new: Path) -> list[ContractDifference]:
    """Two files, anywhere: consumers are told if there is a mesh around."""
    from mesh_core.checking.difference import compare_files
    from mesh_core.contracts.document import read_document

    documents = [(path, read_document(path, "odcs").raw) for path in (old, new)]
    mesh = _mesh_around(session)
    return [compare_files(documents[0], documents[1], mesh, session.settings if mesh else None)]


def _mesh_around(session: Session) -> Mesh | None:
    try:
        return session.mesh
    except ConfigurationError:
        if session.root is not None:
            raise
        return None


def _told(
    session: Session, source: str, differences: Sequence[ContractDifference], broken: dict[str, MeshError]
) -> int:
    if session.as_json:
        from mesh_core.checking.difference import counts

        say_json(
            {
                "against": source,
                "contracts": [found.as_dict() for found in differences if found.state != "unchanged"],
                "unchanged": [found.name for found in differences if found.state == "unchanged"],
                "summary": dict(counts(differences)),
                "errors": domain_errors(broken),
            }
        )
    else:
        from mesh_core.cli.diff_view import say_differences

        say_differences(differences, source)
    for domain, error in broken.items():
        note_error(error, about=f"domain {domain} does not load")
    if broken:
        return exits.WRONG
    return exits.FINDINGS if any(found.is_breaking for found in differences) else exits.FINE
