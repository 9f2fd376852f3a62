"""Changes of the catalog as sentences, and the newest of them that a filter lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.marketplace.pages.wording import amount, segment

if TYPE_CHECKING:
    from collections.abc import Callable

    from mesh_core.catalog import Catalog, Change

TYPES = {
    "port.published": "published",
    "port.failed": "failed",
    "slo.changed": "service level changed",
    "contract.published": "new contract version",
    "port.deprecated": "deprecated",
    "port.retired": "retired",
    "port.declared": "port declared",
    "port.withdrawn": "port withdrawn",
    "product.declared": "product declared",
    "product.withdrawn": "product withdrawn",
    "domain.declared": "domain declared",
    "domain.withdrawn": "domain withdrawn",
    "charter.declared": "governance changed",
}
"""The types that there are, each in words, those that readers care for most first."""

_STRIDE = 500
"""Changes that are read at a time while looking for those that a filter lets through."""
_LOOKED_AT = 20_000
"""Changes after which the search for older ones ends: a filter that finds nothing must not read a year."""

_TONES = {
    "port.published": "ok",
    "port.failed": "bad",
    "slo.changed": "info",
    "contract.published": "info",
    "port.deprecated": "warn",
    "port.retired": "bad",
}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A change as a line of a list."""

    seq: int
    id: str
    at: str
    type: str
    label: str
    tone: str
    subject: str
    href: str
    """The page of the subject, '' if it has none."""
    domain: str
    sentence: str
    """What happened to the subject, without its name: ``was published as version 12 with 336,776 rows``."""


class Newest(msgspec.Struct, frozen=True):
    """Changes, newest first."""

    changes: tuple[Change, ...]
    older: int
    """The ``seq`` from which on older ones are found, 0 when there are none."""


def newest(catalog: Catalog, *, domain: str = "", kind: str = "", before: int = 0, size: int = 50) -> Newest:
    """The newest ``size`` changes of a domain, of a type, or of all, older than the ``seq`` ``before``."""
    end = min(before, catalog.last_change() + 1) if before > 0 else catalog.last_change() + 1
    limit = max(end - _LOOKED_AT, 1)
    found: list[Change] = []
    while end > limit:
        start = max(end - _STRIDE, 1)
        for change in reversed(catalog.changes(start - 1, end - start)):
            if (not domain or change.domain == domain) and (not kind or change.type == kind):
                if len(found) == size:
                    return Newest(tuple(found), found[-1].seq)
                found.append(change)
        end = start
    return Newest(tuple(found), end if end > 1 else 0)


def told(change: Change) -> Told:
    """The change in words, with the page of what changed."""
    known = _SENTENCES.get(change.type)
    sentence = known(change.data) if known else change.type.replace(".", " was ")
    return Told(
        seq=change.seq,
        id=change.id,
        at=change.at,
        type=change.type,
        label=TYPES.get(change.type, change.type),
        tone=_tone(change),
        subject=change.subject or "the glossary and entities",
        href=_page(change),
        domain=change.domain,
        sentence=sentence,
    )


def _page(change: Change) -> str:
    if change.type == "charter.declared":
        return "/glossary"
    kind = change.type.partition(".")[0]
    folder = {"domain": "domains", "product": "products"}.get(kind, "ports")
    return f"/{folder}/{segment(_address(change))}"


def _address(change: Change) -> str:
    """The port that a contract belongs to: from major version 2 on its address says the major version."""
    major = str(change.data.get("version", "1")).partition(".")[0]
    if change.type == "contract.published" and major.isdigit() and int(major) > 1:
        return f"{change.subject}_v{major}"
    return change.subject


def _tone(change: Change) -> str:
    if change.type == "slo.changed":
        return {"breached": "bad", "at risk": "warn", "met": "ok"}.get(str(change.data.get("status")), "info")
    if change.type == "port.published" and change.data.get("checksFailed"):
        return "warn"
    return _TONES.get(change.type, "plain")


def _published(data: dict[str, Any]) -> str:
    rows = data.get("rows")
    held = f" with {amount(rows, 'row')}" if isinstance(rows, int) else ""
    failed = data.get("checksFailed")
    warnings = f"; {amount(failed, 'check')} did not hold" if isinstance(failed, int) and failed else ""
    return f"was published as version {data.get('tableVersion', '?')}{held}{warnings}"


def _failed(data: dict[str, Any]) -> str:
    error = str(data.get("error") or "").strip().splitlines()
    return "could not be published" + (f": {error[0][:200]}" if error else "")


def _level(data: dict[str, Any]) -> str:
    indicator = str(data.get("indicator") or data.get("property") or "a service level")
    before, status = data.get("before"), data.get("after")
    return f"{indicator} is {status}" + (f", was {before}" if before else "")


def _ended(word: str) -> Callable[[dict[str, Any]], str]:
    def sentence(data: dict[str, Any]) -> str:
        end = data.get("endOfSupport")
        return f"was {word}" + (f"; support ends on {end}" if end else "")

    return sentence


def _declared(data: dict[str, Any]) -> str:
    return "was declared for the first time" if data.get("new") else "is described anew"


def _charter(data: dict[str, Any]) -> str:
    counts = [
        amount(data[name], one, several)
        for name, one, several in (("terms", "term", "terms"), ("entities", "entity", "entities"))
        if isinstance(data.get(name), int)
    ]
    return f"are written down anew: {' and '.join(counts)}" if counts else "are written down anew"


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "port.published": _published,
    "port.failed": _failed,
    "slo.changed": _level,
    "contract.published": lambda data: f"has contract version {data.get('version', '?')}",
    "port.deprecated": _ended("deprecated"),
    "port.retired": _ended("retired"),
    "port.declared": _declared,
    "product.declared": _declared,
    "domain.declared": _declared,
    "port.withdrawn": lambda _: "is no longer declared by its domain",
    "product.withdrawn": lambda _: "is no longer declared by its domain",
    "domain.withdrawn": lambda _: "was withdrawn with all its products",
    "charter.declared": _charter,
}
