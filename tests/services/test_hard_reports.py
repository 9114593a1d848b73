"""The 25 hard reports through the real intake: what becomes of each, row by row."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.demo.hard_reports import HARD_REPORTS, HardReport
from gridgov.domain.areas import AreaKind
from gridgov.domain.errors import InvalidInput
from gridgov.domain.problems import fold_abuse, public_words
from gridgov.domain.roles import Actor
from gridgov.domain.scope import may_see
from gridgov.domain.workflow import Action
from gridgov.services import reference as references
from gridgov.services import splitting
from gridgov.services.effects import StoredPhoto
from gridgov.services.history import seal_report
from gridgov.services.intake import EmergencyFirst, Receipt
from gridgov.storage import people
from gridgov.storage.cases import Case
from gridgov.storage.history import of_case
from gridgov.storage.reports import Report
from gridgov.web.instance import instance
from tests.support.acts import DISTRICT, NOON, case_of, do, holder, inside, person, pin, submission
from tests.support.acts import report as send

PICTURE = StoredPhoto("c" * 64, 640, 480)


def named(report: HardReport) -> str:
    return f"report {report.number}"


def those(condition: Any) -> Any:
    """Run a test for the reports of which something holds; there must be some."""
    found = [report for report in HARD_REPORTS if condition(report)]
    assert found
    return pytest.mark.parametrize("report", found, ids=named)


def grid_of(session: Session, report: HardReport) -> str:
    """A unit grid of the village the report comes from."""
    net = references.of(session, DISTRICT).net
    village = next(area for area in net.areas(AreaKind.VILLAGE) if area.name == report.village)
    return next(a.code for a in net.children(village.code) if a.kind is AreaKind.GRID)


def told(session: Session, report: HardReport, **more: Any) -> dict[str, Any]:
    """What the resident sends, from a spot in the village, danger acknowledged."""
    return {
        "text": report.text,
        "category_code": report.category,
        "place_words": report.place_words,
        "phone": report.phone,
        "position": pin(inside(session, grid_of(session, report))),
        "emergency_seen": bool(report.expected.call),
        **more,
    }


def take(session: Session, report: HardReport, **more: Any) -> Case:
    return case_of(session, send(session, **told(session, report, **more)))


def row_of(session: Session, case: Case) -> Report:
    return session.scalars(select(Report).where(Report.case_id == case.id)).one()


def split(session: Session, report: HardReport, **more: Any) -> list[Receipt]:
    sent = submission(session, **told(session, report, **more))
    by = Actor.resident(DISTRICT)
    return splitting.submit_split(session, sent, by=by, now=NOON, vault=instance().vault)


def count(session: Session) -> tuple[int, int]:
    session.flush()
    cases, reports = (
        session.scalar(select(func.count()).select_from(table)) or 0 for table in (Case, Report)
    )
    return cases, reports


# Every report ---------------------------------------------------------------------------


@pytest.mark.parametrize("report", HARD_REPORTS, ids=named)
def test_class_severity_and_holder_are_those_of_its_row(
    rolled: Session, report: HardReport
) -> None:
    case = take(rolled, report)
    expected = report.expected
    assert case.category_code == report.category
    assert case.severity == expected.severity
    assert case.confidential == expected.confidential
    if expected.holder == "worker":
        assert (case.assignee_id is not None, case.unit_code) == (True, None)
    else:
        assert (case.assignee_id, case.unit_code) == (None, expected.holder)


@pytest.mark.parametrize("report", HARD_REPORTS, ids=named)
def test_the_words_stay_as_they_were_told_and_the_chain_seals_them(
    rolled: Session, report: HardReport
) -> None:
    case = take(rolled, report)
    row = row_of(rolled, case)
    assert row.text == report.text
    rolled.flush()
    sealed = of_case(rolled, case.id)[0].data["report_digest"]
    assert seal_report(row, [])["report_digest"] == sealed
    row.text = f"{report.text}改"
    assert seal_report(row, [])["report_digest"] != sealed, "a changed word is noticed"


# Danger: 8, 9, 10, 11 --------------------------------------------------------------------


@those(lambda report: report.expected.call)
def test_8_9_10_11_the_number_comes_before_any_case(rolled: Session, report: HardReport) -> None:
    before = count(rolled)
    for category in (report.category, "9901"):  # the words say it, whatever class was chosen
        with pytest.raises(EmergencyFirst) as first:
            take(rolled, report, category_code=category, emergency_seen=False)
        assert first.value.values["number"] == report.expected.call
        assert first.value.values["words"]
    assert count(rolled) == before, "nothing is kept before the call"


@those(lambda report: report.expected.call)
def test_8_9_10_11_after_the_call_a_shadow_case_goes_to_those_who_answer_for_it(
    rolled: Session, report: HardReport
) -> None:
    case = take(rolled, report)
    assert row_of(rolled, case).emergency_words
    assert case.state == "dispatched"
    assert case.assignee_id is None, "no grid worker is sent into danger"


def test_11_is_no_case_of_ours_unless_somebody_insists() -> None:
    ends = [report.number for report in HARD_REPORTS if not report.expected.is_case]
    assert ends == [11, 25], "11 ends with the call to 120, 25 with a person's rejection"


# Where it is: 3, 9, 10, 14, 20 -----------------------------------------------------------


@those(lambda report: report.expected.asked)
def test_3_9_10_14_20_the_spot_is_asked_for_and_never_guessed(
    rolled: Session, report: HardReport
) -> None:
    before = count(rolled)
    with pytest.raises(InvalidInput) as refused:
        take(rolled, report, position=None)
    assert (refused.value.field, refused.value.reason) == ("position", "missing")
    assert count(rolled) == before
    grid = grid_of(rolled, report)
    case = take(rolled, report, position=None, area_code=grid)
    assert (case.grid_code, case.routing["rule"]) == (grid, "chosen")


# Several problems: 5, 21 -----------------------------------------------------------------


@those(lambda report: report.expected.split)
def test_5_21_sent_apart_each_problem_is_a_case_of_its_own(
    rolled: Session, report: HardReport
) -> None:
    token = uuid4().hex
    found = split(rolled, report, client_token=token, photos=(PICTURE,))
    cases = [receipt.case for receipt in found]
    assert tuple(case.category_code for case in cases) == report.expected.split
    assert len({case.number for case in cases}) == len(cases)
    assert len({receipt.receipt_code for receipt in found}) == len(cases)
    assert {case.grid_code for case in cases} == {grid_of(rolled, report)}
    rows = [rolled.get_one(Report, receipt.report_id) for receipt in found]
    assert [row.place_words for row in rows] == [report.place_words or None] * len(rows)
    before = count(rolled)
    again = split(rolled, report, client_token=token, photos=(PICTURE,))
    assert [receipt.receipt_code for receipt in again] == [r.receipt_code for r in found]
    assert all(receipt.repeated for receipt in again)
    assert count(rolled) == before, "sending again changes nothing"
    for row in rows:
        assert [one.id for one in splitting.together(rolled, row)] == [one.id for one in rows]


@those(lambda report: report.expected.split)
def test_5_21_sent_as_one_they_stay_one_case(rolled: Session, report: HardReport) -> None:
    case = take(rolled, report)
    row = row_of(rolled, case)
    assert row.text == report.text
    assert splitting.together(rolled, row) == []


@pytest.mark.parametrize("length", [8, 97, 98, 100])
def test_a_token_of_any_length_is_good_for_every_part(rolled: Session, length: int) -> None:
    report = HARD_REPORTS[20]
    token = uuid4().hex.ljust(length, "x")[:length]
    first = split(rolled, report, client_token=token)
    again = split(rolled, report, client_token=token)
    assert [r.report_id for r in first] == [r.report_id for r in again]
    assert len(first) == 4


@those(lambda report: not report.expected.split)
def test_a_single_problem_sent_apart_is_one_case(rolled: Session, report: HardReport) -> None:
    assert len(split(rolled, report)) == 1


def test_a_part_that_cannot_be_taken_takes_the_others_back(rolled: Session) -> None:
    before = count(rolled)
    sent = told(rolled, HARD_REPORTS[20], text="1、路灯不亮；2、说不清楚的事", category_code="")
    with pytest.raises(InvalidInput) as refused, rolled.begin_nested():
        splitting.submit_split(
            rolled,
            submission(rolled, **sent),
            by=Actor.resident(DISTRICT),
            now=NOON,
            vault=instance().vault,
        )
    assert (refused.value.field, refused.value.reason) == ("category", "missing")
    assert count(rolled) == before


# Personal data: 8, 13, 23, 24 ------------------------------------------------------------


@those(lambda report: report.expected.hidden)
def test_8_13_23_24_what_everybody_reads_names_nobody(rolled: Session, report: HardReport) -> None:
    place = f"门口 {report.text}"[:200]  # also where it stands in the words about the place
    case = take(rolled, report, place_words=place)
    for shown in (public_words(report.text), case.place):
        assert not [words for words in report.expected.hidden if words in shown]


# Abuse: 14 -------------------------------------------------------------------------------


@those(lambda report: report.expected.folded)
def test_14_the_abuse_is_folded_and_the_problem_kept(rolled: Session, report: HardReport) -> None:
    row = row_of(rolled, take(rolled, report))
    found = fold_abuse(row.text or "")
    assert [(row.text or "")[slice(*span)] for span in found.folded] == list(report.expected.folded)
    assert "渠口臭咗成个月" in found.shown
    assert "食屎" not in public_words(row.text or "")


# Confidential: 8, 12, 18, 23 -------------------------------------------------------------


@those(lambda report: report.expected.confidential)
def test_8_12_18_23_no_grid_worker_of_the_place_sees_it_and_nothing_is_public(
    rolled: Session, report: HardReport
) -> None:
    case = take(rolled, report)
    category = references.of(rolled, DISTRICT).category(report.category)
    assert not category.public
    today = NOON.date()
    duties = people.on_duty(rolled, DISTRICT, case.grid_code or "", today)
    assert duties, "the grid has people, they are just not told"
    for duty in duties:
        actor = people.load_actor(rolled, rolled.get_one(people.Person, duty.person_id), today)
        assert not may_see(actor, case.scope())
    assert may_see(person(rolled, "dispatcher"), case.scope())


# Questions, praise, suggestions: 15, 16, 24 ------------------------------------------------


@those(lambda report: report.number in {15, 16, 24})
def test_15_16_24_go_to_an_office_that_answers_without_haste(
    rolled: Session, report: HardReport
) -> None:
    case = take(rolled, report)
    category = references.of(rolled, DISTRICT).category(report.category)
    assert case.assignee_id is None
    assert category.handle_limit.unit.working
    assert (case.due_at - NOON).days >= 2


# Junk: 25 ----------------------------------------------------------------------------------


def test_25_a_blank_report_is_refused_and_a_blank_one_with_a_photo_is_not(rolled: Session) -> None:
    report = HARD_REPORTS[24]
    with pytest.raises(InvalidInput) as refused:
        take(rolled, report, text="")
    assert (refused.value.field, refused.value.reason) == ("text", "nothing_told")
    assert take(rolled, report, text="", photos=(PICTURE,)).category_code == "9901"


@pytest.mark.parametrize("text", [HARD_REPORTS[24].text, HARD_REPORTS[24].variants[1]])
def test_25_is_kept_until_a_person_turns_it_down_with_a_reason(rolled: Session, text: str) -> None:
    case = take(rolled, HARD_REPORTS[24], text=text)
    assert case.state == "dispatched"
    centre = holder(rolled, case.assignee_id, case.unit_code, NOON)
    do(rolled, case, Action.RETURN, centre, NOON, reason="too_little_known", text="看不出问题。")
    dispatcher = person(rolled, "dispatcher")
    with pytest.raises(InvalidInput):
        do(rolled, case, Action.REJECT, dispatcher, NOON, text="没有诉求。")
    do(rolled, case, Action.REJECT, dispatcher, NOON, reason="no_request", text="没有诉求。")
    assert case.state == "rejected"
