"""The policy read twice: the rule in Python and the filter in SQL agree on every case.

A batch of random cases is written once per database; then many random actors look.
"""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.handover import DutyPlace
from gridgov.domain.history import GENESIS
from gridgov.domain.indicators import FactView
from gridgov.domain.messages import MessageKind
from gridgov.domain.roles import Actor, Grant, Role
from gridgov.domain.scope import BOARD_ROLES, may_see
from gridgov.domain.workflow import OPEN_STATES, CaseState
from gridgov.services import board, casework, indicators
from gridgov.services import reference as references
from gridgov.services.board import Figure
from gridgov.storage import cases, messages
from gridgov.storage.base import UtcDateTime
from gridgov.storage.cases import ASSIST, CHECK, LEAD, VERIFY, Case, Task
from gridgov.storage.districts import District
from gridgov.storage.ids import new_id
from gridgov.storage.people import Person
from gridgov.storage.scope import in_area, visible
from gridgov.storage.session import read_only, unit_of_work

HERE, THERE = "440608", "440699"
NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
CASES = 260
UNITS = ["GA", "CG", "ZJSL", "V440608004025", "T440608004"]
# Two towns, three villages, four grids and a professional grid that lies over one of them.
VILLAGES = ["440608004025", "440608004014", "440608106001"]

# Every moment a case must have; the policy asks for none of them.
MOMENTS = {
    column.name
    for column in Case.__table__.columns
    if isinstance(column.type, UtcDateTime) and not column.nullable
} - {"limit_at"}
WHOLE_DISTRICT = Actor(HERE, Role.SUPERVISOR, grants=(Grant(Role.SUPERVISOR, HERE),))


class Net:
    """The few places and people of the sample that the cases of this file are about."""

    def __init__(self, session: Session) -> None:
        net = references.of(session, HERE).net
        self.paths: list[tuple[str | None, ...]] = [(None, None, None, None)]
        for village in VILLAGES:
            town = net.area(village).parent_code
            self.paths += [(town, None, None, None), (town, village, None, None)]
            grids = [area.code for area in net.children(village)][:2]
            self.paths += [(town, village, grid, None) for grid in grids]
        self.paths.append((*self.paths[3][:3], net.areas(AreaKind.PROFESSIONAL)[0].code))
        self.areas = sorted({code for path in self.paths for code in path if code} | {HERE})
        self.people = list(session.scalars(select(Person.id).order_by(Person.id).limit(4)))


def write_cases(session: Session, net: Net) -> None:
    """Write random cases of two districts, with the message that opens each of them."""
    rng = random.Random(440608)
    session.add(
        District(
            code=THERE,
            name="别处",
            name_en="Elsewhere",
            timezone="Asia/Shanghai",
            languages=["zh-Hans"],
            settings={},
            opened_at=NOW,
        )
    )
    session.flush()
    reference = references.of(session, HERE)
    for number in range(CASES):
        # The other district uses the same codes on purpose: a code alone proves nothing.
        case = _case(rng, net, number, HERE if rng.random() < 0.85 else THERE)
        session.add(case)
        session.add_all(_tasks(rng, net, case))
        if case.district_code == HERE:
            body = {"action": "submit", "before": None, "after": _view(case, reference)}
            messages.append(session, HERE, MessageKind.CASE_OPENED, at=case.received_at, body=body)


def _view(case: Case, reference: references.Reference) -> dict[str, object]:
    view: FactView = casework.fact_view(case, reference)
    return view.as_json()


def _case(rng: random.Random, net: Net, number: int, district: str) -> Case:
    town, village, grid, professional = rng.choice(net.paths)
    moment = NOW - timedelta(minutes=rng.randrange(20 * 24 * 60))
    case = Case(
        id=new_id(),
        district_code=district,
        number=f"{district}-random-{number:05d}",
        category_code="0101",
        catalogue_version=1,
        severity=1,
        confidential=rng.random() < 0.4,
        grid_version=1,
        town_code=town,
        village_code=village,
        grid_code=grid,
        professional_code=professional,
        place="somewhere",
        routing={},
        level="grid",
        state=str(rng.choice(list(CaseState))),
        assignee_id=rng.choice([None, *net.people]),
        unit_code=rng.choice([None, *UNITS]),
        checker_id=rng.choice([None, *net.people]),
        checker_unit_code=rng.choice([None, *UNITS]),
        **dict.fromkeys(MOMENTS, moment),
        received_on=(moment + timedelta(hours=8)).date(),
        limit_at=moment + timedelta(minutes=rng.randrange(10 * 24 * 60)),
        history_hash=GENESIS,
    )
    if rng.random() < 0.4:  # its duty came to another place since
        case.give_duty(DutyPlace(2, *rng.choice(net.paths)), "grid_changed")
    return case


