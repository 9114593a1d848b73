"""The policy: who may know of which case, and whose figures the board shows."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.roles import Actor, Grant, Role
from gridgov.domain.scope import (
    BOARD_ROLES,
    CaseClass,
    CaseScope,
    board_areas,
    board_classes,
    may_see,
    may_see_contact,
)

DISTRICT, TOWN, VILLAGE, GRID, SCHOOL = "440608", "440608004", "440608004025", "…006", "Z001"
PATH = (DISTRICT, TOWN, VILLAGE, GRID)
ME, ANOTHER = UUID(int=1), UUID(int=2)
CASE = CaseScope(
    district_code=DISTRICT,
    path=frozenset({*PATH, SCHOOL}),
    unit_codes=frozenset({"GA", "V025"}),
    person_ids=frozenset({ME}),
    confidential=False,
)
SECRET = replace(CASE, confidential=True)


def actor(*grants: Grant, person: UUID | None = ANOTHER, district: str = DISTRICT) -> Actor:
    return Actor(district, Role.WORKER, person_id=person, grants=grants)


# role, what it was granted over → sees an open case of the place, sees a confidential one
BY_AREA = [
    (Role.WORKER, GRID, True, False),
    (Role.WORKER, SCHOOL, True, False),
    (Role.WORKER, VILLAGE, True, False),
    (Role.WORKER, DISTRICT, True, False),
    (Role.WORKER, "440608004026", False, False),
    (Role.HANDLER, DISTRICT, False, False),
    (Role.DISPATCHER, DISTRICT, True, True),
    (Role.DISPATCHER, TOWN, True, False),
    (Role.DISPATCHER, VILLAGE, True, False),
    (Role.SUPERVISOR, DISTRICT, True, True),
    (Role.SUPERVISOR, TOWN, True, False),
    (Role.OFFICE, DISTRICT, True, False),
    (Role.OFFICE, GRID, True, False),
    (Role.PROGRAM, DISTRICT, True, True),
    (Role.PROGRAM, TOWN, True, False),
    (Role.PROGRAM, "440608106", False, False),
    (Role.SYSTEM_ADMIN, DISTRICT, False, False),
    (Role.SECURITY_ADMIN, DISTRICT, False, False),
    (Role.AUDIT_ADMIN, DISTRICT, False, False),
    (Role.RESIDENT, DISTRICT, False, False),
    (Role.SYSTEM, DISTRICT, False, False),
]


@pytest.mark.parametrize(("role", "area", "usual", "secret"), BY_AREA)
def test_who_sees_the_cases_of_an_area(role: Role, area: str, usual: bool, secret: bool) -> None:
    by = actor(Grant(role, area_code=area))
    assert (may_see(by, CASE), may_see(by, SECRET)) == (usual, secret)


@pytest.mark.parametrize("role", Role)
def test_a_unit_sees_what_it_leads_or_checks_also_in_confidence(role: Role) -> None:
    for unit in ("GA", "V025"):
        by = actor(Grant(role, unit_code=unit))
        assert may_see(by, CASE) == may_see(by, SECRET) == (role is Role.HANDLER)
    assert not may_see(actor(Grant(role, unit_code="CG")), CASE)


@pytest.mark.parametrize("role", Role)
def test_whoever_it_was_given_to_sees_it_also_in_confidence(role: Role) -> None:
    by = actor(Grant(role, area_code="440608106"), person=ME)
    sees = role in (Role.WORKER, Role.HANDLER)
    assert may_see(by, CASE) == may_see(by, SECRET) == sees


def test_nobody_sees_anything_without_a_grant_or_in_another_district() -> None:
    assert not may_see(actor(person=ME), CASE)
    everything = (Grant(Role.SUPERVISOR, DISTRICT), Grant(Role.HANDLER, unit_code="GA"))
    assert may_see(actor(*everything), CASE)
    assert not may_see(actor(*everything, person=ME, district="440607"), CASE)
    assert not may_see(actor(*everything), replace(CASE, district_code="440607"))


def test_a_program_without_a_person_is_not_everybody_without_a_holder() -> None:
    nobody = replace(CASE, person_ids=frozenset(), unit_codes=frozenset())
    assert not may_see(actor(Grant(Role.WORKER), person=None), nobody)


AREAS = st.none() | st.sampled_from([*PATH, SCHOOL, "440608106", "440607"])
GRANTS = st.builds(
    Grant, st.sampled_from(Role), area_code=AREAS, unit_code=st.none() | st.sampled_from(["GA"])
)
ACTORS = st.builds(
    Actor,
    st.sampled_from([DISTRICT, "440607"]),
    st.sampled_from(Role),
    person_id=st.sampled_from([ME, ANOTHER, None]),
    grants=st.lists(GRANTS, max_size=4).map(tuple),
)
SCOPES = st.builds(
    CaseScope,
    st.sampled_from([DISTRICT, "440607"]),
    path=st.frozensets(st.sampled_from([*PATH, SCHOOL])),
    unit_codes=st.frozensets(st.sampled_from(["GA", "CG"])),
    person_ids=st.frozensets(st.sampled_from([ME, ANOTHER])),
    confidential=st.booleans(),
)


@given(ACTORS, SCOPES)
def test_confidence_only_ever_hides(by: Actor, case: CaseScope) -> None:
    assert not may_see(by, replace(case, confidential=True)) or may_see(
        by, replace(case, confidential=False)
    )


@given(ACTORS, SCOPES)
def test_a_confidential_case_is_hidden_from_the_staff_of_its_own_place(
    by: Actor, case: CaseScope
) -> None:
    local = [grant for grant in by.grants if grant.area_code not in (by.district_code, None)]
    neighbour = replace(by, person_id=None, grants=tuple(replace(g, unit_code=None) for g in local))
    assert not may_see(neighbour, replace(case, confidential=True))


@given(ACTORS, GRANTS, SCOPES)
def test_one_more_grant_never_hides_anything(by: Actor, more: Grant, case: CaseScope) -> None:
    if may_see(by, case):
        assert may_see(replace(by, grants=(*by.grants, more)), case)


@pytest.mark.parametrize(
    ("role", "area", "asked", "classes"),
    [
        (Role.SUPERVISOR, DISTRICT, PATH, {CaseClass.OPEN, CaseClass.CONFIDENTIAL}),
        (Role.SUPERVISOR, DISTRICT, PATH[:1], {CaseClass.OPEN, CaseClass.CONFIDENTIAL}),
        (Role.SUPERVISOR, TOWN, PATH, {CaseClass.OPEN}),
        (Role.SUPERVISOR, TOWN, PATH[:1], set()),
        (Role.SUPERVISOR, "440608106", PATH, set()),
        (Role.DISPATCHER, DISTRICT, PATH, {CaseClass.OPEN, CaseClass.CONFIDENTIAL}),
        (Role.DISPATCHER, TOWN, PATH, {CaseClass.OPEN}),
        (Role.OFFICE, DISTRICT, PATH, {CaseClass.OPEN}),
        (Role.PROGRAM, DISTRICT, PATH, {CaseClass.OPEN, CaseClass.CONFIDENTIAL}),
        (Role.WORKER, GRID, PATH, set()),
        (Role.HANDLER, DISTRICT, PATH, set()),
        (Role.SYSTEM_ADMIN, DISTRICT, PATH, set()),
    ],
)
def test_whose_figures_a_board_shows(
    role: Role, area: str, asked: tuple[str, ...], classes: set[CaseClass]
) -> None:
    by = actor(Grant(role, area_code=area))
    assert board_classes(by, asked) == classes
    assert board_areas(by) == ({area} if role in BOARD_ROLES else set())


@given(ACTORS, st.integers(1, 4), st.booleans())
def test_what_a_board_counts_its_reader_may_see(by: Actor, depth: int, confidential: bool) -> None:
    path = PATH[:depth]
    case = CaseScope(by.district_code, frozenset(PATH), frozenset(), frozenset(), confidential)
    wanted = CaseClass.CONFIDENTIAL if confidential else CaseClass.OPEN
    if wanted in board_classes(by, path):
        assert may_see(by, case)


@pytest.mark.parametrize("role", Role)
def test_only_who_works_on_a_case_may_ask_for_a_contact(role: Role) -> None:
    asks = role in (Role.WORKER, Role.HANDLER, Role.DISPATCHER)
    assert may_see_contact(actor(Grant(role, area_code=DISTRICT))) == asks
