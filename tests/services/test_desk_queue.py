"""The queue on both databases: its pages, counts and lamps, and a trial that leaves nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from gridgov.domain.deadlines import Lamp
from gridgov.domain.roles import Actor, Grant, Role
from gridgov.domain.workflow import Action
from gridgov.services import deadlines, desk_bulk, desk_queue
from gridgov.services import reference as references
from gridgov.services.desk_bulk import Order, TakenBack
from gridgov.services.desk_queue import DeskTab, Filters
from gridgov.services.effects import Given
from gridgov.storage.cases import Case
from gridgov.storage.messages import last_position
from gridgov.storage.people import Person
from gridgov.storage.session import read_only, unit_of_work

DISTRICT = "440608"


def dispatcher() -> Actor:
    """Return somebody who dispatches for the whole district."""
    with read_only() as session:
        person = session.scalars(select(Person)).first()
        assert person is not None
    grants = (Grant(Role.DISPATCHER, area_code=DISTRICT),)
    return Actor(district_code=DISTRICT, role=Role.DISPATCHER, person_id=person.id, grants=grants)


def test_the_queue_pages_counts_and_lights(app: Flask) -> None:
    actor, now = dispatcher(), datetime.now(UTC)
    with read_only() as session:
        reference = references.of(session, DISTRICT)

        def page(wanted: Filters, **more: Any) -> list[Case]:
            return desk_queue.page(session, actor, wanted, reference, now=now, **more)

        counts = desk_queue.counts(session, actor, Filters(), reference, now=now)
        for tab in DeskTab:
            whole = page(Filters(tab=tab), limit=2_000)
            assert counts[tab] in (None, len(whole)), tab
            first = page(Filters(tab=tab), limit=3)
            if len(first) == 3:
                after = desk_queue.place_of(first[-1], Filters().order)
                rest = page(Filters(tab=tab), limit=2_000, after=after)
                assert [c.id for c in first + rest] == [c.id for c in whole]
        whole = page(Filters(tab=DeskTab.OPEN), limit=2_000)
        for lamp in Lamp:
            lit = [
                case.id
                for case in whole
                if deadlines.lamp_of(case, reference.category_of(case), reference, now) is lamp
            ]
            found = page(Filters(tab=DeskTab.OPEN, lamp=str(lamp)), limit=2_000)
            assert [case.id for case in found] == lit
        number = Filters(tab=DeskTab.ALL, words=whole[0].number)
        assert [case.id for case in page(number)] == [whole[0].id]
        assert page(Filters(tab=DeskTab.ALL, caller=b"nobody")) == []


def test_a_trial_leaves_nothing_behind(app: Flask) -> None:
    actor, now = dispatcher(), datetime.now(UTC)
    with read_only() as session:
        reference = references.of(session, DISTRICT)
        wanted = Filters(tab=DeskTab.OPEN)
        case = desk_queue.page(session, actor, wanted, reference, now=now, limit=1)[0]
        before = last_position(session, DISTRICT)
    order = Order(Action.NOTE, Given(text="试一试"))
    with pytest.raises(TakenBack), unit_of_work() as session:
        desk_bulk.attempt(session, case.id, order, by=actor, now=now)
    with read_only() as session:
        assert session.get_one(Case, case.id).history_seq == case.history_seq
        assert last_position(session, DISTRICT) == before
