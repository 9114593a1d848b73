"""The sixteen months of the sample, a tenth of them: numbers, order, clocks, what is written.

The whole is loaded by test_replay_full; the proof does it on PostGIS too.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.app import create_app
from gridgov.demo.hard_reports import HARD_REPORTS
from gridgov.demo.replay import TICK
from gridgov.demo.replay_plan import FULL
from gridgov.domain.workflow import OPEN_STATES
from gridgov.services import history, indicators
from gridgov.services import reference as references
from gridgov.storage import timers
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.messages import Message
from gridgov.storage.photos import Photo
from gridgov.storage.reports import Report
from gridgov.storage.rosters import HandOver, Leave
from gridgov.storage.session import read_only
from gridgov.storage.timers import Timer
from tests.conftest import sqlite_address
from tests.support import replayed
from tests.support.app import Installation
from tests.support.replayed import DISTRICT, LAST_DAY, PERIOD, TENTH, statement_of

BEGIN = datetime(2019, 5, 31, 16, 0, tzinfo=UTC)  # 00:00 of 1 June in Gaoming
END = datetime(2020, 10, 19, 16, 0, tzinfo=UTC)  # 24:00 in Gaoming
INSIDE = Case.received_on <= LAST_DAY
BEGIN_OF_TODAY = datetime(2026, 1, 1, tzinfo=UTC)  # the present-day cases are younger
BY_THE_CLOCK = {"climb", "mark_overdue", "supervise", "resume", "go_on"}


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgres)]
)
def tenth(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A sample with a tenth of its history, on each kind of database in turn."""
    folder = tmp_path_factory.mktemp("tenth")
    url = sqlite_address(folder)
    if request.param == "postgis":
        url = request.getfixturevalue("postgis").create_database()
    return replayed.load(url, folder, TENTH)


@pytest.fixture(scope="module")
def played(tenth: Installation) -> Iterator[Flask]:
    """Its application, inside its context; nobody changes anything."""
    app = create_app(tenth.settings())
    with app.app_context():
        yield app
        db.engine.dispose()
    app.extensions["gridgov"].photos.close()


@pytest.fixture
def looking(played: Flask) -> Iterator[Session]:
    """A session that looks at the tenth."""
    with read_only() as session:
        yield session


def board(app: Flask, installation: Installation, **more: str) -> dict[str, Any]:
    """The figures of the period, as the API tells them to a program."""
    key = {"Authorization": f"Bearer {installation.access()['api_key']}"}
    answer = app.test_client().get("/api/v1/board", query_string=PERIOD | more, headers=key)
    assert answer.status_code == 200, answer.text
    figures: dict[str, Any] = answer.json
    return figures


def test_the_api_shows_the_planned_numbers(played: Flask, tenth: Installation) -> None:
    figures = board(played, tenth, area=DISTRICT)
    assert figures["received"] == TENTH.valid
    assert figures["closed"] == TENTH.closed
    assert figures["open"] == TENTH.open


def test_the_towns_add_up_to_the_district(played: Flask, tenth: Installation) -> None:
    towns = [f"440608{town}" for town in ("004", "106", "107", "108")]
    parts = [board(played, tenth, area=town) for town in towns]
    with played.app_context(), read_only() as session:
        nowhere = session.scalars(
            select(func.count()).where(INSIDE, Case.town_code.is_(None), Case.state == "closed")
        ).one()
    assert sum(part["closed"] for part in parts) + nowhere == TENTH.closed
    assert min(part["received"] for part in parts) > 0


def test_the_statement_says_what_the_database_holds(looking: Session, tenth: Installation) -> None:
    said = statement_of(tenth)
    states = dict(
        looking.execute(select(Case.state, func.count()).where(INSIDE).group_by(Case.state)).all()
    )
    assert said["received"] == TENTH.valid
    assert said["rejected"] == states["rejected"] == TENTH.refused + TENTH.repeated
    assert said["transferred"] == states["transferred"] == TENTH.transferred
    assert said["joined_reports"] == TENTH.joined
    assert said["reports"] == TENTH.total
    told = Report.client_token.startswith("replay-")
    # What was split off was told in another report.
    assert looking.scalar(select(func.count()).where(told)) == TENTH.total - TENTH.splits
    marks = select(func.count()).select_from(CaseEntry).join(Case)
    marks = marks.where(INSIDE, CaseEntry.action == "mark_overdue")
    assert said["overdue_marks"] + said["overdue_marks_later"] == looking.scalar(marks)
    assert said["overdue_marks"] > 0
    assert said["merged"] == states["merged"] == TENTH.merged
    assert said["void"] == states["void"] == TENTH.withdrawn + TENTH.void


