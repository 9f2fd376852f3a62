"""Names and addresses: readable in every engine that a port may be read with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mesh_core.policy.policy import Example, Violation, policy
from mesh_core.policy.subject import Subject

LONGEST = 63
"""What PostgreSQL, the strictest of the engines around a mesh, takes for a name."""
# fmt: off
RESERVED = frozenset({
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case", "cast", "check",
    "collate", "column", "constraint", "create", "default", "deferrable", "desc", "describe", "distinct", "do",
    "else", "end", "except", "false", "fetch", "for", "foreign", "from", "group", "having", "in", "initially",
    "intersect", "into", "lambda", "lateral", "leading", "limit", "not", "null", "offset", "on", "only", "or",
    "order", "pivot", "pivot_longer", "pivot_wider", "placing", "primary", "qualify", "references", "returning",
    "select", "show", "some", "summarize", "symmetric", "table", "then", "to", "trailing", "true", "union", "unique",
    "unpivot", "using", "variadic", "when", "where", "window", "with",
})
# fmt: on
"""The words that DuckDB, which runs every transformation and query, does not take as a name without quotes."""
_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_VERSIONED = re.compile(r"_v\d+$")
_SPANS = frozenset({"day", "week", "month", "quarter", "year"})
_CLOUD_TIME = "event_time"
"""CloudEvents calls an event's moment ``time``; see the policy event-attributes."""


@policy(
    id="names",
    gates={"check", "load", "publish"},
    sentence="Names are snake_case, without version, no reserved word and at most 63 characters long.",
    example=Example(
        refused="{name: orderTotal, logicalType: number, description: Sum in euros., classification: internal}",
        mended="{name: order_total, logicalType: number, description: Sum in euros., classification: internal}",
    ),
)
def names(subject: Subject) -> Iterator[Violation]:
    """A name that needs quotes in one engine breaks queries in another, and a version in a name hides that it
    is the same thing.

    Holds for domains, products, ports, input ports and columns, members of nested columns included. The major
    version stands in the contract; the mesh itself adds ``_v2`` where two majors stand side by side. A leading
    underscore is the platform's, so no column of a port has one.
    """
    yield from _judged("domain", subject.domain.name, ("name",), "domain")
    yield from _judged("product", subject.product.folder.name, ("id",), "product")
    yield from _judged("port", subject.port.address.port, ("id",), "contract")
    for given in subject.product.inputs:
        yield from _judged("input port", given.name, given.at, "product")
    for field in subject.fields:
        if field.name and (wrong := _wrong(field.name)):
            yield Violation(f"column '{field.path}' {wrong}", field.at, _remedy(field.name))


def _judged(kind: str, name: str, at: tuple[str | int, ...], document: str) -> Iterator[Violation]:
    if wrong := _wrong(name):
        yield Violation(f"{kind} '{name}' {wrong}", at, _remedy(name), document)  # type: ignore[arg-type]


def _wrong(name: str) -> str:
    if _SNAKE.fullmatch(name) is None:
        return "is not snake_case"
    if name in RESERVED:
        return "is a reserved word of SQL"
    if _VERSIONED.search(name):
        return "carries a version in its name"
    return f"is longer than {LONGEST} characters" if len(name) > LONGEST else ""


def _remedy(name: str) -> str:
    if name in RESERVED:
        return f"Say more: {name}_count, {name}_id …"
    snake = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_")
    shorter = _VERSIONED.sub("", snake)[:LONGEST]
    fits = _SNAKE.fullmatch(shorter) is not None and shorter not in RESERVED
    return f"Call it {shorter}." if fits else "Begin with a letter; go on with letters, digits and single underscores."


@policy(
    id="time-names",
    severity="warning",
    gates={"check"},
    sentence="The name of a time says whether it is a moment or a day.",
    example=Example(
        refused="{name: shipped, logicalType: timestamp, description: Moment of shipping., classification: internal}",
        mended="{name: shipped_at, logicalType: timestamp, description: Moment of shipping., classification: internal}",
    ),
)
def time_names(subject: Subject) -> Iterator[Violation]:
    """Moments are UTC and days are local to something: whoever mixes them up is wrong by a day.

    Timestamps end in ``_at`` (the ``event_time`` of an event stream is CloudEvents' word). Dates end in ``_on``
    or ``_date``, or are a span: day, week, month, quarter, year. Nothing else ends in ``_at`` or ``_date``.
    """
    for field in subject.fields:
        last = field.name.rpartition("_")[2]
        if field.logical_type == "timestamp":
            if field.name and last != "at" and field.name != _CLOUD_TIME:
                remedy = f"Call it {field.name}_at."
                yield Violation(f"column '{field.path}' is a moment and does not end in _at", field.at, remedy)
        elif field.logical_type == "date":
            if field.name and last not in {"on", "date"} | _SPANS:
                remedy = f"Call it {field.name}_on or {field.name}_date."
                yield Violation(
                    f"column '{field.path}' is a day and ends neither in _on nor in _date", field.at, remedy
                )
        elif last in {"at", "date"} and field.name != last:
            remedy = "Make it a date or a timestamp, or give it another name."
            what = f"column '{field.path}' sounds like a time and is of type {field.logical_type}"
            yield Violation(what, field.at, remedy)


@policy(
    id="addresses",
    gates={"check", "publish"},
    sentence="A port's table lies where its address says.",
    example=Example(
        refused="servers: [{server: local, type: local, path: sales/all_orders, format: delta}]",
        mended="servers: [{server: local, type: local, path: shop/orders, format: delta}]",
    ),
)
def addresses(subject: Subject) -> Iterator[Violation]:
    """One name for a port in SQL, in Dagster, in the catalog and on disk: nobody looks up where a table is.

    The path of every server that holds the table ends in ``<domain>/<port>``, from major version 2 on
    ``<domain>/<port>_v2``.
    """
    address = subject.port.address
    wanted = f"{address.domain}/{address.table}"
    for number, server in enumerate(subject.contract.servers):
        place = (server.path or server.location).rstrip("/")
        if place and place != wanted and not place.endswith(f"/{wanted}"):
            what = f"server '{server.server}' keeps {address.sql} in '{place}'"
            yield Violation(what, ("servers", number), f"Let the path end in {wanted}.")
