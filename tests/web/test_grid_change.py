"""Pages and interfaces the day after a change: old cases, gone codes, new grids."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from gridgov.domain.areas import AreaKind
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.jobs import timetable
from gridgov.services import grids, grids_activate, grids_edit, indicators
from gridgov.services import reference as references
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import AFTER, DISTRICT, GRID, NOON, case_of, do, man, person, report
from tests.support.edited_nets import a_line

BY = Actor.system(DISTRICT)
LATER = NOON + timedelta(hours=1)


def changed_under_cases() -> tuple[dict[str, str], list[str]]:
    """Split the worker's grid under a closed and an open case; return receipts and new codes."""
    receipts = {}
    with unit_of_work() as session:
        for state in ("closed", "open"):
            told = report(session)
            case = case_of(session, told)
            if state == "closed":
                worker = person(session, "worker")
                do(session, case, Action.SIGN, worker, NOON)
                do(session, case, Action.RESOLVE, worker, NOON, text="已清走", photos=(AFTER,))
                do(session, case, Action.CHECK_PASS, person(session, "deputy"), NOON)
            code = session.get_one(Report, told.report_id).receipt_code
            receipts[state] = f"{case.id} {show_receipt_code(code)}"
    with unit_of_work() as session:
        draft = grids.copy_active(session, DISTRICT, by=BY, now=NOON)
        ground = grids.net_of(session, draft).area(GRID).geometry
        step = grids_edit.split(session, draft, GRID, a_line(ground, 1.5), by=BY, now=NOON)
        codes = [row["code"] for row in step.after[:2]]
        man(session, draft, next(code for code in codes if code != step.carry[GRID]))
    with unit_of_work() as session:
        grids_activate.activate(session, draft, by=BY, now=LATER)
    timetable.hand_over()
    with unit_of_work() as session:
        indicators.fold_pending(session, DISTRICT)
    return receipts, codes


def test_old_cases_can_be_opened_after_their_grid_is_gone(
    app: Flask, client: FlaskClient, as_role: Callable[[str], FlaskClient]
) -> None:
    receipts, codes = changed_under_cases()
    with read_only() as session:
        name = references.of(session, DISTRICT).former[GRID].name
    desk = as_role("dispatcher")
    for state, kept in receipts.items():
        case_id, code = kept.split(" ", 1)
        page = desk.get(f"/work/cases/{case_id}")
        assert page.status_code == 200, state
        assert name in page.text  # why it came to lie there is told with the name of its time
        assert client.get(f"/r/{code.replace('-', '')}").status_code in (200, 302, 308)
    board = as_role("supervisor").get(f"/board?area={GRID[:12]}")
    assert board.status_code == 200
    with read_only() as session:
        net = references.of(session, DISTRICT).net
        assert {net.area(code).kind for code in codes} == {AreaKind.GRID}
    for code in codes:
        assert code in board.text
    worker = as_role("worker")
    assert worker.get("/work").status_code == 200