def test_the_shares_are_those_that_were_asked_for(tenth: Installation) -> None:
    said = statement_of(tenth)
    shares = {
        "duplicates": 0.12,
        "wrong_category": 0.06,
        "words_only": 0.04,
        "wrong_datum": 0.03,
        "night_or_holiday": 0.08,
        "emergencies": 0.02,
        "rework": 0.06,
    }
    for name, share in shares.items():
        assert said[name] == pytest.approx(share * TENTH.total, abs=0.012 * TENTH.total), name
    channels = said["channels"]
    assert channels["12345"] == pytest.approx(0.15 * TENTH.total, abs=2)
    found = channels["worker"] + channels["patrol"]
    assert found == pytest.approx(0.20 * TENTH.total, abs=3)
    assert set(channels) == {"snap", "12345", "worker", "patrol", "phone", "walk_in", "program"}
    assert said["returns"]["wrong_duty"] >= said["wrong_category"] * 0.9
    assert said["pass_ups"] > 0
    assert said["reopened"] > 0
    assert set(said["ratings"]) >= {"very_satisfied", "satisfied", "fair"}


def test_everything_happened_in_the_period_and_in_the_order_of_time(looking: Session) -> None:
    replay = (
        select(Message.at, Message.kind)
        .join(Case, Case.id == Message.case_id)
        .where(INSIDE)
        .order_by(Message.position)
    )
    told = looking.execute(replay).all()
    moments = [at for at, _ in told]
    assert len(moments) > TENTH.total
    # A sweep comes seconds after the limit, as the timetable's ticks do.
    slack = timedelta(seconds=5)
    assert all(before <= after + slack for before, after in zip(moments, moments[1:], strict=False))
    assert min(moments) >= BEGIN
    # What was open at the end climbed and became overdue in its own time; nobody did anything.
    after = select(CaseEntry.action).join(Case).where(INSIDE, CaseEntry.at >= END).distinct()
    assert set(looking.scalars(after)) <= BY_THE_CLOCK


def test_every_chain_verifies(looking: Session) -> None:
    lines, damage = history.verify(looking, DISTRICT)
    assert damage is None
    assert lines > TENTH.total * 4


def test_every_clock_that_rang_was_heard(looking: Session) -> None:
    late = looking.scalars(select(Case).where(INSIDE, Case.state.in_(sorted(OPEN_STATES)))).all()
    assert len(late) == TENTH.open
    for case in late:
        assert case.overdue_at is not None, case.number
        assert case.supervision == "red", case.number
    waiting = timers.next_due(looking, DISTRICT)
    assert waiting is None or waiting >= loaded_at(looking) - TICK, (
        "a first sweep has nothing to do"
    )
    # What was over before a suspension is over again on the day it ends: then it was set.
    fired = select(Timer.due_at, Timer.set_at, Timer.ended_at)
    for due, since, ended in looking.execute(fired.where(Timer.outcome == timers.FIRED)):
        assert timedelta(0) <= ended - max(due, since) < timedelta(seconds=5)
    refused = select(func.count()).where(Timer.outcome == timers.REFUSED)
    assert looking.scalar(refused) == 0


def loaded_at(session: Session) -> datetime:
    """When the last thing of the sample happened."""
    moment = session.scalar(select(func.max(Message.at)))
    assert moment is not None
    return moment


def test_nobody_is_told_today_of_what_was_late_years_ago(looking: Session) -> None:
    told = select(func.count()).where(
        Message.kind == "case.due", Message.at >= END, Message.at < BEGIN_OF_TODAY
    )
    assert looking.scalar(told) == 0


def test_the_facts_equal_a_count_of_the_log(looking: Session) -> None:
    assert indicators.differences(looking, DISTRICT) == 0


def test_every_part_of_the_workflow_is_played(tenth: Installation) -> None:
    said = statement_of(tenth)
    for name in ("joint", "extensions", "asked_back", "suspensions", "merges", "spot_checks"):
        assert sum(said[name].values()) > 0, name
    for name in ("climbed", "self_handled", "urged", "replies", "emergencies_recorded"):
        assert said[name] > 0, name
    for name in ("handed_next_door", "pins_moved", "added", "left"):
        assert said[name] > 0, name
    assert said["split"] == TENTH.splits
    assert sum(said["leaves"].values()) > 0
    assert said["withdrawn"] == TENTH.withdrawn
    assert said["merges"]["merge"] - said["merges"]["unmerge"] == TENTH.merged
    assert {"overdue", "by_hand"} <= set(said["supervision"])
    assert said["extensions"]["ask_extension"] >= said["extensions"]["grant_extension"]


