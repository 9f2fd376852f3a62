"""Changes in words, and the newest of them."""

from __future__ import annotations

import pytest

from mesh_core.catalog import Change
from mesh_core.marketplace.pages.happenings import newest, told

from .samples import change


class Ledger:
    """As much of a catalog as the newest changes need; counts what is read."""

    def __init__(self, changes: list[Change]) -> None:
        self.all, self.read = changes, 0

    def last_change(self) -> int:
        return self.all[-1].seq if self.all else 0

    def changes(self, after: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        found = tuple(each for each in self.all if each.seq > after)[:limit]
        self.read += len(found)
        return found


def ledger(count: int) -> Ledger:
    return Ledger(
        [change(seq, "port.failed" if seq % 100 == 0 else "port.published", "sea.ships") for seq in range(1, count + 1)]
    )


@pytest.mark.parametrize(
    ("kind", "data", "sentence", "tone"),
    [
        ("port.published", {"tableVersion": 4, "rows": 1200}, "was published as version 4 with 1,200 rows", "ok"),
        (
            "port.published",
            {"tableVersion": 4, "rows": 1, "checksFailed": 2},
            "was published as version 4 with 1 row; 2 checks did not hold",
            "warn",
        ),
        ("port.failed", {"error": "no disk\nat line 3"}, "could not be published: no disk", "bad"),
        ("port.failed", {}, "could not be published", "bad"),
        ("port.deprecated", {"endOfSupport": "2027-06-01"}, "was deprecated; support ends on 2027-06-01", "warn"),
        ("port.declared", {"new": True}, "was declared for the first time", "plain"),
        ("port.declared", {"new": False}, "is described anew", "plain"),
        ("contract.published", {"version": "1.1.0"}, "has contract version 1.1.0", "info"),
        ("something.else", {}, "something was else", "plain"),
    ],
)
def test_a_change_in_words(kind: str, data: dict[str, object], sentence: str, tone: str) -> None:
    line = told(change(1, kind, "sea.ships", **data))
    assert (line.sentence, line.tone) == (sentence, tone)


@pytest.mark.parametrize(
    ("kind", "subject", "data", "href"),
    [
        ("port.published", "sea.ships", {}, "/ports/sea.ships"),
        ("product.declared", "sea.ships", {}, "/products/sea.ships"),
        ("domain.declared", "sea", {}, "/domains/sea"),
        ("contract.published", "sea.ships", {"version": "1.4.0"}, "/ports/sea.ships"),
        ("contract.published", "sea.ships", {"version": "2.0.0"}, "/ports/sea.ships_v2"),
        ("charter.declared", "", {}, "/glossary"),
    ],
)
def test_a_change_leads_to_its_page(kind: str, subject: str, data: dict[str, object], href: str) -> None:
    assert told(change(1, kind, subject, **data)).href == href


def test_the_newest_come_first_page_by_page() -> None:
    book = ledger(5)
    first = newest(book, size=2)
    assert ([each.seq for each in first.changes], first.older) == ([5, 4], 4)
    second = newest(book, size=2, before=first.older)
    assert ([each.seq for each in second.changes], second.older) == ([3, 2], 2)
    last = newest(book, size=2, before=second.older)
    assert ([each.seq for each in last.changes], last.older) == ([1], 0)


def test_a_filter_looks_further_back_and_no_further_than_needed() -> None:
    book = ledger(5000)
    found = newest(book, kind="port.failed", size=3)
    assert [each.seq for each in found.changes] == [5000, 4900, 4800]
    assert book.read <= 1000


def test_a_filter_that_finds_nothing_ends_and_says_where() -> None:
    book = ledger(30_000)
    found = newest(book, domain="nowhere")
    assert found.changes == ()
    assert found.older == 10_001
    assert book.read == 20_000


def test_nothing_has_happened() -> None:
    assert newest(Ledger([])).changes == ()
