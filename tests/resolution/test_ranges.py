"""Ranges of versions: what they admit, judged by packaging, and the majors that they can mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from mesh_core.contracts.ranges import is_range, range_of

NUMBERS = st.integers(0, 4)
RELEASES = st.lists(NUMBERS, min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
CLAUSES = st.one_of(
    st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), RELEASES).map("".join),
    RELEASES.filter(lambda text: "." in text).map(lambda text: f"~={text}"),
    st.tuples(st.sampled_from(["==", "!="]), RELEASES).map(lambda pair: f"{pair[0]}{pair[1]}.*"),
)
RANGES = st.tuples(st.lists(CLAUSES, min_size=1, max_size=3), st.sampled_from([",", " ", ", "])).map(
    lambda pair: pair[1].join(pair[0])
)
VERSIONS = st.tuples(st.integers(1, 5), NUMBERS, NUMBERS).map(lambda parts: "{}.{}.{}".format(*parts))


@given(RANGES, VERSIONS)
def test_a_range_admits_what_packaging_admits(text: str, version: str) -> None:
    specifiers = SpecifierSet(text.replace(", ", ",").replace(" ", ","))
    assert range_of(text).admits(version) is (Version(version) in specifiers)


@given(RANGES, VERSIONS)
def test_a_version_in_the_range_is_of_one_of_its_majors(text: str, version: str) -> None:
    span = range_of(text)
    major = int(version.partition(".")[0])
    if span.admits(version) and major <= max(clause.release[0] for clause in span.clauses) + 2:
        assert major in span.majors


@given(RANGES)
def test_each_of_its_majors_has_a_version_in_the_range(text: str) -> None:
    span = range_of(text)
    for major in span.majors:
        minors = [(minor, patch) for minor in range(7) for patch in range(7)]
        assert any(span.admits(f"{major}.{minor}.{patch}") for minor, patch in minors)


@pytest.mark.parametrize(
    ("text", "majors"),
    [
        ("1", (1,)),
        ("2.1.0", (2,)),
        ("2.x", (2,)),
        ("2.1.*", (2,)),
        (">=2,<3", (2,)),
        (">=2.1 <3", (2,)),
        ("~=2.1", (2,)),
        ("~=2.1.4", (2,)),
        ("==2.*", (2,)),
        ("==2.1.0", (2,)),
        ("<2", (1,)),
        ("<=1.9", (1,)),
        (">1.9,<2", (1,)),
        (">1.2.3,<1.2.5", (1,)),
        (">=1.2.0,!=1.2.*,<1.4", (1,)),
        (">1.9", (1, 2, 3)),
        (">=1.0.0", (1, 2, 3)),
        ("<=2.0.0", (1, 2)),
        (">=2,!=2.*,<4", (3,)),
        ("!=1.*", (2, 3)),
        (">=3,<2", ()),
        ("<1", ()),
        ("~=1.2.3.4", ()),
    ],
)
def test_the_majors_of_a_range(text: str, majors: tuple[int, ...]) -> None:
    assert range_of(text).majors == majors


@pytest.mark.parametrize("text", ["", "v1", "^1.2", "=1", "1.2.x.3", ">=", ">=1,,<2", "1 2", "latest", ">=1;<2", "~=1"])
def test_what_is_no_range(text: str) -> None:
    assert not is_range(text)
    with pytest.raises(ValueError, match="is no version or range of versions"):
        range_of(text)
