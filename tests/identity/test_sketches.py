"""Sketches: exact while they hold every id, and within the bounds of chance beyond."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_core.storage.sketches import KEPT, Overlap, compare, sketch_of

KEY = "a key of this test"


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        yield opened


def _ids(first: int, count: int, step: int = 1) -> str:
    return f"SELECT 'id-' || (i * {step}) AS id FROM range({first}, {first + count}) AS r(i)"


def _sketch(connection, first: int, count: int, *, step: int = 1, key: str = KEY) -> tuple[bytes, int]:
    return sketch_of(connection, _ids(first, count, step), count, key), count


@settings(max_examples=60, deadline=None)
@given(st.integers(0, KEPT), st.integers(0, KEPT), st.integers(0, 2 * KEPT))
def test_up_to_k_ids_the_overlap_is_counted(connection, here: int, there: int, apart: int) -> None:
    common = max(0, min(here, apart + there) - apart)
    found = compare(_sketch(connection, 0, here), _sketch(connection, apart, there))
    assert found == Overlap(common=common, left=here, right=there, exact=True)


@settings(max_examples=40, deadline=None)
@given(st.integers(KEPT + 1, 200_000), st.integers(KEPT + 1, 200_000), st.floats(0, 1), st.integers(1, 50))
def test_beyond_the_shares_are_near_the_truth(connection, here: int, there: int, part: float, step: int) -> None:
    """Five standard deviations: chance alone goes beyond them once in millions."""
    common = round(part * min(here, there))
    left = _sketch(connection, 0, here, step=step)
    right = _sketch(connection, here - common, there, step=step)
    found = compare(left, right)
    assert found is not None
    assert not found.exact
    assert max(found.left, found.right) == KEPT
    for truth, seen in ((common / here, found.left), (common / there, found.right)):
        spread = 5 * (truth * (1 - truth) / seen) ** 0.5 + 5 / seen
        assert abs(found.common / seen - truth) <= spread


def test_a_set_within_another_is_wholly_found(connection) -> None:
    found = compare(_sketch(connection, 0, 100_000), _sketch(connection, 20_000, 50_000))
    assert found is not None
    assert found.common == found.right
    assert 0.45 < found.common / found.left < 0.55


def test_half_a_million_ids_leave_32_kilobytes(connection) -> None:
    sketch, _ = _sketch(connection, 0, 500_000)
    assert len(sketch) == 8 * (1 + KEPT)
    hashes = [sketch[at : at + 8] for at in range(8, len(sketch), 8)]
    assert hashes == sorted(set(hashes))


def test_the_order_of_rows_does_not_matter(connection) -> None:
    ids = f"{_ids(0, 50_000)} ORDER BY i DESC"
    assert sketch_of(connection, ids, 50_000, KEY) == _sketch(connection, 0, 50_000)[0]


@pytest.mark.parametrize("other", [b"", b"1234567"], ids=["none", "too short"])
def test_nothing_is_told_without_a_sketch(connection, other: bytes) -> None:
    assert compare(_sketch(connection, 0, 5), (other, 5)) is None
    assert compare((other, 5), _sketch(connection, 0, 5)) is None


def test_nothing_is_told_across_keys(connection) -> None:
    assert compare(_sketch(connection, 0, 5), _sketch(connection, 0, 5, key="another")) is None


def test_an_error_does_not_tell_the_key(connection) -> None:
    with pytest.raises(duckdb.Error) as caught:
        sketch_of(connection, "SELECT 1 AS other", 1, KEY)
    assert KEY not in str(caught.value)
