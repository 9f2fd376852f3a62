"""Event streams carry CloudEvents' attributes, under the mesh's names."""

from __future__ import annotations

from collections.abc import Iterator

from mesh_core.policy.policy import Example, Violation, policy
from mesh_core.policy.subject import Subject

TAGS = frozenset({"event", "events"})
ATTRIBUTES = {
    "event_id": ("id", "string"),
    "event_type": ("type", "string"),
    "event_source": ("source", "string"),
    "event_time": ("time", "timestamp"),
    "subject": ("subject", "string"),
}
"""Column → CloudEvents attribute and logical type. ``specversion`` and ``dataschema`` are the same for every event
of a port, so whoever delivers events derives them from the contract."""


@policy(
    id="event-attributes",
    gates={"check", "publish"},
    sentence="A stream of events carries the attributes of CloudEvents.",
    example=Example(refused="tags: [event]", mended="tags: [sales]"),
)
def event_attributes(subject: Subject) -> Iterator[Violation]:
    """Whoever delivers events to a queue or a webhook, and whoever reads several streams, needs the same envelope.

    A contract tagged ``event`` has the required columns event_id (its key), event_type, event_source, event_time
    and subject; CloudEvents calls them id, type, source, time and subject.
    """
    if not TAGS & set(subject.contract.tags):
        return
    columns = {column.name: column for column in subject.contract.columns}
    for name, (attribute, logical) in ATTRIBUTES.items():
        column = columns.get(name)
        if column is None:
            remedy = f"Add a required column {name}, or drop the tag."
            what = f"is tagged as events and has no column {name} (CloudEvents {attribute})"
            yield Violation(what, ("schema", 0, "properties"), remedy)
        elif column.logical_type != logical or not column.required:
            what = f"column '{name}' is CloudEvents {attribute} and not a required {logical}"
            yield Violation(what, column.at, f"Set `logicalType: {logical}` and `required: true`.")
    if "event_id" in columns and subject.contract.primary_key != ("event_id",):
        remedy = "Make event_id the primary key."
        yield Violation("the key of a stream of events is event_id alone", columns["event_id"].at, remedy)
