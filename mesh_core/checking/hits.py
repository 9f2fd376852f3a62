"""Who is hit by a change, in words."""

from __future__ import annotations

from collections.abc import Sequence

from mesh_core.contracts.consumers import ColumnUse, Consumer

_MANY = 10
_VERBS = {"binds": "uses", "mentions": "names", "reads the port": "reads the port"}


def told_hits(column: str, consumers: Sequence[Consumer]) -> str:
    """One sentence on who is hit by a change of the column and where; '' stands for the port as a whole."""
    if not consumers:
        return "No product declares it as an input."
    hit = hit_by(column, consumers)
    if not hit and len(consumers) == 1:
        return f"Its one reader, {consumers[0].name}, does not use {column}."
    if not hit:
        return f"None of its {len(consumers)} readers uses {column}."
    told = [told_use(consumer, column) for consumer in hit[:_MANY]]
    rest = len(hit) - len(told)
    return "Hit: " + "; ".join(told) + (f"; and {rest} more." if rest else ".")


def hit_by(column: str, consumers: Sequence[Consumer]) -> list[Consumer]:
    """The consumers whom a change of the column concerns; all of them for a change of the port."""
    return [consumer for consumer in consumers if not column or consumer.hit_by(column)]


def told_use(consumer: Consumer, column: str) -> str:
    """``insight.revenue uses amount (revenue.sql:1)``."""
    uses = [use for use in consumer.uses if column and use.column == column]
    if not uses:
        return consumer.name if not column else f"{consumer.name} reads the port"
    return f"{consumer.name} {_VERBS[uses[0].evidence]} {column} ({', '.join(_place(use) for use in uses)})"


def _place(use: ColumnUse) -> str:
    name = use.path.name if use.path else "?"
    return f"{name}:{use.line}" if use.line else name
