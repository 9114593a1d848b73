"""Who gets a case and who checks it."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.assignment import (
    Assignment,
    DutyKind,
    OnDuty,
    choose_checker,
    choose_handler,
)

LEAD, DEPUTY, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
A, B = OnDuty(LEAD, DutyKind.LEAD), OnDuty(DEPUTY, DutyKind.DEPUTY)
C = OnDuty(OTHER, DutyKind.DEPUTY)


@pytest.mark.parametrize(
    ("duties", "direct", "village", "person", "unit", "reason"),
    [
        ([A, B], None, "V1", LEAD, None, "grid_lead"),
        ([B, A], None, "V1", LEAD, None, "grid_lead"),
        ([B, C], None, "V1", DEPUTY, None, "grid_deputy"),
        ([], None, "V1", None, "V1", "village_cover"),
        ([A, B], "CG", "V1", None, "CG", "category_unit"),
        ([], "CG", None, None, "CG", "category_unit"),
    ],
)
def test_lead_then_deputy_then_village_unless_the_class_has_its_unit(
    duties: list[OnDuty],
    direct: str | None,
    village: str | None,
    person: UUID | None,
    unit: str | None,
    reason: str,
) -> None:
    found = choose_handler(duties, direct_unit=direct, village_unit=village)
    assert found == Assignment(person, unit, reason)


def test_a_place_without_anybody_waits_for_the_dispatcher() -> None:
    assert choose_handler([], direct_unit=None, village_unit=None) is None


@pytest.mark.parametrize(
    ("handlers", "handling_unit", "person", "unit", "reason"),
    [
        ({LEAD}, None, DEPUTY, None, "check_deputy"),
        ({DEPUTY}, None, LEAD, None, "check_lead"),
        (set(), "CG", DEPUTY, None, "check_deputy"),
        ({LEAD, DEPUTY}, None, None, "V1", "check_village"),
        ({LEAD, DEPUTY}, "V1", None, "T1", "check_town"),
    ],
)
def test_deputy_then_lead_then_village_then_town_check(
    handlers: set[UUID],
    handling_unit: str | None,
    person: UUID | None,
    unit: str | None,
    reason: str,
) -> None:
    found = choose_checker(
        [A, B],
        handlers=frozenset(handlers),
        handling_unit=handling_unit,
        village_unit="V1",
        town_unit="T1",
    )
    assert found == Assignment(person, unit, reason)


PEOPLE = st.sampled_from([UUID(int=n) for n in range(1, 6)])
UNITS = st.none() | st.sampled_from(["V1", "T1", "CG"])


@given(
    st.lists(st.builds(OnDuty, PEOPLE, st.sampled_from(DutyKind)), max_size=5),
    st.frozensets(PEOPLE),
    UNITS,
    UNITS,
    UNITS,
)
def test_who_handled_a_case_never_checks_it(
    duties: list[OnDuty],
    handlers: frozenset[UUID],
    handling: str | None,
    village: str | None,
    town: str | None,
) -> None:
    found = choose_checker(
        duties, handlers=handlers, handling_unit=handling, village_unit=village, town_unit=town
    )
    if found is None:
        assert all(duty.person_id in handlers for duty in duties)
        assert {village, town} <= {None, handling}
        return
    assert (found.person_id is None) != (found.unit_code is None)
    assert found.person_id not in handlers
    assert found.unit_code is None or found.unit_code != handling