def _tasks(rng: random.Random, net: Net, case: Case) -> list[Task]:
    """Draw who helps: open and ended tasks of all kinds, of persons and of units."""
    return [
        Task(
            district_code=case.district_code,
            case_id=case.id,
            kind=rng.choice([LEAD, CHECK, ASSIST, VERIFY]),
            reason="drawn",
            opened_at=NOW,
            ended_at=rng.choice([None, NOW]),
            **rng.choice([{"person_id": rng.choice(net.people)}, {"unit_code": rng.choice(UNITS)}]),
        )
        for _ in range(rng.choice([0, 0, 1, 2]))
    ]


def prepared(app: Flask) -> Net:
    """Write the cases and fold what they say; the cases of the sample stay out of it."""
    with unit_of_work() as session:
        net = Net(session)
        write_cases(session, net)
    with unit_of_work() as session:
        while indicators.fold_pending(session, HERE):
            session.flush()
    return net


def actors(net: Net, roles: list[Role]) -> st.SearchStrategy[Actor]:
    """Draw somebody with up to four grants: any role over any area or for any unit, or both."""
    grants = st.builds(
        Grant,
        st.sampled_from(roles),
        area_code=st.none() | st.sampled_from([*net.areas, THERE, "999999"]),
        unit_code=st.none() | st.sampled_from([*UNITS, "NOBODY"]),
    )
    return st.builds(
        Actor,
        st.sampled_from([HERE, HERE, HERE, THERE]),
        st.sampled_from(roles),
        person_id=st.none() | st.sampled_from([*net.people, UUID(int=7)]),
        grants=st.lists(grants, max_size=4).map(tuple),
    )


def test_the_rule_and_the_filter_show_the_same_cases(app: Flask) -> None:
    net = prepared(app)
    with read_only() as session:
        every = session.scalars(select(Case)).all()
        scopes = {case.id: cases.scope_of(session, case) for case in every}
        hits: set[int] = set()

        @settings(max_examples=100)
        @given(actors(net, list(Role)))
        @example(WHOLE_DISTRICT)
        def check(actor: Actor) -> None:
            by_rule = {case.id for case in every if may_see(actor, scopes[case.id])}
            by_filter = set(session.scalars(select(Case.id).where(visible(actor))))
            assert by_filter == by_rule
            hits.add(len(by_rule))

        check()
        assert max(hits) > 150, "somebody was meant to see much"


def test_who_helps_sees_a_case_until_the_task_ends(app: Flask) -> None:
    net = prepared(app)
    helper = Actor(HERE, Role.HANDLER, net.people[0], grants=(Grant(Role.HANDLER, None, "GA"),))
    with unit_of_work() as session:
        every = session.scalars(select(Case).where(Case.district_code == HERE)).all()
        hidden = [one for one in every if not may_see(helper, cases.scope_of(session, one))]
        case = hidden[0]
        task = Task(
            district_code=HERE,
            case_id=case.id,
            kind=ASSIST,
            unit_code="GA",
            reason="called_in",
            opened_at=NOW,
        )
        session.add(task)
        session.flush()

        def seen() -> tuple[bool, bool]:
            listed = session.scalars(select(Case.id).where(visible(helper), Case.id == case.id))
            return may_see(helper, cases.scope_of(session, case)), listed.first() is not None

        assert seen() == (True, True)
        task.ended_at = NOW
        session.flush()
        assert seen() == (False, False)


def test_each_role_alone_over_each_area_and_unit_agrees(app: Flask) -> None:
    """The corners that random grants may miss, each one on its own."""
    net = prepared(app)
    with read_only() as session:
        every = session.scalars(select(Case)).all()
        scopes = {case.id: cases.scope_of(session, case) for case in every}
        for role in Role:
            grants = [Grant(role, area_code=area) for area in [None, *net.areas]]
            grants += [Grant(role, unit_code=unit) for unit in UNITS]
            for grant in grants:
                person = net.people[0] if grant.unit_code is None else None
                actor = Actor(HERE, role, person_id=person, grants=(grant,))
                by_rule = {case.id for case in every if may_see(actor, scopes[case.id])}
                assert set(session.scalars(select(Case.id).where(visible(actor)))) == by_rule


