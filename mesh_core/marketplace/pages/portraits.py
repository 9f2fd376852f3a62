"""Everything that the page of one port tells, gathered from the catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.lifecycle import Standing as Life
from mesh_core.contracts.lifecycle import end_told, standing
from mesh_core.errors import MeshError, UnknownAddressError
from mesh_core.marketplace.pages.charts import BarChart, Point, Spark, Step, bar_chart, spark
from mesh_core.marketplace.pages.columns import ColumnLine, columns_of
from mesh_core.marketplace.pages.people import People, people_of
from mesh_core.marketplace.pages.sentences import Promise, Rule, promises_of, rules_of
from mesh_core.marketplace.pages.snippets import Snippet, snippets_of
from mesh_core.marketplace.pages.wording import amount, count, measure
from mesh_core.model import Address

if TYPE_CHECKING:
    from mesh_core.catalog import Attempt, Card, ContractRecord, PublicationRecord
    from mesh_core.contracts import Contract
    from mesh_core.marketplace.market import Market
    from mesh_core.observability import ServiceLevel, Standing
    from mesh_core.search.joins import Join

HISTORY = 60
"""Attempts that charts and table show."""
READER_DAYS = 90


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """A table that the newest version was made from."""

    address: str
    version: int | None
    newest: int | None
    """The newest version of a port; None for internal tables, and for those not published."""
    is_port: bool
    declared: bool


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was seen to read the port."""

    name: str
    via: str
    times: int
    last_at: str


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A service level with its small chart."""

    level: ServiceLevel
    chart: Spark | None


class Portrait(msgspec.Struct, frozen=True, kw_only=True):
    """The page of one port."""

    card: Card
    contract: Contract
    address: Address
    life: Life
    life_told: str
    successor: str
    """Address of the port to move to, if the catalog knows it."""
    people: People
    standing: Standing
    levels: tuple[Level, ...]
    promises: tuple[Promise, ...]
    rules: tuple[Rule, ...]
    rules_error: str
    columns: tuple[ColumnLine, ...]
    publication: PublicationRecord | None
    history: tuple[Attempt, ...]
    rows_chart: BarChart | None
    checks_chart: BarChart | None
    versions: tuple[ContractRecord, ...]
    majors: tuple[Card, ...]
    upstream: tuple[Upstream, ...]
    readers: tuple[Reader, ...]
    joins: tuple[Join, ...]
    snippets: tuple[Snippet, ...]
    dagster: str


def portrait_of(market: Market, card: Card) -> Portrait:
    """All that is known of the port."""
    catalog, address = market.catalog, Address.parse(card.address)
    contract = market.contract(card.address)
    publication = market.publication(card.address)
    history = tuple(reversed(catalog.publications(card.address, HISTORY)))
    majors = tuple(
        other
        for other in market.cards.values()
        if other.contract_id == card.contract_id and other.address != card.address
    )
    life = standing(
        contract,
        catalog.milestones(contract.id).get(contract.id, ()),
        market.now().date(),
        others=[market.contract(other.address) for other in majors],
    )
    rules, rules_error = _rules(contract, publication)
    found = market.standing(card.address)
    return Portrait(
        card=card,
        contract=contract,
        address=address,
        life=life,
        life_told=end_told(life),
        successor=_known(life.successor, market),
        people=port_people(market, card, contract),
        standing=found,
        levels=tuple(Level(level=level, chart=_spark(level)) for level in found.levels),
        promises=promises_of(contract),
        rules=rules,
        rules_error=rules_error,
        columns=columns_of(card, contract, publication),
        publication=publication,
        history=history,
        rows_chart=_rows_chart(history),
        checks_chart=_checks_chart(history),
        versions=catalog.contract_versions(contract.id),
        majors=majors,
        upstream=_upstream(card, publication, market),
        readers=_readers(market, card),
        joins=market.joins(card.address),
        snippets=snippets_of(card, contract, address),
        dagster=dagster_link(market.settings.dagster_url, address),
    )


def _known(name: str, market: Market) -> str:
    """The address that a contract names, as SQL spells it; '' for a text that is none, and for an unknown port."""
    try:
        address = Address.parse(name).sql
    except UnknownAddressError:
        return ""
    return address if address in market.cards else ""


def port_people(market: Market, card: Card, contract: Contract) -> People:
    """Who is behind the port."""
    product = market.catalog.product(card.product_id)
    office = next(
        (each.office for each in market.catalog.declared_domains(bare=True) if each.domain.name == card.domain), None
    )
    return people_of(contract.document.raw, product.document if product else {}, office, card.owner)


def dagster_link(url: str, address: Address) -> str:
    """The asset's page in Dagster; '' if nobody said where Dagster is."""
    return f"{url.rstrip('/')}/assets/{address.domain}/{address.table}" if url else ""


