"""Terms: how a link between the glossary and a column is found."""

import pytest

from mesh_core.governance import Term
from mesh_core.marketplace.pages.terms import term_called, uses_of

from .samples import card, column

RATE = Term(term="on-time rate", definition="Share of flights.", owner="air", synonyms=("OTP",))
DELAY = Term(term="delay", definition="Minutes late.", owner="air")


def links(term: Term, *columns: object, **values: object) -> list[tuple[str, str]]:
    given = card("air.flights", columns=columns, **values)
    return [(use.column, use.how) for use in uses_of(term, [given], {})]


@pytest.mark.parametrize(
    ("name", "values", "how"),
    [
        ("anything", {"tags": ("on-time-rate",)}, "tag"),
        ("anything", {"tags": ("term:On-Time Rate",)}, "tag"),
        ("on_time_rate", {}, "name"),
        ("otp", {}, "name"),
        ("mean_on_time_rate", {}, "part of the name"),
        ("anything", {"description": "The on-time rate of the day."}, "description"),
        ("anything", {"description": "On-time rates by day."}, "description"),
    ],
)
def test_a_column_is_linked(name: str, values: dict[str, object], how: str) -> None:
    assert links(RATE, column(name, **values)) == [(name, how)]


@pytest.mark.parametrize(
    ("name", "description"),
    [("delayed", "Whether it was delayed."), ("rate", "A rate."), ("undelay", ""), ("on_time", "On time.")],
)
def test_what_only_looks_alike_is_not(name: str, description: str) -> None:
    assert links(RATE, column(name, description=description)) == []
    assert links(DELAY, column(name, description=description)) == []


def test_a_port_is_linked_by_its_name_and_the_surest_link_counts() -> None:
    assert links(DELAY, name="Delays", tags=("delay",)) == [("", "tag")]
    assert links(DELAY, name="Delays") == [("", "name")]
    assert links(DELAY, column("delay"), column("arrival_delay"), purpose="Tells of every delay.") == [
        ("delay", "name"),
        ("arrival_delay", "part of the name"),
        ("", "description"),
    ]


@pytest.mark.parametrize(
    "url", ["https://mesh.example/glossary/on-time%20rate", "https://x.example/Glossary#otp", "/glossary/on-time-rate/"]
)
def test_a_definition_in_the_glossary_is_a_link(url: str) -> None:
    given = card("air.flights", columns=(column("share"),))
    found = uses_of(RATE, [given], {"air.flights": (("share", url), ("", "https://elsewhere.example/otp"))})
    assert [(use.column, use.how) for use in found] == [("share", "definition")]


def test_a_term_is_found_however_it_is_written() -> None:
    assert term_called("On_Time-Rate", (DELAY, RATE)) is RATE
    assert term_called("otp", (DELAY, RATE)) is RATE
    assert term_called("rate", (DELAY, RATE)) is None