def test_what_was_done_at_once_is_closed_with_both_pictures(looking: Session) -> None:
    done = looking.scalars(select(Case).where(INSIDE, Case.self_handled)).all()
    assert done
    purposes = set(looking.execute(select(Photo.case_id, Photo.purpose)).all())
    for case in done:
        assert {(case.id, "before"), (case.id, "after")} <= purposes
        assert case.found_by_id is not None


def test_a_join_hangs_on_the_case_it_repeats(looking: Session) -> None:
    joined = looking.execute(
        select(Report, Case).join(Case, Case.id == Report.case_id).where(Report.joined)
    ).all()
    assert len(joined) == TENTH.joined
    left = {case.id for report, case in joined if report.withdrawn_at is not None}
    for report, case in joined:
        assert report.category_code == case.category_code
        assert timedelta(0) < report.received_at - case.received_at <= timedelta(days=3)
        assert case.report_count > 1 or case.id in left
        assert abs(report.lon - case.lon) < 3e-4 and abs(report.lat - case.lat) < 3e-4


def test_what_was_split_off_was_told_in_the_case_it_came_from(looking: Session) -> None:
    split = looking.execute(
        select(Case, CaseEntry).join(CaseEntry).where(INSIDE, CaseEntry.action == "split")
    ).all()
    assert len(split) == TENTH.splits
    for case, line in split:
        told = looking.get_one(Report, UUID(line.data["report"]))
        (new,) = map(UUID, line.data["cases"])
        opened = select(Report).where(Report.case_id == new, ~Report.joined)
        part = looking.scalars(opened).one()
        assert part.text in told.text
        assert part.category_code != case.category_code
        assert (part.lon, part.lat, part.reporter_id) == (told.lon, told.lat, told.reporter_id)


def test_a_pin_was_put_right_where_it_was_wrong(looking: Session) -> None:
    corrected = ("correct_spot", "hand_neighbour")
    lines = looking.execute(
        select(Case, CaseEntry).join(CaseEntry).where(INSIDE, CaseEntry.action.in_(corrected))
    ).all()
    moved = [(case, line) for case, line in lines if "position" in line.data]
    assert {line.action for _, line in moved} == set(corrected)
    for case, line in moved:
        assert [case.lon, case.lat] == line.data["position"] != line.data["position_was"]


def test_work_of_who_is_on_leave_goes_to_another(looking: Session) -> None:
    leaves = looking.scalars(select(Leave).where(Leave.begun_at.is_not(None))).all()
    assert leaves
    for leave in leaves:
        assert leave.begun_at is not None and leave.ended_at is not None
        acts = select(CaseEntry.action).where(
            CaseEntry.by_person_id == leave.person_id,
            CaseEntry.at.between(leave.begun_at, leave.ended_at),
        )
        assert looking.scalars(acts).all() == []
    handed = looking.scalars(select(HandOver)).all()
    assert any(one.taken_at is not None for one in handed)
    assert not any(one.is_waiting for one in handed)


def test_pictures_are_there_where_the_class_asks_for_them(looking: Session) -> None:
    reference = references.of(looking, DISTRICT)
    resolved = looking.execute(
        select(Case.category_code, Case.id, CaseEntry.seq)
        .join(Case, Case.id == CaseEntry.case_id)
        .where(INSIDE, CaseEntry.action == "resolve")
    ).all()
    shown = set(looking.execute(select(Photo.case_id, Photo.entry_seq)).all())
    assert resolved
    for code, case_id, seq in resolved:
        assert ((case_id, seq) in shown) is reference.category(code).after_photo
    assert looking.scalar(select(func.count(Photo.sha256.distinct()))) < 30


def test_each_hard_report_came_in_once(looking: Session, tenth: Installation) -> None:
    texts = looking.scalars(
        select(Report.text).where(Report.client_token.startswith("replay-"))
    ).all()
    for report in HARD_REPORTS:
        assert texts.count(report.text) == 1, report.number
    assert statement_of(tenth)["hard_reports"] == len(HARD_REPORTS)


def test_the_sample_worker_has_a_past_and_work_today(looking: Session) -> None:
    grid = "440608004025006"
    past = select(func.count()).where(INSIDE, Case.grid_code == grid)
    today = select(func.count()).where(Case.grid_code == grid, Case.received_on > LAST_DAY)
    assert (looking.scalar(past) or 0) >= 5
    assert (looking.scalar(today) or 0) >= 5


def test_the_same_seed_gives_the_same_history(tmp_path: Path) -> None:
    size = FULL.scaled(0.02)
    digests = []
    for hash_seed in ("1", "2"):
        folder = tmp_path / hash_seed
        folder.mkdir()
        digests.append(replayed.digest_in_a_process(folder, size, hash_seed))
    assert digests[0] == digests[1]
