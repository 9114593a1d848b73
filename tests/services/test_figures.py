"""The number engine over real casework: exact, the same afterwards, open to the last case."""

from datetime import UTC, date, datetime, timedelta

from flask import Flask

from gridgov.domain.roles import Actor, Grant, Role
from gridgov.domain.scope import CaseClass
from gridgov.domain.workflow import Action
from gridgov.services import board, open_lamps, sweep
from gridgov.services.board import Figure, View
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only, unit_of_work
from tests.services.test_walks import watched
from tests.support.acts import DISTRICT, GRID, case_of, do, person, report
from tests.support.number_checks import assert_everything_agrees, assert_figures_stay, fold_all

START = datetime(2026, 12, 22, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST, LAST = date(2026, 11, 10), date(2027, 2, 28)
PERIODS = (
    (FIRST, LAST),
    (date(2026, 11, 1), date(2026, 12, 31)),
    (date(2026, 12, 22), date(2026, 12, 24)),
)


def test_figures_of_a_past_moment_are_what_they_were(stage: Flask) -> None:
    watched()
    assert_figures_stay(3, 40, START, FIRST, LAST)
    assert_everything_agrees(START + timedelta(days=90), PERIODS)


def test_the_figures_of_the_sample_are_the_numbers_of_their_cases(stage: Flask) -> None:
    fold_all()
    assert_everything_agrees(
        datetime(2027, 6, 1, tzinfo=UTC), ((date(2026, 6, 1), date(2027, 5, 31)),)
    )


def figure_list_and_lamp(now: datetime) -> tuple[int, int, int]:
    """How many cases of the grid are overdue: by the figure, by its list and by the red lamp."""
    fold_all()
    view = View(DISTRICT, GRID, FIRST, LAST, frozenset(CaseClass))
    reader = Actor(DISTRICT, Role.SUPERVISOR, grants=(Grant(Role.SUPERVISOR, DISTRICT),))
    with read_only() as session:
        found = board.snapshot(session, view, now=now).figures
        cases = board.cases_behind(session, reader, view, Figure.OVERDUE, now=now)
        lamps = open_lamps.lamps(session, view, now=now)
    assert found.open == lamps.open
    return found.overdue, len(cases), lamps.red


def test_an_overdue_case_that_is_asked_back_is_in_neither_figure_list_nor_red_lamp(
    stage: Flask,
) -> None:
    with unit_of_work() as session:
        case = case_of(session, report(session, now=START))
        do(session, case, Action.SIGN, person(session, "worker"), START + MINUTE)
        case_id, late = case.id, case.due_at + 5 * MINUTE

    def act(action: Action, name: str, at: datetime, text: str | None = None) -> None:
        with unit_of_work() as session:
            case = session.get_one(Case, case_id)
            do(session, case, action, person(session, name, at), at, text=text)

    marked = 1
    while marked:
        with unit_of_work() as session:
            marked = sweep.mark_overdue(session, DISTRICT, now=late)
    running = figure_list_and_lamp(late + MINUTE)
    assert len(set(running)) == 1
    act(Action.ASK_INFO, "worker", late + 2 * MINUTE, "哪一栋？")
    assert figure_list_and_lamp(late + 3 * MINUTE) == tuple(number - 1 for number in running)
    act(Action.GO_ON, "dispatcher", late + 4 * MINUTE)
    assert figure_list_and_lamp(late + 5 * MINUTE) == running
