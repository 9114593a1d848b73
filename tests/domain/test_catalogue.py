"""The catalogue's values: levels, and an entry that survives being stored."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.catalogue import Category, Level
from gridgov.domain.deadlines import Limit, LimitUnit
from gridgov.domain.errors import InvalidInput

LAMP = Category(
    code="0202",
    parent_code="02",
    name="路灯不亮",
    name_en="Street light out",
    severity=1,
    default_level=Level.TOWN,
    unit_code="ZJSL",
    self_close=False,
    accept_limit=Limit(0.5, LimitUnit.NATURAL_HOUR),
    handle_limit=Limit(3, LimitUnit.WORKING_DAY),
    confidential=False,
    public=True,
    after_photo=True,
    hand_over=None,
    direct_unit=False,
    icon="lamp",
    keywords=("路灯", "街灯"),
    tile=5,
    stages="控制24H·处理30D",
)


def test_a_case_climbs_grid_village_town_district_and_stays_there() -> None:
    climbed = [Level.GRID]
    for _ in range(4):
        climbed.append(climbed[-1].above())
    assert climbed == [
        Level.GRID,
        Level.VILLAGE,
        Level.TOWN,
        Level.DISTRICT,
        Level.DISTRICT,
    ]


def test_an_entry_is_stored_as_plain_json_and_comes_back() -> None:
    stored = json.loads(json.dumps(LAMP.as_json()))
    assert (stored["accept_limit"], stored["handle_limit"]) == ("30min", "3WD")
    assert (stored["default_level"], stored["keywords"]) == ("town", ["路灯", "街灯"])
    assert Category.from_json(stored) == LAMP


limits = st.builds(
    Limit, st.integers(0, 2000).map(float), st.sampled_from(list(LimitUnit))
) | st.integers(1, 2000).map(lambda n: Limit(n / 60, LimitUnit.NATURAL_HOUR))


@given(
    accept=limits,
    handle=limits,
    level=st.sampled_from(list(Level)),
    text=st.text(max_size=20),
    words=st.lists(st.text(min_size=1, max_size=6)).map(tuple),
    code=st.none() | st.text(min_size=1, max_size=8),
    tile=st.none() | st.integers(1, 8),
    flag=st.booleans(),
)
def test_any_entry_comes_back_from_storing(
    accept: Limit,
    handle: Limit,
    level: Level,
    text: str,
    words: tuple[str, ...],
    code: str | None,
    tile: int | None,
    flag: bool,
) -> None:
    entry = Category.from_json(
        LAMP.as_json()
        | {
            "accept_limit": str(accept),
            "handle_limit": str(handle),
            "default_level": str(level),
            "name": text,
            "keywords": list(words),
            "unit_code": code,
            "hand_over": code,
            "tile": tile,
            "public": flag,
        }
    )
    assert Category.from_json(json.loads(json.dumps(entry.as_json()))) == entry
    assert (entry.default_level, entry.keywords, entry.unit_code) == (level, words, code)
    assert (entry.name, entry.tile, entry.public) == (text, tile, flag)


@pytest.mark.parametrize("limit", ["", "soon", "4 weeks"])
def test_a_stored_entry_with_a_broken_limit_is_refused(limit: str) -> None:
    with pytest.raises(InvalidInput):
        Category.from_json(LAMP.as_json() | {"handle_limit": limit})


def test_a_stored_entry_with_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="city"):
        Category.from_json(LAMP.as_json() | {"default_level": "city"})
