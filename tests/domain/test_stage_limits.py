"""Limits by category, severity and stage: the nearest counts, and the text says it whole."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import Limit, LimitUnit, due_at, parse_limit
from gridgov.domain.errors import InvalidInput
from gridgov.domain.stage_limits import SEVERITIES, Allowed, over, parse_allowed, read_limits
from gridgov.domain.stages import URGENT, Stage, as_it_counts, limit_of
from tests.domain.calendars import CALENDAR, SPRING_FESTIVAL, slow_days, slow_hours
from tests.domain.test_catalogue import LAMP

UNITS = st.sampled_from([LimitUnit.WORKING_HOUR, LimitUnit.WORKING_DAY, LimitUnit.NATURAL_HOUR])
LIMITS = st.builds(Limit, st.integers(1, 6).map(float), UNITS)
ALLOWED = st.builds(
    Allowed, st.none() | LIMITS, st.dictionaries(st.sampled_from(SEVERITIES), LIMITS, max_size=4)
)
# A stage is asked for by name; these are the seven a district sets limits for.
STAGES = ("accept", "verify", "dispatch", "sign", "handle", "check", "appeal")
SAID = st.dictionaries(st.sampled_from(STAGES), ALLOWED.filter(bool), max_size=7)


@given(allowed=ALLOWED)
def test_the_text_says_all_of_it(allowed: Allowed) -> None:
    assert parse_allowed(str(allowed)) == allowed
    assert bool(str(allowed)) == bool(allowed)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("soon", "unknown"),
        ("2WD; 3=soon", "unknown"),
        ("2WD; 5=6H", "severity"),
        ("2WD; 0=6H", "severity"),
        ("2WD; urgent=6H", "severity"),
        ("2WD; 3=6H; 3=4H", "severity"),
        ("2WD; 6H", "severity"),
        ("3=9999D", "too_long"),
    ],
)
def test_what_is_no_limit_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_allowed(text)
    assert refused.value.reason == reason


@given(said=SAID)
def test_a_class_keeps_them_as_plain_json(said: dict[str, Allowed]) -> None:
    one = replace(LAMP, stage_limits=said)
    assert Category.from_json(json.loads(json.dumps(one.as_json()))) == one


def test_what_older_versions_kept_still_holds() -> None:
    kept = {**LAMP.as_json(), "stage_limits": {"check": "5WD"}}
    assert limit_of(Category.from_json(kept), Stage.CHECK, 1) == parse_limit("5WD")
    del kept["stage_limits"]
    assert limit_of(Category.from_json(kept), Stage.CHECK, 1) == parse_limit("1WD")


def _looked_up(own: dict[str, Allowed], wider: dict[str, Allowed], stage: str, at: int) -> Limit:
    """The limit by the words of the rule, asked step by step: the nearest that says something."""
    always = {"accept": LAMP.accept_limit, "handle": LAMP.handle_limit}
    for said in (own.get(stage), always.get(stage), wider.get(stage)):
        if isinstance(said, Limit):
            return said
        if said is not None and at in said.single:
            return said.single[at]
        if said is not None and said.usual is not None:
            return said.usual
    if stage == "sign":
        return _looked_up(own, wider, "accept", at)
    usual = {"verify": "2WH", "dispatch": "1WH", "check": "1WD", "appeal": "5WD"}
    urgent = {"verify": "30min", "dispatch": "15min", "check": "4H"}
    return parse_limit(urgent.get(stage, usual[stage]) if at >= 3 else usual[stage])


@settings(max_examples=150, deadline=None)
@given(own=SAID, wider=SAID, stage=st.sampled_from(STAGES), severity=st.sampled_from(SEVERITIES))
def test_class_and_severity_come_before_class_before_district(
    own: dict[str, Allowed], wider: dict[str, Allowed], stage: str, severity: int
) -> None:
    given_here = {key: said for key, said in wider.items() if key not in ("accept", "handle")}
    merged = replace(LAMP, stage_limits=over(own, given_here))
    expected = _looked_up(own, given_here, stage, severity)
    assert limit_of(merged, Stage(stage), severity) == expected


@settings(max_examples=60, deadline=None)
@given(
    start=SPRING_FESTIVAL,
    said=SAID,
    stage=st.sampled_from(STAGES),
    severity=st.sampled_from(SEVERITIES),
    natural_from=st.sampled_from([None, URGENT]),
)
def test_the_moment_it_is_due_agrees_with_the_minute_walk(
    start: datetime,
    said: dict[str, Allowed],
    stage: str,
    severity: int,
    natural_from: int | None,
) -> None:
    one = replace(LAMP, stage_limits=said)
    limit = _looked_up(said, {}, stage, severity)
    by_night = natural_from is not None and severity >= natural_from
    if limit.unit is LimitUnit.WORKING_HOUR and not by_night:
        expected = slow_hours(start, round(limit.amount * 60), CALENDAR)
    elif limit.unit is LimitUnit.WORKING_DAY and not by_night:
        expected = slow_days(start, round(limit.amount), CALENDAR)
    else:
        days = limit.unit is LimitUnit.WORKING_DAY
        plain = Limit(limit.amount * (24 if days else 1), LimitUnit.NATURAL_HOUR)
        expected = due_at(start, plain, CALENDAR).at
    due = due_at(start, limit_of(one, Stage(stage), severity, natural_from), CALENDAR).at
    assert abs((due - expected).total_seconds()) < 1


@settings(max_examples=60, deadline=None)
@given(
    said=SAID,
    usual=st.sampled_from(SEVERITIES),
    stage=st.sampled_from(STAGES),
    severity=st.sampled_from(SEVERITIES),
    natural_from=st.sampled_from([None, 2, URGENT]),
)
def test_what_pages_say_changes_no_limit_of_any_severity(
    said: dict[str, Allowed], usual: int, stage: str, severity: int, natural_from: int | None
) -> None:
    one = replace(LAMP, severity=usual, stage_limits=said)
    shown = as_it_counts(one, natural_from)
    assert shown.handle_limit == limit_of(one, Stage.HANDLE, usual, natural_from)
    assert shown.accept_limit == limit_of(one, Stage.ACCEPT, usual, natural_from)
    counted = limit_of(one, Stage(stage), severity, natural_from)
    assert limit_of(shown, Stage(stage), severity, natural_from) == counted


def test_a_district_says_nothing_of_a_severity_a_class_names() -> None:
    own, wider = {"check": "3=1H"}, {"check": "2WD; 3=2H; 4=3H"}
    merged = over(read_limits(own), read_limits(wider))
    assert str(merged["check"]) == "2WD; 3=1H; 4=3H"
    assert over(read_limits({"check": "9WD"}), read_limits(wider)) == read_limits({"check": "9WD"})
