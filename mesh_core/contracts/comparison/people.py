"""Who may read, who answers and where to ask: roles, team and support."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mesh_core.contracts.comparison.change import Change
from mesh_core.contracts.comparison.place import Judge, Place, entries, judged, keyed, mapping, noted, paired
from mesh_core.contracts.comparison.walk import walk

_RIGHTS = ("none", "read", "write", "admin")
_RIGHT_WORDS = {
    "r": "read", "select": "read", "readonly": "read", "read-only": "read", "viewer": "read", "w": "write",
    "rw": "write", "readwrite": "write", "read-write": "write", "read/write": "write", "editor": "write",
    "owner": "admin", "all": "admin", "full": "admin",
}  # fmt: skip
_TEAM = noted("team", "Who answers explains the data and promises nothing about them.")


def compare_roles(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes between two ``roles`` lists: of the contract or of one server."""
    before, after = entries(old), entries(new)
    base = msgspec.structs.replace(place, section="roles")
    for left, right in paired(before, after, keyed("role"), keyed("id")):
        role = mapping(before[left] if left is not None else after[right or 0])
        name = str(role.get("role") or role.get("id") or "?")
        element = f"{place.element}.roles.{name}" if place.section == "servers" else f"roles.{name}"
        at = base.part(element, left, right)
        if left is None:
            yield at.change("role-added", "compatible", "There is one more way to get access.", None, name)
        elif right is None:
            yield at.change("role-removed", "breaking", "Whoever reads by this role loses access.", name, None)
        else:
            yield from walk(at, role, mapping(after[right]), _ROLE_JUDGES)


def _access(place: Place, old: Any, new: Any) -> Iterator[Change]:
    before, after = (_right(value) for value in (old, new))
    if before not in _RIGHTS or after not in _RIGHTS:
        reason = "What the role may do changes, and how cannot be told."
        yield place.change("access-changed", "risky", reason, old, new)
    elif _RIGHTS.index(after) < _RIGHTS.index(before):
        yield place.change("access-narrowed", "breaking", "What the role did is refused now.", old, new)
    elif before == after:
        yield place.change("access-restated", "documentation", "The same right in other words.", old, new)
    else:
        yield place.change("access-widened", "compatible", "The role may do all that it did.", old, new)


def _right(value: Any) -> str:
    text = str(value if value is not None else "").strip().lower()
    return _RIGHT_WORDS.get(text, text)


def compare_team(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes of the team; the list of members that ODCS 3.0 has is a team without a name."""
    before, after = _team(old), _team(new)
    if old is not None and new is None:
        yield place.change("team-removed", "risky", "Nobody answers for the data any more.", _shown(before), None)
        return
    yield from walk(place, before, after, _TEAM_JUDGES, skip=("members",))
    base = place.into("members") if isinstance(new, Mapping) else place
    members = entries(before.get("members")), entries(after.get("members"))
    for left, right in paired(*members, keyed("username"), keyed("id"), keyed("name")):
        member = mapping(members[0][left] if left is not None else members[1][right or 0])
        name = str(member.get("username") or member.get("name") or "?")
        at = base.part(f"team.{name}", left, right)
        if left is None:
            yield at.change("member-added", "documentation", "Somebody joined the team.", None, name)
        elif right is None:
            yield at.change("member-removed", "documentation", "Somebody left the team.", name, None)
        else:
            yield from walk(at, member, mapping(members[1][right]), {})


def _team(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {"members": entries(value)}


def _shown(team: Mapping[str, Any]) -> Any:
    return team.get("name") or [mapping(member).get("username") for member in entries(team.get("members"))]


def compare_support(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes between two lists of support channels."""
    before, after = entries(old), entries(new)
    for left, right in paired(before, after, keyed("channel", "tool"), keyed("id"), keyed("channel"), keyed("url")):
        channel = mapping(before[left] if left is not None else after[right or 0])
        name = str(channel.get("channel") or channel.get("url") or "?")
        at = place.part(f"support.{name}", left, right)
        if left is None:
            yield at.change("channel-added", "documentation", "There is one more place to ask.", None, name)
        elif right is None:
            reason = "Readers who ask there get no answer, and miss what is announced there."
            yield at.change("channel-removed", "risky", reason, name, None)
        else:
            yield from walk(at, channel, mapping(after[right]), _CHANNEL_JUDGES)


_ROLE_JUDGES: dict[str, Judge] = {
    "access": _access,
    "firstLevelApprovers": noted("approvers", "Who has access keeps it; who asks is answered by somebody else."),
    "secondLevelApprovers": noted("approvers", "Who has access keeps it; who asks is answered by somebody else."),
    "description": noted("description"),
    "id": noted("element-id", "Readers know the role by its name."),
}
_TEAM_JUDGES: dict[str, Judge] = {"name": _TEAM, "description": noted("description")}
_CHANNEL_MOVED = judged("channel", ("documentation", "The same channel is reached another way."))
_CHANNEL_JUDGES: dict[str, Judge] = {
    "url": _CHANNEL_MOVED,
    "invitationUrl": _CHANNEL_MOVED,
    "tool": _CHANNEL_MOVED,
    "channel": _CHANNEL_MOVED,
    "id": noted("element-id", "People know the channel by its name."),
    "scope": judged("channel-scope", ("documentation", "Something else is said there.")),
    "description": noted("description"),
}
