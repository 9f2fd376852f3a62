"""Suggestions about what domains share: identities, ports that many read, and flows that concern two teams only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from mesh_core.observability.thresholds import Thresholds, counted, listed
from mesh_core.observability.topology import DomainDegree, DomainFlow, Picture, Recommendation


def masters(picture: Picture, limits: Thresholds) -> Iterator[Recommendation]:
    """Identities that many domains use, that several publish, or that nobody owns."""
    users, keepers = _entity_domains(picture)
    for entity in sorted({*users, *picture.registers}):
        register = picture.registers.get(entity, "")
        owner = picture.domain(register) if register in picture.cards else ""
        others = keepers.get(entity, set()) - {owner}
        yield from _rivals(entity, register, owner, others, limits)
        if not owner:
            yield from _ownerless(f"the identity of {entity}", users.get(entity, set()), limits)
        elif len(readers := users.get(entity, set()) - {owner}) >= limits.register_domains:
            yield Recommendation(
                kind="master data",
                domains=(owner, *sorted(readers)),
                subject=entity,
                sentence=f"{owner} keeps {entity} in {register} for {len(readers)} domains: treat it as master data.",
                reasons=(
                    f"{listed(sorted(readers), limits.names)} have ids (told from {limits.register_domains} on)",
                    f"{register} is read by {counted(len(picture.reading_domains(register)), 'other domain')}",
                ),
                numbers={"domains": len(readers)},
            )
    for column, where in sorted(_unbound_keys(picture).items()):
        yield from _ownerless(f"the key {column}", where, limits)


def _entity_domains(picture: Picture) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By entity: domains that have its ids, and domains with a port of one row for each."""
    users: dict[str, set[str]] = {}
    keepers: dict[str, set[str]] = {}
    for card in picture.cards.values():
        keys = [column for column in card.columns if column.key]
        for column in card.columns:
            if column.entity:
                users.setdefault(column.entity, set()).add(card.domain)
        if len(keys) == 1 and keys[0].entity:
            keepers.setdefault(keys[0].entity, set()).add(card.domain)
    return users, keepers


def _rivals(entity: str, register: str, owner: str, others: set[str], limits: Thresholds) -> Iterator[Recommendation]:
    """Besides the owner, or where there is none, several domains publish one row for each thing."""
    if not others or len(others | {owner} - {""}) < 2:
        return
    told = listed(sorted(others), limits.names)
    kept = f"{register} of {owner} is its register" if owner else "no register is named for it"
    yield Recommendation(
        kind="master data",
        domains=tuple(sorted(others | {owner} - {""})),
        subject=f"{entity}, published by several",
        sentence=f"{told} {'publishes' if len(others) == 1 else 'publish'} one row for each {entity}, too: "
        "say which attributes belong to whom.",
        reasons=(f"The key of a port there is the id of {entity} alone: {told}", kept),
        numbers={"domains": len(others)},
    )


def _ownerless(what: str, where: set[str], limits: Thresholds) -> Iterator[Recommendation]:
    if len(where) < limits.column_domains:
        return
    yield Recommendation(
        kind="master data",
        domains=tuple(sorted(where)),
        subject=what,
        sentence=f"{len(where)} domains use {what}, and nobody owns it: agree on an owner and a register.",
        reasons=(f"{listed(sorted(where), limits.names)} (told from {limits.column_domains} domains on)",),
        numbers={"domains": len(where)},
    )


def _unbound_keys(picture: Picture) -> dict[str, set[str]]:
    """Domains by the name of a column that is a port's whole key somewhere, and is bound to no entity anywhere."""
    where: dict[str, set[str]] = {}
    keys: set[str] = set()
    bound: set[str] = set()
    for card in picture.cards.values():
        own = [column.name for column in card.columns if column.key]
        keys |= set(own) if len(own) == 1 else set()
        for column in card.columns:
            where.setdefault(column.name, set()).add(card.domain)
            if column.entity:
                bound.add(column.name)
    return {name: where[name] for name in keys - bound}


def hubs(picture: Picture, domains: Sequence[DomainDegree], limits: Thresholds) -> Iterator[Recommendation]:
    """A domain of which many others read the same few ports."""
    others = len(domains) - 1
    wanted = max(limits.hub_domains, ceil(others * limits.hub_share))
    readers = {address: picture.reading_domains(address) for address in picture.cards}
    hot: dict[str, list[str]] = {}
    for port in sorted(readers, key=lambda port: (-len(readers[port]), port)):
        if len(readers[port]) >= wanted:
            hot.setdefault(picture.domain(port), []).append(port)
    for degree in domains:
        shared = hot.get(degree.domain, [])
        if not shared:
            continue
        everyone = set().union(*(readers[port] for port in shared))
        yield Recommendation(
            kind="shared hub",
            domains=(degree.domain, *sorted(everyone)),
            subject=degree.domain,
            sentence=f"{degree.domain} is a hub: {len(everyone)} of {others} other domains read "
            f"{'the same port' if len(shared) == 1 else f'the same {len(shared)} ports'}. Serve it as shared: announce "
            "changes to all, keep versions side by side.",
            reasons=tuple(
                f"{port} is read by {len(readers[port])} other domains: {listed(sorted(readers[port]), limits.names)} "
                f"(told from {wanted} on)"
                for port in shared[: limits.names]
            ),
            numbers={"domains": len(everyone), "ports": len(shared), "threshold": wanted},
        )


def peers(picture: Picture, flows: Iterable[DomainFlow], limits: Thresholds) -> list[Recommendation]:
    """Flows whose ports have few readers: all of them in one suggestion, because it is to leave them alone."""
    quiet = []
    for flow in flows:
        most = max((len(picture.reading_domains(port)) for port in flow.ports), default=0)
        if most <= limits.few_domains:
            quiet.append((flow, most))
    if not quiet:
        return []
    told = tuple(
        f"{flow.upstream} to {flow.downstream}: {_flowing(flow)}, read by {counted(most, 'domain')} at most"
        for flow, most in sorted(quiet, key=lambda each: -each[0].rows)[: limits.of_a_kind]
    )
    one = f"{quiet[0][0].upstream} to {quiet[0][0].downstream}"
    return [
        Recommendation(
            kind="peer to peer",
            domains=tuple(sorted({name for flow, _ in quiet for name in (flow.upstream, flow.downstream)})),
            subject=one if len(quiet) == 1 else f"{len(quiet)} flows",
            sentence="Few read what flows here: the two teams agree best between themselves, without a hub.",
            reasons=(*told, f"Said of ports that no more than {limits.few_domains} other domains read"),
            numbers={"flows": len(quiet)},
        )
    ]


def _flowing(flow: DomainFlow) -> str:
    if flow.declared_only:
        return f"declared for {counted(len(flow.ports), 'port')}, nothing flowed yet"
    return f"{flow.rows:,} rows of {counted(len(flow.ports), 'port')}"
