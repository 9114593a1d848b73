"""Months of open data on both databases: made once, no small cell, nothing of a person."""

from collections import Counter
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.errors import NotAllowed, NotFound
from gridgov.domain.publishing import Rules
from gridgov.domain.roles import Actor, Grant, Role
from gridgov.services import editions, open_figures, publishing
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import editions as rows
from gridgov.storage.cases import Case
from gridgov.storage.editions import Edition, PublishedCase, PublishedCell, PublishedReceived
from gridgov.storage.people import Person
from gridgov.storage.publishing import PublishingAct
from tests.support.acts import DISTRICT
from tests.support.classes import end_class
from tests.support.many_closed import Told, make

MONTH = date(2026, 10, 1)
NOW = datetime(2026, 11, 8, 4, 0, tzinfo=UTC)
TAIHUA, OTHER, FAR = "440608004025", "440608004026", "440608004202"
TRASH, LAMP = "0101", "0202"
PLAN = {(TAIHUA, TRASH): 9, (TAIHUA, LAMP): 7, (OTHER, TRASH): 6, (FAR, TRASH): 2}


def supervisor(session: Session, area: str = DISTRICT) -> Actor:
    person = session.scalars(select(Person.id).limit(1)).one()
    grant = Grant(Role.SUPERVISOR, area_code=area)
    return Actor(DISTRICT, Role.SUPERVISOR, person_id=person, grants=(grant,))


def reference_of(session: Session) -> Reference:
    return references.of(session, DISTRICT)


def prepared(session: Session, plan: dict[tuple[str, str], int] | None = None) -> list[Told]:
    closed = select(Case).where(Case.state == "closed", ~Case.confidential)
    model = session.scalars(closed.order_by(Case.number).limit(1)).one()
    return make(session, model, PLAN if plan is None else plan)


def published(session: Session, **rules: object) -> list[PublishedCase]:
    """Publish October and return its cases."""
    reference = reference_of(session)
    made = Rules(data=True, **rules)  # type: ignore[arg-type]
    publishing.set_rules(session, reference, made, by=supervisor(session), now=NOW)
    draft = editions.draft(session, reference, MONTH)
    assert editions.keep(session, reference, draft, by=None, now=NOW)
    session.flush()
    return list(session.scalars(select(PublishedCase).order_by(PublishedCase.seq)))


def cells(session: Session) -> dict[tuple[str, str], int]:
    found = session.scalars(select(PublishedCell))
    return {(cell.area_code, cell.category): cell.closed for cell in found}


def test_small_cells_are_told_with_what_is_above_them(rolled: Session) -> None:
    prepared(rolled)
    published(rolled)
    town = reference_of(rolled).net.area(FAR).parent_code or ""
    # Two cases of a community go to its town, and the smallest community goes with them.
    assert cells(rolled) == {(TAIHUA, TRASH): 9, (TAIHUA, LAMP): 7, (town, TRASH): 8}
    assert rolled.get_one(Edition, (DISTRICT, MONTH)).cases == 24


def test_a_class_that_ended_since_is_told_of_the_months_it_had(rolled: Session) -> None:
    prepared(rolled, {(TAIHUA, TRASH): 9, (TAIHUA, LAMP): 7})
    end_class(rolled, LAMP)
    published(rolled)
    assert cells(rolled) == {(TAIHUA, TRASH): 9, (TAIHUA, LAMP): 7}


def test_every_group_has_k_and_the_files_agree(rolled: Session) -> None:
    prepared(rolled)
    told = published(rolled, k=4)
    alike = Counter((one.area_code, one.category) for one in told)
    assert alike == cells(rolled)
    squares = Counter((one.area_code, one.category, one.lon, one.lat) for one in told)
    assert min(squares.values()) >= 4
    received = rolled.scalars(select(PublishedReceived)).all()
    assert sum(one.received for one in received) == sum(alike.values())
    assert all(one.closed == one.received for one in received)


def test_what_is_not_public_is_in_no_cell(rolled: Session) -> None:
    made = prepared(rolled)
    reference = reference_of(rolled)
    secret = next(code for code, one in reference.catalogue.items() if not one.public)
    hidden = {told.case_id for told in made if told.village == OTHER}
    for case in rolled.scalars(select(Case).where(Case.id.in_(hidden))):
        case.confidential = case.number == min(told.number for told in made)
        case.category_code = secret
    reopened = next(told for told in made if told.village == TAIHUA)
    rolled.get_one(Case, reopened.case_id).state = "handling"
    rolled.flush()
    told = {one.case_id for one in published(rolled)}
    assert told and told.isdisjoint(hidden | {reopened.case_id})