def behind(session: Session, actor: Actor, view: board.View, figure: Figure) -> list[Case]:
    """Return all pages of the list behind a figure."""
    found: list[Case] = []
    while True:
        before = found[-1].id if found else None
        page = board.cases_behind(session, actor, view, figure, now=NOW, before=before)
        found += page
        if len(page) < board.PAGE:
            return found


@st.composite
def boards(draw: st.DrawFn, net: Net, reference: references.Reference) -> tuple[Actor, str]:
    """Draw a reader of boards, and an area inside one that was granted to them."""
    role = draw(st.sampled_from(sorted(BOARD_ROLES)))
    granted = draw(st.sampled_from(net.areas))
    others = [Role.WORKER, Role.HANDLER, *sorted(BOARD_ROLES)]
    more = draw(actors(net, others))
    actor = replace(more, district_code=HERE, grants=(Grant(role, granted), *more.grants))
    paths = {area: {step.code for step in reference.net.path(area)} for area in net.areas}
    inside = [area for area, path in paths.items() if granted in path]
    return actor, draw(st.sampled_from(inside))


def test_a_figure_of_the_board_is_the_length_of_its_list(app: Flask) -> None:
    net = prepared(app)
    with read_only() as session:
        seen: set[tuple[int, int]] = set()

        @settings(max_examples=60)
        @given(boards(net, references.of(session, HERE)), st.integers(0, 10), st.integers(0, 40))
        @example((WHOLE_DISTRICT, HERE), 0, 40)
        @example((WHOLE_DISTRICT, VILLAGES[0]), 0, 40)
        def check(asked: tuple[Actor, str], skipped: int, days: int) -> None:
            actor, area = asked
            first = FIRST + timedelta(days=skipped)
            view = board.open_view(session, actor, area, first, first + timedelta(days=days))
            figures = board.snapshot(session, view, now=NOW).figures
            lists = {figure: len(behind(session, actor, view, figure)) for figure in Figure}
            assert lists == {
                Figure.RECEIVED: figures.received,
                Figure.CLOSED: figures.closed,
                Figure.OPEN: figures.open,
                Figure.OVERDUE: figures.overdue,
            }
            seen.add((figures.received, figures.closed))

        check()
        assert max(seen) > (100, 10), "the boards were meant to have something on them"


def test_the_parts_of_a_board_add_up_to_what_lies_in_them(app: Flask) -> None:
    prepared(app)
    with read_only() as session:
        view = board.open_view(session, WHOLE_DISTRICT, HERE, FIRST, LAST)
        found = board.snapshot(session, view, now=NOW)
        unplaced = [
            case
            for case in behind(session, WHOLE_DISTRICT, view, Figure.RECEIVED)
            if not case.town_code
        ]
        parts = sum(figures.received for _, figures in found.parts)
        assert found.figures.received == parts + len(unplaced)
        assert found.figures.received > 100


def test_a_board_that_is_not_ones_own_shows_nothing_of_confidential_cases(app: Flask) -> None:
    """A town's supervisor: figures and lists leave out every confidential case of the town."""
    prepared(app)
    town = "440608004"
    actor = Actor(HERE, Role.SUPERVISOR, grants=(Grant(Role.SUPERVISOR, town),))
    with read_only() as session:
        view = board.open_view(session, actor, town, FIRST, LAST)
        listed = behind(session, actor, view, Figure.OPEN)
        hidden = session.scalars(
            select(Case.id).where(
                Case.district_code == HERE,
                in_area(town),
                Case.confidential,
                Case.state.in_(sorted(OPEN_STATES)),
            )
        ).all()
        assert hidden
        assert not {case.id for case in listed} & set(hidden)
        assert board.snapshot(session, view, now=NOW).figures.open == len(listed)


def test_without_a_grant_the_filter_keeps_nothing(app: Flask) -> None:
    with read_only() as session:
        nobody = Actor(HERE, Role.WORKER, person_id=session.scalars(select(Person.id)).first())
        assert session.scalars(select(Case.id).where(visible(nobody))).all() == []
