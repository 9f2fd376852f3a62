"""Who is behind a port and how to reach them: from its contract, its product and the domain's offices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.marketplace.pages.wording import linked

if TYPE_CHECKING:
    from mesh_core.governance import Office


class Person(msgspec.Struct, frozen=True):
    """Somebody with a part in the port."""

    role: str
    name: str
    url: str = ""
    """Where to write to; '' if nobody knows."""


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A way to reach the team."""

    name: str
    url: str = ""
    tool: str = ""
    scope: str = ""
    description: str = ""


class People(msgspec.Struct, frozen=True, kw_only=True):
    """A team, its offices, and its channels."""

    team: str
    persons: tuple[Person, ...] = ()
    channels: tuple[Channel, ...] = ()


def people_of(contract: Mapping[str, Any], product: Mapping[str, Any], office: Office | None, team: str = "") -> People:
    """The people of a port by the documents of its contract and product; each person once for each role."""
    found: dict[tuple[str, str], Person] = {}
    if office is not None:
        offices = (("owner", office.owner), ("steward", office.steward), ("curator", office.curator))
        _add(found, ((role, name) for role, name in offices if name))
    for document in (contract, product):
        _add(found, _members(document.get("team")))
    channels = _channels(contract.get("support")) or _channels(product.get("support"))
    return People(team=team or (office.team if office else ""), persons=tuple(found.values()), channels=channels)


def _add(found: dict[tuple[str, str], Person], entries: Iterable[tuple[str, str]]) -> None:
    for role, name in entries:
        found.setdefault((role.lower(), name), Person(role, name, _mail(name)))


def _members(team: Any) -> Iterable[tuple[str, str]]:
    """ODCS 3.1's team has members, the older one is a list of them."""
    members = team.get("members") if isinstance(team, dict) else team
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict) and not member.get("dateOut"):
            name = str(member.get("username") or member.get("name") or "")
            if name:
                yield str(member.get("role") or "member"), name


def _channels(support: Any) -> tuple[Channel, ...]:
    entries = support if isinstance(support, list) else []
    return tuple(
        Channel(
            name=str(entry.get("channel") or entry.get("url") or ""),
            url=linked(entry.get("url")),
            tool=str(entry.get("tool") or ""),
            scope=str(entry.get("scope") or ""),
            description=str(entry.get("description") or ""),
        )
        for entry in entries
        if isinstance(entry, dict)
    )


def _mail(name: str) -> str:
    local, at, host = name.partition("@")
    return linked(f"mailto:{name}") if at and local and "." in host and " " not in name else ""
