"""What lead times are computed from: when somebody first did something with a port."""

from __future__ import annotations

import msgspec


class UseSpan(msgspec.Struct, frozen=True, kw_only=True):
    """All that one consumer did with one port in one way."""

    address: str
    consumer: str
    """'' for all those who are unknown."""
    domain: str
    """The consumer's, '' if it has none."""
    kind: str
    first_at: str
    """Of all uses that are kept."""
    uses: int
    """In the span that was asked for."""