def _rules(contract: Contract, publication: PublicationRecord | None) -> tuple[tuple[Rule, ...], str]:
    try:
        return rules_of(contract, publication.checks if publication else ()), ""
    except MeshError as error:
        return (), error.what


def _spark(level: ServiceLevel) -> Spark | None:
    points = [
        Point(at=point.at, value=point.value, good=point.good, label=_point_told(point.at, point.value, level.unit))
        for point in level.points
        if point.value is not None
    ]
    points.sort(key=lambda point: point.at)
    return spark(f"{level.property} over time", points, level.target)


def _point_told(at: str, value: float, unit: str) -> str:
    return f"{at[:16].replace('T', ' ')}: {measure(value, unit)}"


def _rows_chart(history: Sequence[Attempt]) -> BarChart | None:
    made = [attempt for attempt in history if attempt.rows is not None]
    if not made:
        return None
    first, last = made[0], made[-1]
    told = f"From {count(first.rows)} rows to {count(last.rows)} rows in {amount(len(made), 'publication')}"
    refused = len(history) - len(made)
    told += f"; {amount(refused, 'attempt')} failed." if refused else "."
    steps = [
        Step(
            at=attempt.at,
            value=attempt.rows,
            label=f"{attempt.at[:16].replace('T', ' ')}: "
            + ("failed" if attempt.rows is None else f"{count(attempt.rows)} rows, version {attempt.table_version}"),
        )
        for attempt in history
    ]
    return bar_chart("Rows of each publication", told, steps)


def _checks_chart(history: Sequence[Attempt]) -> BarChart | None:
    judged = [attempt for attempt in history if attempt.checks_passed + attempt.checks_failed]
    if not judged:
        return None
    broken = sum(1 for attempt in judged if attempt.checks_failed)
    told = (
        f"{amount(judged[-1].checks_passed, 'rule')} kept and {judged[-1].checks_failed:,} broken at the last attempt; "
    )
    told += f"{amount(broken, 'attempt')} of {len(judged):,} with a broken rule."
    steps = [
        Step(
            at=attempt.at,
            value=attempt.checks_passed + attempt.checks_failed,
            bad=attempt.checks_failed,
            label=f"{attempt.at[:16].replace('T', ' ')}: {attempt.checks_passed} kept, {attempt.checks_failed} broken",
        )
        for attempt in judged
    ]
    return bar_chart("Rules kept and broken", told, steps)


def _upstream(card: Card, publication: PublicationRecord | None, market: Market) -> tuple[Upstream, ...]:
    read: dict[str, int | None] = dict(publication.inputs) if publication else {}
    cards = market.cards
    return tuple(
        Upstream(
            address=name,
            version=read.get(name),
            newest=cards[name].table_version if name in cards else None,
            is_port=name in cards,
            declared=name in card.inputs,
        )
        for name in sorted({*read, *card.inputs}, key=lambda name: (name not in cards, name))
    )


def _readers(market: Market, card: Card) -> tuple[Reader, ...]:
    since = (market.now() - timedelta(days=READER_DAYS)).isoformat()
    uses = market.catalog.uses(card.address, kinds=["read"], since=since, limit=1000)
    times = Counter((use.consumer, use.via) for use in uses)
    last: dict[tuple[str, str], str] = {}
    for use in uses:
        last.setdefault((use.consumer, use.via), use.at)
    return tuple(
        Reader(name=name, via=via, times=number, last_at=last[name, via]) for (name, via), number in times.most_common()
    )
