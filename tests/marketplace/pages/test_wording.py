from datetime import UTC, datetime

import pytest

from mesh_core.marketplace.pages.wording import (
    ago,
    amount,
    breakable,
    count,
    exactly,
    extreme,
    linked,
    marked,
    measure,
    outward,
    passed,
    percent,
    segment,
    shortened,
    size,
    value,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_numbers() -> None:
    assert [count(336776), count(0), count(None), count(12.5)] == ["336,776", "0", "–", "12.50"]  # noqa: RUF001
    assert [amount(1, "port"), amount(2, "port"), amount(2, "entity", "entities")] == [
        "1 port",
        "2 ports",
        "2 entities",
    ]
    assert [size(512), size(1094928), size(None)] == ["512 B", "1.1 MB", "–"]  # noqa: RUF001


@pytest.mark.parametrize(
    ("share", "told"),
    [(1.0, "100 %"), (0.0, "0 %"), (0.9999, "99.9 %"), (0.00001, "0.1 %"), (0.5, "50.0 %"), (None, "–")],  # noqa: RUF001
)
def test_a_share_is_never_rounded_to_all_or_none(share: float | None, told: str) -> None:
    assert percent(share) == told


@pytest.mark.parametrize(
    ("measured", "unit", "told"),
    [
        (99.3, "percent", "99.3 %"),
        (99.9999, "percent", "99.99 %"),
        (100, "percent", "100 %"),
        (-5.25, "percent", "-5.25 %"),
        (6784560, "minutes", "12.9 years"),
        (42.811, "minutes", "42.8 min"),
        (45, "minutes", "45 min"),
        (179, "minutes", "179 min"),
        (180, "minutes", "3 h"),
        (1440, "minutes", "24 h"),
        (14400, "minutes", "10 days"),
        (3, "rows", "3 rows"),
    ],
)
def test_measured_values_have_the_unit_of_a_person(measured: float, unit: str, told: str) -> None:
    assert measure(measured, unit) == told


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-11-21T11:59:30+00:00", "just now"),
        ("2026-11-21T11:59:00+00:00", "1 minute ago"),
        ("2026-11-21T09:00:00", "3 hours ago"),
        ("2026-11-18T12:00:00+00:00", "3 days ago"),
        ("2026-10-01T12:00:00+00:00", "2026-10-01"),
        ("soon", "soon"),
    ],
)
def test_times_are_told_from_now(moment: str, told: str) -> None:
    assert passed(moment, now=NOW) == told


def test_an_exact_time_is_in_utc() -> None:
    assert exactly("2026-11-21T13:30:00+02:00") == (
        '<time datetime="2026-11-21T11:30:00+00:00">2026-11-21 11:30 UTC</time>'
    )
    assert 'title="2013-01-01 00:00 UTC">2013-01-01<' in ago("2013-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//evil.example",
        "http:///nowhere",
        "/local",
        "http://[::1",
        None,
        17,
    ],
)
def test_what_a_browser_must_not_follow_is_no_link(url: object) -> None:
    assert linked(url) == ""
    assert "href" not in outward(url)


def test_web_and_mail_addresses_are_links() -> None:
    assert linked("https://mesh.example/a?b=c") == "https://mesh.example/a?b=c"
    assert linked("mailto:team@mesh.example") == "mailto:team@mesh.example"
    assert outward('https://mesh.example/"><script>') == (
        '<a href="https://mesh.example/&#34;&gt;&lt;script&gt;" rel="noopener noreferrer nofollow">'
        "mesh.example/&#34;&gt;&lt;script&gt;</a>"
    )


def test_values_of_a_sample() -> None:
    assert value(None) == '<span class="null">null</span>'
    assert [value(True), value("<b>"), value(7)] == ["true", "<b>", "7"]
    assert [value(0.1), value(1234567.25), value(2.0), value(1e-9)] == ["0.1", "1,234,567.25", "2", "1e-09"]
    assert [extreme("0", "BOOLEAN"), extreme("1", "BOOLEAN"), extreme(1, "BIGINT")] == ["false", "true", "1"]
    assert [extreme(False, "BOOLEAN"), extreme(True, "BOOLEAN")] == ["false", "true"]


def test_names_break_at_their_joints_only() -> None:
    assert breakable("ada.b@mesh_x") == "ada.<wbr>b@<wbr>mesh_<wbr>x"
    assert breakable("<i>.x") == "&lt;i&gt;.<wbr>x"


def test_marks_are_highlighted_and_the_rest_is_escaped() -> None:
    assert marked("a <b> late", [(6, 10)]) == "a &lt;b&gt; <mark>late</mark>"
    assert marked("abc", [(0, 2), (1, 3), (5, 9), (2, 2)]) == "<mark>ab</mark>c"


def test_texts_are_cut_at_a_word() -> None:
    assert shortened("one two three", 9) == "one two…"
    assert shortened("one two", 9) == "one two"
    assert segment("a/b ?c") == "a%2Fb%20%3Fc"
