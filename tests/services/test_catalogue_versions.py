"""A case keeps the version of the catalogue it was made with: limits, words and evidence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import due_at, parse_limit
from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.stage_limits import read_limits
from gridgov.domain.stages import Stage
from gridgov.domain.workflow import Action
from gridgov.services import (
    casework,
    deadlines,
    district_limits,
    setup_base,
    setup_catalogue,
    timers,
)
from gridgov.services import reference as references
from gridgov.services.effects import Given
from gridgov.services.setup_base import Source
from gridgov.storage import people
from gridgov.storage.cases import Case
from gridgov.storage.people import Person
from tests.support.acts import case_of, report
from tests.support.classes import end_class

DISTRICT = "440608"
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # a Tuesday, 9:00 there
OFFICE = Source(Actor.system(DISTRICT), "test", "why")


def submitted(session: Session, now: datetime) -> Case:
    return case_of(session, report(session, now=now))


def change(session: Session, code: str, **values: object) -> int:
    """Write a new version in which one class differs."""
    wanted = replace(setup_catalogue.classes(session, DISTRICT)[code], **values)  # type: ignore[arg-type]
    prepared = setup_catalogue.change_one(session, DISTRICT, wanted)
    setup_base.carry_out(session, DISTRICT, prepared, source=OFFICE, now=NOW)
    return references.of(session, DISTRICT).catalogue_version


def test_an_old_case_keeps_its_limits_words_and_evidence(rolled: Session, stage: Flask) -> None:
    old = submitted(rolled, NOW)
    was = references.of(rolled, DISTRICT).category_of(old)
    version = change(
        rolled,
        old.category_code,
        name="垃圾（新）",
        handle_limit=parse_limit("3WD"),
        after_photo=not was.after_photo,
        stage_limits=read_limits({"check": "5WD"}),
    )
    new = submitted(rolled, NOW)
    reference = references.of(rolled, DISTRICT)
    assert (old.catalogue_version, new.catalogue_version) == (version - 1, version)
    assert reference.category_of(old) == was
    mine = reference.category_of(new)
    assert (mine.name, str(mine.handle_limit)) == ("垃圾（新）", "3WD")
    assert mine.after_photo is not was.after_photo
    assert old.due_at == due_at(old.handle_since, was.handle_limit, reference.calendar).at
    assert new.due_at == due_at(new.handle_since, parse_limit("3WD"), reference.calendar).at
    limits = timers.limits_of(old, reference), timers.limits_of(new, reference)
    assert str(limits[0](Stage.CHECK)) == "1WD"
    assert str(limits[1](Stage.CHECK)) == "5WD"
    assert deadlines.limit(old, was, Stage.HANDLE, reference) == was.handle_limit


def test_an_urgent_case_has_the_limits_of_its_severity(rolled: Session, stage: Flask) -> None:
    quiet = submitted(rolled, NOW)
    code = quiet.category_code
    change(
        rolled,
        code,
        handle_limit=parse_limit("5WD"),
        stage_limits=read_limits({"handle": "3=6H; 4=2H", "check": "2WD; 4=1H"}),
    )
    usual = submitted(rolled, NOW)
    told = report(
        rolled, now=NOW, text="有人受伤了，还在流血", category_code=code, emergency_seen=True
    )
    urgent = case_of(rolled, told)
    reference = references.of(rolled, DISTRICT)
    assert usual.severity < 3 <= urgent.severity
    assert usual.due_at == due_at(NOW, parse_limit("5WD"), reference.calendar).at
    hours = {3: 6, 4: 2}[urgent.severity]
    assert urgent.due_at == NOW + timedelta(hours=hours)
    limits = timers.limits_of(urgent, reference)
    assert str(limits(Stage.HANDLE)) == f"{hours}H"
    assert str(timers.limits_of(usual, reference)(Stage.CHECK)) == "2WD"
    assert str(reference.category(code).handle_limit) == "5WD", "what pages say of the class"


def set_usual(session: Session, **limits: str) -> None:
    prepared = district_limits.prepare(session, DISTRICT, read_limits(limits))
    setup_base.carry_out(session, DISTRICT, prepared, source=OFFICE, now=NOW)


def test_limits_for_all_classes_hold_for_new_cases_and_below_those_of_a_class(
    rolled: Session, stage: Flask
) -> None:
    old = submitted(rolled, NOW)
    version = references.of(rolled, DISTRICT).catalogue_version
    set_usual(rolled, check="3WD; 4=1H", verify="4WH", sign="6WH")
    middle = submitted(rolled, NOW)
    set_usual(rolled, check="9WD")
    change(rolled, old.category_code, stage_limits=read_limits({"check": "4=30min"}))
    new = submitted(rolled, NOW)
    reference = references.of(rolled, DISTRICT)
    assert [one.catalogue_version - version for one in (old, middle, new)] == [0, 1, 3]

    def said(case: Case, stage: Stage) -> str:
        return str(timers.limits_of(case, reference)(stage))

    accept = str(reference.category_of(old).accept_limit)
    assert [said(old, one) for one in (Stage.CHECK, Stage.VERIFY, Stage.SIGN)] == [
        *("1WD", "2WH", accept)
    ]
    assert [said(middle, one) for one in (Stage.CHECK, Stage.VERIFY, Stage.SIGN)] == [
        *("3WD", "4WH", "6WH")
    ]
    assert [said(new, one) for one in (Stage.CHECK, Stage.VERIFY, Stage.SIGN)] == [
        *("9WD", "2WH", accept)
    ]
    new.severity = middle.severity = 4
    assert (said(new, Stage.CHECK), said(middle, Stage.CHECK)) == ("30min", "1H")


def test_evidence_is_asked_for_as_the_case_began(rolled: Session, stage: Flask) -> None:
    lenient = submitted(rolled, NOW)
    code = lenient.category_code
    change(rolled, code, after_photo=False)
    without = submitted(rolled, NOW)
    change(rolled, code, after_photo=True)
    strict = submitted(rolled, NOW)
    for case, wants in ((without, False), (strict, True)):
        assert case.assignee_id is not None
        _sign(rolled, case)
        if wants:
            with pytest.raises(InvalidInput) as refused:
                _resolve(rolled, case)
            assert (refused.value.field, refused.value.reason) == ("photo", "missing")
        else:
            _resolve(rolled, case)
            assert case.state == "resolved"


def _worker(session: Session, case: Case) -> Actor:
    person = session.get_one(Person, case.assignee_id)
    return people.load_actor(session, person, NOW.date())


def _sign(session: Session, case: Case) -> None:
    casework.perform(session, case.id, Action.SIGN, by=_worker(session, case), now=NOW)


def _resolve(session: Session, case: Case) -> None:
    given = Given(text="已清走")
    by = _worker(session, case)
    casework.perform(session, case.id, Action.RESOLVE, by=by, now=NOW, given=given)


def test_a_class_that_ended_still_names_its_cases(rolled: Session, stage: Flask) -> None:
    case = submitted(rolled, NOW)
    name = setup_catalogue.classes(rolled, DISTRICT)[case.category_code].name
    end_class(rolled, case.category_code)
    reference = references.of(rolled, DISTRICT)
    assert case.category_code not in reference.catalogue
    assert reference.category_of(case).name == name
    with pytest.raises(InvalidInput):
        submitted(rolled, NOW)
