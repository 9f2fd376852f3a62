"""mesh register"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mesh_core.cli import exits
from mesh_core.cli.output import domain_errors, note_error, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import amount

if TYPE_CHECKING:
    from mesh_core.catalog import DomainDeclaration
    from mesh_core.errors import MeshError


@verb(
    "register",
    examples=[
        ("mesh register", "every domain of the tree, with this home's catalog"),
        ("mesh register fleet", "one domain"),
        ("mesh register fleet --url https://catalog.example", "with a service: what a domain's CI does"),
        ("mesh register --withdraw fleet", "a domain that is gone"),
    ],
)
@click.argument("names", metavar="[DOMAIN]...", nargs=-1)
@click.option("--url", metavar="URL", help="The catalog service to tell; it needs MESH_REGISTRATION_TOKEN.")
@click.option("--withdraw", is_flag=True, help="Mark the named domains as gone; what they published stays readable.")
def command(session: Session, names: tuple[str, ...], url: str | None, withdraw: bool) -> int:
    """Tell the catalog what domains declare: products, ports and contracts, published or not.

    `mesh run`, `mesh dev` and `mesh serve` do this for their own tree. What a domain declared before and does not
    declare now is marked as withdrawn. Telling it twice changes nothing. A domain whose files are wrong keeps its last
    declaration.

    Exit code 1 if the service finds a declaration wrong, 2 if a domain does not load, or the service refuses or does
    not answer.
    """
    if withdraw:
        if url or not names:
            message = "--withdraw names domains, and is for this home's catalog."
            raise click.UsageError(message)
        return _withdraw(session, names)
    from mesh_core.cli.selection import domains_of

    wanted = domains_of(names, session.mesh)
    broken = {name: error for name, error in session.mesh.broken.items() if wanted is None or name in wanted}
    told, rejected = _tell(session, wanted, _to_service(session, url) if url else _to_catalog(session))
    _say(session, told, broken, rejected)
    if broken:
        return exits.WRONG
    return exits.FINDINGS if rejected else exits.FINE


def _tell(
    session: Session, wanted: list[str] | None, declare: Callable[[DomainDeclaration], bool]
) -> tuple[list[dict[str, Any]], dict[str, MeshError]]:
    """What became of each domain that loads, and what was found wrong with it."""
    from mesh_core.catalog.remote import RejectedError
    from mesh_core.publishing.declaring import declared

    told: list[dict[str, Any]] = []
    rejected: dict[str, MeshError] = {}
    for name, tree in sorted(session.mesh.domains.items()):
        if wanted is not None and name not in wanted:
            continue
        declaration = declared(tree, session.services.charter, session.services)
        try:
            changed = declare(declaration)
        except RejectedError as error:
            rejected[name] = error
            continue
        counts = {"products": len(declaration.products), "ports": len(declaration.ports)}
        told.append({"domain": name, "changed": changed, **counts})
    return told, rejected


def _to_catalog(session: Session) -> Callable[[DomainDeclaration], bool]:
    from datetime import UTC, datetime

    from mesh_core.catalog.from_tree import charter_declaration

    now = datetime.now(UTC).isoformat()
    catalog = session.services.catalog
    catalog.declare_charter(charter_declaration(session.services.charter), now)
    return lambda declaration: catalog.declare(declaration, now)


def _to_service(session: Session, url: str) -> Callable[[DomainDeclaration], bool]:
    """The charter stays: governance declares it where it runs, and no domain speaks for it."""
    from mesh_core.catalog.remote import RemoteCatalog

    service = RemoteCatalog(url, session.settings.registration_token)
    return lambda declaration: service.declare(declaration).changed


def _withdraw(session: Session, names: tuple[str, ...]) -> int:
    from datetime import UTC, datetime

    now = datetime.now(UTC).isoformat()
    told = [{"domain": name, "withdrawn": session.services.catalog.withdraw(name, now)} for name in names]
    if session.as_json:
        say_json({"domains": told, "errors": []})
    else:
        for each in told:
            what = "withdrawn" if each["withdrawn"] else "the catalog does not have it, or not any more"
            say(f"{click.style(str(each['domain']), bold=True)} {what}")
    return exits.FINE if all(each["withdrawn"] for each in told) else exits.FINDINGS


def _say(
    session: Session, told: list[dict[str, Any]], broken: dict[str, MeshError], rejected: dict[str, MeshError]
) -> None:
    if session.as_json:
        say_json({"domains": told, "errors": domain_errors({**broken, **rejected})})
    else:
        for each in told:
            mark = click.style("✓", fg="green")
            news = "declared" if each["changed"] else click.style("as it was", dim=True)
            counted = f"{amount(each['products'], 'product')}, {amount(each['ports'], 'port')}"
            say(f"{mark} {click.style(each['domain'], bold=True)} {news} {click.style(counted, dim=True)}")
    for name, error in {**broken, **rejected}.items():
        about = f"domain {name} does not load" if name in broken else f"domain {name}"
        note_error(error, about=about)