def test_a_month_is_made_once_and_stays(rolled: Session) -> None:
    prepared(rolled)
    before = [(one.seq, one.case_id, one.area_code) for one in published(rolled)]
    reference = reference_of(rolled)
    prepared(rolled, {(FAR, TRASH): 20})
    publishing.set_rules(rolled, reference, Rules(k=9, data=True), by=supervisor(rolled), now=NOW)
    again = editions.draft(rolled, reference, MONTH)
    assert not editions.keep(rolled, reference, again, by=None, now=NOW)
    found = rolled.scalars(select(PublishedCase).order_by(PublishedCase.seq))
    assert [(one.seq, one.case_id, one.area_code) for one in found] == before


def test_a_case_closed_again_is_not_told_again(rolled: Session) -> None:
    made = prepared(rolled)
    published(rolled)
    for told in made:
        case = rolled.get_one(Case, told.case_id)
        case.closed_at = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
    rolled.flush()
    november = editions.draft(rolled, reference_of(rolled), date(2026, 11, 1))
    assert {one.ref for one in november.cases}.isdisjoint(told.case_id for told in made)


@pytest.mark.parametrize(("later", "day", "count"), [(1, 7, 0), (1, 8, 1), (2, 8, 2)])
def test_a_month_is_due_seven_days_after_its_end(
    rolled: Session, later: int, day: int, count: int
) -> None:
    reference = reference_of(rolled)
    first = rows.first_received_on(rolled, DISTRICT)  # of the sample: days before it was loaded
    assert first is not None
    following = [first.replace(day=1)]
    for _ in range(later):
        following.append(editions.next_month(following[-1]))
    months = following[:count]
    now = datetime.combine(following[later].replace(day=day), time(4), UTC)
    assert editions.due(rolled, reference, now=now) == months
    for month in months:
        draft = editions.draft(rolled, reference, month)
        assert editions.keep(rolled, reference, draft, by=None, now=now)
    rolled.flush()
    assert editions.due(rolled, reference, now=now) == []


def test_a_district_that_did_not_decide_publishes_nothing(rolled: Session) -> None:
    reference = reference_of(rolled)
    publishing.set_rules(rolled, reference, Rules(), by=supervisor(rolled), now=NOW)
    rolled.flush()
    assert editions.due(rolled, reference, now=NOW.replace(year=2030)) == []


def test_a_withdrawn_month_is_told_no_more_and_not_made_again(rolled: Session) -> None:
    prepared(rolled)
    published(rolled)
    reference = reference_of(rolled)
    town = supervisor(rolled, "440608004")
    with pytest.raises(NotAllowed):
        editions.withdraw(rolled, reference, MONTH, by=town, now=NOW)
    with pytest.raises(NotFound):
        editions.withdraw(rolled, reference, date(2020, 1, 1), by=supervisor(rolled), now=NOW)
    editions.withdraw(rolled, reference, MONTH, by=supervisor(rolled), now=NOW)
    rolled.flush()
    assert rows.editions(rolled, DISTRICT) == []
    assert open_figures.of_communities(rolled, DISTRICT) == {}
    again = editions.draft(rolled, reference, MONTH)
    assert not editions.keep(rolled, reference, again, by=None, now=NOW)
    acts = rolled.scalars(select(PublishingAct.act).order_by(PublishingAct.id)).all()
    assert acts[-2:] == ["edition", "withdraw_edition"]


def test_the_figures_of_a_community_are_those_told(rolled: Session) -> None:
    prepared(rolled)
    published(rolled)
    found = open_figures.of_community(rolled, DISTRICT, TAIHUA)
    assert found.closed == 16
    assert open_figures.classes(found.cells) == [(TRASH, "minor", 9), (LAMP, "minor", 7)]
    assert open_figures.of_communities(rolled, DISTRICT)[TAIHUA] == 16
    assert open_figures.of_community(rolled, DISTRICT, FAR).closed == 0


def test_pages_of_the_database_come_in_order_and_whole(
    rolled: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(rolled)
    told = published(rolled)
    monkeypatch.setattr(rows, "PAGE", 5)
    seen: list[int] = []
    after = None
    while True:
        found = rows.page(rolled, PublishedCase, DISTRICT, MONTH, after)
        seen += [one.seq for one in found]
        if len(found) < 5:
            break
        after = (found[-1].seq,)
    assert seen == [one.seq for one in told]
