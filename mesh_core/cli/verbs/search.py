"""mesh search"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import note, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import UNKNOWN, amount, count

if TYPE_CHECKING:
    from mesh_core.search import Found, Hit

_COLUMNS = (
    Column("port", firm=True),
    Column("trust", right=True, firm=True),
    Column("service levels", firm=True),
    Column("rows", right=True, firm=True),
    Column("owner"),
    Column("purpose"),
)
_SLO_COLOURS = {"met": "green", "at risk": "yellow", "breached": "red"}
_SORTS = ("relevance", "trust", "use", "newest")


@verb(
    "search",
    examples=[
        ("mesh search arrival delay", "what has these words, or something like them"),
        ("mesh search 'tail number'", "quotes of the shell do not matter"),
        ("mesh search '\"tail number\"'", "as a phrase"),
        ("mesh search --domain weather --freshness today", "no words: everything that fits"),
        ("mesh search delay --json | jq '.hits[].address'", "for a program"),
    ],
)
@click.argument("words", nargs=-1)
@click.option("--domain", multiple=True, help="Only ports of this domain (all options of this kind: repeatable).")
@click.option("--kind", multiple=True, help="Of the domain: source-aligned, consumer-aligned, shared.")
@click.option("--owner", multiple=True, help="The team that answers for the port.")
@click.option("--classification", multiple=True, help="The strictest of its columns.")
@click.option("--freshness", multiple=True, help="today, 'this week', older or never.")
@click.option("--status", multiple=True, help="Of the contract: draft, active, deprecated, retired; or withdrawn.")
@click.option("--slo", multiple=True, help="Service levels: met, 'at risk', breached, unknown or declared.")
@click.option("--entity", multiple=True, help="Has ids of this entity, such as airport.")
@click.option("--tag", multiple=True, help="A tag of the contract.")
@click.option("--sort", type=click.Choice(_SORTS), default="relevance", show_default=True)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Ports at most.")
def command(session: Session, words: tuple[str, ...], sort: str, limit: int, **facets: tuple[str, ...]) -> int:
    """Find ports by what their contracts say: names, purposes, columns, business terms, tags.

    Words may be misspelt or half written; what is trusted and used comes first among equals. Service levels and
    trust are at most an hour old, everything else is as the catalog has it now.
    """
    import msgspec

    from mesh_core.search import Query, ready_index

    now = datetime.now(UTC)
    index = ready_index(session.settings, now)
    query = msgspec.convert({"words": " ".join(words), "sort": sort, "size": limit, **facets}, Query)
    if index is None:
        note("no ports: the catalog is empty; `mesh run` publishes, `mesh register` tells of what is not published yet")
        if session.as_json:
            say_json({"total": 0, "hits": []})
        return exits.FINE
    found = index.search(query, now=now)
    _record(session, query.words, now)
    if session.as_json:
        say_json(found)
    else:
        _say(found, query.words)
    return exits.FINE


def _record(session: Session, text: str, now: datetime) -> None:
    """Lead times count from what people looked for; a search that only filters tells nothing."""
    from mesh_core.catalog.events import Use
    from mesh_core.catalog.journal import Journal

    if text:
        use = Use(kind="search", address="", at=now.isoformat(), via="cli", detail=text[:500])
        Journal(session.settings.home / "journal").note(use)


def _say(found: Found, text: str) -> None:
    if found.corrected:
        note(f"searched for: {found.corrected}")
    if not found.hits:
        note(f"nothing found{f' for {text!r}' if text else ''}; try other words, or `mesh list` for all ports")
        return
    if found.partial:
        note("no port has all the words; these have some of them")
    say_columns(_COLUMNS, [_row(hit) for hit in found.hits])
    rest = found.total - len(found.hits)
    if rest:
        say()
        say(click.style(f"{amount(rest, 'more port')}; --limit shows more, --domain and the like fewer", dim=True))


def _row(hit: Hit) -> list[Cell | str]:
    card = hit.card
    ended = "" if card.status == "active" and not card.withdrawn_at else card.status
    ended = "withdrawn" if card.withdrawn_at else ended
    return [
        Cell(hit.address + (f" ({ended})" if ended else ""), "yellow" if ended else None, bold=not ended),
        UNKNOWN if hit.trust is None else str(hit.trust),
        Cell(hit.slo, _SLO_COLOURS.get(hit.slo), dim=hit.slo not in _SLO_COLOURS),
        count(card.rows),
        Cell(card.owner, dim=True),
        card.purpose.partition(". ")[0],
    ]
