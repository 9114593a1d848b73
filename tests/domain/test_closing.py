"""Hints about a closing: which facts make which hint, and when two looks are one picture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain import closing
from gridgov.domain.closing import ClosingHint, ClosingRule, PictureFacts, hints

RULE = ClosingRule(far_m=200, quick_min=10, early_min=5)
LOOK = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize(
    ("facts", "worked", "expected"),
    [
        (PictureFacts(), None, ()),
        (PictureFacts(200, -5), 10, ()),
        (PictureFacts(201, 0), 60, (ClosingHint.FAR,)),
        (PictureFacts(0, -6), 60, (ClosingHint.EARLY,)),
        (PictureFacts(reused=True), 9.9, (ClosingHint.REUSED, ClosingHint.QUICK)),
        (PictureFacts(9000, -9000, reused=True), 0, tuple(ClosingHint)),
    ],
)
def test_each_fact_beyond_its_bound_makes_one_hint(
    facts: PictureFacts, worked: float | None, expected: tuple[ClosingHint, ...]
) -> None:
    assert hints([facts, PictureFacts(3, 30)], worked, RULE) == expected


def test_a_district_may_have_its_own_bounds() -> None:
    rule = ClosingRule.from_settings({"quick_min": 0, "far_m": 1000})
    assert hints([PictureFacts(999)], 0, rule) == ()
    assert rule.early_min == ClosingRule().early_min


@given(LOOK, st.sets(st.integers(0, 63), max_size=8))
def test_looks_are_alike_up_to_the_bound_and_then_share_a_part(look: int, bits: set[int]) -> None:
    other = look ^ sum(1 << bit for bit in bits)
    assert closing.look_of(closing.bands(other)) == other
    assert closing.alike(look, other) is (len(bits) <= closing.SAME_LOOK_BITS)
    if closing.alike(look, other):
        pairs = zip(closing.bands(look), closing.bands(other), strict=True)
        assert any(a == b for a, b in pairs)
