"""Numbers and times as the command says them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mesh_core.cli.words import ago, amount, count, seconds, size

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-21T11:59:30+00:00", "just now"),
        ("2026-11-21T11:55:00+00:00", "5 min ago"),
        ("2026-11-21T08:00:00+02:00", "6 h ago"),
        ("2026-11-18T11:00:00+00:00", "3 d ago"),
        ("2026-10-01T11:00:00+00:00", "2026-10-01"),
    ],
)
def test_ago(moment: str, words: str) -> None:
    assert ago(moment, now=NOW) == words


def test_numbers() -> None:
    assert [count(336776), count(0), count(None)] == ["336,776", "0", "-"]
    assert [amount(1, "port"), amount(2000, "row")] == ["1 port", "2,000 rows"]
    assert [seconds(0.418), seconds(12.34), seconds(125)] == ["0.42 s", "12.3 s", "2:05 min"]
    assert [size(512), size(3_400_000)] == ["512 B", "3.4 MB"]
