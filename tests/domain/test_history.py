"""The chain: what is hashed, and that the words can be erased without breaking it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gridgov.domain.history import GENESIS, canonical, entry_hash, text_digest

SALT = bytes(range(16))
LINE = {
    "case_id": UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
    "seq": 2,
    "district_code": "440608",
    "action": "dispatch",
    "from_state": "submitted",
    "to_state": "dispatched",
    "by_role": "system",
    "by_person_id": None,
    "at": datetime(2026, 11, 18, 2, 0, 0, 1, tzinfo=UTC),
    "reason": None,
    "text_digest": text_digest("埇豸街 3 号楼下🗑️", SALT),
    "data": {"unit": None, "why": "grid_lead", "border_m": 14.2},
}
# Written down once; a change here means that no chain of any installation verifies any more.
DIGEST = "7612170b14200575aa1d19bc33d6aba9d2874b659db5f8ea6dbd302885d64f00"
HASH = "6ba8b03c1639bdbac4cb2fd2661260730b342904ad55dc2474ad7838484ce165"


def test_the_hash_of_an_example_never_changes() -> None:
    assert LINE["text_digest"] == DIGEST
    assert entry_hash(GENESIS, LINE) == HASH


def test_the_canonical_form_is_sorted_utf8_and_utc_microseconds() -> None:
    assert canonical({"b": "埇🗑️", "a": datetime(2026, 11, 18, 2, tzinfo=UTC), "c": [1, None]}) == (
        '{"a":"2026-11-18T02:00:00.000000Z","b":"埇🗑️","c":[1,null]}'.encode()
    )


@given(st.permutations(list(LINE)))
def test_the_order_of_the_fields_does_not_matter(names: list[str]) -> None:
    assert entry_hash(GENESIS, {name: LINE[name] for name in names}) == HASH


def test_the_same_moment_in_another_zone_is_the_same_line() -> None:
    local = datetime(2026, 11, 18, 10, 0, 0, 1, tzinfo=timezone(timedelta(hours=8)))
    assert entry_hash(GENESIS, LINE | {"at": local}) == HASH


OTHER_VALUES = {
    "case_id": UUID(int=1),
    "seq": 3,
    "district_code": "440607",
    "action": "sign",
    "from_state": None,
    "to_state": "handling",
    "by_role": "worker",
    "by_person_id": UUID(int=2),
    "at": datetime(2026, 11, 18, 2, 0, 0, 2, tzinfo=UTC),
    "reason": "",
    "text_digest": None,
    "data": {"unit": None, "why": "grid_lead", "border_m": 14.3},
}


@pytest.mark.parametrize("name", LINE)
def test_a_change_of_any_field_changes_the_hash(name: str) -> None:
    assert entry_hash(GENESIS, LINE | {name: OTHER_VALUES[name]}) != HASH


def test_the_line_before_and_the_algorithm_are_sealed_too() -> None:
    assert entry_hash("1" * 64, LINE) != HASH
    assert entry_hash(GENESIS, LINE, "sha512")[:64] != HASH


NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)


def as_jsonb(number: float) -> object:
    """The number as PostgreSQL's jsonb gives it back: an exact decimal without an exponent."""
    plain = format(Decimal(json.dumps(number)), "f")
    return json.loads(plain if float(plain) else plain.removeprefix("-"))


@given(NUMBERS)
def test_a_number_hashes_alike_before_and_after_either_database(number: float) -> None:
    # jsonb writes 1e+16 as 10000000000000000 and -0.0 as 0.0; SQLite keeps Python's words.
    stored = {"data": {"list": [as_jsonb(number)], "deep": {"n": as_jsonb(number)}}}
    assert canonical({"data": {"list": [number], "deep": {"n": number}}}) == canonical(stored)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(-1e6, 1e6))
def test_different_numbers_hash_differently(one: float, other: float) -> None:
    assume(one != other)
    assert canonical({"n": one}) != canonical({"n": other})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_has_no_canonical_form(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"n": number})


def test_yes_is_not_one() -> None:
    assert canonical({"solved": True}) == b'{"solved":true}'


def test_a_value_without_a_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes"):
        canonical({"photo": b"\xff\xd8"})


@given(st.text(), st.text(), st.binary(min_size=16, max_size=16))
def test_a_digest_stands_for_one_text(text: str, other: str, salt: bytes) -> None:
    assert (text_digest(text, salt) == text_digest(other, salt)) == (text == other)


def test_without_the_salt_a_digest_says_nothing_about_the_text() -> None:
    # The same words twice leave two digests, so an erased text cannot be found by guessing.
    assert text_digest("垃圾", SALT) != text_digest("垃圾", SALT[::-1])
