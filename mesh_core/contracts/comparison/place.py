"""Where a change is, who judges it, and which entries of two lists are the same thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from mesh_core.contracts.comparison.canonical import equal
from mesh_core.contracts.comparison.change import Change, Impact

Path = tuple[str | int, ...]
Judge = Callable[["Place", Any, Any], Iterable[Change]]
"""From a place and the two values there to changes; the values differ, and None says that one is absent."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One element of both documents: as people name it, and its key path in each."""

    section: str
    element: str
    column: str = ""
    old: Path = ()
    new: Path = ()

    def into(self, key: str) -> Place:
        """The value under ``key`` of the same element."""
        return msgspec.structs.replace(self, old=(*self.old, key), new=(*self.new, key))

    def part(self, element: str, old: int | None, new: int | None, *, column: str | None = None) -> Place:
        """An entry of the list here; one that is absent keeps the list's own path."""
        return msgspec.structs.replace(
            self,
            element=element,
            column=self.column if column is None else column,
            old=self.old if old is None else (*self.old, old),
            new=self.new if new is None else (*self.new, new),
        )

    def change(self, kind: str, impact: Impact, reason: str, old: Any = None, new: Any = None) -> Change:
        """A change of this element; one that is gone is found in the old document, and near ``near`` in the new."""
        gone = new is None and isinstance(self.old[-1] if self.old else None, int)
        return Change(
            section=self.section,
            kind=kind,
            element=self.element,
            column=self.column,
            old=old,
            new=new,
            impact=impact,
            reason=reason,
            at=self.old if gone else self.new,
            near=self.new,
        )


Verdict = tuple[Impact, str]
"""An impact and its reason."""


def judged(kind: str, changed: Verdict, *, added: Verdict | None = None, removed: Verdict | None = None) -> Judge:
    """A judge with one verdict for each direction; ``changed`` stands in for what is not given."""

    def judge(place: Place, old: Any, new: Any) -> Iterator[Change]:
        if old is None:
            impact, reason = added or changed
            yield place.change(f"{kind}-added", impact, reason, old, new)
        elif new is None:
            impact, reason = removed or changed
            yield place.change(f"{kind}-removed", impact, reason, old, new)
        else:
            yield place.change(f"{kind}-changed", changed[0], changed[1], old, new)

    return judge


def noted(kind: str, reason: str = "It explains the data and promises nothing about them.") -> Judge:
    """A judge for what is documentation only."""
    return judged(kind, ("documentation", reason))


def flagged(raised: tuple[str, Impact, str], lowered: tuple[str, Impact, str], *, default: bool = False) -> Judge:
    """A judge for true and false: kind, impact and reason of each way; an odd value is a matter of the reader."""

    def judge(place: Place, old: Any, new: Any) -> Iterator[Change]:
        before, after = (default if value is None else bool(value) for value in (old, new))
        if before != after:
            kind, impact, reason = raised if after else lowered
            yield place.change(kind, impact, reason, before, after)

    return judge


def kebab(key: str) -> str:
    """``businessName`` → ``business-name``: the stable word of a key."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in key).strip("-").replace("_", "-")


Name = Callable[[Any], Any]
"""What an entry of a list is known by; None if it has no name of that kind."""
Pair = tuple[int | None, int | None]


def paired(old: Sequence[Any], new: Sequence[Any], *names: Name) -> list[Pair]:
    """Indices of entries that are the same thing, by equality, else by the first name that both have and share.

    Left over entries come with None on the other side. Order never matters, names need not be unique.
    """
    pairs: list[Pair] = []
    before, after = list(range(len(old))), list(range(len(new)))
    for match in (_equal, *(_shared(name) for name in names)):
        for left in list(before):
            right = next((index for index in after if match(old[left], new[index])), None)
            if right is not None:
                pairs.append((left, right))
                before.remove(left)
                after.remove(right)
    pairs += [(left, None) for left in before]
    pairs += [(None, right) for right in after]
    return sorted(pairs, key=lambda pair: (pair[1] is None, pair[1] if pair[1] is not None else pair[0]))


def _equal(old: Any, new: Any) -> bool:
    return equal(old, new)


def _shared(name: Name) -> Callable[[Any, Any], bool]:
    def match(old: Any, new: Any) -> bool:
        found = name(old)
        return found is not None and found == name(new)

    return match


def keyed(*keys: str) -> Name:
    """The name that the values of ``keys`` make together; None where all of them are absent."""

    def name(entry: Any) -> Any:
        if not isinstance(entry, Mapping):
            return None
        values = tuple(entry.get(key) for key in keys)
        return values if any(value is not None for value in values) else None

    return name


def entries(value: Any) -> list[Any]:
    """The list at a key that may be absent or hold something else."""
    return list(value) if isinstance(value, list | tuple) else []


def mapping(value: Any) -> Mapping[str, Any]:
    """The mapping at a key that may be absent or hold something else."""
    return value if isinstance(value, Mapping) else {}
